"""Templates of broadcasts: what a forum lead begins from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from bot.content.schema.parts import Line, Reviewed, Slug
from bot.domain.broadcasts import LONGEST_CHOICE, LONGEST_TITLE, BroadcastKind, faults_in


class BroadcastTemplate(Reviewed):
    """A broadcast to begin from; `sends` is what it is, `thing` what of the toolkit it brings along."""

    kind: Literal["broadcast_template"]
    title: Annotated[Line, StringConstraints(max_length=LONGEST_TITLE)]
    sends: BroadcastKind
    text: str = ""
    thing: Slug | None = None
    choices: tuple[Annotated[Line, StringConstraints(max_length=LONGEST_CHOICE)], ...] = Field(default=(), max_length=5)

    @model_validator(mode="after")
    def _can_be_sent(self) -> BroadcastTemplate:
        found = faults_in(self.sends, self.title, self.text, self.choices, has_thing=self.thing is not None, has_forum=True)
        if (fault := next(found, None)) is not None:
            raise ValueError(f"could not be sent ({fault.says.replace('_', ' ')}) | Mend '{fault.field}'")
        return self
