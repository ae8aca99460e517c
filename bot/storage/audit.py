"""What the staff did, kept for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Audit


def note_action(session: AsyncSession, actor: str, action: str, subject: str, now: datetime) -> None:
    """Record that somebody did something to something, such as cancelling a delivery."""
    session.add(Audit(at=now, actor=actor, action=action, subject=subject))


async def newest_actions(session: AsyncSession, subject: str, limit: int) -> Sequence[Audit]:
    """Return what was done of late to things of one kind, such as `delivery`, the newest first."""
    wanted = select(Audit).where(Audit.action.startswith(f"{subject}.")).order_by(Audit.id.desc()).limit(limit)
    return (await session.scalars(wanted)).all()
