"""When somebody may be written to, as they say it in one sentence: "theatre Tuesdays and Thursday mornings", "not before 9".

A sentence is read only when every word of it is known here. "The theatre list was cut on Tuesday" is not about hours, and "was"
and "cut" are what shows it; so nothing that somebody tells of their work is swallowed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.domain.availability import MIDNIGHT, BusyBlock, Change, Needs
from bot.understanding.away import understand_away
from bot.understanding.hours import SESSIONS, Hours, find_part, read_hours
from bot.understanding.week import EVERY_DAY, LABELS, WEEKEND, Slot, Token, find_slots, scan
from bot.understanding.wishes import understand_wish
from bot.understanding.zones import understand_zone

_LABEL = "|".join(f"(?:{pattern})" for pattern in LABELS.values())
_POLITE = r"(?: (?:please|pls|thanks|thank you|now|then))*\W*"
_CLEAR = re.compile(
    r"(?:please )?(?:clear|remove|delete|wipe|reset|forget) (?:all )?(?:of )?my "
    rf"(?:(?P<busy>busy (?:times?|blocks?|hours|slots?)|blocks)|(?P<away>days (?:away|off))|(?P<both>times))(?: again)?{_POLITE}"
)
_FORGET = re.compile(
    rf"(?:please )?(?:(?:forget|remove|delete|clear)(?: about)?(?: all)? (?:my |the )?(?P<one>{_LABEL}|(?:annual )?leave|holidays?)"
    rf"(?: (?:days?|blocks?|times?|sessions?))?|cancel my (?P<two>leave|holidays?)|"
    rf"(?:i'm|i am) (?:no longer (?:in |doing )?(?P<three>{_LABEL})|not (?:in |doing )?(?P<four>{_LABEL}) any ?more)){_POLITE}"
)
# "Theatre" goes on, but on these days no longer.
_FREE = re.compile(
    r"(?P<no>no more |(?:i (?:am |have )?)?no longer (?:have |do |in |doing )?|(?:i |we )?(?:do not|don'?t) (?:have |do )?)?(?:any )?"
    rf"(?P<label>{_LABEL})"
    rf" (?:not )?(?:on )?(?P<days>\S+days?\b.*?)(?P<more>,? any ?more| now)?{_POLITE}"
)
_NUMBERS = {word: n for n, word in enumerate(["one", "two", "three", "four", "five", "six", "seven"], 1)} | {"once": 1, "twice": 2}
_CAP = re.compile(
    r"(?:please )?(?P<most>(?:at most|(?:no|not|never) more than|do(?: not|n'?t) (?:message|text|write to) me more than|a maximum of|"
    r"max(?:imum)?(?: of)?|up to|only|just|limit (?:it|them|yourself) to|stick to|keep (?:it|them) to) )?"
    rf"(?P<number>\d{{1,2}}|{'|'.join(_NUMBERS)})(?: ?(?:x|times))?(?P<what> (?:messages?|texts?|nudges?|pings?))? "
    rf"(?:a|per|each|every|in a|in any) week(?P<end> (?:at (?:the )?most|max(?:imum)?|only|tops|is (?:enough|plenty)))?{_POLITE}"
)
# Less than once a week cannot be counted here, and "less often" does not say how much less.
_FEWER = re.compile(
    r"(?:please |can you |could you )*(?:(?:write |message me |send |ask )?(?:(?:a bit|much|rather) )?less (?:often|frequently)|"
    r"(?:fewer|less) (?:messages|texts|nudges|pings|of (?:these|this|them))|not (?:so|as|this|quite so) (?:often|many messages)|"
    rf"(?:at most |no more than |only |max(?:imum)? )?(?:\d{{1,2}}|{'|'.join(_NUMBERS)})(?: ?(?:x|times))?"
    r"(?: (?:messages?|texts?|nudges?|pings?))? "
    r"(?:a|per|each|every|in a) (?:fortnight|month|two weeks) (?:at (?:the )?most|max(?:imum)?|only|tops)|"
    rf"(?:at most|no more than|only|max(?:imum)?) (?:\d{{1,2}}|{'|'.join(_NUMBERS)}) (?:a|per|each|every|in a) (?:fortnight|month))"
    rf"{_POLITE}"
)
# What does not hold every week, in words that do: "alternate Tuesdays" are read as "every Tuesdays", and then said to be impossible.
_NOT_WEEKLY = re.compile(
    r"\b(?:(?:every|each) (?:other|second|2nd|third|3rd|fourth|4th)|alternat(?:e|ing)|fortnightly|biweekly|every (?:two|2|three|3) weeks|"
    r"(?:every )?(?:1|one) (?:in|week in) (?:\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)(?: weeks)?)\b(?: on\b)?"
)
_NTH = r"(?:1st|2nd|3rd|4th|first|second|third|fourth|last)"
_MONTHLY = re.compile(
    rf"\b(?:the )?{_NTH}(?:(?: and |, ?| ?& ?|/)(?:the )?{_NTH})*(?= \w+day)|"
    r"(?<=day)s? (?:of|in) (?:the|each|every) month\b|\bevery month\b"
)
_PART_ONLY = re.compile(r"^((?:in the |the )?(?:afternoons?|evenings?|nights?)) only(?= (?:till?|until|to|after|from) )")
_ONLY_IN = {
    "morning": Hours(None, time(12)),
    "afternoon": Hours(time(12), time(18)),
    "evening": Hours(time(18), None),
    "lunch": Hours(*SESSIONS["lunch"]),
}
# Of these, a single day that is named is one of the calendar.
_ONCE = {"on call", "night shift", "meeting", "teaching", "busy"}
_WISHES = frozenset({"not", "no", "bad", "only", "fine", "no_work", "works", "not_me", "off"})
# Nobody says their hours in more characters than these.
_LONGEST = 300
_QUESTION = re.compile(r"(?:are|is|do|does|did|what|when|why|how|who|which|was|were|should|if)\b")
_OPENING = re.compile(r"(?:(?:ok|okay|oh|please|so|well|right|yes|sure|hi|hello|hey|sorry)\b[ ,.!]*)+")
_BREAK = re.compile(r"\s*(?:[.;!?\n](?!\d)|,? but|,? and| &|,)\s+")
# As thumbs write it.
_SHORT = (
    (re.compile(r"\bb4\b"), "before"),
    (re.compile(r"\bmsgs\b"), "messages"),
    (re.compile(r"\bwkends?\b|\bw/ends?\b"), "weekends"),
    (re.compile(r" n (?=\w+)"), " and "),
    (re.compile(r"\b2moro\b"), "tomorrow"),
)
# "Clinic all day Thursday so avoid that" says the same without its end.
_SO_NOT = re.compile(
    r",? so leave me (?:be|alone)\W*$|"
    r",? (?:so |and )?(?:please )?(?:don'?t|do not|no need to) (?:message|text|write|ping|contact|bother|disturb)(?: me|"
    r" to me)?(?: please| pls)?\W*$|"
    r",? (?:so |and )?(?:please )?(?:avoid|not|never|don'?t (?:message|text|write|ping)(?: me)?)(?: on| in)? "
    r"(?:that|those|them|then|these)\b(?: days)?\W*$"
)
_BECAUSE = re.compile(r",? (?:because|cos|since i|as i|so i|so that)\b.*")


def understand_availability(text: str, now: datetime, zone: ZoneInfo) -> Change | None:
    """Return the change of somebody's hours that `text` asks for, or none when it is not clearly and wholly about them.

    Dates are counted from `now` in `zone`. A change with `needs` is about hours, but does not say which.
    """
    words = " ".join(text.lower().replace("\u2019", "'").replace("\u2013", "-").split())
    words = words[found.end() :] if (found := _OPENING.match(words)) else words
    for short, plain in _SHORT:
        words = short.sub(plain, words)
    if len(words) > _LONGEST or _QUESTION.match(words):
        return None
    change = _read(_SO_NOT.sub("", words), now.astimezone(zone).date())
    return None if change == Change() else change


def _read(words: str, today: date) -> Change | None:
    """Read words as one wish, or else as several after each other; of these, the first as long as possible."""
    breaks = [*_BREAK.finditer(words)]
    starts, ends = [0, *(found.end() for found in breaks)], [*(found.start() for found in breaks), len(words)]
    # What is meant from each start on, the last start first.
    meant: list[Change | None] = [None] * len(starts) + [Change()]
    for first, start in reversed([*enumerate(starts)]):
        for last in range(len(ends) - 1, first - 1, -1):
            rest = meant[last + 1]
            change = None if rest is None else _read_one(words[start : ends[last]], today)
            if rest is not None and change is not None:
                meant[first] = change.joined_with(rest)
                break
    return meant[0]


def _read_one(words: str, today: date) -> Change | None:
    if found := _CLEAR.fullmatch(words):
        return Change(clears_busy=not found["away"], clears_away=not found["busy"])
    if found := _FORGET.fullmatch(words):
        return Change(forgets=frozenset({_label_of(next(each for each in found.groups() if each))}))
    if (found := _FREE.fullmatch(words)) and (found["no"] or found["more"]) and (freed := _read_freed(found)):
        return freed
    if found := _CAP.fullmatch(words):
        number = _NUMBERS.get(found["number"]) or int(found["number"])
        is_limit = found["most"] or found["what"] or found["end"] or re.search(r"please|pls", words)
        return Change(weekly_cap=number) if is_limit and 1 <= number <= 21 else None
    if _FEWER.fullmatch(words):
        return Change(needs=Needs.HOW_OFTEN)
    wish = understand_wish(words)
    if wish is not None:
        return wish
    return understand_zone(words) or _read_weekly(words) or understand_away(words, today) or _read_rota(words)


def _read_freed(found: re.Match[str]) -> Change | None:
    """Read "no more theatre on Thursdays"; without a word for "any more" it may have been one Thursday's that was cancelled."""
    is_over = found["more"] == " now" or "any" in (found["more"] or "") or re.match(r"no more|.*no longer", found["no"] or "")
    is_negated = found["no"] or " not " in f" {found[0]} "
    slots = find_slots(scan(found["days"]) or [])
    if not (is_over and is_negated) or not slots or any(slot.days is None or slot.hours is not None for slot in slots):
        return None
    label = _label_of(found["label"])
    return Change(frees=frozenset((label, day) for slot in slots for day in slot.days or ()))


