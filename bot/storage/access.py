"""Which roles somebody has; one that is over stays on record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Access, Grant, Role
from bot.storage.sessions import end_sessions
from bot.storage.tables import RoleGrant


async def access_of(session: AsyncSession, person_id: str) -> Access:
    """Return what somebody may do; nothing for whoever has no role."""
    return Access(frozenset(Grant(each.role, each.programme_id, each.forum_id) for each in await grants_of(session, person_id)))


async def grants_of(session: AsyncSession, person_id: str) -> Sequence[RoleGrant]:
    """Return the roles that somebody has at present, the oldest first."""
    wanted = select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.ended_at.is_(None)).order_by(RoleGrant.id)
    return (await session.scalars(wanted)).all()


async def grant_role(session: AsyncSession, person_id: str, grant: Grant, *, by: str, now: datetime) -> bool:
    """Give somebody a role unless they have it; return whether it was given."""
    if grant in (await access_of(session, person_id)).grants:
        return False
    session.add(
        RoleGrant(person_id=person_id, role=grant.role, programme_id=grant.programme, forum_id=grant.forum, granted_at=now, granted_by=by)
    )
    await session.flush()
    return True


async def end_role(session: AsyncSession, person_id: str, grant: Grant, *, now: datetime) -> bool:
    """Take a role away and sign its holder out everywhere; return whether somebody had it."""
    mine = [each for each in await grants_of(session, person_id) if Grant(each.role, each.programme_id, each.forum_id) == grant]
    for each in mine:
        each.ended_at = now
    if mine:
        await end_sessions(session, person_id)
    return bool(mine)


async def administrators(session: AsyncSession) -> Sequence[str]:
    """Return who is an administrator of the whole installation, locked until the transaction ends, so that two cannot end each other's."""
    wanted = (
        select(RoleGrant)
        .where(
            RoleGrant.role == Role.ADMINISTRATOR,
            RoleGrant.programme_id.is_(None),
            RoleGrant.forum_id.is_(None),
            RoleGrant.ended_at.is_(None),
        )
        .order_by(RoleGrant.id)
        .with_for_update()
    )
    return [each.person_id for each in (await session.scalars(wanted)).all()]


async def all_grants(session: AsyncSession) -> Sequence[RoleGrant]:
    """Return every role that somebody has at present, by person."""
    return (await session.scalars(select(RoleGrant).where(RoleGrant.ended_at.is_(None)).order_by(RoleGrant.person_id, RoleGrant.id))).all()
