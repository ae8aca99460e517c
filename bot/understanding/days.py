"""The phrases that name a day: which days fit each, and which it means by itself."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import holidays

from bot.understanding.spellings import DAY, DAYS, MONTH, MONTHS, NTH, NUMBER, SMALL, TH

# Further away than this is more likely a misreading than a promise, in days.
FURTHEST = 370

_ENGLAND = holidays.country_holidays("GB", subdiv="ENG")

_NUMBERS = {word: value for value, word in enumerate(SMALL, 1)} | {"a": 1, "an": 1, "couple": 2, "few": 3}
_DAYS_IN = {"day": 1, "week": 7, "fortnight": 14}

_MANY = rf"\d{{1,2}}|(?:a )?couple(?: of)?|(?:a )?few|{'|'.join(SMALL[1:])}"
_UNIT = "working day|day|week|fortnight|month|year"
_FEAST = "christmas|easter|new year|bank holiday|weekend"
# Only such words follow a date: "the 3rd patient", "after the Christmas party" and "before Jan speaks" name none.
_ENDS = (
    r"(?![\w%/]|[.,:]\d)(?! (?!(?:about|after|afternoon|and|around|as|at|because|before|but|by|can|could|evening|first|for|from|he|i|i'\w+|"
    r"ideally|if|in|is|it|it's|instead|latest|lunch\w*|maybe|morning|next|no|not|of|ok|on|once|onwards|or|please|rather|she|should|so|sounds|suits|thanks|then|they|this|though|"
    rf"to|until|was|we|week|when|will|with|works?|would|\w+n't|{DAY})\b)[a-z])"
)
_DATE = rf"(?:the )?\d{{1,2}}{TH}?(?: of)? (?:{MONTH})|(?:the )?\d{{1,2}}{TH}"
_ANCHOR = rf"(?P<anchor>(?:today|tomorrow|now|(?:(?:this|next) )?(?:{DAY})(?:,? (?:{_DATE}))?|{_DATE}|(?:the )?(?:{_FEAST}))\b){_ENDS}"


_SIDE_BY_SIDE = re.compile(r" (?:(?:of|in|on|the) )*")


class Phrase(NamedTuple):
    """What one phrase says of the day: which days fit it, and which it means when nothing else is said."""

    fits: Callable[[date], bool]
    usual: date | None
    is_outright: bool = True  # else a weekend or a bank holiday is not what was meant


class Found(NamedTuple):
    """Phrases that stand side by side, "Friday the 18th", and their place in the text."""

    start: int
    end: int
    phrases: list[Phrase]


def find_days(words: str, today: date, *, is_answer: bool) -> list[Found]:
    """Return what names a day, in the order of the text; what one kind of phrase has read, the next ones do not see."""
    found = []
    unread = words
    for pattern, read, needs_answer in _KINDS:
        if is_answer or not needs_answer:
            found += [Found(*each.span(), [read(each, today)]) for each in pattern.finditer(unread)]
            unread = pattern.sub(lambda each: "\0" * len(each[0]), unread)
    together: list[Found] = []
    for each in sorted(found):
        if together and _SIDE_BY_SIDE.fullmatch(words[together[-1].end : each.start]):
            together[-1] = Found(together[-1].start, each.end, together[-1].phrases + each.phrases)
        else:
            together.append(each)
    return together


def days_ahead(today: date) -> list[date]:
    return [today + timedelta(days=days) for days in range(FURTHEST + 1)]


def _next_that(fits: Callable[[date], bool], today: date) -> Phrase:
    return Phrase(fits, next((day for day in days_ahead(today) if fits(day)), None))


def _exactly(day: date | None, *, is_outright: bool = True) -> Phrase:
    return Phrase(lambda each: each == day, day, is_outright)


def _unclear(_found: re.Match[str], _today: date) -> Phrase:
    return _exactly(None)


def _anchor(name: str, today: date) -> Phrase:
    """Return the day that something is counted from."""
    if name == "now":
        return _exactly(today, is_outright=False)
    phrases = [phrase for found in find_days(name, today, is_answer=True) for phrase in found.phrases]
    fitting = [day for day in days_ahead(today) if phrases and all(phrase.fits(day) for phrase in phrases)]
    day = next((day for day in fitting if day > today), fitting[0] if fitting else None)
    return _exactly(day, is_outright=any(phrase.is_outright for phrase in phrases))


def _count(word: str) -> int:
    return int(word) if word.isdigit() else next(_NUMBERS[part] for part in reversed(word.split()) if part in _NUMBERS)


def _nth(word: str) -> int:
    return int(word[:-2]) if word[0].isdigit() else NTH[word]


def _counted(found: re.Match[str], today: date) -> Phrase:
    """Read "in two weeks", and with an anchor "a week on Friday" and "the day before Friday"."""
    said = found.groupdict()
    anchor = _anchor(said.get("anchor") or "now", today)
    if anchor.usual is None:
        return anchor
    count, unit = _count(said.get("count") or "a"), said["unit"]
    step = -1 if said.get("way") == "before" else 1
    day = anchor.usual
    if unit in {"month", "year"}:
        return _exactly(_add_months(day, step * count * (12 if unit == "year" else 1)), is_outright=False)
    if unit == "working day":
        for _ in range(count):
            day = working_day(day + timedelta(days=step), step)
        return _exactly(day)
    return _exactly(day + timedelta(days=step * count * _DAYS_IN[unit]), is_outright=anchor.is_outright)


def _beside(found: re.Match[str], today: date) -> Phrase:
    """Read "before Friday" and "after the 3rd"; with a weekday, "the Monday after Christmas"."""
    anchor = _anchor(found["anchor"], today).usual
    if anchor is None:
        return _exactly(None)
    step = -1 if found["way"] == "before" else 1
    day = anchor + timedelta(days=step)
    if not found["day"]:
        return _exactly(working_day(day, step))
    return _exactly(day + timedelta(days=step * (step * (DAYS.index(found["day"]) - day.weekday()) % 7)))


def _dated(found: re.Match[str], today: date) -> Phrase:
    """Read "4 December", "December 4th", "4/12", "4/12/26" and "2026-12-04"; "31 February" fits no day."""
    number = int(found["number"])
    month = int(found["month"]) if found["month"].isdigit() else MONTHS.index(found["month"])
    year = found["year"] or ""
    return _next_that(lambda day: (day.day, day.month) == (number, month) and str(day.year).endswith(year), today)


def _day_of_month(found: re.Match[str], today: date) -> Phrase:
    """Read "the 18th" and "Friday the 18th", the next month in which they agree."""
    weekday, number = found["day"], int(found["number"])
    if weekday:
        return _next_that(lambda day: day.day == number and DAYS[day.weekday()] == weekday, today)
    return _next_that(lambda day: day.day == number and day > today, today)


def _weekday(found: re.Match[str], today: date) -> Phrase:
    weekday = DAYS.index(found["day"])
    coming = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if found["which"] is None:
        return Phrase(lambda day: day.weekday() == weekday, coming)
    # On Monday, "next Friday" is the Friday of next week; on Friday, "next Monday" is the coming one.
    is_this_week = coming.isocalendar()[1] == today.isocalendar()[1]
    return _exactly(coming + timedelta(weeks=found["which"] == "next" and is_this_week))


def _nth_weekday(found: re.Match[str], today: date) -> Phrase:
    """Read "the first Monday in December" and "the last Friday of the month"."""
    nth, weekday, name = found["nth"], DAYS.index(found["day"]), found["name"]
    month = {"month": 0, "next month": _add_months(today, 1).month, "new year": 1, "next year": 1}.get(name)
    if month is None:
        month = MONTHS.index(name)

    def fits(day: date) -> bool:
        is_nth = (day + timedelta(weeks=1)).month != day.month if nth == "last" else (day.day - 1) // 7 + 1 == _nth(nth)
        return day.weekday() == weekday and month in {0, day.month} and is_nth

    return _next_that(fits, today)


def _easter_day(found: re.Match[str], today: date) -> Phrase:
    return _next_that(lambda day: _ENGLAND.get(day, "").lower() == found["name"], today)


def _week_of(found: re.Match[str], today: date) -> Phrase:
    """Read "week commencing 7 December", "the week of the 7th" and "the week after Christmas"."""
    anchor = _anchor(found["anchor"], today).usual
    if anchor is None:
        return _exactly(None)
    monday = anchor + timedelta(days=7 * (found["way"] == "after") - anchor.weekday())
    return Phrase(lambda day: monday <= day <= monday + timedelta(days=6), working_day(monday), is_outright=False)


def _span(found: re.Match[str], today: date) -> Phrase:
    """Read a part of a week, month, year or holiday as a working day of it: "late next week", "early January", "after Christmas"."""
    name, said = found["name"], found.groupdict()
    part = next((part for part, words in _PARTS_OF_SPANS.items() if re.fullmatch(words, said.get("part") or "")), "")
    if not part and re.fullmatch("next (?:week|month)|.* after next|new year", name):
        part = "after" if name == "new year" else "early"
    kind = re.sub("^(?:this|next) | after next$|(?<=holiday) .*", "", name)
    ahead = [2] if name.endswith("after next") else [1] if re.fullmatch("next (?:week|month|year)", name) else [0, 1]
    for first, last in (_first_and_last(kind, today, each) for each in ahead):
        phrase = _part_of_span(first, last, part, today)
        # Early in this month is next month's, when it lies in the past; early in this January is not next year's.
        is_meant = (phrase.usual or last) >= today if kind in {"week", "month"} else last >= today
        if is_meant and said.get("year") in {None, str(first.year)}:
            return phrase
    return _exactly(None)


def _first_and_last(kind: str, today: date, ahead: int) -> tuple[date, date]:
    """Return the first and the last day of what is called so, this time or the times `ahead`."""
    monday, year = today + timedelta(days=7 * ahead - today.weekday()), today.year + ahead
    if kind in {"week", "weekend"}:
        return monday + timedelta(days=5 if kind == "weekend" else 0), monday + timedelta(days=6)
    if kind == "easter":
        good_friday = next(day for day in days_ahead(date(year, 3, 1)) if _ENGLAND.get(day) == "Good Friday")
        return good_friday, good_friday + timedelta(days=3)
    if kind == "bank holiday":
        return ([day for day in days_ahead(today) if day in _ENGLAND][ahead],) * 2
    if kind in _YEARLY:
        return date(year, *_YEARLY[kind][0]), date(year, *_YEARLY[kind][1])
    first = _add_months(today, ahead).replace(day=1) if kind == "month" else date(year, MONTHS.index(kind), 1)
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _part_of_span(first: date, last: date, part: str, today: date) -> Phrase:
    if part in {"before", "by"}:
        first, last = today, first - timedelta(days=1)
    elif part == "after":
        first, last = last + timedelta(days=1), last + timedelta(days=31)
    middle = first + (last - first - timedelta(days=1)) // 2
    usual = None
    if part in {"early", "from", "after"}:
        usual = working_day(first)
    elif part in {"late", "before", "by"}:
        usual = working_day(last, -1)
    elif part == "mid":
        usual = min(working_day(middle, -1), working_day(middle), key=lambda day: abs(day - middle))
    return Phrase(lambda day: first <= day <= last, usual, is_outright=False)


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


_YEARLY = {"year": ((1, 1), (12, 31)), "new year": ((1, 1), (1, 1)), "christmas": ((12, 25), (12, 26))}
_PARTS_OF_SPANS = {
    "early": r"early(?: on)?(?: in)?|(?:beginning|start)(?: of)?|first (?:working )?(?:day|week|thing)(?: of| in)?",
    "mid": r"mid|middle(?: of)?|halfway through",
    "late": r"late(?:r)?(?: on)?(?: in)?|end(?: of)?|last (?:working )?day (?:of|in)|close of",
    "before": "before",
    "after": "after",
    "by": "by",
    "from": "from|until|till?",
}
_PART = rf"\b(?P<part>{'|'.join(words for part, words in _PARTS_OF_SPANS.items() if part not in {'by', 'from'})})[ -]?(?:the )?"
_NAMED = (
    rf"(?P<name>{MONTH}|christmas|easter|(?<!happy )new year|bank holiday(?: weekend| monday)?|weekend)(?: (?P<year>\d{{4}})\b)?{_ENDS}"
)
_RELATIVE = r"(?P<name>(?:(?:this|next) )?(?:week|month|year)(?: after next)?)\b"
_COUNT = rf"(?P<count>{NUMBER}) ?(?P<unit>{_UNIT})s?"
_NO_RATE = r"\b(?! (?:a|an|per|each|every|old|late|overdue|behind|into|in|of)\b)"
# Each kind of phrase, how it is read, and whether only an answer names a day by it: in prose, "1.5" and "nine weeks" are figures.
_KINDS: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], Phrase], bool]] = [
    (re.compile(pattern), read, needs_answer)
    for pattern, read, needs_answer in [
        # Alternatives.
        (rf"\b(?:{NUMBER}) ?(?:or|to|-) ?(?:{NUMBER}) ?(?:{_UNIT})s?\b|\b(?:{_UNIT}) or (?:{NUMBER})\b", _unclear, False),
        (rf"\b\d{{1,2}}{TH}? ?(?:or|to|and|/|-) ?(?:the )?\b\d{{1,2}}{TH}(?!\w)", _unclear, False),
        (rf"\b\d{{1,2}}{TH}? ?(?:or|to|and|/|-) ?\b\d{{1,2}}{TH}?(?= (?:of )?(?:{MONTH})\b)", _unclear, False),
        (r"\band a half\b|\bnext weekend\b", _unclear, False),
        # From an anchor.
        (rf"\b(?P<count>{NUMBER}) (?P<unit>week|fortnight|month)s? (?:(?P<way>on|from|after|before) )?{_ANCHOR}", _counted, False),
        (rf"(?<!the )(?<!this )(?<!next )(?<!last )\b(?P<unit>week|fortnight) (?:on |from |(?=today|tomorrow)){_ANCHOR}", _counted, False),
        (rf"\b(?P<count>{NUMBER}) (?P<unit>working day|day)s? (?P<way>from|after|before) {_ANCHOR}", _counted, False),
        (rf"\b(?P<unit>day) (?P<way>after|before) {_ANCHOR}", _counted, False),
        (rf"\b(?P<anchor>today|tomorrow|{DAY}) (?P<unit>week|fortnight)\b(?! (?:after|commencing|of)\b)", _counted, False),
        (r"\b(?:this|same) (?:time|day) next (?P<unit>week|month)\b", _counted, False),
        (rf"\b(?:(?:first|last) )?(?P<day>{DAY}) (?P<way>before|after) {_ANCHOR}", _beside, False),
        (rf"(?P<day>)\b(?P<way>before|after) {_ANCHOR}(?=\s*(?:$|[,.;!?]))", _beside, False),
        (rf"\bweek (?P<way>commencing|of|after) (?:on )?{_ANCHOR}", _week_of, False),
        (
            rf"\b(?P<nth>{'|'.join(NTH)}|[1-5]{TH}|last) (?P<day>{DAY}) (?:of |in )?(?:the |this )?"
            rf"(?P<name>(?:next )?month|(?:new|next) year|{MONTH})\b",
            _nth_weekday,
            False,
        ),
        # Dates.
        (r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<number>\d\d)\b", _dated, False),
        (rf"\b(?P<number>\d{{1,2}}){TH}?(?: of)? (?P<month>{MONTH})\b(?:,? (?P<year>\d{{4}})\b)?", _dated, False),
        (rf"\b(?P<month>{MONTH}) (?:the )?(?P<number>\d{{1,2}}){TH}?\b(?:,? (?P<year>\d{{4}})\b)?{_ENDS}", _dated, False),
        (r"\b(?P<number>\d{1,2})[/.\-](?P<month>\d{1,2})[/.\-](?P<year>\d{4}|\d\d)\b", _dated, False),
        (r"\b(?P<number>\d{1,2})[/.\-](?P<month>\d{1,2})(?P<year>)\b", _dated, True),
        (r"(?<!no )\b(?P<name>good friday|easter monday)\b", _easter_day, False),
        # Parts of weeks, months and years, then what is left of such wording: relative to something that is not known.
        (rf"\b(?P<part>by|from|until|till?) (?:the )?{_NAMED}", _span, True),
        (_PART + _NAMED, _span, False),
        (_PART + _RELATIVE, _span, False),
        (rf"\b(?:in|of|during|this|next) {_NAMED}", _span, False),
        (rf"\b(?!{MONTH}){_NAMED}", _span, False),
        (r"(?<!the )\b(?P<name>this (?:week|month)|next (?:week|month|year))\b", _span, False),
        (r"\b(?P<name>(?:week|month) after next)\b", _span, False),
        (
            rf"\b(?:the|a) (?:week|day|month|fortnight|weekend|one) (?:after|before|later)\b|\bfollowing (?:{DAY}|day|week|month)\b|"
            rf"\b(?:{DAY}|weekend) after next\b|\bthe (?:{DAY}) after(?= that|\W*$)|"
            rf"\bor (?:the )?(?:next|following|one after|{MONTH})\b",
            _unclear,
            False,
        ),
        # Counts from now.
        (rf"\b{_COUNT}(?= (?:ago|last)\b)", _counted, False),
        (rf"\bin (?:the next )?(?:(?:about|around|roughly|another|at least) )?{_COUNT}\b", _counted, False),
        (rf"\b{_COUNT}(?:'?s? (?:time|from now)\b|'(?!s))", _counted, False),
        (r"(?<!every )(?<!each )\b(?P<unit>fortnight)\b", _counted, False),
        (r"\b(?:in|within|over|for) (?:the next|another) (?P<unit>week|month)\b", _counted, True),
        (rf"\b(?P<count>{_MANY}) ?(?P<unit>{_UNIT})s?{_NO_RATE}", _counted, True),
        (
            rf"(?:^\W*|(?<=\bfor )|\b(?:within|give (?:me|it)|say|another|after|about|maybe|call it|make it|have|like|need|take|want) )"
            rf"(?P<count>an?|one) (?P<unit>{_UNIT}){_NO_RATE}",
            _counted,
            True,
        ),
        (r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b(?! week|'s)", lambda _, today: _exactly(today), False),
        (r"\btomorrow\b", lambda _, today: _exactly(today + timedelta(days=1)), False),
        # Days of the month and of the week; "Thursday 4" may be four o'clock.
        (rf"\b(?P<day>{DAY}),? (?:the )?(?P<number>\d{{1,2}}(?={TH})|1[3-9]|[23]\d){TH}?{_ENDS}", _day_of_month, False),
        (rf"\b(?:{DAY}) \d{{1,2}}{_ENDS}", _unclear, False),
        (rf"(?P<day>)(?:\b(?:on|by|until|from|the|or) |^\W*)(?P<number>\d{{1,2}}){TH}{_ENDS}", _day_of_month, False),
        (rf"(?P<day>)\bon the (?P<number>\d{{1,2}}){_ENDS}", _day_of_month, False),
        (rf"\b(?:(?P<which>next|this) (?:coming )?)?(?P<day>{DAY})(?:s(?= next week))?\b", _weekday, False),
    ]
]


def working_day(day: date, step: int = 1) -> date:
    """Return `day`, or when England does not work on it the next day on which it does; the last one when `step` is -1."""
    while day.weekday() > 4 or day in _ENGLAND:
        day += timedelta(days=step)
    return day
