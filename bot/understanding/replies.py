"""Short replies read against what was just asked: which choice is meant, and which number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

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


_YES = re.compile(r"\W*(?:yes|yep|yeah|yup|y|ok|okay|sure|please do|go on|do it|definitely|of course)\b\W*", re.I)
_NO = re.compile(r"\W*(?:no|nope|nah|n|don'?t|do not|rather not|not now)\b\W*", re.I)
_LEAVE = re.compile(
    r"\W*(?:(?:can we|could we|let'?s|let me|i'?ll|i will|i'?d rather|i want to|please|no|just|um|ok),? )*"
    r"(?:skip|pass(?: on)?|cancel|leave (?:it|this|that))"
    r"(?:,? (?:it|this|that|one|question|please|pls|thanks|now|today|for|then|here|instead))*\W*",
    re.I,
)
# What may follow a yes or no without turning it into something else: "yes keep it", but not "yes but next week".
_LONGEST_TAIL = 4  # words
_TURNS = re.compile(
    r"\b(?:but|though|although|except|if|when|unless|after|before|next|later|tomorrow|not|i|i'm|i'll|meant?|make|change|it's|its|what|who|why|how|\w+day)\b|\?",
    re.I,
)
# Words around a command that change nothing about it: "ok let's make a plan please".
_AROUND = re.compile(
    r"^(?:(?:ok|okay|right|so|yes|please|pls|now|let's|lets|just|then|well|to|i want to|"
    r"can (?:we|i|you)|could (?:we|i|you)|i(?:'d| would) like to)\s+)+|"
    r"(?:\s+(?:please|pls|then|now|thanks|again|instead))+$"
)


def match_yes_or_no(text: str, means: Sequence[str | None]) -> int | None:
    """Return the index of the choice that a plain yes, no or "skip this one" means, of those marked "yes", "no" or "skip"; else none."""
    if _LEAVE.fullmatch(text):
        return next((means.index(meant) for meant in ("skip", "no") if meant in means), None)
    for said, pattern in (("yes", _YES), ("no", _NO)):
        if said in means and (found := pattern.match(text)):
            tail = text[found.end() :]
            return None if len(tail.split()) > _LONGEST_TAIL or _TURNS.search(tail) else means.index(said)
    return None


def match_command(text: str, commands: Mapping[str, Sequence[str]]) -> str | None:
    """Return the name of the command one of whose phrases a message consists of, politeness aside; none otherwise."""
    said = _plain(text)
    spoken = {said, _AROUND.sub("", said)}
    return next((name for name, phrases in commands.items() if spoken & {_plain(phrase) for phrase in phrases}), None)


def match_choice(text: str, labels: Sequence[str], *, counted: int | None = None) -> int | None:
    """Return the index of the label that a typed reply clearly means, or none.

    Meant are: the label itself, its distinct beginning or end, "the second one", or its place as a bare number, "2" or "two", when no
    label is itself a number. Only the first `counted` labels have a place, all when it is left out.
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
    # "Something else" is meant for "It is something else".
    ends = [index for index, label in enumerate(plain) if " " in said and label.endswith(f" {said}")]
    if len(ends) == 1:
        return ends[0]
    # "The second one", but not "the second Tuesday": nothing else may be left.
    if core in _ORDINALS:
        index = _ORDINALS[core]
        return len(labels) - 1 if index == -1 else index if index < len(labels) else None
    place = core or said
    place = str(_NUMBERS.get(place, place))
    if not any(label[:1].isdigit() for label in plain) and re.fullmatch(r"[1-9]", place):
        index = int(place) - 1
        return index if index < (len(labels) if counted is None else counted) else None
    return None


def named_choice(text: str, labels: Sequence[str]) -> int | None:
    """Return the index of the one label that a longer reply names: "I'd say agree", but not "I don't agree"."""
    said = f" {_plain(text)} "
    named = [label for label in labels if f" {_plain(label)} " in said]
    # "Strongly agree" names "agree" too.
    named = [label for label in named if not any(label != other and f" {_plain(label)} " in f" {_plain(other)} " for other in named)]
    if len(named) != 1 or re.search(r"\b(?:not|never|\w+n't)\b", said):
        return None
    return list(labels).index(named[0])


def read_number(text: str, lowest: int, highest: int) -> int | None:
    """Return the one whole number from `lowest` to `highest` that a reply names: "7", "about a seven", "7/10"."""
    said = text.lower()
    if (found := re.search(r"\b(\d{1,2})\s*(?:/|out of)\s*(\d{1,2}|five|ten)\b", said)) is not None:
        # "4 out of 5" says nothing on a scale to 10.
        if {"five": 5, "ten": 10}.get(found[2]) != highest and found[2] != str(highest):
            return None
        said = said.replace(found[0], found[1])
    parts = re.findall(r"-?\d+(?:\.\d+)?|[a-z]+", said)
    # "one" alone is more often a pronoun than a number.
    numbers = {int(part) for part in parts if part.isdigit()} | {_NUMBERS[part] for part in parts if part in _NUMBERS and part != "one"}
    if re.fullmatch(r"\W*(?:a )?one\W*", said):
        numbers.add(1)
    if len(numbers) != 1 or re.search(r"\d\.\d|-\d", said):
        return None
    number = numbers.pop()
    return number if lowest <= number <= highest else None


def read_numbers(text: str, lowest: int, highest: int) -> list[int]:
    """Return the whole numbers of a reply that is nothing but a list of them, "3, 2, 4"; nothing when one lies outside."""
    if not re.fullmatch(r"\W*\d{1,2}(?:\s*(?:,|;|and|then|\s)\s*\d{1,2})+\W*", text.lower()):
        return []
    numbers = [int(number) for number in re.findall(r"\d{1,2}", text)]
    return numbers if all(lowest <= number <= highest for number in numbers) else []


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower().replace("\u2019", "'")).split())
