"""What the staff did, kept for good."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Audit


def note_action(session: AsyncSession, actor: str, action: str, subject: str, now: datetime) -> None:
    """Record that somebody did something to something, such as cancelling a delivery."""
    session.add(Audit(at=now, actor=actor, action=action, subject=subject))
