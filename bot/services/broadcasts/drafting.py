"""Drafts: written, changed by one at a time, copied, and approved by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.domain.access import Access, Right
from bot.domain.broadcasts import Audience, BroadcastKind, BroadcastState, Fault, faults_in, fields_in
from bot.domain.moments import is_zone
from bot.services.broadcasts.choosing import check_audience
from bot.services.broadcasts.refusals import Faulty, Refused
from bot.services.broadcasts.wording import knows_thing
from bot.storage.access import access_of
from bot.storage.audit import note_action
from bot.storage.broadcasts import audience_counts, broadcasts_of, find_broadcast, forums_in
from bot.storage.database import Database
from bot.storage.tables import Broadcast, Forum, Programme


@dataclass(frozen=True, slots=True)
class Draft:
    """All that somebody writes of a broadcast."""

    kind: BroadcastKind
    title: str
    text: str
    audience: Audience
    time_zone: str
    thing: str | None = None
    choices: tuple[str, ...] = ()
    reply_by: datetime | None = None


class Drafts:
    """Keeps drafts. Every method says who asks for it, and refuses what they have no right to."""

    def __init__(self, database: Database, library: Library, now: Callable[[], datetime]) -> None:
        self._database, self._library, self._now = database, library, now

    async def create(self, draft: Draft, actor: str) -> Broadcast:
        """Keep a new draft. Raises Refused."""
        async with self._database.transaction() as session:
            draft = await self._checked(session, draft, actor)
            broadcast = Broadcast(author_id=actor, editors=[actor], version=1, state=BroadcastState.DRAFT)
            self._write(broadcast, draft)
            session.add(broadcast)
            await session.flush()
            note_action(session, actor, "broadcast.write", str(broadcast.id), self._now())
            return broadcast

    async def change(self, number: int, version: int, draft: Draft, actor: str) -> Broadcast:
        """Change a draft that was read at `version`; what somebody else has changed since is not written over. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS)
            if broadcast.state is not BroadcastState.DRAFT:
                raise Refused("not_a_draft")
            if broadcast.version != version:
                raise Refused("changed_meanwhile")
            draft = await self._checked(session, draft, actor)
            self._write(broadcast, draft)
            broadcast.version += 1
            broadcast.editors = sorted({*broadcast.editors, actor})
            broadcast.note = None
            note_action(session, actor, "broadcast.change", str(number), self._now())
            return broadcast

    async def duplicate(self, number: int, actor: str) -> Broadcast:
        """Keep a copy as a new draft of the one who asks for it. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS)
            copy = Broadcast(author_id=actor, editors=[actor], version=1, state=BroadcastState.DRAFT)
            # A time to answer by that is over would be refused.
            by = broadcast.reply_by if broadcast.reply_by and broadcast.reply_by > self._now() else None
            self._write(copy, replace(draft_of(broadcast), reply_by=by))
            session.add(copy)
            await session.flush()
            note_action(session, actor, "broadcast.duplicate", str(copy.id), self._now())
            return copy

    async def approve(self, number: int, version: int, actor: str) -> None:
        """Approve what was read at `version`; whoever wrote any of it cannot. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await need(session, number, actor, Right.APPROVE_BROADCASTS)
            if broadcast.state is not BroadcastState.DRAFT:
                raise Refused("not_a_draft")
            if actor in broadcast.editors:
                raise Refused("own_approval")
            if broadcast.version != version:
                raise Refused("changed_before_approval")
            broadcast.approved_by, broadcast.approved_version = actor, version
            note_action(session, actor, "broadcast.approve", f"{number} version {version}", self._now())

    async def get(self, number: int, actor: str, right: Right = Right.WRITE_BROADCASTS) -> Broadcast:
        """Return a broadcast that somebody has this right over. Raises Refused."""
        async with self._database.reading() as session:
            return await need(session, number, actor, right, locked=False)

    async def listed(self, actor: str, limit: int = 50) -> list[Broadcast]:
        """Return the newest broadcasts that somebody may see."""
        async with self._database.reading() as session:
            access = await access_of(session, actor)
            programmes = (await session.scalars(select(Programme.id))).all()
            found = await broadcasts_of(session, programmes, limit * 4)
        return [each for each in found if may_see(access, each)][:limit]

    async def places(self, actor: str) -> list[tuple[Audience, str]]:
        """Return whom somebody may write to, each with its title: whole programmes, and forums."""
        say = self._library.common.sentences.say
        async with self._database.reading() as session:
            access = await access_of(session, actor)
            programmes = await session.scalars(select(Programme).where(Programme.is_sample.is_(False)).order_by(Programme.title))
            found = [(Audience(each.id), say("broadcast_pages.whole_programme", programme=each.title)) for each in programmes]
            rows = await session.execute(select(Forum, Programme).join(Programme, Programme.id == Forum.programme_id).order_by(Forum.title))
            for forum, programme in rows:
                title = say("broadcast_pages.one_forum", programme=programme.title, forum=forum.title)
                found.append((Audience(programme.id, forums=frozenset({forum.id})), title))
        return [(audience, title) for audience, title in found if audience.is_within(access, Right.WRITE_BROADCASTS)]

    async def count(self, audience: Audience) -> int:
        """Return to how many people of an audience something would be sent."""
        async with self._database.reading() as session:
            return (await audience_counts(session, audience)).get(None, 0)

    async def _checked(self, session: AsyncSession, draft: Draft, actor: str) -> Draft:
        await check_audience(session, draft.audience, actor)
        toolkit = self._library.of(draft.audience.programme)
        draft = replace(draft, title=draft.title.strip(), text=draft.text.strip(), choices=_plain_choices(draft))
        forums = await forums_in(session, draft.audience)
        knows = knows_thing(toolkit, draft.kind, draft.thing)
        faults = list(faults_in(draft.kind, draft.title, draft.text, draft.choices, has_thing=knows, has_forum=bool(forums)))
        if not is_zone(draft.time_zone):
            faults.append(Fault("zone", "unknown_zone"))
        if not faults:
            fields = fields_in(draft.text)
            if "forum_date" in fields and any(forum.meets_at is None or forum.meets_at <= self._now() for forum in forums):
                faults.append(Fault("text", "forum_without_date"))
            if "reply_by" in fields and draft.reply_by is None:
                faults.append(Fault("reply_by", "no_reply_by"))
            if draft.reply_by is not None and draft.reply_by <= self._now():
                faults.append(Fault("reply_by", "reply_by_past"))
        if faults:
            raise Faulty(tuple(faults))
        return draft

    def _write(self, broadcast: Broadcast, draft: Draft) -> None:
        broadcast.programme_id = draft.audience.programme
        broadcast.kind, broadcast.title, broadcast.text = draft.kind, draft.title, draft.text
        broadcast.thing = draft.thing if draft.kind.has_thing else None
        broadcast.choices = list(draft.choices) if draft.kind is BroadcastKind.POLL else []
        broadcast.audience, broadcast.time_zone, broadcast.reply_by = draft.audience.as_json(), draft.time_zone, draft.reply_by
        broadcast.changed_at = self._now()


def _plain_choices(draft: Draft) -> tuple[str, ...]:
    return tuple(choice.strip() for choice in draft.choices if choice.strip())


def draft_of(broadcast: Broadcast) -> Draft:
    """Return what was written of a broadcast."""
    return Draft(
        broadcast.kind,
        broadcast.title,
        broadcast.text,
        Audience.from_json(broadcast.audience),
        broadcast.time_zone,
        broadcast.thing,
        tuple(broadcast.choices),
        broadcast.reply_by,
    )


def may_see(access: Access, broadcast: Broadcast) -> bool:
    audience = Audience.from_json(broadcast.audience)
    rights: Sequence[Right] = (Right.WRITE_BROADCASTS, Right.APPROVE_BROADCASTS)
    return any(audience.is_within(access, right) for right in rights)


async def need(session: AsyncSession, number: int, actor: str, right: Right, *, locked: bool = True) -> Broadcast:
    """Return a broadcast that somebody has a right over. Raises Refused, in the same words for one that there is not."""
    broadcast = await find_broadcast(session, number, locked=locked)
    if broadcast is None or not Audience.from_json(broadcast.audience).is_within(await access_of(session, actor), right):
        raise Refused("not_yours")
    return broadcast