def _label_of(words: str) -> str:
    return next((label for label, pattern in LABELS.items() if re.fullmatch(pattern, words)), "leave")


def _read_weekly(words: str) -> Change | None:
    words = _PART_ONLY.sub(r"only \1", words)
    tokens = scan(words)
    if tokens is None:
        # A reason may follow a wish. It may not follow what somebody tells: "theatre Tuesday because the list was cut".
        tokens = scan(_BECAUSE.sub("", words))
        return None if tokens is None or any(token.kind.startswith("label:") for token in tokens) else _read_wish(tokens)
    if any(token.kind.startswith("label:") for token in tokens):
        return _read_labels(tokens)
    return _read_wish(tokens) if tokens else Change()


def _read_rota(words: str) -> Change | None:
    """Read "theatre every other Tuesday": what does not hold every week cannot be kept, and that is said."""
    plain, fortnightly = _NOT_WEEKLY.subn("each", words)
    plain, monthly = _MONTHLY.subn("", plain)
    tokens = scan(plain) if fortnightly or monthly else None
    if not tokens:
        return None
    kinds = {token.kind for token in tokens}
    is_named = any(kind.startswith("label:") for kind in kinds)
    is_wish = bool(kinds & {"not", "no", "no_work", "off", "only", "fine"})
    # "The first Monday of the month" answers another question; "every other Tuesday" answers none.
    is_days = not monthly and kinds <= {"every", "days", "part", "times", "and"} and "days" in kinds
    return Change(needs=Needs.EVERY_WEEK) if is_named or is_wish or is_days else None


