"""Danger and identity: who to turn to, the rules that are looked for first, and what is taken out of messages."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from bot.content.schema.parts import Line, Part, Reviewed

Tier = Literal["crisis_immediate", "crisis_gentle", "safety_concern"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


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
