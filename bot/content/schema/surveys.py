"""Micro-surveys: scales, items, instruments, and what was changed because of the answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from bot.content.schema.parts import BUTTON, Line, Part, Reviewed, Slug
from bot.domain.surveys import items_of_round


class Point(Part):
    """One answer on a scale."""

    value: int
    label: Annotated[Line, StringConstraints(max_length=BUTTON)]


class Scale(Part):
    """The answers that an item offers, in order; `low` and `high` word its ends."""

    kind: Literal["scale"]
    id: Slug
    points: tuple[Point, ...] = Field(min_length=2, max_length=11)
    low: Line | None = None
    high: Line | None = None

    def holds(self, value: int) -> bool:
        return any(point.value == value for point in self.points)


class SurveyItem(Reviewed):
    """One question of a micro-survey, measuring one construct."""

    kind: Literal["survey_item"]
    measures: Line = Field(alias="construct")
    scale: Slug
    text: Line


class Instrument(Reviewed):
    """A micro-survey: which items rotate, which one is asked every time, and when.

    It is asked every so many days, or in waves so many days after somebody joined.
    """

    kind: Literal["instrument"]
    title: Line
    every_days: int | None = Field(default=None, ge=1)
    after_days: tuple[int, ...] = ()
    # In waves after the first: items that ask about the time before the programme, as it looks from now.
    then: tuple[Slug, ...] = ()
    rotating: tuple[Slug, ...] = Field(min_length=1)
    rotating_per_round: int = Field(ge=1)
    anchor: Slug
    closes_after_days: int = Field(ge=1)

    @model_validator(mode="after")
    def _is_asked_in_one_way(self) -> Instrument:
        if (self.every_days is None) == (not self.after_days):
            raise ValueError("is asked at no time, or in two ways | Write every_days: 14, or after_days: [1, 183, 365]")
        return self

    def items_of(self, number: int) -> list[str]:
        """Return the ids of the items of round `number` (from 1), in order."""
        items = items_of_round(number, self.rotating, self.rotating_per_round, self.anchor)
        return items + list(self.then if number > 1 else ())


class ReportNote(Part):
    """What was changed because of the answers of a quarter; a programme's own, told to those who answered."""

    kind: Literal["report_note"]
    id: Slug
    quarter: Annotated[Line, StringConstraints(pattern=r"^\d{4}-Q[1-4]$")]
    text: Line
