"""A survey's items as forms on every platform ask them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services.forms import SurveyBegun

# How long each half of a plan may be in a form, in characters.
LONGEST_HALF = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One item of a survey; `answers` are label and value in order, `ends` words a scale's two ends."""

    item: str
    text: str
    answers: tuple[tuple[str, int], ...]
    ends: str | None = None


def questions_of(begun: SurveyBegun) -> tuple[Question, ...]:
    """Return the items that wait for an answer."""
    questions = []
    for item in begun.items:
        scale = begun.toolkit.scales[item.scale]
        values = {"lowest": scale.points[0].value, "highest": scale.points[-1].value}
        has_ends = scale.low and scale.high
        ends = begun.toolkit.sentences.say("survey.ends", low=scale.low, high=scale.high, **values) if has_ends else None
        questions.append(Question(item.id, item.text, tuple((point.label, point.value) for point in scale.points), ends))
    return tuple(questions)
