"""Proactive messages: made once for each person, source and occurrence, and decided on one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, case, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Delivery, DeliveryKind, DeliveryState, Person

# What a person has been sent, or is being sent.
REACHED = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.ANSWERED, DeliveryState.UNCERTAIN, DeliveryState.TAKEN_BACK)
ENDED = (
    DeliveryState.SENT,
    DeliveryState.ANSWERED,
    DeliveryState.FAILED,
    DeliveryState.EXPIRED,
    DeliveryState.CANCELLED,
    DeliveryState.UNCERTAIN,
    DeliveryState.TAKEN_BACK,
)
# What has not been said yet.
WAITING = (DeliveryState.QUEUED, DeliveryState.HELD)

# Whoever leaves these without a word is not silent: there was nothing to answer.
ASK_NOTHING = (DeliveryKind.DIGEST, DeliveryKind.REPORT)

# Many rows at once are written past the ORM, which takes a third longer.
_TABLE = cast(Table, Delivery.__table__)


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One proactive message to queue; `subject_id` is the row that it is about, 0 for none."""

    person_id: str
    kind: DeliveryKind
    source: str
    occurrence: str
    subject_id: int
    due_at: datetime
    expires_at: datetime


async def queue(session: AsyncSession, wanted: Sequence[NewDelivery], now: datetime) -> list[tuple[str, DeliveryKind]]:
    """Queue deliveries; return person and kind of those whose source had not yet reached for the person on that occurrence."""
    if not wanted:
        return []
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [
        {
            "person_id": each.person_id,
            "kind": each.kind,
            "source": each.source,
            "occurrence": each.occurrence,
            "subject_id": each.subject_id,
            "due_at": each.due_at,
            "not_before": each.due_at,
            "expires_at": each.expires_at,
            "state": DeliveryState.QUEUED,
            "queued_at": now,
            "is_told": False,
        }
        for each in wanted
    ]
    result = await session.execute(
        insert(_TABLE)
        .on_conflict_do_nothing(index_elements=["person_id", "source", "occurrence"])
        .returning(_TABLE.c.person_id, _TABLE.c.kind),
        rows,
    )
    return [(person_id, kind) for person_id, kind in result]


