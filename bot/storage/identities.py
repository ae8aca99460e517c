"""Which account at an identity provider is whose."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Identity, Person


async def person_with_identity(session: AsyncSession, issuer: str, subject: str) -> Person | None:
    """Return the person whose account this is, or none."""
    wanted = select(Person).join(Identity, Identity.person_id == Person.id)
    return await session.scalar(wanted.where(Identity.issuer == issuer, Identity.subject == subject))


async def has_identity(session: AsyncSession, person_id: str, issuer: str) -> bool:
    """Return whether somebody has an account at this provider already."""
    wanted = select(Identity.id).where(Identity.person_id == person_id, Identity.issuer == issuer)
    return await session.scalar(wanted.limit(1)) is not None


async def link_identity(session: AsyncSession, person_id: str, issuer: str, subject: str, now: datetime) -> None:
    """Keep that an account is somebody's from now on; one that was another's is no longer."""
    found = await session.scalar(select(Identity).where(Identity.issuer == issuer, Identity.subject == subject))
    if found is None:
        found = Identity(issuer=issuer, subject=subject)
        session.add(found)
    found.person_id, found.linked_at = person_id, now
    await session.flush()
