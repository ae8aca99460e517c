"""Links that people keep to come back by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Person, ReturnLink


async def keep_return_link(session: AsyncSession, person_id: str, secret_key: str, now: datetime) -> None:
    """Keep a new link in place of those that somebody had before."""
    await end_return_links(session, person_id, now)
    session.add(ReturnLink(person_id=person_id, secret_key=secret_key, made_at=now))


async def end_return_links(session: AsyncSession, person_id: str, now: datetime) -> None:
    mine = (ReturnLink.person_id == person_id, ReturnLink.ended_at.is_(None))
    await session.execute(update(ReturnLink).where(*mine).values(ended_at=now))


async def return_link_of(session: AsyncSession, person_id: str) -> ReturnLink | None:
    """Return the link that somebody can come back by, or none."""
    return await session.scalar(select(ReturnLink).where(ReturnLink.person_id == person_id, ReturnLink.ended_at.is_(None)))


async def person_with_return_link(session: AsyncSession, secret_key: str) -> tuple[ReturnLink, Person] | None:
    """Return the link with this keyed hash that has not ended, and whose it is."""
    wanted = select(ReturnLink, Person).join(Person, Person.id == ReturnLink.person_id)
    row = (await session.execute(wanted.where(ReturnLink.secret_key == secret_key, ReturnLink.ended_at.is_(None)))).first()
    return (row[0], row[1]) if row else None
