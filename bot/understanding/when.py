"""Days and times as busy British people write them: "a week on Thursday", "Friday after clinic", "not Friday, make it Monday".

Each phrase that names a day says which days fit it and which it means by itself. Phrases beside each other mean the day that
fits them all, and the text means the day on which its phrases agree; where that is none, or one of several, the caller asks again.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateparser.search import search_dates

from bot.understanding.days import FURTHEST, Found, Phrase, days_ahead, find_days, working_day
from bot.understanding.spellings import SPELLINGS

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
_APPOSED = re.compile(r" ?[,(\-]? ?(?:(?:of|in|on|the) )*")
_NOT_NOW = re.compile(rf"{_NOT}\b|\b(?:yesterday|last|ago|previous)\b")


def understand_when(text: str, now: datetime, zone: ZoneInfo, usual: time, *, is_answer: bool = True) -> datetime | None:
    """Return the moment that `text` names, in `zone` and after `now`, or none when it names none clearly.

    A day without an hour is taken at `usual`. With `is_answer` false, `text` is prose in which a day may not be named at
    all, and only unmistakable wording counts.
    """
    words = " ".join(text.lower().replace("\u2019", "'").split())
    for pattern, plain in SPELLINGS:
        words = re.sub(pattern, plain, words)
    local = now.astimezone(zone)
    today = local.date()
    hour, words = _take_hour(words)
    if found := find_days(words, today, is_answer=is_answer):
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


def _chosen(words: str, found: list[Found], today: date) -> date | None:
    """Return the one day that is wanted, unless it is negated too."""
    wanted: list[list[Phrase]] = []
    barred: list[list[Phrase]] = []
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


def _fitting(phrases: list[Phrase], today: date) -> date | None:
    """Return the day that phrases beside each other mean: the next that fits them all, if no other in its month does."""
    usual = {phrase.usual for phrase in phrases}
    if len(usual) == 1:
        day = usual.pop()
    else:
        day, after = [*(day for day in days_ahead(today) if all(phrase.fits(day) for phrase in phrases)), None, None][:2]
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
