"""What a roster writes, gathered so that a batch of rows takes a few statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Grant, Role
from bot.domain.posts import Post
from bot.services.roles import say_grant
from bot.services.roster.rows import Line
from bot.storage import roster
from bot.storage.audit import note_action
from bot.storage.tables import Address, ForumMember, Person, PersonKind, RoleGrant


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line puts somebody, by the ids of what it names."""

    programme: str
    cohort: int | None
    trust: str | None
    forums: tuple[int, ...]
    post: Post | None
    role: Role | None

    def grants(self) -> Iterator[Grant]:
        """Give the roles that this holds: a lead's in the forums that are named, any other in the programme."""
        if self.role is Role.FORUM_LEAD and self.forums:
            yield from (Grant(self.role, self.programme, forum) for forum in self.forums)
        elif self.role is not None:
            yield Grant(self.role, self.programme)


class RosterWriting:
    """What one batch writes, gathered so that it takes a few statements."""

    def __init__(self, now: datetime, time_zone: str, actor: str) -> None:
        self._now, self._time_zone, self._actor = now, time_zone, actor
        self._added: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        self._moved: dict[str, list[str]] = {}
        self._members: list[dict[str, Any]] = []
        self._roles: list[dict[str, Any]] = []
        self._addresses: list[dict[str, Any]] = []
        self._done: list[tuple[str, str]] = []

    def add(self, line: Line, place: Place, roles: Sequence[Grant]) -> str:
        """Add somebody and return their new id, which says nothing of them."""
        person = f"person-{uuid4().hex[:16]}"
        works_here = place.role in (Role.PROGRAMME_TEAM, Role.ADMINISTRATOR)
        self._added.append(
            {
                "id": person,
                "conversation_key": uuid4().hex,
                "name": line.name,
                "email_key": line.key,
                "programme_id": place.programme,
                "cohort_id": place.cohort,
                "trust_id": place.trust,
                "post": place.post,
                "kind": PersonKind.STAFF if works_here else PersonKind.PARTICIPANT,
                "time_zone": self._time_zone,
                "joined_at": self._now,
            }
        )
        self._note("added", person, place.programme)
        self._gather(person, place.forums, roles, line.accounts)
        return person

    def change(
        self,
        after: dict[str, Any] | None,
        person: str,
        what: Sequence[str],
        joins: Sequence[int],
        roles: Sequence[Grant],
        accounts: Sequence[tuple[str, str, str]],
        moved_to: str | None,
    ) -> None:
        """Change somebody's place; `after` is their row where that changes, and `what` names its columns."""
        if after is not None:
            self._changed.append(after)
        if moved_to is not None:
            self._moved.setdefault(moved_to, []).append(person)
        changes = [*what, *(f"forum {forum}" for forum in joins), *("account" for _ in accounts)]
        if changes:
            self._note("changed", person, ", ".join(changes))
        self._gather(person, joins, roles, accounts)

    async def flush(self, session: AsyncSession) -> None:
        """Write everything."""
        if self._added:
            await session.execute(insert(Person), self._added)
        if self._changed:
            await session.execute(update(Person), self._changed)
        for programme, people in self._moved.items():
            await roster.leave_forums(session, people, but_of=programme)
        for table, rows in ((ForumMember, self._members), (RoleGrant, self._roles), (Address, self._addresses)):
            if rows:
                await session.execute(insert(table), rows)
        for action, subject in self._done:
            note_action(session, self._actor, action, subject, self._now)

    def _gather(self, person: str, forums: Iterable[int], roles: Iterable[Grant], accounts: Iterable[tuple[str, str, str]]) -> None:
        self._members += [{"forum_id": forum, "person_id": person} for forum in forums]
        for grant in roles:
            self._roles.append(
                {"person_id": person, "role": grant.role, "programme_id": grant.programme, "forum_id": grant.forum}
                | {"granted_at": self._now, "granted_by": self._actor}
            )
            self._done.append(("role.grant", say_grant(person, grant)[:120]))
        for channel, account, user in accounts:
            self._addresses.append(
                {"person_id": person, "channel": channel, "account": account, "user": user, "place": ""}
                | {"used_at": self._now, "closed_reason": "never_written"}
            )

    def _note(self, action: str, person: str, what: str) -> None:
        self._done.append((f"roster.{action}", f"{person} {what}"[:120]))
