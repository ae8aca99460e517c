"""Codes to join by, and guesses at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import JoinCode, WrongCode


async def code_with(session: AsyncSession, code_key: str) -> JoinCode | None:
    """Return the code with this keyed hash, locked, so that two cannot take its last use."""
    return await session.scalar(select(JoinCode).where(JoinCode.code_key == code_key).with_for_update())


async def open_codes(session: AsyncSession, programme_id: str, now: datetime) -> Sequence[JoinCode]:
    """Return the codes of a programme that can still be used, the newest first."""
    still_good = (JoinCode.ended_at.is_(None), JoinCode.expires_at > now, JoinCode.uses < JoinCode.most_uses)
    wanted = select(JoinCode).where(JoinCode.programme_id == programme_id, *still_good).order_by(JoinCode.id.desc())
    return (await session.scalars(wanted)).all()


async def count_wrong(session: AsyncSession, source: str, since: datetime) -> int:
    """Return how many wrong codes came from there since that moment."""
    return await session.scalar(select(func.count()).where(WrongCode.source == source, WrongCode.at > since)) or 0


async def note_wrong(session: AsyncSession, source: str, now: datetime, keeps: timedelta) -> None:
    """Count a wrong code, and forget those of longer ago."""
    await session.execute(delete(WrongCode).where(WrongCode.at < now - keeps))
    session.add(WrongCode(source=source, at=now))
    await session.flush()
