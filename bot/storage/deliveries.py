"""The outbox of proactive messages: made once for each person, source and occurrence, and claimed before sending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Delivery, DeliveryKind, DeliveryState


async def queue(
    session: AsyncSession,
    person_id: str,
    *,
    kind: DeliveryKind,
    source: str,
    occurrence: str,
    subject_id: int,
    due_at: datetime,
    expires_at: datetime,
) -> bool:
    """Queue one delivery; return False when this source has already reached for this person on this occurrence."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    result = await session.execute(
        insert(Delivery)
        .values(
            person_id=person_id,
            kind=kind,
            source=source,
            occurrence=occurrence,
            subject_id=subject_id,
            due_at=due_at,
            expires_at=expires_at,
            state=DeliveryState.QUEUED,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["person_id", "source", "occurrence"])
        .returning(Delivery.id)
    )
    return result.scalar() is not None


async def due_deliveries(session: AsyncSession, now: datetime) -> Sequence[Delivery]:
    """Return queued deliveries that are due and that no sender holds, in the order in which they fell due."""
    return (
        await session.scalars(
            select(Delivery)
            .where(
                Delivery.state == DeliveryState.QUEUED,
                Delivery.due_at <= now,
                or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= now),
            )
            .order_by(Delivery.due_at, Delivery.id)
        )
    ).all()


async def claim(session: AsyncSession, delivery_id: int, now: datetime, lease: timedelta) -> bool:
    """Take a delivery for sending until the lease ends; return False when another sender has it.

    The condition is checked by the database in the update itself, so that of two senders one wins.
    """
    result = await session.execute(
        update(Delivery)
        .where(
            and_(
                Delivery.id == delivery_id,
                Delivery.state == DeliveryState.QUEUED,
                or_(Delivery.claimed_until.is_(None), Delivery.claimed_until <= now),
            )
        )
        .values(claimed_until=now + lease, attempts=Delivery.attempts + 1)
    )
    return bool(getattr(result, "rowcount", 0))


async def mark_sent(session: AsyncSession, delivery_id: int, now: datetime) -> None:
    await session.execute(
        update(Delivery).where(Delivery.id == delivery_id).values(state=DeliveryState.SENT, sent_at=now, claimed_until=None)
    )


async def drop(session: AsyncSession, delivery_id: int, reason: str) -> None:
    """End a delivery that will not be sent, keeping why."""
    await session.execute(
        update(Delivery).where(Delivery.id == delivery_id).values(state=DeliveryState.DROPPED, reason=reason, claimed_until=None)
    )


async def postpone(session: AsyncSession, delivery: Delivery, until: datetime, reason: str, *, expires_at: datetime) -> None:
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id)
        .values(due_at=until, reason=reason, claimed_until=None, expires_at=max(delivery.expires_at, expires_at))
    )


async def release(session: AsyncSession, delivery_id: int, retry_at: datetime, reason: str) -> None:
    """Give a claimed delivery back after a failure, to be tried again at that moment."""
    await session.execute(update(Delivery).where(Delivery.id == delivery_id).values(claimed_until=retry_at, reason=reason))


async def drop_queued(session: AsyncSession, person_id: str, reason: str) -> None:
    await session.execute(
        update(Delivery)
        .where(Delivery.person_id == person_id, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.DROPPED, reason=reason)
    )
