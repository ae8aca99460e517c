"""Short questions about the options that are open: "what does the second one cost?", "why?", "where does the last one lead?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

# A longer question is about the writer's own work.
_LONGEST = 12  # words
_ORDINALS = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": -1}
_PLACES = {"one": 0, "1": 0, "two": 1, "2": 1, "three": 2, "3": 2}
_BEGIN = r"\W*(?:(?:so|and|but|ok|okay|right|hm+|well|er|yes|yeah|sorry)\b\W*)*"
_COST = r"(?:costs?|price|down ?sides?|catch|risks?|snags?|trade-?offs?|drawbacks?|problem|disadvantages?)"
_WHY_TAIL = (
    r"(?:,? (?:not|though|then|so|exactly|on earth|is that|would (?:i|you|anyone|anybody)(?: do| want| pick| choose)?|"
    r"should i(?: do| pick| choose)?|do (?:you|people)(?: say| do)?|did (?:that|it)(?: happen| work| fail)?|"
    r"does (?:that|it)(?: work| help)?|only))*"
)
_ONE = (
    r"(?:(?:the |number |option )?(?:first|second|third|last|1st|2nd|3rd|[1-3]|one|two|three|that|this|these|those|it)"
    r"(?: (?:one|ones|way|ways|three|option|options))?)"
)
_ASKED = {
    "cost": re.compile(
        rf"{_BEGIN}(?:what(?:'?s| is| are| do| does| would| will|'?d)?|how much|any|is there|and|where(?:'?s| is)|tell me)?"
        rf"\b.{{0,40}}\b{_COST}\b.{{0,40}}",
        re.I,
    ),
    "why": re.compile(rf"{_BEGIN}(?:why|how come|says who|on what (?:basis|grounds)){_WHY_TAIL}(?: {_ONE})?\W*", re.I),
    "outcome": re.compile(
        rf"{_BEGIN}(?:what (?:happens|happened|would happen|comes|came|follows)|where (?:does|would|do)|how (?:does|would|did|do)|"
        r"(?:tell me |say )?more(?: about| on)|tell me (?:more )?about|explain|what about|what does|what(?:'s| is))\b.{0,50}",
        re.I,
    ),
}
# "What happens with the second" is about an option; "the second time" is not.
_NAMED = re.compile(
    r"\b(?:option |number |way )?(?P<place>first|second|third|1st|2nd|3rd|last)(?: (?:one|option|way))?\b"
    r"(?! (?:time|week|month|meeting|patient|case|year|thing))|"
    r"\b(?:option|number|way) (?P<number>one|two|three|[1-3])\b|(?:\bof|\bwith|\bdoes|\bon|\babout|^\W*why) (?P<bare>[1-3])\b",
    re.I,
)
# Of these words alone a question about what things cost is made; "what does the rota cost" is about something else.
_AROUND = re.compile(
    r"\b(?:what's|whats|what|where's|is|are|do|does|would|will|how|much|any|there|where|tell|me|the|a|an|of|in|with|on|about|it|that|this|these|"
    r"those|they|each|all|them|to|for|us|so|and|but|ok|right|one|ones|three|options?|ways?|if|i|we|did|go|doing|pick|take|choose|"
    rf"really|then|here|though|have|come|{_COST})\b|[^\w]",
    re.I,
)


class About(StrEnum):
    """What is asked of an option: what it costs, why one would, or where it leads."""

    COST = "cost"
    WHY = "why"
    OUTCOME = "outcome"


class OptionQuestion(NamedTuple):
    """What is asked, and of which option by its place, counted from 0; none when it is asked of all."""

    about: About
    place: int | None


def understand_option_question(text: str, labels: Sequence[str]) -> OptionQuestion | None:
    """Return what a short message asks of the options with these labels; none when it asks something else."""
    said = " ".join(text.replace("\u2019", "'").split())
    if not said or len(said.split()) > _LONGEST:
        return None
    index = _named(said, labels)
    if _ASKED["why"].fullmatch(said):
        return OptionQuestion(About.WHY, index)
    if _ASKED["cost"].fullmatch(said) and (index is not None or not _AROUND.sub("", said)):
        return OptionQuestion(About.COST, index)
    if index is not None and _ASKED["outcome"].fullmatch(said):
        return OptionQuestion(About.OUTCOME, index)
    return None


def _named(said: str, labels: Sequence[str]) -> int | None:
    """Return the place of the option that a question names, by its place or by its label."""
    plain = said.lower()
    by_label = [index for index, label in enumerate(labels) if label.lower() in plain]
    if len(by_label) == 1:
        return by_label[0]
    if (found := _NAMED.search(plain)) is None:
        return None
    place = found["place"] or found["number"] or found["bare"]
    index = _ORDINALS.get(place, _PLACES.get(place, len(labels)))
    index = len(labels) - 1 if index == -1 else index
    return index if index < len(labels) else None