def _read_labels(tokens: Sequence[Token]) -> Change | None:
    """Read "theatre Tuesdays, clinic Thursday mornings" and "Mondays I'm in clinic"."""
    except_on = next((at for at, token in enumerate(tokens) if at and token.kind == "not" and token.text in {"not", "never"}), None)
    if except_on is not None:
        return _read_except(tokens[:except_on], tokens[except_on + 1 :])
    kinds = {token.kind for token in tokens}
    # One wish at most, in front: "theatre Tuesdays, nothing after 8" is two sentences, which are read one by one.
    # "Clinic is no good" is a challenge.
    if kinds & ((_WISHES | {"but"}) - {"not"}) or any(token.kind == "not" for token in tokens[1:]):
        return None
    said = [token for token in tokens if token.kind in {"days", "part", "times", "and", "every"} or token.kind.startswith("label:")]
    is_label_first = next(token.kind for token in said if token.kind != "and").startswith("label:")
    groups: list[tuple[str, list[Token]]] = []
    before: list[Token] = []
    for token in said:
        if token.kind.startswith("label:"):
            groups.append((token.kind.removeprefix("label:"), before))
            before = []
        elif groups and (is_label_first or (token.kind in {"part", "times"} and not before)):
            groups[-1][1].append(token)
        else:
            before.append(token)
    is_wish = "not" in kinds
    if (moved := next((at for at, token in enumerate(tokens) if token.kind == "now" and token.text.endswith(" to")), None)) is not None:
        left = find_slots([token for token in tokens[:moved] if token.kind in {"days", "and", "every"}])
        if left:
            return _read_moved(tokens[:moved], tokens[moved + 1 :], frozenset[int]().union(*(slot.days or () for slot in left)))
    change = Change()
    if any(token.kind != "and" for token in before):
        return None
    for label, about in groups:
        slots = find_slots(about)
        is_weekly = any(slot.is_repeated for slot in slots)
        # "The Tuesday clinic" names one, and "I sat in theatre" has no Saturday.
        if not (is_label_first or is_weekly or is_wish or "is" in kinds or len(groups) > 1 or len(slots) > 1):
            return None
        # Such things go by a rota or are arranged each time.
        if label in _ONCE and slots and not is_weekly:
            return None
        if not slots or any(slot.days is None for slot in slots):
            if not (slots or is_wish):
                return None
            change = change.joined_with(Change(needs=Needs.WHICH_DAYS, about=label))
            continue
        busy = tuple(_block(label, slot.days or EVERY_DAY, _busy_hours(slot, label)) for slot in slots)
        change = change.joined_with(Change(busy=busy, forgets=frozenset({label} if "now" in kinds else ())))
    return change