async def due_deliveries(session: AsyncSession, now: datetime, limit: int) -> Sequence[tuple[Delivery, Person]]:
    """Lock and return deliveries to be decided on, in the order in which they fell due, each with its person.

    What another process has locked is passed over, and a person's row is locked too: of two deliveries for one person,
    the second is decided on when the first has been.
    """
    rows = (
        await session.execute(
            select(Delivery, Person)
            .join(Person, Person.id == Delivery.person_id)
            .where(Delivery.state == DeliveryState.QUEUED, Delivery.not_before <= now)
            .order_by(Delivery.not_before, Delivery.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    return [(delivery, person) for delivery, person in rows]


@dataclass(frozen=True, slots=True)
class Past:
    """What a person was sent of late: the moments, oldest first, and how many of the last ones they left unanswered."""

    sent: tuple[datetime, ...] = ()
    unanswered: int = 0
    # The last of all, of those too that ask for nothing and are not counted.
    last_sent: datetime | None = None


async def past_of(session: AsyncSession, people: Mapping[str, datetime | None], since: datetime, settled_by: datetime) -> dict[str, Past]:
    """Return what these people were sent since that moment; `people` maps to when they last wrote.

    Whoever wrote anything after a message was not silent, and one sent after `settled_by` may still be answered.
    """
    rows = await session.execute(
        select(Delivery.person_id, Delivery.sent_at, Delivery.state, Delivery.kind)
        .where(Delivery.person_id.in_(list(people)), Delivery.sent_at >= since, Delivery.state.in_(REACHED))
        .order_by(Delivery.sent_at, Delivery.id)
    )
    sent: defaultdict[str, list[datetime]] = defaultdict(list)
    unanswered: defaultdict[str, int] = defaultdict(int)
    last: dict[str, datetime] = {}
    for person_id, sent_at, state, kind in rows:
        assert sent_at is not None  # the query asks for it
        last[person_id] = sent_at
        if kind in ASK_NOTHING:
            continue
        sent[person_id].append(sent_at)
        if kind is DeliveryKind.BROADCAST:  # leaving a lead's prompt is no silence towards the coach, and must show nowhere
            continue
        wrote = people[person_id]
        if state is DeliveryState.ANSWERED or (wrote is not None and wrote >= sent_at):
            unanswered[person_id] = 0
        elif sent_at <= settled_by:
            unanswered[person_id] += 1
    return {person_id: Past(tuple(sent[person_id]), unanswered[person_id], moment) for person_id, moment in last.items()}


async def due_for_recent_writers(session: AsyncSession, now: datetime, since: datetime) -> Sequence[tuple[str, str]]:
    """Return id and conversation key of people who have a delivery due and wrote after that moment."""
    rows = await session.execute(
        select(Person.id, Person.conversation_key)
        .join(Delivery, Delivery.person_id == Person.id)
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.not_before <= now, Person.last_message_at > since)
        .distinct()
    )
    return [(person_id, key) for person_id, key in rows]


async def mark_answered(session: AsyncSession, person_id: str, kinds: Sequence[DeliveryKind], subject_id: int, now: datetime) -> None:
    """Record that the person answered what was sent about this subject; what was still to be sent about it falls away."""
    about = (Delivery.person_id == person_id, Delivery.kind.in_(kinds), Delivery.subject_id == subject_id)
    await session.execute(
        update(Delivery)
        .where(*about, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.CANCELLED, reason="answered before")
    )
    await session.execute(
        update(Delivery)
        .where(*about, Delivery.state.in_([DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNCERTAIN]))
        .values(state=DeliveryState.ANSWERED, answered_at=now)
    )


async def untold(session: AsyncSession, person_id: str) -> Sequence[Delivery]:
    """Return what was said to a person of the coach's own accord that the engine does not know of yet, oldest first."""
    return (
        await session.scalars(
            select(Delivery)
            .where(Delivery.person_id == person_id, Delivery.is_told.is_(False), Delivery.sent_at.is_not(None))
            .order_by(Delivery.sent_at, Delivery.id)
        )
    ).all()


async def mark_told(session: AsyncSession, deliveries: Iterable[int]) -> None:
    await session.execute(update(Delivery).where(Delivery.id.in_(list(deliveries))).values(is_told=True))


async def cancel_queued(session: AsyncSession, person_id: str, reason: str, kinds: Sequence[DeliveryKind] = tuple(DeliveryKind)) -> None:
    """End everything of these kinds that waits for this person."""
    await session.execute(
        update(Delivery)
        .where(Delivery.person_id == person_id, Delivery.state.in_(WAITING), Delivery.kind.in_(kinds))
        .values(state=DeliveryState.CANCELLED, reason=reason)
    )


async def replace_older(session: AsyncSession, wanted: Sequence[NewDelivery]) -> None:
    """End what still waits of the same people and sources: nobody gets three rounds of one survey on the day they are back."""
    if pairs := [(each.person_id, each.source) for each in wanted]:
        await session.execute(
            update(Delivery)
            .where(Delivery.state == DeliveryState.QUEUED, tuple_(Delivery.person_id, Delivery.source).in_(pairs))
            .values(state=DeliveryState.EXPIRED, reason="a later one has taken its place")
        )


async def cancel_of_source(session: AsyncSession, person_id: str, source: str, reason: str) -> None:
    """End what waits for this person from one source."""
    await session.execute(
        update(Delivery)
        .where(Delivery.person_id == person_id, Delivery.source == source, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.CANCELLED, reason=reason)
    )


async def cancel_of_kind(session: AsyncSession, person_id: str, kind: DeliveryKind, reason: str) -> None:
    """End what waits for this person of one kind."""
    await session.execute(
        update(Delivery)
        .where(Delivery.person_id == person_id, Delivery.kind == kind, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.CANCELLED, reason=reason)
    )


async def look_again(session: AsyncSession, person_id: str, now: datetime) -> None:
    """Have everything that waits for this person decided on anew, such as after they changed their hours."""
    await session.execute(
        update(Delivery)
        .where(Delivery.person_id == person_id, Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= now)
        .values(not_before=now)
    )


async def unfinished(
    session: AsyncSession, states: Sequence[DeliveryState], limit: int, person_id: str | None = None
) -> Sequence[Delivery]:
    """Return deliveries in these states, those that have waited longest first; with `person_id` one person's only."""
    wanted = select(Delivery).where(Delivery.state.in_(states))
    if person_id is not None:
        wanted = wanted.where(Delivery.person_id == person_id)
    return (await session.scalars(wanted.order_by(Delivery.queued_at, Delivery.id).limit(limit))).all()


async def newest_of(session: AsyncSession, person_id: str, limit: int) -> Sequence[Delivery]:
    """Return what was queued for one person, whatever became of it, the newest first."""
    wanted = select(Delivery).where(Delivery.person_id == person_id).order_by(Delivery.queued_at.desc(), Delivery.id.desc())
    return (await session.scalars(wanted.limit(limit))).all()


@dataclass(frozen=True, slots=True)
class QueueLine:
    """How many deliveries of one kind are in one state, and since when the oldest of them has waited."""

    kind: DeliveryKind
    state: DeliveryState
    count: int
    oldest: datetime


async def queue_lines(session: AsyncSession, ended_since: datetime) -> list[QueueLine]:
    """Return the state of the queue: all that waits, and what ended since that moment."""
    moment = func.min(case((Delivery.state == DeliveryState.QUEUED, Delivery.due_at), else_=Delivery.queued_at))
    rows = await session.execute(
        select(Delivery.kind, Delivery.state, func.count(), moment)
        .where(or_(Delivery.state.not_in(ENDED), Delivery.queued_at >= ended_since))
        .group_by(Delivery.kind, Delivery.state)
        .order_by(Delivery.kind, Delivery.state)
    )
    return [QueueLine(kind, state, count, oldest) for kind, state, count, oldest in rows]
