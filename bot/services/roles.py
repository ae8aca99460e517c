"""Who gives and ends roles: none that is wider than one of their own, none to themselves, and never the last administrator's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Access, Grant, Right, Role
from bot.storage.access import administrators, end_role, grant_role
from bot.storage.audit import note_action
from bot.storage.people import find_person
from bot.storage.tables import Forum, Programme


class RoleRefused(Exception):
    """Raised with the code of a sentence when a role can be neither given nor ended."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes the roster: `id` is on record, `access` is none for whoever runs the installation and may do anything."""

    id: str
    access: Access | None

    def may_manage(self, programme: str | None) -> bool:
        """Return whether a programme's roster is theirs to keep, or with none named all of it."""
        return self.access is None or self.access.may(Right.MANAGE_ROSTER, programme)

    def may_give(self, grant: Grant) -> bool:
        return self.access is None or self.access.may_give(grant)


async def give_role(session: AsyncSession, actor: Actor, person_id: str, grant: Grant, now: datetime) -> bool:
    """Give somebody a role, on record; return whether they did not have it. Raises RoleRefused."""
    if not actor.may_give(grant):
        raise RoleRefused("too_wide")
    if actor.id == person_id:
        raise RoleRefused("own")
    if await find_person(session, person_id) is None:
        raise RoleRefused("nobody")
    if grant.programme is not None and await session.get(Programme, grant.programme) is None:
        raise RoleRefused("is_gone")
    forum = await session.get(Forum, grant.forum) if grant.forum is not None else None
    if grant.forum is not None and (forum is None or forum.programme_id != grant.programme):
        raise RoleRefused("is_gone")
    is_new = await grant_role(session, person_id, grant, by=actor.id, now=now)
    if is_new:
        note_action(session, actor.id, "role.grant", say_grant(person_id, grant), now)
    return is_new


async def take_role(session: AsyncSession, actor: Actor, person_id: str, grant: Grant, now: datetime) -> None:
    """End somebody's role, on record. Raises RoleRefused."""
    if not actor.may_give(grant):
        raise RoleRefused("too_wide")
    if grant == Grant(Role.ADMINISTRATOR) and set(await administrators(session)) <= {person_id}:
        raise RoleRefused("last_administrator")
    if not await end_role(session, person_id, grant, now=now):
        raise RoleRefused("not_held")
    note_action(session, actor.id, "role.end", say_grant(person_id, grant), now)


def say_grant(person: str, grant: Grant) -> str:
    """Return a role as it stands in the audit."""
    return " ".join([person, grant.role.value, grant.programme or "*", *([str(grant.forum)] if grant.forum else [])])[:120]
