"""What is said of a week, word by word, and which of its days have which hours: "Tuesdays and Thursday mornings"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from bot.understanding.hours import ONE_END, PART, RANGE

# What keeps people busy, as they write it and as it is kept.
LABELS = {
    "theatre": r"(?:operating )?(?:theat(?:re|er)s?|thetre)|operating|i operate|(?:i )?scrub(?:bed|bing)?(?: in| up)?",
    "clinic": r"clinics?|clinci|outpatients?|opd",
    "ward round": r"ward[- ]?rounds?",
    "MDT": r"mdts?|m\.d\.t\.?",
    "night shift": r"night (?:shifts?|duty|duties)|on nights",
    "on call": r"on[- ]?call",
    "list": r"lists?",
    "teaching": r"teaching",
    "meeting": r"meetings?",
    "school run": r"school run",
    "private practice": r"private (?:practice|list|clinic)s?",
    "busy": r"busy|unavailable|not available",
}
EVERY_DAY = frozenset(range(7))
WEEKEND = frozenset({5, 6})
_DAY_NUMBERS = {"mo": 0, "tu": 1, "te": 1, "we": 2, "th": 3, "fr": 4, "fi": 4, "sa": 5, "su": 6}
_DAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|teusday|wed(?:s|nesday|nsday)?|wensday|thu(?:r?s(?:day)?|r)?|thrusday|fri(?:day)?|firday|"
    r"sat(?:urday)?|sun(?:day)?)(?P<s>s)?\b\.?"
)
_PLAIN_DAY = _DAY.replace("?P<s>", "?:")
_WRITES = (
    r"(?:message|msg|ring|call|text|write(?: to)?|ping|contact|bother|disturb|nudge|buzz|send(?: me)?(?: anything| messages)?)"
    r"(?: (?:to )?me)?"
)
_KNOWN = [
    # First what is longer or would be taken for something else.
    ("not", r"(?:i'm |i am )?not (?:working|available|around)\b"),
    ("not_me", r"i(?:'m| am) not\b|we(?:'re| are) not\b"),
    (
        "no_work",
        r"i (?:do not|don'?t) work\b|i(?:'m| am) always off\b|my (?:days? off|non[- ]working days?)\b",
    ),
    # Of one day or of every week's: "fridays off" is kept, "Friday off" may be this one alone.
    ("off", r"off(?: work)?(?=\W*$|,| please| pls| thanks| ta\b| on| every| \w+days?\b| (?:mon|tue|wed|thu|fri|sat|sun)\w*s\b)"),
    ("works", r"i (?:only )?work\b(?! nights)"),
    ("works", r"(?:i'm |im |i am )?(?:part[- ]?time|ltft|less than full[- ]time)\b(?: on\b)?"),
    ("bad", r"(?:(?:is|are|'s) )?(?:no good|no use|off[- ]limits|out|not (?:good|ok|okay|great|possible)|bad(?= for me))\b(?: for me\b)?"),
    ("bad", r"(?:do not|don'?t|doesn'?t|does not) work for me\b"),
    ("not", rf"(?:do not|don'?t|never|not|no need to|stop) {_WRITES}\b|no (?:messages?|texts?|nudges?|pings?|contact|check-?ins?)\b"),
    (
        "not",
        r"(?:i )?(?:can'?t|cannot|can not) (?:do|manage)\b|i (?:do not|don'?t) do\b|stop (?:messag|text|writ|ping|contact)ing(?: me)?\b",
    ),
    ("not", r"(?:nothing|nowt)\b|not\b|never\b|avoid\b|leave me alone\b|keep off\b|keep(?= .*\bfree\b)|(?<=or )nor\b"),
    ("no", r"no(?= )"),
    ("only", rf"(?:please )?only(?: {_WRITES})?\b|just(?= (?:between|on|at|in|after|before)\b)"),
    ("fine", r"(?:(?:is|are|'s) )?(?:also )?(?:fine|ok|okay|no problem|allowed)\b(?: (?:by|for|with) me\b)?(?: too\b)?"),
    ("fine", rf"(?:you can|you may|feel free to) (?:also )?{_WRITES}\b"),
    ("now", r"now\b|instead\b|(?:has |have )?(?:moved|changed|switched) to\b"),
    ("days", r"(?:the )?week-?ends?\b|week-?days?\b|(?<!not )(?:every|each) day\b|daily\b"),
    ("every", rf"(?<!not )every(?! other| second)\b|each\b|a(?= {_PLAIN_DAY})"),
    ("not", r"quiet(?= (?:after|before|on|every|mornings|afternoons|evenings|nights|weekends|\w+days)\b)"),
    ("not", r"(?:set |put )?(?:quiet|dnd|do not disturb)(?: (?:hours|times?))?(?= (?:from |between |is |are )?\d)|block(?: out)?\b"),
    ("days", rf"{_PLAIN_DAY} ?(?:-|to|till?|until|thru|through) ?{_PLAIN_DAY}"),
    ("days", rf"{_DAY}"),
    *((f"label:{label}", rf"(?:{pattern})(?!\w)(?:(?: |-)(?:days?|sessions?|lists?)\b)?") for label, pattern in LABELS.items()),
    ("times", RANGE),
    ("times", ONE_END),
    ("part", PART),
    (
        "is",
        r"(?:is|are|'s|means?|=|:)(?!\w)|(?:when|while|whilst)(?: i'm| i am| im)?\b|"
        r"i'm\b|im\b|i am\b|(?:i|we)(?:'ve got| have(?: got)?| do)\b",
    ),
    ("but", r"but(?= (?:not|never)\b)"),
    ("and", r"(?:and|or|plus|then)\b|nor\b|[&,/+]"),
    (
        "",
        r"(?:please|pls|plz|thanks|thank you|ta|cheers|hi|hello|my|our|in|on|at|for|doing|me|also|always|usually|normally|generally|during|"
        r"can you|could you|would you|it'?s|days?|that|those|them|then|free(?=\W*$))(?!\w)|[-\u2013\u2014!?.]+",
    ),
]
_TOKENS = [(kind, re.compile(pattern)) for kind, pattern in _KNOWN]


class Token(NamedTuple):
    kind: str
    text: str


class Slot(NamedTuple):
    """Days, or none for all of them, with the hours that are said of them, or none."""

    days: frozenset[int] | None
    is_repeated: bool
    hours: Token | None


def scan(words: str) -> list[Token] | None:
    """Return what the words are, without those that say nothing; none when one of them is not known."""
    tokens = []
    at = 0
    while at < len(words):
        found = next(((kind, match) for kind, pattern in _TOKENS if (match := pattern.match(words, at)) and match.end() > at), None)
        if found is None:
            return None
        kind, match = found
        if kind:
            tokens.append(Token(kind, match[0]))
        at = match.end()
        while at < len(words) and words[at] == " ":
            at += 1
    return tokens


def find_slots(tokens: Sequence[Token]) -> list[Slot]:
    """Return which days have which hours.

    Hours that follow a day belong to it and to those before it that are named in the same way: in "Tuesday and Thursday
    mornings" both are mornings, in "Tuesdays and Thursday mornings" the second. Hours in front belong to all that follow.
    """
    is_every = any(token.kind == "every" for token in tokens)
    slots: list[Slot] = []
    ahead: Token | None = None
    is_used = is_apart = True
    for token in [*tokens, None]:
        if token is not None and token.kind == "times" and not (is_apart or is_used):
            ahead = token  # "mornings 8-10" are from 8 to 10
        elif token is None or (token.kind in {"part", "times"} and (is_apart or not slots)):
            if ahead is not None and not is_used:  # hours that nothing followed: of the days before, or of every day
                last = slots[-1] if slots else Slot(EVERY_DAY if is_every else None, is_every, None)
                slots = [*slots[: -1 if slots and last.hours is None else None], last._replace(hours=ahead)]
            ahead, is_used, is_apart = token, False, False
        elif token.kind == "days":
            days, is_plural = _days_of(token.text)
            slots.append(Slot(days, is_plural or is_every, ahead))
            is_used, is_apart = True, False
        elif token.kind in {"part", "times"}:
            first = len(slots) - 1
            while first and slots[first - 1].hours is None and slots[first - 1].is_repeated == slots[-1].is_repeated:
                first -= 1
            slots[first:] = [slot._replace(hours=token, is_repeated=slot.is_repeated or _is_plural(token)) for slot in slots[first:]]
        elif token.kind == "and":
            is_apart = True
    return slots


def _days_of(words: str) -> tuple[frozenset[int], bool]:
    """Return the days of the week that are named, and whether it is every week's."""
    if "week" in words:
        return (WEEKEND if "end" in words else frozenset(range(5))), words.endswith("s")
    if "da" in words and re.match(r"every|each|daily", words):
        return EVERY_DAY, True
    numbers = [_DAY_NUMBERS[each[0][:2]] for each in re.finditer(_PLAIN_DAY, words)]
    if len(numbers) == 1:
        found = re.match(_DAY, words)
        return frozenset(numbers), bool(found and found["s"])
    return frozenset((numbers[0] + step) % 7 for step in range((numbers[1] - numbers[0]) % 7 + 1)), True


def _is_plural(hours: Token) -> bool:
    return hours.kind == "part" and bool(re.search(r"(?:ing|noon|night|eve|lunch\w*)s$", hours.text))
