"""A number taken back for another: "sorry, meant 7 not 4"."""

from __future__ import annotations

import re

_WORDS = {
    word: value for value, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
} | {"nil": 0, "nought": 0}
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(_WORDS)})\b"
_A = r"(?:an?|the|my|that) "
# "Make it 7 December", "7 not 4 weeks" and "at 7 not 8 pm" are about days and hours.
_NO_TIME = (
    r"(?!\W*(?:[ap]\.?m\b|o'?clock|:\d|days?\b|weeks?\b|months?\b|hours?\b|minutes?\b|pas?\b|"
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun))"
)
_TWO = (
    rf"\b(?:{_A})?(?P<new>{_NUMBER}),?(?: and)? (?:not|instead of|rather than|no longer) (?:{_A})?(?P<old>{_NUMBER}){_NO_TIME}",
    rf"\bnot (?:{_A})?(?P<old>{_NUMBER})(?:,| but|;| -)*(?: i meant| it'?s| make (?:it|that))? (?:{_A})?(?P<new>{_NUMBER}){_NO_TIME}",
    rf"\b(?:change|swap|correct|amend)\b[\w ']{{0,25}}?(?P<old>{_NUMBER}) (?:to|for|into) (?:{_A})?(?P<new>{_NUMBER}){_NO_TIME}",
    rf"\b(?:said|put|wrote|typed|gave(?: you)?) (?:{_A})?(?P<old>{_NUMBER})\W+(?:but )?(?:i )?"
    rf"(?:meant|mean|should (?:be|have been)|make (?:it|that)) (?:{_A})?(?P<new>{_NUMBER}){_NO_TIME}",
)
_ONE = (
    rf"(?:\b(?:i|i'd)? ?(?:meant|should (?:be|have been|have said|say)))(?: to (?:say|put|write|type))? "
    rf"(?:{_A})?(?P<new>{_NUMBER}){_NO_TIME}",
    rf"\b(?:change|make) (?:it|that)(?: to| into)? (?:{_A})?(?P<new>{_NUMBER}){_NO_TIME}",
)
_PATTERNS = [re.compile(pattern, re.I) for pattern in (*_TWO, *_ONE)]
_CERTAIN = len(_TWO) + 1
# More words than this tell a story in which numbers stand.
_LONGEST = 14


def corrected_number(text: str) -> int | None:
    """Return the number that a message puts in the place of another; none when it corrects none."""
    said = " ".join(text.replace("\u2019", "'").split())
    found = next((match for pattern in _PATTERNS if (match := pattern.search(said))), None)
    return _value(found["new"]) if found else None


def names_correction(text: str) -> bool:
    """Return whether a short message plainly takes one number back for another, or says that a number was meant."""
    said = " ".join(text.replace("\u2019", "'").split())
    return len(said.split()) <= _LONGEST and any(pattern.search(said) for pattern in _PATTERNS[:_CERTAIN])


def _value(number: str) -> int:
    return int(number) if number.isdigit() else _WORDS[number.lower()]
