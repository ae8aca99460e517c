"""Themes, scenarios, techniques, structures, prompts and lessons."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from bot.content.schema.parts import BUTTON, Line, Part, Reviewed, Slug, Source, ThemeId
from bot.domain.posts import Post


class Theme(Part):
    """One of the thirteen themes of the toolkit; `evidence` answers "is there any evidence?" with its limits."""

    kind: Literal["theme"]
    id: ThemeId
    title: Annotated[Line, StringConstraints(max_length=BUTTON)]
    summary: Line
    opening: Line
    question: Line
    evidence: Line
    sources: tuple[Source, ...] = Field(min_length=1)


class Option(Part):
    """One way to act in a scenario: what follows, what to take from it, and how to do just this well.

    `draft` is a sentence to say or write on this way, `example_plan` an if-then plan for it, `technique` the id of a card that
    helps more here than the scenario's own.
    """

    id: Slug
    label: Annotated[Line, StringConstraints(max_length=BUTTON)]
    trade_off: Line
    outcome: Line
    learning: Line
    technique: Slug | None = None
    draft: Line
    example_plan: Line


class View(Part):
    """Which option the coach would take, when somebody asks, and why, with what it costs."""

    option: Slug
    because: Line


class Technique(Reviewed):
    """A card with a named way of working: when it helps, its steps, one worked example and a sentence to borrow."""

    kind: Literal["technique"]
    theme: ThemeId
    name: Annotated[Line, StringConstraints(max_length=BUTTON)]
    helps_when: Line
    steps: tuple[Line, ...] = Field(min_length=2, max_length=6)
    example: Line
    draft: Line
    sources: tuple[Source, ...] = Field(min_length=1)


class StructureStep(Part):
    """One step of a conversation structure, and the question that it asks."""

    id: Slug
    name: Annotated[Line, StringConstraints(max_length=BUTTON)]
    ask: Line


class Structure(Reviewed):
    """A way to think something through in a few questions, on any theme: GROW, WOOP."""

    kind: Literal["structure"]
    title: Annotated[Line, StringConstraints(max_length=BUTTON)]
    opening: Line
    steps: tuple[StructureStep, ...] = Field(min_length=2, max_length=6)
    closing: Line
    sources: tuple[Source, ...] = Field(min_length=1)


class Scenario(Reviewed):
    """An invented situation to walk through; `examples` are messages that train the dialogue engine to recognise it.

    `perspective` is whose side it is told from, `technique` the id of the card that helps here.
    """

    kind: Literal["scenario"]
    theme: ThemeId
    perspective: Post
    title: Annotated[Line, StringConstraints(max_length=60)]
    situation: Line
    opening: Line
    question: Line
    options: tuple[Option, ...] = Field(min_length=2, max_length=4)
    reflection: Line
    technique: Slug
    view: View
    sources: tuple[Source, ...] = Field(min_length=1)
    examples: tuple[Line, ...] = Field(min_length=10)

    @field_validator("options")
    @classmethod
    def _has_distinct_options(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        if len({option.id for option in options}) < len(options):
            raise ValueError("names one option id twice | Give each option an id of its own")
        return options

    @model_validator(mode="after")
    def _holds_a_view_of_its_own(self) -> Scenario:
        if self.option(self.view.option) is None:
            remedy = f"Write one of: {', '.join(option.id for option in self.options)}"
            raise ValueError(f"has a view on '{self.view.option}', which is none of its options | {remedy}")
        return self

    def technique_of(self, option: Option | None) -> str:
        """Return the id of the card that helps on this way, or in the scenario as a whole."""
        return (option.technique if option else None) or self.technique

    def option(self, option_id: str) -> Option | None:
        return next((option for option in self.options if option.id == option_id), None)


class Prompt(Reviewed):
    """A question to reflect on."""

    kind: Literal["prompt"]
    theme: ThemeId
    text: Line


class Lesson(Reviewed):
    """A two-minute read, shown a paragraph or two at a time."""

    kind: Literal["lesson"]
    theme: ThemeId
    title: Annotated[Line, StringConstraints(max_length=60)]
    minutes: int = Field(ge=1, le=5)
    body: tuple[Line, ...] = Field(min_length=2, max_length=8)
    try_this: Line
    sources: tuple[Source, ...] = Field(min_length=1)
