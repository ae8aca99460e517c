"""Times of day as people write them, alone and in pairs: "9", "half past eight", "0800-1300", "8 to 1pm", "mornings"."""

from __future__ import annotations

import re
from datetime import time
from typing import NamedTuple

from bot.domain.availability import MIDNIGHT

_DAY = 24 * 60  # minutes
_HALF = 12 * 60
_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_WORD = "|".join(_WORDS)
# One time of day. It has no groups of its own, so that it can stand twice in a pattern.
CLOCK = (
    rf"(?<![\w:.])(?:noon|midday|midnight|half (?:past )?(?:{_WORD}|\d{{1,2}})|{_WORD}|(?:[01]\d|2[0-3])[0-5]\d|"
    r"(?:[01]?\d|2[0-4])(?:[:.][0-5]\d)?)(?: ?(?:am|pm|a\.m\.|p\.m\.|h|hrs|hours|o'?clock|ish))?(?![\w%/]|[:.]\d)"
)
# "Evenings till 1am" has both its ends, and so has "evenings after 8".
_PART_TO = rf"(?:in the |the )?(?:afternoons?|evenings?|nights?),? (?:till?|until|to|up to|after|from) {CLOCK}"
RANGE = rf"{_PART_TO}|between {CLOCK} ?(?:and|to|-) ?{CLOCK}|(?:from )?{CLOCK} ?(?:-|to|till?|until) ?{CLOCK}"
ONE_END = (
    rf"(?:before|earlier than|until|till?|up to|after|later than|past|from) {CLOCK}(?: on(?:wards?)?(?! \w*days?\b)\b)?|{CLOCK} onwards?\b"
)
PART = (
    r"(?:late )?(?:in the |the )?(?:mornings?|afternoons?|evenings?|eves?|lunch-?(?:times?|breaks?)?|(?:over)?nights?)\b|"
    r"(?:in the )?(?:ams?|pms?|a\.m\.|p\.m\.)(?!\w)|(?:all|whole|the whole) day(?: long)?\b|all of\b"
)
# The hours of a session, by the name of the part of the day; without a name, of a day's work.
SESSIONS = {
    "morning": (time(8), time(13)),
    "afternoon": (time(13), time(18)),
    "evening": (time(18), MIDNIGHT),
    "night": (time(20), time(8)),
    "lunch": (time(12), time(14)),
    "all day": (MIDNIGHT, MIDNIGHT),
    "": (time(8), time(18)),
}
_MARKS = {
    "after": "afternoon",
    "p": "afternoon",
    "eve": "evening",
    "night": "night",
    "lunch": "lunch",
    "all": "all day",
    "whole": "all day",
}


class Hours(NamedTuple):
    """From when until when; none where that end is left open."""

    starts: time | None
    ends: time | None


class _Clock(NamedTuple):
    """A time in minutes after midnight; when it is not exact, half a day later may be meant as well."""

    minutes: int
    is_exact: bool

    def first_from(self, earliest: int) -> int:
        """Return the first time that is meant from `earliest` on, in minutes."""
        if self.is_exact:
            return self.minutes
        return next(at for at in range(self.minutes, self.minutes + 3 * _HALF, _HALF) if at >= earliest) % _DAY


def find_part(words: str) -> str:
    """Return the name of the part of the day that `words`, which match PART, stand for."""
    words = re.sub(r"^(?:late )?(?:in the |the )?", "", words).removeprefix("over")
    return next((name for mark, name in _MARKS.items() if words.startswith(mark)), "morning")


def read_hours(words: str, *, before: int, after: int, between: int = 7) -> Hours:
    """Return the hours that `words`, which match RANGE or ONE_END, stand for.

    A figure such as 9 is in the morning or the evening. It is the first one from the hour `before` in "before 9", `after` in "after
    9", and `between` where a range starts; the end of a range is the first one after its start.
    """
    clocks = [_read_clock(found[0]) for found in re.finditer(CLOCK, words)]
    if re.match(r"(?:in the |the )?(?:after|eve|night)", words) and len(clocks) == 1 and not words.startswith("after "):
        return _part_with_end(words, clocks[0])
    if len(clocks) == 2:
        return _range_of(clocks[0], clocks[1], between)
    if re.match(r"before|earlier|until|til|up", words):
        return Hours(None, _wall_time(clocks[0].first_from(before * 60)))
    return Hours(_wall_time(clocks[0].first_from(after * 60)), None)


def _part_with_end(words: str, clock: _Clock) -> Hours:
    """Return the hours of a part of the day one end of which is said: "evenings till 1am" begin at six."""
    starts, _ = SESSIONS[find_part(words)]
    if re.search(r"\b(?:after|from)\b", words):
        return Hours(_wall_time(clock.first_from(_HALF)), MIDNIGHT if "noon" not in words else time(18))
    return Hours(starts, _wall_time(clock.first_from(starts.hour * 60 + 1)))


def read_time(words: str, *, earliest: int) -> time:
    """Return the time of day that `words`, which match CLOCK, stand for; a figure such as 5 is the first one from that hour on."""
    return _wall_time(_read_clock(words).first_from(earliest * 60))


def _range_of(start: _Clock, end: _Clock, earliest: int) -> Hours:
    """Return both ends: "8-1" ends after noon, and in "1-5pm" both are."""
    if end.is_exact and not start.is_exact:
        earlier = [at for at in (start.minutes, start.minutes + _HALF) if at < (end.minutes or _DAY)]
        return Hours(_wall_time(max(earlier, default=start.minutes + _HALF)), _wall_time(end.minutes))
    first = start.first_from(earliest * 60)
    return Hours(_wall_time(first), _wall_time(end.first_from(first + 1)))


def _read_clock(words: str) -> _Clock:
    if words in {"noon", "midday", "midnight"}:
        return _Clock(0 if words == "midnight" else _HALF, is_exact=True)
    minutes = 30 if words.startswith("half ") else 0
    words = re.sub(r"^half (?:past )?", "", words)
    if word := re.match(_WORD, words):
        hour = _WORDS.index(word[0]) + 1
    elif four := re.match(r"(\d\d)(\d\d)", words):
        return _Clock(int(four[1]) * 60 + int(four[2]), is_exact=True)
    else:
        figures = re.match(r"(\d+)(?:[:.](\d\d))?", words)
        assert figures
        hour, minutes = int(figures[1]), int(figures[2] or minutes)
    half = re.search(r"([ap])\.?m\.?$", words)
    if half and 1 <= hour <= 12:
        return _Clock(hour % 12 * 60 + minutes + _HALF * (half[1] == "p"), is_exact=True)
    is_exact = hour > 12 or words.startswith("0") or bool(re.search(r"\d ?h(?:rs|ours)?$", words))
    return _Clock((hour % 24 if is_exact else hour % 12) * 60 + minutes, is_exact)


def _wall_time(minutes: int) -> time:
    return time(*divmod(minutes % _DAY, 60))
