"""Work that one process at a time does, and rates that all processes keep together; both by the real clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel import Pace
from bot.domain.clock import LONGEST_WAIT
from bot.storage.tables import Budget, Lease


async def take_lease(session: AsyncSession, name: str, holder: str, now: datetime, length: timedelta) -> bool:
    """Take or prolong a lease; return False while another process holds it."""
    await session.execute(_insert(session)(Lease).values(name=name, holder=holder, until=now).on_conflict_do_nothing())
    is_free = or_(Lease.holder == holder, Lease.until <= now, Lease.until > now + LONGEST_WAIT)
    result = await session.execute(update(Lease).where(Lease.name == name, is_free).values(holder=holder, until=now + length))
    return bool(getattr(result, "rowcount", 0))


async def give_back_lease(session: AsyncSession, name: str, holder: str) -> None:
    """Let others have a lease at once; one that somebody else holds stays theirs."""
    await session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


async def take_turn(session: AsyncSession, paces: Sequence[Pace], now: datetime) -> datetime | None:
    """Use up one send of every rate and return none, or return when the first of them permits one again, using up nothing.

    This is the generic cell rate algorithm: a rate's `free_at` moves on by one interval a send and may run ahead of the
    clock by its burst. The rows stay locked until the caller's transaction ends.
    """
    if not paces:
        return None
    rows = {budget.key: budget for budget in await session.scalars(_locked([pace.key for pace in paces]))}
    if missing := [pace.key for pace in paces if pace.key not in rows]:
        await session.execute(_insert(session)(Budget).values([{"key": key, "free_at": now} for key in missing]).on_conflict_do_nothing())
        rows = {budget.key: budget for budget in await session.scalars(_locked([pace.key for pace in paces]))}
    moments = []
    for pace in paces:
        interval = timedelta(seconds=1 / pace.per_second)
        free_at = rows[pace.key].free_at
        # One that lies this far ahead was written before the clock was put back.
        permitted = now if free_at > now + LONGEST_WAIT else free_at - interval * (pace.burst - 1)
        moments.append(permitted)
    if (latest := max(moments, default=now)) > now:
        return latest
    for pace in paces:
        row = rows[pace.key]
        row.free_at = (now if row.free_at > now + LONGEST_WAIT else max(row.free_at, now)) + timedelta(seconds=1 / pace.per_second)
    await session.flush()
    return None


async def hold_back(session: AsyncSession, pace: Pace, until: datetime) -> None:
    """Let nothing more be sent at this rate before that moment, such as after the platform said to wait."""
    full = until + timedelta(seconds=(pace.burst - 1) / pace.per_second)
    await session.execute(_insert(session)(Budget).values(key=pace.key, free_at=full).on_conflict_do_nothing())
    await session.execute(update(Budget).where(Budget.key == pace.key, Budget.free_at < full).values(free_at=full))


def _locked(keys: Sequence[str]):  # type: ignore[no-untyped-def]  # a select's type says nothing that a reader needs
    # In one order, so that two processes never wait for each other.
    return select(Budget).where(Budget.key.in_(keys)).order_by(Budget.key).with_for_update()


def _insert(session: AsyncSession):  # type: ignore[no-untyped-def]  # of two dialects' inserts, which share no type
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
