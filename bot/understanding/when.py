"""Days and times as busy British people write them: "a week on Thursday", "Friday after clinic", "not Friday, make it Monday".

Each phrase that names a day says which days fit it and which it means by itself. Phrases beside each other mean the day that
fits them all, and the text means the day on which its phrases agree; where that is none, or one of several, the caller asks again.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
from dateparser.search import search_dates

# Further away than this is more likely a misreading than a promise, in days.
FURTHEST = 370

_ENGLAND = holidays.country_holidays("GB", subdiv="ENG")
# Parts of a day at which a promise is over and can be asked about.
_PARTS = [
    (
        r"\b(?:after|post)[- ]?(?:clinic|theatre|list|work|hours|school run)\b|\bend of (?:the )?(?:day|play)\b|\bevening\b|\btonight\b",
        time(17, 30),
    ),
    (r"\b(?:lunch(?:time|break)?|noon|midday)\b", time(12, 30)),
    (r"\bafternoon\b", time(15, 0)),
]

# A day is not meant soon after "not" or "can't", unless a new clause begins between them; nor right after "away" or "last".
_NOT = (
    r"(?<!why )\b(?:not|never|cannot|\w+n't|(?:ca|do|wo|does|is|did|could|would)nt|neither|nor|hardly|doubt|except(?:ing)?|excluding|"
    r"avoid(?:ing)?|skip(?:ping)?|bar(?:ring)?|scrap|forget|cancel|instead of|other than|apart from|aside from|(?:any|every)(?: ?\w+)? but|"
    r"(?<!later )(?<!earlier )(?<!sooner )(?<!more )(?<!less )than)"
)
_NEW_CLAUSE = r"(?:until|till?|before|by|after|from|since|so|but|then|because|later|earlier|sooner|unless|if|when|i|i'\w+|we|he|she|they)\b"
_NOT_BEFORE = re.compile(
    rf"{_NOT}(?: (?!{_NEW_CLAUSE})[\w']+){{0,5}} *$|"
    r"\b(?:last|previous|ago|away|off|busy|unavailable|on leave)(?: (?:on|in|all|this|the|of|sick))* *$"
)
# Nor before "is no good" or "I'm away".
_NOT_AFTER = re.compile(
    r"(?:(?<=[insr]day)|'s| is) (?:off|out)\b|(?:'s| is| are| was| will be| would be)? (?:really |just |probably |already )?"
    r"(?:no (?:good|use|go)|a no|ago|last|gone|past|impossible|full|rammed|packed|busy|bad|tricky|hopeless|(?:a|my) day off|"
    r"too (?:soon|early|late)|not? (?:good|possible|great|ideal|an option|free|available|working|ok)|(?:will|does|is) not|cannot|"
    r"(?:do|does|wo|ca|is|would|could|did)n'?t|i(?:'m| am) (?:off|away|out|busy|not|on leave)|i (?:can'?t|cannot|won'?t|don'?t))\b|"
    r"\W*(?:no|not)(?: (?:chance|way|good))?\W*$"
)
_AND_NOT = re.compile(r"\W*(?:or|nor|and)(?: on)?\W*| ?/ ?")
_BUT_NOT = re.compile(r"\W*but(?: on)? ")
_MOVED_FROM = re.compile(r"\b(?:mov|chang|shift|swap|push|switch|bring|brought).*")
_MOVED_TO = re.compile(r" (?:to|for|with|until|till?) ")
# What came before such words is taken back.
_CORRECTED = re.compile(
    r"\b(?:i meant?|make (?:it|that)|actually|or rather|scrap that|on second thoughts|ask me)\b|\b(?:no|nope|sorry|wait|oops|so)\W*$"
)
_SIDE_BY_SIDE = re.compile(r" (?:(?:of|in|on|the) )*")
_APPOSED = re.compile(r" ?[,(\-]? ?(?:(?:of|in|on|the) )*")
_NOT_NOW = re.compile(rf"{_NOT}\b|\b(?:yesterday|last|ago|previous)\b")


def understand_when(text: str, now: datetime, zone: ZoneInfo, usual: time, *, is_answer: bool = True) -> datetime | None:
    """Return the moment that `text` names, in `zone` and after `now`, or none when it names none clearly.

    A day without an hour is taken at `usual`. With `is_answer` false, `text` is prose in which a day may not be named at
    all, and only unmistakable wording counts.
    """
    words = " ".join(text.lower().replace("\u2019", "'").split())
    for pattern, plain in _SPELLINGS:
        words = re.sub(pattern, plain, words)
    local = now.astimezone(zone)
    today = local.date()
    hour, words = _take_hour(words)
    if found := _find(words, today, is_answer=is_answer):
        day = _chosen(words, found, today)
    elif is_answer and not _NOT_NOW.search(words):
        day = _searched_day(words, local) or (_next_at(hour, local) if hour else None)
    else:
        day = None
    if day is None:
        return None
    moment = datetime.combine(day, hour or _part_of_day(words) or usual, zone)
    if moment <= now and day == today and hour is None:
        # "today", said after the usual time: leave a few hours before asking, as far as the day has them.
        moment = min(
            (now + timedelta(hours=3)).astimezone(zone).replace(second=0, microsecond=0), datetime.combine(day, time(23, 59), zone)
        )
    if moment <= now or day > today + timedelta(days=FURTHEST):
        return None
    return moment


def working_day(day: date, step: int = 1) -> date:
    """Return `day`, or when England does not work on it the next day on which it does; the last one when `step` is -1."""
    while day.weekday() > 4 or day in _ENGLAND:
        day += timedelta(days=step)
    return day


def _take_hour(words: str) -> tuple[time | None, str]:
    """Return the time of day that is written in figures, and the words without it."""
    for pattern in (
        r"\b(?:at |by |around |about )?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>am|pm)\b",
        r"\b(?<!\bon )(?:at |by |around |about )?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\b(?![/.\-]\d)",
        r"\bat (?P<hour>\d{1,2})(?:ish)?\b(?!\s*(?:%|percent|st|nd|rd|th|/))",
    ):
        if found := re.search(pattern, words):
            parts = found.groupdict()
            hour, minute, half = int(parts["hour"]), int(parts.get("minute") or 0), parts.get("half")
            if half == "pm" and hour < 12:
                hour += 12
            elif half == "am" and hour == 12:
                hour = 0
            elif half is None and 1 <= hour <= 6 and not parts["hour"].startswith("0"):
                hour += 12  # nobody means four in the morning
            if hour < 24 and minute < 60:
                return time(hour, minute), words[: found.start()] + " " + words[found.end() :]
    return None, words


def _part_of_day(words: str) -> time | None:
    return next((at for pattern, at in _PARTS if re.search(pattern, words)), None)


def _next_at(hour: time, local: datetime) -> date:
    return local.date() if local.replace(tzinfo=None) < datetime.combine(local.date(), hour) else local.date() + timedelta(days=1)


def _chosen(words: str, found: list[_Found], today: date) -> date | None:
    """Return the one day that is wanted, unless it is negated too."""
    wanted: list[list[_Phrase]] = []
    barred: list[list[_Phrase]] = []
    end, was_barred = 0, False
    for each, following in zip(found, [*found[1:], None], strict=True):
        before, after = words[end : each.start], words[each.end : following.start if following else None]
        if _CORRECTED.search(before):
            wanted = []
        is_listed = bool(wanted or barred) and (_AND_NOT if was_barred else _BUT_NOT).fullmatch(before)
        is_moved = _MOVED_TO.fullmatch(after) and _MOVED_FROM.search(before)
        was_wanted = bool(wanted) and not was_barred
        was_barred = bool(is_listed or is_moved or _NOT_BEFORE.search(before) or _NOT_AFTER.match(words, each.end))
        if was_barred:
            barred.append(each.phrases)
        elif was_wanted and _APPOSED.fullmatch(before):
            wanted[-1] = wanted[-1] + each.phrases
        else:
            wanted.append(each.phrases)
        end = each.end
    days = {_fitting(phrases, today) for phrases in wanted}
    day = days.pop() if len(days) == 1 else None
    return None if day is None or any(all(phrase.fits(day) for phrase in phrases) for phrases in barred) else day


def _fitting(phrases: list[_Phrase], today: date) -> date | None:
    """Return the day that phrases beside each other mean: the next that fits them all, if no other in its month does."""
    usual = {phrase.usual for phrase in phrases}
    if len(usual) == 1:
        day = usual.pop()
    else:
        day, after = [*(day for day in _ahead(today) if all(phrase.fits(day) for phrase in phrases)), None, None][:2]
        if day and after and (day.year, day.month) == (after.year, after.month):
            return None
    return day if day is None or any(phrase.is_outright for phrase in phrases) else working_day(day)


def _searched_day(words: str, local: datetime) -> date | None:
    """Return the day that dateparser finds in an answer whose wording we do not know: "in 36 hours", "14d"."""
    if not re.search(r"^\W*\d|\b(?:in|within|after|give (?:me|it))\b", words):
        return None
    settings = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": local.replace(tzinfo=None), "RETURN_AS_TIMEZONE_AWARE": False}
    for fragment, moment in search_dates(words, languages=["en"], settings=settings) or ():
        # Without a unit it reads dates that nobody meant: "we" as Wednesday, "may", "sun" and "about a 7".
        if re.search(r"(?:\d|\bin|\ban) ?(?:\w+ )?(?:d|w|h|hrs?|hours?|mins?|minutes?)\b", fragment) and moment.date() >= local.date():
            return moment.date() if moment.date() == local.date() else working_day(moment.date())
    return None


# ---- phrases that name a day ----

_DAYS = [name.lower() for name in calendar.day_name]
_MONTHS = [name.lower() for name in calendar.month_name]
_SMALL = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_NUMBERS = {word: value for value, word in enumerate(_SMALL, 1)} | {"a": 1, "an": 1, "couple": 2, "few": 3}
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_DAYS_IN = {"day": 1, "week": 7, "fortnight": 14}

_DAY = "|".join(_DAYS)
_MONTH = "|".join(_MONTHS[1:])
_NUMBER = rf"\d{{1,3}}|(?:a )?couple(?: of)?|(?:a )?few|{'|'.join(_SMALL)}|an|a"
_MANY = rf"\d{{1,2}}|(?:a )?couple(?: of)?|(?:a )?few|{'|'.join(_SMALL[1:])}"
_TH = "(?:st|nd|rd|th)"
_UNIT = "working day|day|week|fortnight|month|year"
_FEAST = "christmas|easter|new year|bank holiday|weekend"
# Only such words follow a date: "the 3rd patient", "after the Christmas party" and "before Jan speaks" name none.
_ENDS = (
    r"(?![\w%/]|[.,:]\d)(?! (?!(?:about|after|afternoon|and|around|as|at|because|before|but|by|can|could|evening|first|for|from|he|i|i'\w+|"
    r"ideally|if|in|is|it|it's|instead|latest|lunch\w*|maybe|morning|next|no|not|of|ok|on|once|onwards|or|please|rather|she|should|so|sounds|suits|thanks|then|they|this|though|"
    rf"to|until|was|we|week|when|will|with|works?|would|\w+n't|{_DAY})\b)[a-z])"
)
_DATE = rf"(?:the )?\d{{1,2}}{_TH}?(?: of)? (?:{_MONTH})|(?:the )?\d{{1,2}}{_TH}"
_ANCHOR = rf"(?P<anchor>(?:today|tomorrow|now|(?:(?:this|next) )?(?:{_DAY})(?:,? (?:{_DATE}))?|{_DATE}|(?:the )?(?:{_FEAST}))\b){_ENDS}"

_BEFORE_SAT = rf"by|last|next|on|\w*day or|this|until|{'|'.join(_NTH)}|\d{_TH}"
_BEFORE_MON = rf"{_BEFORE_SAT}|about|but|do|make it|make that|meant?|not|say|sorry"
# Short and wrong spellings, and other words for the same.
_SPELLINGS = [
    (r"\b(?:1[:\-]1s?|1 to 1|one[- ]to[- ]one)\b", "meeting"),
    (r"\b24/7\b", "always"),
    (r" ?@ ?", " at "),
    (r"\bon or after\b", "from"),
    (r"\bon or before\b", "by"),
    (r"\bnxt\b", "next"),
    (r"(?<![a-z])wk(s?)\b", r"week\1"),
    (r"\b(?:tmrw|tmr|tmw|tomoz|2moro|tomm?orr?ow?)\b", "tomorrow"),
    (r"\b(?:tues?|teusday)\b\.?", "tuesday"),
    (r"\b(?:weds|wednsday)\b\.?", "wednesday"),
    (r"\b(?:thur?s?|thrusday)\b\.?", "thursday"),
    (r"\b(?:fri|firday)\b\.?", "friday"),
    # "Mon" and "wed" are parts of words, and "sat" and "sun" words of their own.
    *((rf"(^\W*|\b(?:{_BEFORE_MON}) ){name[:3]}\b", rf"\1{name}") for name in ("monday", "wednesday")),
    *((rf"(^\W*|\b(?:{_BEFORE_SAT}) ){name[:3]}\b", rf"\1{name}") for name in ("saturday", "sunday")),
    *((rf"\b{name[:3]}\b(?=,? (?:the )?\d\d?(?:{_TH}|$)| (?:morning|afternoon|evening|next week)\b)", name) for name in _DAYS),
    *((rf"\b{name[:3]}{'t?' if name == 'september' else ''}\b\.?", name) for name in _MONTHS[1:]),
    *((rf"(?<!twenty )(?<![-\w]){word}(?= (?:of )?(?:{_MONTH})\b| of (?:next|the) month\b)", f"{day}th") for word, day in _NTH.items()),
    *((rf"((?:\bon|{_DAY}|{_MONTH}) the ){word}\b", rf"\g<1>{day}th") for word, day in _NTH.items()),
    (r"\bx-?mas\b", "christmas"),
    (r"\bchristmas eve\b", "24 december"),
    (r"\bchristmas day\b", "25 december"),
    (r"\bboxing day\b", "26 december"),
    (r"\bnew year'?s eve\b", "31 december"),
    (r"\bnew year'?s day\b", "1 january"),
    (r"\bmid-?week\b", "middle of the week"),
    (r"\b(?:w/[cb]|week beginning)\b", "week commencing"),
    (r"\b(?:not )?tomorrow,? (?:but )?the (?:day|one) after\b", "day after tomorrow"),
    (r"\b(?:not )?next week,? (?:but )?the (?:week|one) after\b(?: next\b)?|\bweek after next week\b", "week after next"),
    # "Not before Friday" is Friday, and "not for a week" is in a week.
    (rf"\b(?:not|nothing|never|cannot|\w+n't)(?: (?!{_DAY})\w+){{0,3}}? (?:before|until|till?|earlier than|sooner than)\b", "from"),
    (
        rf"\b(?:not|nothing|skip|\w+n't)(?: (?!{_DAY})\w+){{0,2}}? (?:for the next|for|the next)"
        rf"(?= (?:another |at least )?(?:{_NUMBER}|fortnight)\b)",
        "in",
    ),
    (rf"\b(not (?:{_DAY})) (?={_DAY})", r"\1, "),
]


class _Phrase(NamedTuple):
    """What one phrase says of the day: which days fit it, and which it means when nothing else is said."""

    fits: Callable[[date], bool]
    usual: date | None
    is_outright: bool = True  # else a weekend or a bank holiday is not what was meant


class _Found(NamedTuple):
    """Phrases that stand side by side, "Friday the 18th", and their place in the text."""

    start: int
    end: int
    phrases: list[_Phrase]


def _find(words: str, today: date, *, is_answer: bool) -> list[_Found]:
    """Return what names a day, in the order of the text; what one kind of phrase has read, the next ones do not see."""
    found = []
    unread = words
    for pattern, read, needs_answer in _KINDS:
        if is_answer or not needs_answer:
            found += [_Found(*each.span(), [read(each, today)]) for each in pattern.finditer(unread)]
            unread = pattern.sub(lambda each: "\0" * len(each[0]), unread)
    together: list[_Found] = []
    for each in sorted(found):
        if together and _SIDE_BY_SIDE.fullmatch(words[together[-1].end : each.start]):
            together[-1] = _Found(together[-1].start, each.end, together[-1].phrases + each.phrases)
        else:
            together.append(each)
    return together


def _ahead(today: date) -> list[date]:
    return [today + timedelta(days=days) for days in range(FURTHEST + 1)]


def _next_that(fits: Callable[[date], bool], today: date) -> _Phrase:
    return _Phrase(fits, next((day for day in _ahead(today) if fits(day)), None))


def _exactly(day: date | None, *, is_outright: bool = True) -> _Phrase:
    return _Phrase(lambda each: each == day, day, is_outright)


def _unclear(_found: re.Match[str], _today: date) -> _Phrase:
    return _exactly(None)


def _anchor(name: str, today: date) -> _Phrase:
    """Return the day that something is counted from."""
    if name == "now":
        return _exactly(today, is_outright=False)
    phrases = [phrase for found in _find(name, today, is_answer=True) for phrase in found.phrases]
    fitting = [day for day in _ahead(today) if phrases and all(phrase.fits(day) for phrase in phrases)]
    day = next((day for day in fitting if day > today), fitting[0] if fitting else None)
    return _exactly(day, is_outright=any(phrase.is_outright for phrase in phrases))


def _count(word: str) -> int:
    return int(word) if word.isdigit() else next(_NUMBERS[part] for part in reversed(word.split()) if part in _NUMBERS)


def _nth(word: str) -> int:
    return int(word[:-2]) if word[0].isdigit() else _NTH[word]


def _counted(found: re.Match[str], today: date) -> _Phrase:
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


def _beside(found: re.Match[str], today: date) -> _Phrase:
    """Read "before Friday" and "after the 3rd"; with a weekday, "the Monday after Christmas"."""
    anchor = _anchor(found["anchor"], today).usual
    if anchor is None:
        return _exactly(None)
    step = -1 if found["way"] == "before" else 1
    day = anchor + timedelta(days=step)
    if not found["day"]:
        return _exactly(working_day(day, step))
    return _exactly(day + timedelta(days=step * (step * (_DAYS.index(found["day"]) - day.weekday()) % 7)))


def _dated(found: re.Match[str], today: date) -> _Phrase:
    """Read "4 December", "December 4th", "4/12", "4/12/26" and "2026-12-04"; "31 February" fits no day."""
    number = int(found["number"])
    month = int(found["month"]) if found["month"].isdigit() else _MONTHS.index(found["month"])
    year = found["year"] or ""
    return _next_that(lambda day: (day.day, day.month) == (number, month) and str(day.year).endswith(year), today)


def _day_of_month(found: re.Match[str], today: date) -> _Phrase:
    """Read "the 18th" and "Friday the 18th", the next month in which they agree."""
    weekday, number = found["day"], int(found["number"])
    if weekday:
        return _next_that(lambda day: day.day == number and _DAYS[day.weekday()] == weekday, today)
    return _next_that(lambda day: day.day == number and day > today, today)


def _weekday(found: re.Match[str], today: date) -> _Phrase:
    weekday = _DAYS.index(found["day"])
    coming = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if found["which"] is None:
        return _Phrase(lambda day: day.weekday() == weekday, coming)
    # On Monday, "next Friday" is the Friday of next week; on Friday, "next Monday" is the coming one.
    is_this_week = coming.isocalendar()[1] == today.isocalendar()[1]
    return _exactly(coming + timedelta(weeks=found["which"] == "next" and is_this_week))


def _nth_weekday(found: re.Match[str], today: date) -> _Phrase:
    """Read "the first Monday in December" and "the last Friday of the month"."""
    nth, weekday, name = found["nth"], _DAYS.index(found["day"]), found["name"]
    month = {"month": 0, "next month": _add_months(today, 1).month, "new year": 1, "next year": 1}.get(name)
    if month is None:
        month = _MONTHS.index(name)

    def fits(day: date) -> bool:
        is_nth = (day + timedelta(weeks=1)).month != day.month if nth == "last" else (day.day - 1) // 7 + 1 == _nth(nth)
        return day.weekday() == weekday and month in {0, day.month} and is_nth

    return _next_that(fits, today)


def _easter_day(found: re.Match[str], today: date) -> _Phrase:
    return _next_that(lambda day: _ENGLAND.get(day, "").lower() == found["name"], today)


def _week_of(found: re.Match[str], today: date) -> _Phrase:
    """Read "week commencing 7 December", "the week of the 7th" and "the week after Christmas"."""
    anchor = _anchor(found["anchor"], today).usual
    if anchor is None:
        return _exactly(None)
    monday = anchor + timedelta(days=7 * (found["way"] == "after") - anchor.weekday())
    return _Phrase(lambda day: monday <= day <= monday + timedelta(days=6), working_day(monday), is_outright=False)


def _span(found: re.Match[str], today: date) -> _Phrase:
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
        good_friday = next(day for day in _ahead(date(year, 3, 1)) if _ENGLAND.get(day) == "Good Friday")
        return good_friday, good_friday + timedelta(days=3)
    if kind == "bank holiday":
        return ([day for day in _ahead(today) if day in _ENGLAND][ahead],) * 2
    if kind in _YEARLY:
        return date(year, *_YEARLY[kind][0]), date(year, *_YEARLY[kind][1])
    first = _add_months(today, ahead).replace(day=1) if kind == "month" else date(year, _MONTHS.index(kind), 1)
    return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _part_of_span(first: date, last: date, part: str, today: date) -> _Phrase:
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
    return _Phrase(lambda day: first <= day <= last, usual, is_outright=False)


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
    rf"(?P<name>{_MONTH}|christmas|easter|(?<!happy )new year|bank holiday(?: weekend| monday)?|weekend)(?: (?P<year>\d{{4}})\b)?{_ENDS}"
)
_RELATIVE = r"(?P<name>(?:(?:this|next) )?(?:week|month|year)(?: after next)?)\b"
_COUNT = rf"(?P<count>{_NUMBER}) ?(?P<unit>{_UNIT})s?"
_NO_RATE = r"\b(?! (?:a|an|per|each|every|old|late|overdue|behind|into|in|of)\b)"
# Each kind of phrase, how it is read, and whether only an answer names a day by it: in prose, "1.5" and "nine weeks" are figures.
_KINDS: list[tuple[re.Pattern[str], Callable[[re.Match[str], date], _Phrase], bool]] = [
    (re.compile(pattern), read, needs_answer)
    for pattern, read, needs_answer in [
        # Alternatives.
        (rf"\b(?:{_NUMBER}) ?(?:or|to|-) ?(?:{_NUMBER}) ?(?:{_UNIT})s?\b|\b(?:{_UNIT}) or (?:{_NUMBER})\b", _unclear, False),
        (rf"\b\d{{1,2}}{_TH}? ?(?:or|to|and|/|-) ?(?:the )?\b\d{{1,2}}{_TH}(?!\w)", _unclear, False),
        (rf"\b\d{{1,2}}{_TH}? ?(?:or|to|and|/|-) ?\b\d{{1,2}}{_TH}?(?= (?:of )?(?:{_MONTH})\b)", _unclear, False),
        (r"\band a half\b|\bnext weekend\b", _unclear, False),
        # From an anchor.
        (rf"\b(?P<count>{_NUMBER}) (?P<unit>week|fortnight|month)s? (?:(?P<way>on|from|after|before) )?{_ANCHOR}", _counted, False),
        (rf"(?<!the )(?<!this )(?<!next )(?<!last )\b(?P<unit>week|fortnight) (?:on |from |(?=today|tomorrow)){_ANCHOR}", _counted, False),
        (rf"\b(?P<count>{_NUMBER}) (?P<unit>working day|day)s? (?P<way>from|after|before) {_ANCHOR}", _counted, False),
        (rf"\b(?P<unit>day) (?P<way>after|before) {_ANCHOR}", _counted, False),
        (rf"\b(?P<anchor>today|tomorrow|{_DAY}) (?P<unit>week|fortnight)\b(?! (?:after|commencing|of)\b)", _counted, False),
        (r"\b(?:this|same) (?:time|day) next (?P<unit>week|month)\b", _counted, False),
        (rf"\b(?:(?:first|last) )?(?P<day>{_DAY}) (?P<way>before|after) {_ANCHOR}", _beside, False),
        (rf"(?P<day>)\b(?P<way>before|after) {_ANCHOR}(?=\s*(?:$|[,.;!?]))", _beside, False),
        (rf"\bweek (?P<way>commencing|of|after) (?:on )?{_ANCHOR}", _week_of, False),
        (
            rf"\b(?P<nth>{'|'.join(_NTH)}|[1-5]{_TH}|last) (?P<day>{_DAY}) (?:of |in )?(?:the |this )?"
            rf"(?P<name>(?:next )?month|(?:new|next) year|{_MONTH})\b",
            _nth_weekday,
            False,
        ),
        # Dates.
        (r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<number>\d\d)\b", _dated, False),
        (rf"\b(?P<number>\d{{1,2}}){_TH}?(?: of)? (?P<month>{_MONTH})\b(?:,? (?P<year>\d{{4}})\b)?", _dated, False),
        (rf"\b(?P<month>{_MONTH}) (?:the )?(?P<number>\d{{1,2}}){_TH}?\b(?:,? (?P<year>\d{{4}})\b)?{_ENDS}", _dated, False),
        (r"\b(?P<number>\d{1,2})[/.\-](?P<month>\d{1,2})[/.\-](?P<year>\d{4}|\d\d)\b", _dated, False),
        (r"\b(?P<number>\d{1,2})[/.\-](?P<month>\d{1,2})(?P<year>)\b", _dated, True),
        (r"(?<!no )\b(?P<name>good friday|easter monday)\b", _easter_day, False),
        # Parts of weeks, months and years, then what is left of such wording: relative to something that is not known.
        (rf"\b(?P<part>by|from|until|till?) (?:the )?{_NAMED}", _span, True),
        (_PART + _NAMED, _span, False),
        (_PART + _RELATIVE, _span, False),
        (rf"\b(?:in|of|during|this|next) {_NAMED}", _span, False),
        (rf"\b(?!{_MONTH}){_NAMED}", _span, False),
        (r"(?<!the )\b(?P<name>this (?:week|month)|next (?:week|month|year))\b", _span, False),
        (r"\b(?P<name>(?:week|month) after next)\b", _span, False),
        (
            rf"\b(?:the|a) (?:week|day|month|fortnight|weekend|one) (?:after|before|later)\b|\bfollowing (?:{_DAY}|day|week|month)\b|"
            rf"\b(?:{_DAY}|weekend) after next\b|\bthe (?:{_DAY}) after(?= that|\W*$)|"
            rf"\bor (?:the )?(?:next|following|one after|{_MONTH})\b",
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
        (rf"\b(?P<day>{_DAY}),? (?:the )?(?P<number>\d{{1,2}}(?={_TH})|1[3-9]|[23]\d){_TH}?{_ENDS}", _day_of_month, False),
        (rf"\b(?:{_DAY}) \d{{1,2}}{_ENDS}", _unclear, False),
        (rf"(?P<day>)(?:\b(?:on|by|until|from|the|or) |^\W*)(?P<number>\d{{1,2}}){_TH}{_ENDS}", _day_of_month, False),
        (rf"(?P<day>)\bon the (?P<number>\d{{1,2}}){_ENDS}", _day_of_month, False),
        (rf"\b(?:(?P<which>next|this) (?:coming )?)?(?P<day>{_DAY})(?:s(?= next week))?\b", _weekday, False),
    ]
]
