"""An if-then plan's words and its day, as they were written: what they lack, and which day they name themselves."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.understanding.when import understand_when

SHORTEST = 3  # words
LONGEST = 600  # characters
_LONGEST_STEP = 40  # words; more than these tell a story
# An if-then plan says when: a cue begins with one of these.
_CUE = r"(?:if|when|whenever|next time|before|after|at|on|once|as soon as|by|every)\b"
_BEGINS_WITH_CUE = re.compile(rf"\W*{_CUE}", re.I)
# What somebody will do begins with themselves, or with what leads up to that.
_RESPONSE = r"(?:then\b\W*)?i(?:'ll| will| shall|'m going to| am going to| plan to)?\b"
_BEGINS_WITH_RESPONSE = re.compile(rf"\W*{_RESPONSE}", re.I)
_PLAN = re.compile(
    rf"^\W*(?:{_CUE}|(?:ask|ring|talk)\b)|^\W*(?:\w+\W+){{0,12}}i(?:'ll| will| shall|'m going to| am going to| plan to)\b",
    re.I,
)
# In plain words: what somebody will do or say, to whom; without a word that asks, tells of the past or of others.
_DOES = (
    r"(?:ask|tell|ring|call|phone|text|e-?mail|write to|speak (?:to|with)|talk (?:to|with)|meet|see|sit down with|go (?:and see|to|"
    r"through)|"
    r"book|invite|propose|suggest|offer|raise|agree|put (?:it|that|this|them)|take (?:it|this|that|him|her|them)|bring|say|send|show|"
    r"let (?:him|her|them)|"
    r"thank|explain|have (?:a|that) (?:word|chat|talk|coffee)|get (?:him|her|them|ten|half))"
)
_WILL_DO = re.compile(
    r"^\W*(?:(?:ok|okay|right|so|well|yes|yeah|then|fine|maybe|perhaps|i think|i suppose)\b\W*)*"
    rf"(?:(?:{_CUE}).{{3,120}}?\bi(?:'ll|ll|l| will| shall|'m going to|m going to| am going to)\b|"
    rf"i(?:'ll|ll| will| shall|'m going to|m going to| am going to| plan to|'d| would)(?: (?:just|try to|first|also|then|need to|"
    rf"have to))* {_DOES}\b|"
    rf"(?:gonna|going to|just|i(?:'d)? better) {_DOES}\b|{_DOES}\b (?!me\b|us\b|you\b|why\b|how\b|what\b))",
    re.I,
)
_SEAM = re.compile(r",?\s+(?=(?:then\s+)?I\b)")


def is_plan(text: str) -> bool:
    """Return whether a text has the form of a plan: it says when, or what the writer will do."""
    return bool(_PLAN.match(text))


def says_what_to_do(text: str) -> bool:
    """Return whether a text, where a plan is on offer, is one in plain words: "tell him I want to know before it is done"."""
    return SHORTEST < len(text.split()) <= _LONGEST_STEP and "?" not in text and bool(_WILL_DO.match(text.replace("\u2019", "'")))


def fault_in_plan(words: str) -> str | None:
    """Return why words make no plan that could be asked about, as a sentence's key; none when they do."""
    if len(words) > LONGEST:
        return "plan.too_long"
    return "plan.too_short" if len(words.split()) < SHORTEST else None


def day_in_plan(words: str, now: datetime, zone: ZoneInfo, ask_at: time) -> datetime | None:
    """Return the moment that a plan's own words name; none when they name none."""
    return understand_when(words, now, zone, ask_at, is_answer=False)


def is_before_plan(day: date, own: datetime | None) -> bool:
    """Return whether to ask on that day would be to ask before the plan's own day."""
    return own is not None and day < own.date()


def join_plan(cue: str, response: str) -> str:
    """Return a plan from its two halves, as it would be written in one go: "If the list is cut, I will ask why"."""
    cue, response = cue.strip().rstrip(",.;"), response.strip()
    cue = cue if _BEGINS_WITH_CUE.match(cue) else f"if {_lowered(cue)}"
    response = response if _BEGINS_WITH_RESPONSE.match(response) else f"I will {_lowered(response)}"
    return f"{cue[:1].upper()}{cue[1:]}, {response}"


def split_plan(words: str) -> tuple[str, str]:
    """Return a plan's two halves; the first is empty where the words have no seam."""
    halves = _SEAM.split(words, maxsplit=1)
    return (halves[0], halves[1]) if len(halves) == 2 else ("", words)


def _lowered(text: str) -> str:
    """Return a text that goes on within a sentence: "The list" becomes "the list", but "GM" and "I" stay as they are."""
    first = text.split(maxsplit=1)[0] if text else ""
    return text if first == "I" or first.startswith("I'") or first[1:] != first[1:].lower() else text[:1].lower() + text[1:]
