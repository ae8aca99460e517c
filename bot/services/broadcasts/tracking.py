"""How far a broadcast is: every recipient in exactly one line, so that the lines always add up to all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.access import Right
from bot.services.broadcasts.drafting import need
from bot.storage.broadcasts import RECALL, count_states, recipients_of
from bot.storage.database import Database
from bot.storage.tables import DeliveryState


class Line(StrEnum):
    """What a recipient is counted under. Whether somebody answered is none of these: it would show who did not."""

    QUEUED = "queued"
    WAITING = "waiting"
    PAUSED = "paused"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TAKEN_BACK = "taken_back"
    NOT_TAKEN_BACK = "not_taken_back"
    DELETED = "deleted"


# Under this an answered one is counted, too.
_LINES: Mapping[DeliveryState, Line] = {
    DeliveryState.QUEUED: Line.QUEUED,
    DeliveryState.HELD: Line.PAUSED,
    DeliveryState.SENDING: Line.SENDING,
    DeliveryState.SENT: Line.SENT,
    DeliveryState.ANSWERED: Line.SENT,
    DeliveryState.FAILED: Line.FAILED,
    DeliveryState.UNCERTAIN: Line.FAILED,
    DeliveryState.EXPIRED: Line.FAILED,
    DeliveryState.CANCELLED: Line.CANCELLED,
    DeliveryState.TAKEN_BACK: Line.TAKEN_BACK,
}


@dataclass(frozen=True, slots=True)
class Track:
    """How many recipients are how far, and why some failed, wait, or could not be reached again."""

    recipients: int
    lines: Mapping[Line, int]
    reasons: Sequence[tuple[Line, str, int]]

    @property
    def is_over(self) -> bool:
        """Return whether nothing moves any more."""
        return not any(self.lines[line] for line in (Line.QUEUED, Line.WAITING, Line.PAUSED, Line.SENDING))


@dataclass(frozen=True, slots=True)
class Recipient:
    """How far one person's message is."""

    name: str
    line: Line
    reason: str


def line_of(state: DeliveryState, reason: str | None) -> Line:
    """Return what a delivery is counted under."""
    if state is DeliveryState.QUEUED and reason:
        return Line.WAITING
    if reason and reason.startswith(RECALL):
        return Line.NOT_TAKEN_BACK
    return _LINES[state]


class Tracking:
    """Reads how far broadcasts are, for whoever may write them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def track(self, number: int, actor: str) -> Track:
        """Return how far a broadcast is at one moment. Raises Refused."""
        async with self._database.reading() as session:
            await need(session, number, actor, Right.WRITE_BROADCASTS, locked=False)
            recipients, counts = await count_states(session, number)
        lines: Counter[Line] = Counter(dict.fromkeys(Line, 0))
        reasons: Counter[tuple[Line, str]] = Counter()
        for each in counts:
            line = line_of(each.state, each.reason)
            lines[line] += each.count
            if line in (Line.WAITING, Line.FAILED, Line.CANCELLED, Line.NOT_TAKEN_BACK):
                reasons[line, _why(each.state, each.reason)] += each.count
        lines[Line.DELETED] = recipients - lines.total()
        return Track(recipients, lines, [(line, why, count) for (line, why), count in sorted(reasons.items())])

    async def recipients(self, number: int, actor: str, limit: int = 500) -> list[Recipient]:
        """Return people with how far their message is, never whether they answered. Raises Refused."""
        async with self._database.reading() as session:
            broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS, locked=False)
            rows = await recipients_of(session, broadcast.source, limit)
        found = []
        for delivery, person in rows:
            line = line_of(delivery.state, delivery.reason)
            found.append(Recipient(person.name, line, _why(delivery.state, delivery.reason) if line is not Line.SENT else ""))
        return found


def _why(state: DeliveryState, reason: str | None) -> str:
    """Return the id of why something is as it is."""
    if state is DeliveryState.UNCERTAIN:
        return "uncertain"
    return (reason or state.value).removeprefix(RECALL).replace(" ", "_").replace("'", "")
