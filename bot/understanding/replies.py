"""Short replies read against what was just asked: which choice is meant, and which number."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ORDINALS = {
    "first": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "fifth": 4,
    "5th": 4,
    "last": -1,
}
_NUMBERS = {
    word: value for value, word in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
} | {"nil": 0, "nought": 0}
# Words around a choice that change nothing about which one is meant.
_FILLER = re.compile(
    r"\b(?:please|pls|plz|i'll|i will|i'd|would|let's|lets|go|with|for|try|take|pick|choose|the|that|this|one|option|number|no\.|"
    r"think|maybe|probably|ok|okay|um|er|just|say|it's|its|about|around|roughly|a|an|i|so|then)\b"
)


def match_choice(text: str, labels: Sequence[str]) -> int | None:
    """Return the index of the label that a typed reply clearly means, or none.

    Meant are: the label itself, its distinct beginning, "the second one", or its place as a bare number when no label is
    itself a number.
    """
    said = _plain(text)
    if not said:
        return None
    plain = [_plain(label) for label in labels]
    if said in plain:
        return plain.index(said)
    core = _plain(_FILLER.sub(" ", said))
    for candidate in (said, core):
        starts = [index for index, label in enumerate(plain) if candidate and len(candidate) >= 4 and label.startswith(candidate)]
        if len(starts) == 1:
            return starts[0]
    if core in plain:
        return plain.index(core)
    words = said.split()
    if len(words) <= 5:
        named = {_ORDINALS[word] for word in words if word in _ORDINALS}
        if len(named) == 1:
            index = named.pop() % max(len(labels), 1) if named == {-1} else named.pop()
            return index if index < len(labels) else None
    if not any(label[:1].isdigit() for label in plain) and re.fullmatch(r"[1-9]", core or said):
        index = int(core or said) - 1
        return index if index < len(labels) else None
    return None


def read_number(text: str, lowest: int, highest: int) -> int | None:
    """Return the one whole number from `lowest` to `highest` that a reply names: "7", "about a seven", "7/10"."""
    said = re.sub(r"\b(\d{1,2})\s*(?:/|out of)\s*(?:10|ten|5|five)\b", r"\1", text.lower())
    parts = re.findall(r"-?\d+(?:\.\d+)?|[a-z]+", said)
    # "one" alone is more often a pronoun than a number.
    numbers = {int(part) for part in parts if part.isdigit()} | {_NUMBERS[part] for part in parts if part in _NUMBERS and part != "one"}
    if re.fullmatch(r"\W*(?:a )?one\W*", said):
        numbers.add(1)
    if len(numbers) != 1 or re.search(r"\d\.\d|-\d", said):
        return None
    number = numbers.pop()
    return number if lowest <= number <= highest else None


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower().replace("\u2019", "'")).split())
