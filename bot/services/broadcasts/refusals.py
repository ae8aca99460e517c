"""What cannot be done with a broadcast, and why."""

from __future__ import annotations

from bot.content.toolkit import Sentences
from bot.domain.broadcasts import Fault


class Refused(Exception):
    """Raised when something cannot be done; nothing was changed. `says` is the id of a sentence of the group `broadcast`."""

    def __init__(self, says: str, /, **values: object) -> None:
        super().__init__(says)
        self.says, self.values = says, values

    def words(self, sentences: Sentences) -> str:
        return sentences.say(f"broadcast.refused_{self.says}", **self.values)


class Faulty(Refused):
    """Raised when what was written cannot be sent; each fault names its field."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults[0].says, **dict(faults[0].values))
        self.faults = faults

    def by_field(self, sentences: Sentences) -> dict[str, str]:
        """Return the sentence for each field that has a fault."""
        return {each.field: sentences.say(f"broadcast.refused_{each.says}", **dict(each.values)) for each in reversed(self.faults)}
