"""What people wish for besides their hours: whether and when they are asked surveys, and whether a digest of the week comes."""

from __future__ import annotations

import re
from datetime import time

from bot.domain.availability import Change, Needs
from bot.understanding.hours import CLOCK, find_part, read_time

_POLITE = r"(?: (?:please|pls|thanks|thank you|instead|from now on))*\W*"
_SURVEYS = r"(?:micro-?|the |my |your |those |fortnightly |short |quick )*(?:surveys?|questions|questionnaires?)"
_ASK = r"(?:can you |could you )?(?:ask|send|give|move|put|do)(?: me)? |i(?:'d| would) (?:like|prefer|rather have) "
_SURVEY_AT = re.compile(
    rf"(?:please )?(?:{_ASK})?{_SURVEYS}(?: (?:to|should|can) (?:come|be)| come| to me| to)?(?: (?:at|around|about|for|by))? ?"
    rf"(?:(?P<clock>{CLOCK})|(?:in the |at )?(?P<part>mornings?|lunch-?(?:times?)?|afternoons?|evenings?)){_POLITE}"
)
_NO_MORE = (
    r"(?:no(?: more| further)?|stop|cancel|drop|bin|ditch|scrap|lose|forget|end|without|turn off|switch off|enough(?: of)?|"
    r"(?:i )?(?:do not|don'?t) (?:want|need|like|send(?: me)?|ask(?: me)?|do)(?: any(?: more)?)?|i(?:'d| would) rather not (?:have|do|get))"
    r"(?: (?:sending|asking|doing|with|all|to (?:do|get|answer)|any(?: more)?)(?: me)?)*(?: me)?"
)
# "No questions" may be said of those that the coach asks about a challenge.
_ONLY_SURVEYS = r"(?:micro-?|the |my |your |these |those |fortnightly |short |quick |any )*(?:surveys?|survey questions|questionnaires?)"
_NO_SURVEYS = re.compile(
    rf"(?:please )?(?:{_NO_MORE} {_ONLY_SURVEYS}|{_ONLY_SURVEYS} off|opt (?:me )?out of {_ONLY_SURVEYS}|"
    rf"(?:just|only)(?: the| my)? (?:check-?ins|follow-?ups)(?:,? no {_ONLY_SURVEYS})?){_POLITE}(?: (?:any ?more|at all|for me))?\W*"
)
# One that is passed over is no wish for all that follow.
_ONE_SURVEY = re.compile(
    rf"(?:please )?(?:(?:skip|leave out|miss|not) (?:{_ONLY_SURVEYS})|no {_ONLY_SURVEYS})"
    rf"(?: (?:this (?:time|week|month|fortnight)|today|for now|now|next time|tonight))?{_POLITE}"
)
_SURVEYS_AGAIN = re.compile(
    rf"(?:please )?(?:(?:but )?(?:keep|start|resume|restart|continue|turn on|switch on|bring back|yes to|i(?:'d| would) like|"
    rf"i want|send(?: me)?)"
    rf"(?: sending| asking)?(?: me)? {_ONLY_SURVEYS}(?: again| back on| on| coming)?|{_ONLY_SURVEYS} (?:back )?on(?: again)?|"
    rf"{_ONLY_SURVEYS} (?:are|is) (?:fine|ok|okay)){_POLITE}"
)
# Said beside a wish, and true already.
_AS_BEFORE = re.compile(
    r"(?:but |and |just |only |please )*(?:(?:keep|still|carry on|continue|do|leave|i want|i(?:'d| would) like)"
    r"(?: with| on| doing| sending| asking)?(?: me)?"
    r"(?: the| my| your)? (?:check-?ins?|follow-?ups?|reminders?|plans?|rest)|(?:the )?check-?ins? (?:are|is) (?:fine|ok|okay))"
    rf"(?: (?:coming|going|on|as (?:they are|now|before)))?{_POLITE}|"
    r"(?:i'm |im |i am )?(?:part[- ]?time|ltft|less than full[- ]time|on compressed hours|compressed hours)\W*"
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
    """Return the change that lower-case `words` ask for, or none when they are not wholly about surveys or the digest."""
    if found := _SURVEY_AT.fullmatch(words):
        return Change(survey_at=read_time(found["clock"], earliest=_EARLIEST) if found["clock"] else _PARTS[find_part(found["part"])])
    if _NO_SURVEYS.fullmatch(words):
        return Change(wants_surveys=False)
    if _ONE_SURVEY.fullmatch(words):
        return Change(needs=Needs.ONE_SURVEY)
    if _SURVEYS_AGAIN.fullmatch(words):
        return Change(wants_surveys=True)
    if _AS_BEFORE.fullmatch(words):
        return Change()
    if _NO_DIGEST.fullmatch(words):
        return Change(wants_digest=False)
    if _WANTS_DIGEST.fullmatch(words):
        return Change(wants_digest=True)
    return None
