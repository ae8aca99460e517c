"""Questions about a programme's figures, as those who work with them ask in chat."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOISE = re.compile(
    r"\b(?:real or (?:is it )?(?:just )?noise|noise or real|just noise|(?:statistically|a) significant (?:change|difference)|"
    r"statistically significant|significance of)\b",
    re.I,
)
_SPLIT = re.compile(r"\b(?:split|break ?down|broken down|by (?:specialty|department|post|role|forum|cohort|trust))\b", re.I)
_FIGURES = re.compile(r"\b(?:board paper|board report|figures|results|survey|dashboard|scores?|numbers for)\b|\bn ?= ?\d+", re.I)
_COUNT = re.compile(r"\bn ?= ?(\d{1,5})\b|\b(?:only |just )?(\d{1,3}) (?:people|surgeons|consultants|responders|respondents)\b", re.I)
_BY = {
    "post": re.compile(r"\b(?:post|role|directors?|managers?|nurse)\b", re.I),
    "cohort": re.compile(r"\bcohort", re.I),
    "forum": re.compile(r"\bforum", re.I),
    "trust": re.compile(r"\btrust\b", re.I),
}


@dataclass(frozen=True, slots=True)
class FigureQuestion:
    """What is asked: whether a change is real, or a split, perhaps of so many people, and by what."""

    is_split: bool
    count: int | None = None
    by: str | None = None


def understand_figures(text: str) -> FigureQuestion | None:
    """Return the question about figures that a message is, or none."""
    found = _COUNT.search(text)
    count = int(found[1] or found[2]) if found else None
    if _SPLIT.search(text) and _FIGURES.search(text):
        return FigureQuestion(True, count, next((name for name, pattern in _BY.items() if pattern.search(text)), None))
    return FigureQuestion(False, count) if _NOISE.search(text) else None
