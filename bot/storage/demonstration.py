"""What only the demonstration keeps: how far its clock was moved."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Setting

_OFFSET = "clock_offset_seconds"


async def clock_offset(session: AsyncSession) -> timedelta:
    row = await session.get(Setting, _OFFSET)
    return timedelta(seconds=int(row.value)) if row else timedelta()


async def move_clock(session: AsyncSession, offset: timedelta) -> None:
    await session.merge(Setting(key=_OFFSET, value=str(int(offset.total_seconds()))))
