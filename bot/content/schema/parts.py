"""What all content files share: ids, lines, themes, sources and reviews."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

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
