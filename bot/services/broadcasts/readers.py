"""Whom broadcasts are put into words for: read for many at once, so that one of them costs no round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.broadcasts import Audience
from bot.services.broadcasts.wording import Reader
from bot.storage.tables import Broadcast, Forum, ForumMember, Person


@dataclass(frozen=True)
class Readers:
    """Broadcasts with their senders' names, and in which of their forums each person is."""

    broadcasts: Mapping[int, Broadcast] = field(default_factory=dict)
    authors: Mapping[str, str] = field(default_factory=dict)
    forums: Mapping[int, Forum] = field(default_factory=dict)
    memberships: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def reader(self, broadcast: Broadcast, person: Person) -> Reader:
        """Return a person as the reader of a broadcast, in the first forum of it that they are in."""
        wanted = Audience.from_json(broadcast.audience).forums
        mine = next((each for each in self.memberships.get(person.id, ()) if each in wanted), None)
        return Reader(person.name, ZoneInfo(person.time_zone), self.forums.get(mine) if mine else None)


async def find_readers(session: AsyncSession, pairs: Sequence[tuple[int, str]]) -> Readers:
    """Read what it takes to put broadcasts into words; `pairs` are a broadcast's number and a person's id."""
    found = await session.scalars(select(Broadcast).where(Broadcast.id.in_({number for number, _ in pairs})))
    broadcasts = {each.id: each for each in found}
    senders = {each.sender_id or each.author_id for each in broadcasts.values()}
    authors = {each.id: each.name for each in await session.scalars(select(Person).where(Person.id.in_(senders)))}
    wanted = {number for each in broadcasts.values() for number in Audience.from_json(each.audience).forums}
    forums: dict[int, Forum] = {}
    memberships: dict[str, list[int]] = {}
    if wanted:
        forums = {each.id: each for each in await session.scalars(select(Forum).where(Forum.id.in_(wanted)))}
        rows = await session.execute(
            select(ForumMember.person_id, ForumMember.forum_id)
            .where(ForumMember.person_id.in_({person_id for _, person_id in pairs}), ForumMember.forum_id.in_(wanted))
            .order_by(ForumMember.forum_id)
        )
        for person_id, forum_id in rows:
            memberships.setdefault(person_id, []).append(forum_id)
    return Readers(broadcasts, authors, forums, memberships)
