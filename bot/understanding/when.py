"""Days and times as busy British people write them: "a week on Thursday", "Friday after clinic", "in two weeks"."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateparser.search import search_dates

# Further away than this is more likely a misreading than a promise, in days.
FURTHEST = 370

_WEEKDAYS = {
    name: index
    for index, names in enumerate(
        [
            "mon monday",
            "tue tues tuesday teusday",
            "wed weds wednesday wednsday",
            "thu thur thurs thursday thrusday",
            "fri friday firday",
            "sat saturday",
            "sun sunday",
        ]
    )
    for name in names.split()
}
_MONTHS = {
    name: index
    for index in range(1, 13)
    for name in (calendar.month_name[index].lower(), calendar.month_abbr[index].lower(), *(["sept"] if index == 9 else []))
}
_NUMBERS = {
    word: value
    for value, words in enumerate(["", "a an one", "two couple", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
    for word in words.split()
}
# Parts of a day at which a promise is over and can be asked about.
_PARTS = [
    (
        r"\b(?:after|post)[- ]?(?:clinic|theatre|list|work|hours|school run)\b|\bend of (?:the )?(?:day|play)\b|\bevening\b|\btonight\b",
        time(17, 30),
    ),
    (r"\b(?:lunch(?:time|break)?|noon|midday)\b", time(12, 30)),
    (r"\bafternoon\b", time(15, 0)),
    (r"\b(?:first thing|early|morning|before\b)", None),
]
_DAY = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAYS_IN = {"day": 1, "week": 7, "wk": 7, "fortnight": 14}
_UNIT = "day|week|wk|fortnight|month"
_NUMBER = r"\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r"|a couple of|a few"
# What dateparser reads as a date although nobody meant one.
_NOT_A_DATE = re.compile(rf"^(?:\W*(?:{_MONTH}|sat|sun|now|on|in|a|the|to|at|\d{{1,2}})\W*)+$")


def understand_when(text: str, now: datetime, zone: ZoneInfo, usual: time, *, is_answer: bool = True) -> datetime | None:
    """Return the moment that `text` names, in `zone` and after `now`, or none when it names none clearly.

    A day without an hour is taken at `usual`. With `is_answer` false, `text` is prose in which a day may not be named at
    all, and only unmistakable wording counts.
    """
    words = re.sub(r"\b(?:1[:\-]1s?|1 to 1|one[- ]to[- ]one)\b", "meeting", text.lower().replace("\u2019", "'"))
    today = now.astimezone(zone).date()
    hour, words = _take_hour(words)
    day = _named_day(words, today, is_answer=is_answer) or (_searched_day(words, now.astimezone(zone)) if is_answer else None)
    if day is None:
        if hour is None or not is_answer:
            return None
        day = today
        if datetime.combine(day, hour, zone) <= now:
            day += timedelta(days=1)
    moment = datetime.combine(day, hour or _part_of_day(words) or usual, zone)
    if moment <= now and day == today:
        # "today", said after the usual time: leave a few hours before asking.
        moment = (now + timedelta(hours=3)).astimezone(zone).replace(second=0, microsecond=0) if hour is None else moment
    if moment <= now or day > today + timedelta(days=FURTHEST):
        return None
    return moment


def _take_hour(words: str) -> tuple[time | None, str]:
    """Return the time of day that is written in figures, and the words without it."""
    for pattern in (
        r"\b(?:at |by |around |about )?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*(?P<half>am|pm)\b",
        r"\b(?:at |by |around |about )?(?P<hour>\d{1,2})[:.](?P<minute>\d{2})\b(?![/.\-]\d)",
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


def _named_day(words: str, today: date, *, is_answer: bool = True) -> date | None:
    """Return the day that unmistakable wording names."""
    if re.search(r"\bday after tomorrow\b", words):
        return today + timedelta(days=2)
    if found := re.search(r"\b(\d{4})-(\d{2})-(\d{2})\b", words):
        return _dated(int(found[3]), int(found[2]), found[1], today)
    if found := re.search(rf"\b(?:a |one )?(week|fortnight) (?:on |from )?(today|tomorrow|{_DAY})\b", words):
        return _coming(found[2], today) + timedelta(weeks=1 if found[1] == "week" else 2)
    if found := re.search(rf"\b({_NUMBER}) weeks? (?:on |from )?(today|tomorrow|now|{_DAY})\b", words):
        return _coming(found[2], today) + timedelta(weeks=_count(found[1]))
    if found := re.search(rf"\b(today|tomorrow|{_DAY}) (week|fortnight)\b", words):
        return _coming(found[1], today) + timedelta(weeks=1 if found[2] == "week" else 2)
    if re.search(r"\b(?:today|tonight|this (?:morning|afternoon|evening))\b(?! week|'s)", words):
        return today
    if re.search(r"\btomorrow\b|\btmrw\b|\btomoz\b", words):
        return today + timedelta(days=1)
    if found := re.search(rf"\bin (?:about )?({_NUMBER})(?: of)? ?({_UNIT})s?\b|\b({_NUMBER}) ({_UNIT})s?(?:'| time)", words):
        count, unit = _count(found[1] or found[3]), found[2] or found[4]
        return _add_months(today, count) if unit == "month" else today + timedelta(days=count * _DAYS_IN[unit])
    if found := re.fullmatch(rf"\W*(?:give me |say |after )?(?:about |a )?({_NUMBER})(?: of)? (day|week|fortnight|month)s?\W*", words):
        return _named_day(f"in {found[1]} {found[2]}", today)
    if found := re.search(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b(?: (\d{{4}}))?", words):
        return _dated(int(found[1]), _MONTHS[found[2]], found[3], today)
    if found := re.search(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?", words):
        return _dated(int(found[2]), _MONTHS[found[1]], found[3], today)
    # In prose "1.5 PAs" and "24/7" are figures; a date there has its year.
    year = r"(?:[/.\-](\d{4}|\d{2}))" + ("?" if is_answer else "")
    if found := re.search(rf"\b(\d{{1,2}})[/.\-](\d{{1,2}}){year}\b", words):
        return _dated(int(found[1]), int(found[2]), found[3], today)
    if found := re.search(rf"\bnext ({_DAY})\b", words):
        coming = _coming(found[1], today)
        # On Monday, "next Friday" is the Friday of next week; on Friday, "next Monday" is the coming one.
        return coming + timedelta(weeks=1) if coming.isocalendar()[1] == today.isocalendar()[1] else coming
    if found := re.search(rf"\b({_DAY})s?\b(?= ?(?:next week))", words):
        return _start_of_next_week(today) + timedelta(days=_WEEKDAYS[found[1]])
    unmistakable = [name for name in re.findall(rf"\b({_DAY})\b", words) if name not in {"sat", "sun", "wed", "mon"}]
    short = re.search(r"\b(?:on|this|by|next|until) (sat|sun|wed|mon)\b|^\W*(sat|sun|wed|mon)\b", words)
    if unmistakable or short:
        name = unmistakable[0] if unmistakable else (short[1] or short[2] if short else "")
        return _coming(name, today)
    if re.search(r"\b(?:the )?week after next\b", words):
        return _start_of_next_week(today) + timedelta(weeks=1)
    if re.search(r"\bend of (?:the |this )?week\b", words):
        return today + timedelta(days=(4 - today.weekday()) % 7)
    if re.search(r"\bend of next week\b", words):
        return _start_of_next_week(today) + timedelta(days=4)
    if re.search(r"\bnext week\b", words):
        return _start_of_next_week(today)
    if re.search(r"\b(?:a )?fortnight\b", words):
        return today + timedelta(days=14)
    if re.search(r"\bend of (?:the |this )?month\b", words):
        return today.replace(day=calendar.monthrange(today.year, today.month)[1])
    if re.search(r"\bnext month\b", words):
        return _add_months(today.replace(day=1), 1)
    if found := re.search(r"\b(?:on )?the (\d{1,2})(?:st|nd|rd|th)\b|\bon the (\d{1,2})\b", words):
        return _day_of_month(int(found[1] or found[2]), today)
    return None


def _searched_day(words: str, now: datetime) -> date | None:
    """Return the day that dateparser finds in an answer whose wording we do not know."""
    found = search_dates(
        words,
        languages=["en"],
        settings={
            "PREFER_DATES_FROM": "future",
            "DATE_ORDER": "DMY",
            "RELATIVE_BASE": now.replace(tzinfo=None),
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    for fragment, moment in found or ():
        if not _NOT_A_DATE.match(fragment) and moment.date() >= now.date():
            return moment.date()
    return None


def _count(word: str) -> int:
    if word.isdigit():
        return int(word)
    return {"a couple of": 2, "a few": 3}.get(word) or _NUMBERS[word]


def _coming(name: str, today: date) -> date:
    """Return today, tomorrow or the next day of that name, never today itself for a weekday."""
    if name in {"today", "now"}:
        return today
    if name == "tomorrow":
        return today + timedelta(days=1)
    return today + timedelta(days=(_WEEKDAYS[name] - today.weekday() - 1) % 7 + 1)


def _start_of_next_week(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _dated(day: int, month: int, year: str | None, today: date) -> date | None:
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def _day_of_month(day: int, today: date) -> date | None:
    for months in range(13):
        first = _add_months(today.replace(day=1), months)
        if day <= calendar.monthrange(first.year, first.month)[1] and first.replace(day=day) > today:
            return first.replace(day=day)
    return None
