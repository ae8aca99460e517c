"""What a programme changes, what can be typed, and every sentence that is said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bot.content.schema.parts import Line, Part, Slug


class ProgrammeFile(Part):
    """config/programmes/<id>/programme.yml: what a programme hides of the common content, as kind/id."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=60)]
    hides: tuple[Line, ...] = ()


class Command(Part):
    """Wording that, typed alone, does what a choice does although that choice is not on offer: `intent` with what it carries."""

    kind: Literal["command"]
    id: Slug
    intent: Slug
    carries: dict[Slug, Line] = Field(default_factory=dict)
    phrases: tuple[Line, ...] = Field(min_length=1)


class SentenceGroup(Part):
    """The sentences that one part of the product says; `{name}` marks where a value goes."""

    kind: Literal["sentences"]
    group: Slug
    sentences: dict[Slug, Line]
