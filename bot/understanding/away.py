"""Days on which somebody is away, in their own words: "on leave 3 to 10 August", "on call this weekend"."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from bot.domain.availability import Away, Change, Needs
from bot.understanding.days import days_ahead, find_days
from bot.understanding.spellings import DAY, SPELLINGS

# What people are away for, as it is kept: of leave, that it is leave.
_LABELS = {
    "study leave": r"study leave",
    "leave": r"(?:(?:annual|parental|mat(?:ernity)?|pat(?:ernity)?|sick|carer'?s|compassionate) )?leave|a[/.]?l\.?|"
    r"(?:my )?(?:holidays?|hols|vacation)",
    "conference": r"(?:(?:a|the|my) )?(?:conference|congress)",
    "course": r"(?:(?:a|the|my) )?(?:training )?course",
    "on call": r"on[- ]?call",
    "night shift": r"(?:on )?night shifts?|(?:on )?nights",
    "away": r"away|off(?: work| sick| ill)?|half[- ]?term|out of (?:the )?office|abroad|"
    r"not (?:here|around|in|at work|working|available)|unavailable|busy",
}
_LABEL = "|".join(_LABELS.values())
_QUIET = r"(?:(?:no messages|nothing|do not message me|don'?t message me) (?:while|when|as) )?"
_ME = rf"{_QUIET}(?:i'm|im|i am|am|i'll be|i will be|i have|i've got|we're)"
_SAID_FIRST = re.compile(
    rf"(?P<lead>{_ME} )?(?:going )?(?P<on>(?:on|at) )?(?:my )?(?P<label>{_LABEL})(?![\w'])(?! (?:me|us|it|that|them|him|"
    rf"her)\b)(?: is)?(?: booked)?[,:]?(?P<days>.*)"
)
_SAID_LAST = re.compile(rf"(?P<days>.+?),? (?P<lead>{_ME} )(?:going )?(?P<on>(?:on|at) )?(?P<label>{_LABEL})")
_POLITE = re.compile(r"(?:[\s,.!]*\b(?:please|pls|thanks|thank you|now|soon|inclusive)\b)*[\s,.!]*$")
_MONTHS = "|".join(name.lower() for name in calendar.month_name[1:])
# Two ends, without which a bare "leave" may be the verb: "leave tomorrow till Monday", but not "leave it until Monday".
_BOTH_ENDS = re.compile(r" ?(?:from )?\S.*(?: ?- ?| to | until | till? )\S.*")
_OPEN_ENDED = re.compile(r"(?:until|till?) further notice|indefinitely|for now|for the foreseeable(?: future)?")
_RETURN = re.compile(r"(?:i'm|im|i am|i'll be|i will be) (?P<days>back (?:(?:in|at) work )?(?:on )?(?!to\b|in\b|at\b).+)")
_COUNT = r"(?:the next )?(?P<count>\d{1,3}|an?|(?:a )?couple of|(?:a )?few|one|two|three|four|five|six|seven|eight|nine|ten)"
_LENGTH = rf"{_COUNT} (?P<unit>day|week|fortnight|month|year)s?"
_BACK = re.compile(
    r"(?P<days>.*?),? ?(?:and |until |till )?(?:i'm |i am |i'll be )?(?:back|returning)(?: (?:in|at) work)?(?: on)? (?P<back>.+)"
)
_FOR = re.compile(rf"(?:for )?{_LENGTH}(?: (?:from|starting|beginning)(?: on)? (?P<first>.+))?")
_FROM_FOR = re.compile(rf"(?:from |starting )?(?P<first>.+?) for {_LENGTH}")
_UNTIL = re.compile(r"(?:until|till?|up to|through to)(?: and including)? (?P<last>.+)")
_FROM_TO = re.compile(r"(?:from )?(?P<first>.+?)(?: ?- ?| to | until | till? | through )(?P<last>.+)|between (?P<one>.+?) and (?P<two>.+)")
# In days: parental leave is a year; a longer absence is more likely a slip, and of a longer span that is named, a month, a part is meant.
_LONGEST = 400
_LONGEST_SPAN = 16

_Span = tuple[date, date]


class _UnclearDays(Exception):
    """The words are about days, but it is not clear which."""


def understand_away(words: str, today: date) -> Change | None:
    """Return the days on which somebody says they are away, or that these are to be asked for; none when it is not wholly about that.

    `words` are in lower case. The last day that is named is one of them: "on leave until the 14th" is quiet on the 14th.
    """
    words = words[: found.start()] if (found := _POLITE.search(words)) else words
    if (found := _RETURN.fullmatch(words)) is not None:
        return _read_return(found["days"], today)
    said = _SAID_FIRST.fullmatch(words) or _SAID_LAST.fullmatch(words)
    if said is None:
        return None
    # "Leave it", "off Friday" and "nights" are said of other things, and Al is somebody's name.
    is_bare = not (said["lead"] or said["on"])
    if is_bare and said["label"] in {"off", "busy"}:
        return None
    if is_bare and said["label"] in {"leave", "al", "al.", "a.l", "a.l.", "nights"} and not said["days"]:
        return None
    if is_bare and said["label"] == "leave" and not _BOTH_ENDS.fullmatch(said["days"]):
        return None
    label = next(label for label, pattern in _LABELS.items() if re.fullmatch(pattern, said["label"]))
    days = said["days"].strip()
    if not days:
        # "I'm busy" and "I'm on call" are said of the moment.
        is_wish = said["lead"] and said["label"] in {"away", "abroad", "off sick", "off ill"} | (
            {label} - {"away", "on call", "night shift"}
        )
        is_wish = is_wish or (said["on"] and label in {"leave", "study leave"})
        return Change(needs=Needs.WHICH_DAYS, about=label) if is_wish else None
    if _OPEN_ENDED.fullmatch(days):
        return Change(needs=Needs.WHICH_DAYS, about=label)
    try:
        spans = _read_spans(days, today)
    except _UnclearDays:
        return Change(needs=Needs.WHICH_DAYS, about=label)
    return Change(away=tuple(Away(label, first, last) for first, last in spans)) if spans else None


def _read_return(days: str, today: date) -> Change | None:
    """Read "I'm back on the 27th": until then they are away."""
    try:
        spans = _read_spans(days, today)
    except _UnclearDays:
        return None
    return Change(away=tuple(Away("away", first, last) for first, last in spans)) if spans else None


def _read_spans(words: str, today: date) -> list[_Span]:
    """Return the spans of days that words name, none when they name none. Raises _UnclearDays."""
    words = re.sub(r"\b(\d{4})-(\d\d)-(\d\d)\b", r"\3/\2/\1", words)  # its hyphens are no range
    first: _Span | None
    last: _Span | None
    if found := _BACK.fullmatch(words):
        before = _read_spans(found["days"], today) if found["days"] else [(today, today)]
        last = _read_span(found["back"], before[0][0]) if before else None
        return _join(before[0][0], last[0] - timedelta(days=1)) if last else []
    if found := _FOR.fullmatch(words) or _FROM_FOR.fullmatch(words):
        first, end = _read_span(found["first"] or "today", today), _day_after(found["count"], found["unit"], today)
        return _join(first[0], first[0] + (end - today) - timedelta(days=1)) if first and end else []
    if found := _UNTIL.fullmatch(words):
        last = _read_span(found["last"], today)
        return _join(today, last[1]) if last else []
    if found := _FROM_TO.fullmatch(words):
        return _read_range(found["first"] or found["one"], found["last"] or found["two"], today)
    if re.match(r"from |starting ", words) and _read_span(words, today):
        raise _UnclearDays  # it does not say until when
    words = re.sub(rf"\b({DAY}) (?={DAY}\b)", r"\1, ", _spell(_named_in_full(words)))
    spans = [_read_span(part, today) for part in re.split(r",? (?:and|&) (?:on )?|, ", words)]
    return [span for span in spans if span] if all(spans) else []


def _day_after(count: str, unit: str, today: date) -> date | None:
    """Return the day that lies so much after today: "a year" is twelve months, of any other number of years none."""
    if unit == "year":
        return _read_day("in 12 months", today) if count in {"a", "one", "1"} else None
    return _read_day(f"in {count} {unit}s", today)


def _join(first: date, last: date) -> list[_Span]:
    if not timedelta(0) <= last - first <= timedelta(days=_LONGEST):
        raise _UnclearDays
    return [(first, last)]


def _read_range(start: str, end: str, today: date) -> list[_Span]:
    """Read both ends of a range; either may leave its month or its week to the other: "3 to 10 August", "Monday to Friday next week"."""
    shared = re.compile(rf"(?<=\d)(?:st|nd|rd|th)?(?: of)? ((?:{_MONTHS})\b.*)|(?<=day) (next week)")
    start, end = _spell(start), _spell(end)
    if (month := shared.search(end)) and re.fullmatch(r"(?:the )?\d{1,2}(?:st|nd|rd|th)?|\w+day", start):
        start += f" {month[1] or month[2]}"
    elif (month := shared.search(start)) and re.fullmatch(r"(?:the )?\d{1,2}(?:st|nd|rd|th)?", end):
        end += f" {month[1]}"
    first, last = _read_span(start, today), _read_span(end, today)
    if first is None or last is None:
        return []
    if last[1] >= first[0]:
        return _join(first[0], last[1])
    if start.endswith("day"):  # Friday to Monday, said on a Sunday
        return _join(first[0], (_read_span(end, first[0]) or last)[1])
    # The first day is next year's, because this year's has passed: they are away already. Else the dates are the wrong way round.
    if first[0] - last[1] > timedelta(days=180):
        return _join(today, last[1])
    raise _UnclearDays


def _read_span(words: str, today: date) -> _Span | None:
    """Return the first and the last day of what one phrase names, or none when it names no days. Raises _UnclearDays."""
    words = _spell(words)
    words = re.sub(r"^(?:(?:on|at|for|over|during|from|both|starting|then) )+", "", words)
    words = re.sub(r"^(?:all|the whole|the entire|whole)(?: of)? ", "all ", words)
    is_whole = words.startswith(("all ", "the end of", "end of"))
    words = re.sub(r"^(?:all (?:(?:the|this) )?|(?:the )?rest of (?:the|this) )week$", "this week", words).removeprefix("all ")
    if re.fullmatch(rf"{_MONTHS}", words):
        words = f"in {words}"
    elif re.match(r"in (?:\d|a\b|an\b|one|two|three|four|five|six|couple|few)", words):
        raise _UnclearDays  # "in two weeks" says when it begins
    found = find_days(words, today, is_answer=True)
    if len(found) != 1 or re.sub(r"\W|\b(?:on|in|of|the|over)\b", "", words[: found[0].start] + words[found[0].end :]):
        return None
    phrases = found[0].phrases
    fitting = [day for day in days_ahead(today) if all(phrase.fits(day) for phrase in phrases)]
    first = phrases[0].usual if len(phrases) == 1 and phrases[0].usual in fitting else next(iter(fitting), None)
    if first is None:
        raise _UnclearDays
    last = first
    while first - timedelta(days=1) in fitting:
        first -= timedelta(days=1)
    while last + timedelta(days=1) in fitting:
        last += timedelta(days=1)
    # A month that is named is rarely the whole of it.
    if last - first > timedelta(days=_LONGEST_SPAN) and not is_whole:
        raise _UnclearDays
    return first, last


def _named_in_full(words: str) -> str:
    """Return words that are nothing but short names of days, "fri sat sun", with these in full; others as they are."""
    names = [day for each in words.split() for day in DAY.split("|") if day[:3] == each[:3] and day.startswith(each.rstrip("s"))]
    return " ".join(names) if len(names) == len(words.split()) else words


def _read_day(words: str, today: date) -> date | None:
    found = find_days(words, today, is_answer=True)
    return found[0].phrases[0].usual if len(found) == 1 else None


def _spell(words: str) -> str:
    words = words.strip(" ,.")
    for pattern, plain in SPELLINGS:
        words = re.sub(pattern, plain, words)
    return words
