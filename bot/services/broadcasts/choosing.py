"""Whom somebody may write to, as it is chosen from, and how many a choice reaches before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Access, Right
from bot.domain.broadcasts import Audience
from bot.services.broadcasts.refusals import Refused
from bot.storage.access import access_of
from bot.storage.broadcasts import audience_counts
from bot.storage.database import Database
from bot.storage.roster import cohorts_of, forums_of, programmes, trusts
from bot.storage.tables import Person, Programme

Named = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One programme to choose from: the ids and titles of its parts. `is_whole` where all of it may be written to."""

    id: str
    title: str
    is_whole: bool
    forums: Named
    cohorts: Named
    trusts: Named


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many a choice reaches, and how many are left out by why."""

    reached: int
    left_out: Mapping[str, int]


class Choosing:
    """Lists what an audience is chosen from, and counts it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def shelves(self, actor: str) -> list[Shelf]:
        """Return the programmes that somebody may write to or to a forum of; the sample ones have nobody to write to."""
        async with self._database.reading() as session:
            access = await access_of(session, actor)
            found = [await _shelf(session, each, access) for each in await programmes(session) if not each.is_sample]
        return [shelf for shelf in found if shelf.is_whole or shelf.forums]

    async def count(self, audience: Audience, actor: str) -> Headcount:
        """Return how many an audience reaches now. Raises Refused for one that is not theirs to write to."""
        async with self._database.reading() as session:
            await check_audience(session, audience, actor)
            counts = await audience_counts(session, audience)
        return Headcount(counts.get(None, 0), {why: count for why, count in counts.items() if why is not None})


async def check_audience(session: AsyncSession, audience: Audience, actor: str) -> None:
    """Raise Refused for an audience that somebody may not write to, or that names what its programme has not."""
    programme = await session.get(Programme, audience.programme)
    # Who leads all programmes may still name one that there is not.
    if programme is None or not audience.is_within(await access_of(session, actor), Right.WRITE_BROADCASTS):
        raise Refused("audience_not_yours")
    if not audience.forums <= {each.id for each in await forums_of(session, programme.id)}:
        raise Refused("no_such_forum")
    if not audience.cohorts <= {each.id for each in await cohorts_of(session, programme.id)}:
        raise Refused("no_such_cohort")
    if audience.trusts and not audience.trusts <= {each.id for each in await trusts(session)}:
        raise Refused("no_such_trust")


async def _shelf(session: AsyncSession, programme: Programme, access: Access) -> Shelf:
    is_whole = access.may(Right.WRITE_BROADCASTS, programme.id)
    theirs = select(Person.trust_id).where(Person.programme_id == programme.id, Person.trust_id.is_not(None)).distinct()
    worked_in = set((await session.scalars(theirs)).all())
    return Shelf(
        programme.id,
        programme.title,
        is_whole,
        [
            (str(forum.id), forum.title)
            for forum in await forums_of(session, programme.id)
            if access.may(Right.WRITE_BROADCASTS, programme.id, forum.id)
        ],
        [(str(cohort.id), cohort.title) for cohort in await cohorts_of(session, programme.id)],
        [(trust.id, trust.title) for trust in await trusts(session) if trust.id in worked_in],
    )