def _read_moved(before: Sequence[Token], after: Sequence[Token], days: frozenset[int]) -> Change | None:
    """Read "theatre Tuesdays has moved to Wednesdays": these days are free, the others taken."""
    labels = [token for token in before if token.kind.startswith("label:")]
    change = _read_labels([labels[0], *after]) if len(labels) == 1 else None
    if change is None or change.needs is not None:
        return None
    return Change(frees=frozenset((labels[0].kind.removeprefix("label:"), day) for day in days)).joined_with(change)


def _read_except(tokens: Sequence[Token], exception: Sequence[Token]) -> Change | None:
    """Read "theatre Tuesdays but not Thursdays": Thursdays are as free as before, or again."""
    labels = [token.kind.removeprefix("label:") for token in tokens if token.kind.startswith("label:")]
    change = _read_labels([token for token in tokens if token.kind != "but"]) if labels else None
    slots = find_slots([token for token in exception if token.kind in {"days", "and", "every"}])
    if change is None or not change.busy or not slots or any(token.kind not in {"days", "and", "every", ""} for token in exception):
        return None
    days = frozenset[int]().union(*(slot.days or () for slot in slots))
    return change.joined_with(Change(frees=frozenset((labels[-1], day) for day in days)))


def _read_wish(tokens: Sequence[Token]) -> Change | None:
    """Read "not before 9", "only on Tuesday afternoons", "weekends are fine" and "I don't work Fridays"."""
    wishes = [token.kind for token in tokens if token.kind in _WISHES]
    slots = find_slots([token for token in tokens if token.kind in {"days", "part", "times", "and", "every"}])
    if len(wishes) != 1 or wishes == ["not_me"] or not slots:
        return None
    wish = {"bad": "not", "no": "not", "off": "not"}.get(wishes[0], wishes[0])
    if frozenset[int]().union(*(slot.days or () for slot in slots)) == WEEKEND and {slot.hours for slot in slots} == {None}:
        slots = [Slot(WEEKEND, is_repeated=True, hours=None)]  # "not Saturday or Sunday" is not said of one of each
    if wish in {"not", "no_work"}:
        change = Change()
        for slot in slots:
            barred = _bar(slot, is_certain=wish == "no_work")
            if barred is None:
                return None
            change = change.joined_with(barred)
        return change
    days = frozenset[int]().union(*(slot.days or () for slot in slots))
    is_exact = wish == "only" or (wish == "works" and (len(days) > 1 or any("only" in token.text for token in tokens)))
    hours = {slot.hours for slot in slots}
    if wish == "fine" and any(slot.days and not (slot.is_repeated or slot.days == WEEKEND) for slot in slots):
        return None  # "Thursday's fine" answers another question
    if wish != "only" and ((days and hours != {None}) or (wish == "works" and not days)):
        return None
    change = Change(adds_days=days, drops_days=EVERY_DAY - days if is_exact and days else frozenset())
    # Several hours can only be the two ends of a day, said apart.
    if len(hours) > 1 and not (hours == {slot.hours for slot in slots if slot.days is None} and len(hours) == 2):
        return None
    for slot in slots:
        allowed = _allow(slot.hours, is_only=wish == "only")
        if allowed is None or (len(hours) > 1 and allowed.day_starts is not None and allowed.day_ends is not None):
            return None
        change = change.joined_with(allowed)
    return change


