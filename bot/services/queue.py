"""What an operator sees of the queue, and the two things that can be done about it by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.storage.audit import newest_actions, note_action
from bot.storage.database import Database
from bot.storage.deliveries import QueueLine, newest_of, queue_lines, unfinished
from bot.storage.plans import ask_again, close_unreached
from bot.storage.postings import PostingLine, posting_lines, requeue
from bot.storage.tables import Audit, Delivery, DeliveryKind, DeliveryState, Person

# What ended longer ago than this is not counted.
LOOK_BACK = timedelta(days=7)
# What did not get through, or waits.
OPEN = (DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.QUEUED, DeliveryState.SENDING)


class NotPossible(Exception):
    """Raised when what was asked for cannot be done to a delivery in its state; says so in one line."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """Deliveries by kind and state, postings by channel, state and reason, and inbound messages without an answer."""

    deliveries: Sequence[QueueLine]
    postings: Sequence[PostingLine]
    oldest_due: datetime | None


class Queue:
    """The operator's desk. It shows no words of anybody's, and each thing done by hand is recorded."""

    def __init__(self, database: Database, now: Callable[[], datetime], wake_postman: Callable[[], None]) -> None:
        self._database, self._now, self._wake_postman = database, now, wake_postman

    async def state(self) -> QueueState:
        """Return how the queue stands, with what ended in the last week."""
        now = self._now()
        async with self._database.reading() as session:
            lines = await queue_lines(session, now - LOOK_BACK)
            posted = await posting_lines(session, datetime.now(UTC) - LOOK_BACK)
        waiting = [line.oldest for line in lines if line.state is DeliveryState.QUEUED and line.oldest <= now]
        return QueueState(lines, posted, min(waiting, default=None))

    async def listed(self, states: Sequence[DeliveryState] = OPEN, limit: int = 50, person_id: str | None = None) -> Sequence[Delivery]:
        """Return deliveries in these states, those that have waited longest first; with `person_id` one person's only."""
        async with self._database.reading() as session:
            return await unfinished(session, states, limit, person_id)

    async def of_person(self, person_id: str, limit: int = 50) -> Sequence[Delivery] | None:
        """Return what was queued for one person of late, whatever became of it, the newest first; none for nobody on the roster."""
        async with self._database.reading() as session:
            if await session.get(Person, person_id) is None:
                return None
            return await newest_of(session, person_id, limit)

    async def done_by_hand(self, limit: int = 20) -> Sequence[Audit]:
        """Return what was retried and cancelled by hand, the newest first."""
        async with self._database.reading() as session:
            return await newest_actions(session, "delivery", limit)

    async def retry(self, delivery_id: int, actor: str) -> None:
        """Send a delivery that failed, or of which nobody knows whether it arrived, once more. Raises NotPossible."""
        async with self._database.transaction() as session:
            delivery = await session.get(Delivery, delivery_id)
            if delivery is None or delivery.state not in (DeliveryState.FAILED, DeliveryState.UNCERTAIN):
                state = delivery.state.value if delivery else "not there"
                raise NotPossible(f"delivery {delivery_id} is {state}: only one that is failed or uncertain can be sent again")
            person = await session.get_one(Person, delivery.person_id)
            if person.stopped_at is not None or person.consented_at is None:
                raise NotPossible(f"delivery {delivery_id} is for somebody who has stopped the coach since: nothing can be sent to them")
            if not await requeue(session, delivery_id, datetime.now(UTC)):
                raise NotPossible(f"delivery {delivery_id} was never put into words: cancel it, or wait for the next of its kind")
            delivery.state, delivery.reason = DeliveryState.SENDING, None
            if delivery.kind is DeliveryKind.CHECK_IN:
                await ask_again(session, delivery.subject_id, self._now())
            note_action(session, actor, "delivery.retry", str(delivery_id), self._now())
        self._wake_postman()

    async def cancel(self, delivery_id: int, actor: str) -> None:
        """End a delivery that waits. Raises NotPossible."""
        async with self._database.transaction() as session:
            delivery = await session.get(Delivery, delivery_id)
            if delivery is None or delivery.state is not DeliveryState.QUEUED:
                state = delivery.state.value if delivery else "not there"
                raise NotPossible(f"delivery {delivery_id} is {state}: only one that is queued can be cancelled")
            delivery.state, delivery.reason = DeliveryState.CANCELLED, "cancelled by hand"
            if delivery.kind is DeliveryKind.CHECK_IN:
                await close_unreached(session, [delivery.subject_id])
            note_action(session, actor, "delivery.cancel", str(delivery_id), self._now())
