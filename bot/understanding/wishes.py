"""What people wish for besides their hours: when they are asked surveys, and whether a digest of the week comes."""

from __future__ import annotations

import re
from datetime import time

from bot.domain.availability import Change
from bot.understanding.hours import CLOCK, find_part, read_time

_POLITE = r"(?: (?:please|pls|thanks|thank you|instead|from now on))*\W*"
_SURVEYS = r"(?:micro-?|the |my |your |those |fortnightly |short |quick )*(?:surveys?|questions|questionnaires?)"
_ASK = r"(?:can you |could you )?(?:ask|send|give|move|put|do)(?: me)? |i(?:'d| would) (?:like|prefer|rather have) "
_SURVEY_AT = re.compile(
    rf"(?:please )?(?:{_ASK})?{_SURVEYS}(?: (?:to|should|can) (?:come|be)| come| to me| to)?(?: (?:at|around|about|for|by))? ?"
    rf"(?:(?P<clock>{CLOCK})|(?:in the |at )?(?P<part>mornings?|lunch-?(?:times?)?|afternoons?|evenings?)){_POLITE}"
)
# When a survey comes on a part of the day: in the morning before clinics begin, in the evening after they have ended.
_PARTS = {"morning": time(8, 30), "lunch": time(12, 30), "afternoon": time(15), "evening": time(18, 30)}
# No hour of a working day is earlier, so that "at 5" is in the afternoon.
_EARLIEST = 7
_DIGEST = r"(?:digests?|summar(?:y|ies)|round-?ups?)"
_END = r"(?:no(?: more)?|stop|cancel|drop|end|without|turn off|switch off)(?: sending)?(?: me)?"
_NO_DIGEST = re.compile(
    rf"(?:please )?(?:{_END} (?:the |a |my |that )?(?:weekly |monday )*{_DIGEST}|(?:the |my )?(?:weekly |monday )*{_DIGEST} off){_POLITE}"
)
_BEGIN = r"yes to|start|turn on|switch on|send|give|(?:can|could) i (?:have|get)|i(?:'d| would) like|i want"
_WANTS_DIGEST = re.compile(
    rf"(?:please )?(?:(?:{_BEGIN})(?: me)? )?(?:the |a |my )?(?:weekly|monday|week'?s) {_DIGEST}(?: on| every week| every monday)?{_POLITE}"
)


def understand_wish(words: str) -> Change | None:
    """Return the change that lower-case `words` ask for, or none when they are not wholly about surveys' hour or the digest."""
    if found := _SURVEY_AT.fullmatch(words):
        return Change(survey_at=read_time(found["clock"], earliest=_EARLIEST) if found["clock"] else _PARTS[find_part(found["part"])])
    if _NO_DIGEST.fullmatch(words):
        return Change(wants_digest=False)
    if _WANTS_DIGEST.fullmatch(words):
        return Change(wants_digest=True)
    return None