def _bar(slot: Slot, *, is_certain: bool) -> Change | None:
    """Return what is changed when nothing may arrive then; none when it may be meant of one day only."""
    name, hours = _part_of(slot.hours), _hours_of(slot.hours, before=6, after=12)
    if slot.days is None:
        hours = {"morning": Hours(None, time(12)), "evening": Hours(time(18), None)}.get(name, hours)
        if hours.starts is None or hours.ends is None:
            return Change(day_starts=hours.ends, day_ends=hours.starts)
        return None if name == "all day" else Change(busy=(_block("busy", EVERY_DAY, hours),))
    if not (slot.is_repeated or is_certain or slot.days == WEEKEND):
        return None
    if slot.hours is None and slot.days == EVERY_DAY:
        return None  # never is no hour: that is to stop
    if slot.hours is None or name == "all day":
        return Change(drops_days=slot.days)
    return Change(busy=(_block("busy", slot.days, hours),))


def _allow(said: Token | None, *, is_only: bool) -> Change | None:
    """Return the day's hours when something may arrive then, or none when that says nothing of them."""
    if said is None:
        return Change()
    if name := _part_of(said):
        hours = _ONLY_IN.get(name)
    else:
        hours = read_hours(said.text, before=8 if is_only else 12, after=8 if is_only else 5)
    is_one_end = hours is not None and not name and None in hours
    if hours is None or not (is_only or is_one_end):
        return None
    if is_only and re.search(r"^(?:after|from|later than|past) (?:six|seven|[67])$", said.text):
        return Change(needs=Needs.WHICH_HOURS)  # early or late
    return Change(day_starts=hours.starts, day_ends=hours.ends)


def _block(label: str, days: frozenset[int], hours: Hours) -> BusyBlock:
    return BusyBlock(label, days, hours.starts or MIDNIGHT, hours.ends or MIDNIGHT)


def _part_of(hours: Token | None) -> str:
    """Return the name of a part of the day, or nothing when hours are given in figures or not at all."""
    return find_part(hours.text) if hours is not None and hours.kind == "part" else ""


def _busy_hours(slot: Slot, label: str) -> Hours:
    """Return when a busy block starts and ends."""
    is_night = label == "night shift"
    if slot.hours is None and (is_night or label == "on call"):
        return Hours(*SESSIONS["night" if is_night else "all day"])
    return _hours_of(slot.hours, before=8, after=7, between=18 if is_night else 7)


def _hours_of(hours: Token | None, *, before: int, after: int, between: int = 7) -> Hours:
    if hours is None or hours.kind == "part":
        return Hours(*SESSIONS[_part_of(hours)])
    return read_hours(hours.text, before=before, after=after, between=between)
