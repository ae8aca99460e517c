"""What only the demonstration needs: how far its clock was moved, and what that clock will come to next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import CheckIn, CheckInState, Delivery, DeliveryKind, DeliveryState, Person, Schedule, Setting

_OFFSET = "clock_offset_seconds"


async def clock_offset(session: AsyncSession) -> timedelta:
    row = await session.get(Setting, _OFFSET)
    return timedelta(seconds=int(row.value)) if row else timedelta()


async def move_clock(session: AsyncSession, offset: timedelta) -> None:
    await session.merge(Setting(key=_OFFSET, value=str(int(offset.total_seconds()))))


async def coming_up(session: AsyncSession, now: datetime, limit: int) -> Sequence[tuple[datetime, DeliveryKind, str]]:
    """Return what will be looked at after `now`, soonest first: the moment, the kind, and the name of the person."""
    due = union_all(
        select(CheckIn.due_at, literal(DeliveryKind.CHECK_IN, Schedule.kind.type).label("kind"), CheckIn.person_id).where(
            CheckIn.state == CheckInState.DUE, CheckIn.due_at > now
        ),
        select(Schedule.due_at, Schedule.kind, Schedule.person_id).where(Schedule.due_at > now),
        select(Delivery.not_before, Delivery.kind, Delivery.person_id).where(
            Delivery.state == DeliveryState.QUEUED, Delivery.not_before > now
        ),
    ).subquery()
    rows = await session.execute(
        select(due.c.due_at, due.c.kind, Person.name)
        .join(Person, Person.id == due.c.person_id)
        # As the scheduler has it: nobody who said stop is written to.
        .where(Person.consented_at.is_not(None), Person.stopped_at.is_(None))
        .order_by(due.c.due_at, Person.id)
        .limit(limit)
    )
    return [(moment, DeliveryKind(kind), name) for moment, kind, name in rows]
