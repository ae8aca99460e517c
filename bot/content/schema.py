"""What each kind of content file may hold; the files themselves are under toolkit_content/."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from bot.domain.posts import Post
from bot.domain.surveys import items_of_round

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

# The longest label that Slack, Teams and a phone's width all show whole.
BUTTON = 40

ThemeId = Literal[
    "time_role",
    "identity",
    "peers",
    "gm_trust",
    "triumvirate",
    "money_data",
    "job_planning",
    "cross_service",
    "voice_up",
    "civility",
    "change",
    "learning",
    "handover",
]
Tier = Literal["crisis_immediate", "crisis_gentle", "safety_concern"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Part(BaseModel):
    """A piece of a content file; unknown fields are errors, because they are misspelt ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Part):
    """A publication, what it says, and what it does not show."""

    text: Line
    says: Line
    not_shown: Line


class Reviewed(Part):
    """What every reviewed thing carries: its version and when it must be looked at again."""

    id: Slug
    version: int = Field(ge=1)
    reviewed: date
    review_by: date

    @model_validator(mode="after")
    def _is_reviewed_first(self) -> Reviewed:
        if self.review_by <= self.reviewed:
            raise ValueError("has 'review_by' on or before 'reviewed' | Give a later review_by date")
        return self


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


class OpeningHours(Part):
    """When a line is answered, in the time of the United Kingdom."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    opens: time
    closes: time


class Signpost(Reviewed):
    """A person or line to turn to, with when it is open and where that was read; `only_doctors` are helped by some lines."""

    kind: Literal["signpost"]
    name: Line
    contact: Line
    contact_kind: Literal["phone", "link", "local"]
    for_whom: Line
    only_doctors: bool = False
    tiers: tuple[Tier, ...] = Field(min_length=1)
    always_open: bool
    hours: tuple[OpeningHours, ...] = ()
    closed_bank_holidays: bool = False
    line: Line
    source: Line

    @model_validator(mode="after")
    def _has_hours_unless_always_open(self) -> Signpost:
        if self.always_open == bool(self.hours):
            raise ValueError("needs 'hours' exactly when it is not always open | Set always_open or give its hours")
        return self


def _is_an_expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is no regular expression ({error}) | Correct it, or quote it with single quotes") from None
    return text


Expression = Annotated[Line, AfterValidator(_is_an_expression)]


class SafetyPattern(Part):
    """A regular expression matched, whatever the case, anywhere in a message; line breaks in it mean nothing.

    One that is nothing but a named group is a list of words: `{name}` stands for it in every pattern of the folder.
    """

    match: Expression
    because: Line


class SafetyRule(Reviewed):
    """Wording that is looked for before any model reads a message; `unless` names wording that is something else."""

    kind: Literal["safety_rule"]
    tier: Tier
    patterns: tuple[SafetyPattern, ...] = Field(min_length=1)
    unless: tuple[SafetyPattern, ...] = ()


class IdentifierPattern(SafetyPattern):
    """One way in which an identifier is written; the group `id`, where there is one, is what is taken out.

    It counts only if all conditions hold: `anywhere` is found in the message, `near` within `reach` characters, `not_after`
    not just before it, `not_before` not just after it, and `check` says that it is right.
    """

    ignore_case: bool = True
    anywhere: Expression | None = None
    near: Expression | None = None
    reach: int = Field(default=60, ge=1, le=500)
    not_after: Expression | None = None
    not_before: Expression | None = None
    check: Literal["nhs_number", "long_ago"] | None = None


class Identifier(Reviewed):
    """Something that points to one person and is taken out of every message; lower `order` is looked for first.

    What `is_name` is taken out wherever its last word stands again in the message.
    """

    kind: Literal["identifier"]
    of: Literal["patient", "colleague"]
    order: int = Field(ge=1)
    is_name: bool = False
    patterns: tuple[IdentifierPattern, ...] = Field(min_length=1)


class ProgrammeFile(Part):
    """config/programmes/<id>/programme.yml: what a programme hides of the common content, as kind/id."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
    hides: tuple[Line, ...] = ()


class Command(Part):
    """Wording that, typed alone, does what a choice does although that choice is not on offer: `intent` with what it carries."""

    kind: Literal["command"]
    id: Slug
    intent: Slug
    carries: dict[Slug, Line] = {}
    phrases: tuple[Line, ...] = Field(min_length=1)


class SentenceGroup(Part):
    """The sentences that one part of the product says; `{name}` marks where a value goes."""

    kind: Literal["sentences"]
    group: Slug
    sentences: dict[Slug, Line]


Kind = (
    Theme
    | Scenario
    | Technique
    | Structure
    | Prompt
    | Lesson
    | Scale
    | SurveyItem
    | Instrument
    | ReportNote
    | Signpost
    | SafetyRule
    | Identifier
    | Command
    | SentenceGroup
)
KINDS: dict[str, type[Kind]] = {
    "theme": Theme,
    "scenario": Scenario,
    "technique": Technique,
    "structure": Structure,
    "prompt": Prompt,
    "lesson": Lesson,
    "scale": Scale,
    "survey_item": SurveyItem,
    "instrument": Instrument,
    "report_note": ReportNote,
    "signpost": Signpost,
    "safety_rule": SafetyRule,
    "identifier": Identifier,
    "command": Command,
    "sentences": SentenceGroup,
}
