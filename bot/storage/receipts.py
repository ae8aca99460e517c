"""Events that were answered without being kept: recognised when they come again, whichever process they come to."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Receipt

# No channel delivers an event again after this long.
_KEPT = timedelta(days=1)


async def note_receipt(session: AsyncSession, channel: str, event_id: str, now: datetime) -> bool:
    """Note that an event was received; return False when it had been before. `now` is the real clock's."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    noted = insert(Receipt).values(channel=channel, event_id=event_id, at=now).on_conflict_do_nothing().returning(Receipt.event_id)
    is_first = await session.scalar(noted) is not None
    await session.execute(delete(Receipt).where(Receipt.at < now - _KEPT))
    return is_first


async def has_receipt(session: AsyncSession, channel: str, event_id: str) -> bool:
    return bool(await session.scalar(select(exists().where(Receipt.channel == channel, Receipt.event_id == event_id))))
