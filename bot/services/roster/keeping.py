"""The roster as its keepers see and change it: programmes, cohorts, trusts and forums, and people's places. All of it is on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Access, Grant, Right
from bot.domain.posts import Post
from bot.domain.roster import LONGEST, plain
from bot.services.roles import Actor
from bot.storage import roster
from bot.storage.access import grants_of
from bot.storage.audit import note_action
from bot.storage.database import Database
from bot.storage.people import add_programme, find_person
from bot.storage.tables import Forum, ForumMember, Person, PersonKind, Programme

# So many people are listed on one page.
PAGE = 50
# A meeting is not planned further ahead than this.
_FURTHEST = timedelta(days=3 * 365)


class NotPossible(Exception):
    """Raised with the code of a sentence when a change of the roster cannot be made."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotTheirs(Exception):
    """Raised when something is not there, or is no business of whoever asks; which of the two is not told."""


@dataclass(frozen=True, slots=True)
class ForumLine:
    """One forum in a list; `meets_at` is in the zone in which the meeting was named."""

    id: int
    title: str
    members: int
    leads: Sequence[str]
    meets_at: datetime | None
    time_zone: str


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """One programme in a list; a cohort is a title with the number of its people."""

    id: str
    title: str
    is_sample: bool
    people: int
    cohorts: Sequence[tuple[str, int]]
    forums: Sequence[ForumLine]


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person in a list: a name and a place, and nothing else."""

    id: str
    name: str
    post: Post | None
    trust: str
    cohort: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the roster holds of one person."""

    line: PersonLine
    programme: str | None
    programme_title: str
    kind: PersonKind
    joined_at: datetime
    has_email: bool
    forums: Sequence[Forum]
    grants: Sequence[Grant]


class Roster:
    """Shows and changes the roster for whoever may keep it, and only where they may. Raises NotTheirs and NotPossible."""

    def __init__(self, database: Database, now: Callable[[], datetime], time_zone: str) -> None:
        self._database, self._now, self._time_zone = database, now, time_zone

    async def programmes(self, access: Access | None) -> Sequence[ProgrammeLine]:
        """Return the programmes that somebody keeps, none standing for whoever runs the installation."""
        async with self._database.reading() as session:
            people, cohort_counts = await roster.count_people(session), await roster.count_cohorts(session)
            cohorts, forums = await roster.cohorts_of(session), await self._forum_lines(session, None)
            return [
                ProgrammeLine(
                    each.id,
                    each.title,
                    each.is_sample,
                    people.get(each.id, 0),
                    [(cohort.title, cohort_counts.get(cohort.id, 0)) for cohort in cohorts if cohort.programme_id == each.id],
                    [line for programme, line in forums if programme == each.id],
                )
                for each in await roster.programmes(session)
                if access is None or access.may(Right.MANAGE_ROSTER, each.id)
            ]

    async def programme(self, actor: Actor, programme_id: str, page: int) -> tuple[ProgrammeLine, Sequence[PersonLine]]:
        """Return a programme with one page of its people, counted from 0; that they were listed is kept."""
        line = next((each for each in await self.programmes(actor.access) if each.id == programme_id), None)
        if line is None:
            raise NotTheirs
        async with self._database.transaction() as session:
            people = await roster.people_of(session, programme_id, offset=max(page, 0) * PAGE, limit=PAGE)
            note_action(session, actor.id, "roster.list", f"{programme_id} {max(page, 0) + 1}"[:LONGEST], self._now())
            return line, await self._people(session, people)

    async def forum(self, actor: Actor, forum_id: int) -> tuple[Programme, ForumLine, Sequence[PersonLine]]:
        """Return a forum with its members; that they were listed is kept."""
        async with self._database.transaction() as session:
            forum = await self._forum(session, actor, forum_id)
            programme = await session.get_one(Programme, forum.programme_id)
            lines = await self._forum_lines(session, forum.programme_id)
            note_action(session, actor.id, "roster.list", f"forum {forum_id}", self._now())
            people = await self._people(session, await roster.members_of(session, forum_id))
            return programme, next(line for _, line in lines if line.id == forum_id), people

    async def entry(self, actor: Actor, person_id: str) -> Entry:
        """Return what the roster holds of somebody; that it was looked at is kept."""
        async with self._database.transaction() as session:
            person = await self._person(session, actor, person_id)
            note_action(session, actor.id, "roster.view", person_id, self._now())
            return await entry_of(session, person)

    async def add_programme(self, actor: Actor, programme_id: str, title: str) -> None:
        """Add a programme, which only whoever keeps the whole roster may."""
        title, wanted = plain(title), plain(programme_id).casefold().replace(" ", "-")
        if not actor.may_manage(None):
            raise NotTheirs
        if not title or len(title) > LONGEST or not wanted or not wanted.replace("-", "").replace("_", "").isalnum() or len(wanted) > 60:
            raise NotPossible("programme_needs")
        async with self._database.transaction() as session:
            titles = {each.title.casefold() for each in await roster.programmes(session)}
            if title.casefold() in titles or not await add_programme(session, wanted, title):
                raise NotPossible("is_there")
            note_action(session, actor.id, "roster.add_programme", wanted, self._now())

    async def add_part(self, actor: Actor, kind: str, programme_id: str, title: str) -> None:
        """Add a cohort or forum to a programme, or a trust, which all programmes share."""
        title = plain(title)
        if not actor.may_manage(programme_id):
            raise NotTheirs
        if not title or len(title) > LONGEST:
            raise NotPossible("title_needed")
        async with self._database.transaction() as session:
            if await session.get(Programme, programme_id) is None:
                raise NotTheirs
            if kind == "cohort":
                is_new = (await roster.add_cohort(session, programme_id, title))[1]
            elif kind == "forum":
                is_new = (await roster.add_forum(session, programme_id, title))[1]
            else:
                is_new = (await roster.add_trust(session, title))[1]
            if not is_new:
                raise NotPossible("is_there")
            note_action(session, actor.id, f"roster.add_{kind}", f"{programme_id} {title}"[:LONGEST], self._now())

    async def set_meeting(self, actor: Actor, forum_id: int, local: datetime | None, time_zone: str) -> None:
        """Keep when a forum meets next, as that place's clocks show it; none for not yet known.

        An hour that clocks skip, one that is past and a zone that nobody knows are refused; of an hour that comes twice the first is meant.
        """
        meets_at = None
        if local is not None:
            if time_zone not in available_timezones():
                raise NotPossible("no_zone")
            meets_at = local.replace(tzinfo=ZoneInfo(time_zone), fold=0)
            there_and_back = meets_at.astimezone(ZoneInfo("UTC")).astimezone(ZoneInfo(time_zone))
            if there_and_back.replace(tzinfo=None) != local:
                raise NotPossible("skipped_hour")
            if not self._now() <= meets_at <= self._now() + _FURTHEST:
                raise NotPossible("not_ahead")
        async with self._database.transaction() as session:
            forum = await self._forum(session, actor, forum_id)
            forum.meets_at, forum.time_zone = meets_at, time_zone if meets_at else None
            note_action(session, actor.id, "roster.set_meeting", f"forum {forum_id}", self._now())

    async def change_place(
        self, actor: Actor, person_id: str, *, cohort: int | None, trust: str | None, post: Post | None, forums: frozenset[int]
    ) -> None:
        """Keep somebody's cohort, trust, post and forums, all of which are their programme's own or nobody's."""
        async with self._database.transaction() as session:
            person = await self._person(session, actor, person_id)
            programme = person.programme_id or ""
            theirs = {each.id for each in await roster.forums_of(session, programme)}
            cohorts = {None, *(each.id for each in await roster.cohorts_of(session, programme))}
            trusts = {None, *(each.id for each in await roster.trusts(session))}
            if cohort not in cohorts or trust not in trusts or not forums <= theirs:
                raise NotPossible("is_gone")
            before = {each.id for each in await roster.forums_with(session, person_id)}
            what = [name for name, value in (("cohort_id", cohort), ("trust_id", trust), ("post", post)) if getattr(person, name) != value]
            person.cohort_id, person.trust_id, person.post = cohort, trust, post
            for forum in forums - before:
                await roster.join_forum(session, forum, person_id)
            for forum in before & theirs - forums:
                await session.delete(await session.get_one(ForumMember, (forum, person_id)))
            what += [f"forum {forum}" for forum in sorted(forums ^ before & theirs)]
            if what:
                note_action(session, actor.id, "roster.changed", f"{person_id} {', '.join(what)}"[:LONGEST], self._now())

    async def take_out(self, actor: Actor, person_id: str) -> None:
        """End somebody's place in their programme, with its cohort, forums and roles; what they wrote stays theirs."""
        async with self._database.transaction() as session:
            person = await self._person(session, actor, person_id)
            if person.programme_id is None:
                raise NotPossible("is_gone")
            if person.id == actor.id:
                raise NotPossible("own_place")
            note_action(session, actor.id, "roster.left", f"{person_id} {person.programme_id}"[:LONGEST], self._now())
            await roster.leave_programme(session, person.programme_id, [person_id], self._now())

    async def _forum(self, session: AsyncSession, actor: Actor, forum_id: int) -> Forum:
        forum = await session.get(Forum, forum_id)
        if forum is None or not actor.may_manage(forum.programme_id):
            raise NotTheirs
        return forum

    async def _person(self, session: AsyncSession, actor: Actor, person_id: str) -> Person:
        person = await find_person(session, person_id)
        # Whoever is here by a participant's invitation is that participant's affair.
        if person is None or person.kind is PersonKind.COUNTERPART or not actor.may_manage(person.programme_id):
            raise NotTheirs
        return person

    async def _forum_lines(self, session: AsyncSession, programme_id: str | None) -> Sequence[tuple[str, ForumLine]]:
        members, leads = await roster.count_members(session), await roster.leads(session)
        return [
            (
                each.programme_id,
                ForumLine(
                    each.id,
                    each.title,
                    members.get(each.id, 0),
                    leads.get(each.id, []),
                    each.meets_at.astimezone(ZoneInfo(each.time_zone or self._time_zone)) if each.meets_at else None,
                    each.time_zone or self._time_zone,
                ),
            )
            for each in await roster.forums_of(session, programme_id)
        ]

    @staticmethod
    async def _people(session: AsyncSession, people: Sequence[Person]) -> Sequence[PersonLine]:
        trusts = {each.id: each.title for each in await roster.trusts(session)}
        cohorts = {each.id: each.title for each in await roster.cohorts_of(session)}
        return [_line(each, trusts, cohorts) for each in people]


async def entry_of(session: AsyncSession, person: Person) -> Entry:
    """Return what the roster holds of somebody, as they themselves are told it too."""
    trusts = {each.id: each.title for each in await roster.trusts(session)}
    cohorts = {each.id: each.title for each in await roster.cohorts_of(session)}
    programme = await session.get(Programme, person.programme_id) if person.programme_id else None
    return Entry(
        _line(person, trusts, cohorts),
        person.programme_id,
        programme.title if programme else "",
        person.kind,
        person.joined_at,
        person.email_key is not None,
        await roster.forums_with(session, person.id),
        [Grant(each.role, each.programme_id, each.forum_id) for each in await grants_of(session, person.id)],
    )


def _line(person: Person, trusts: dict[str, str], cohorts: dict[int, str]) -> PersonLine:
    return PersonLine(person.id, person.name, person.post, trusts.get(person.trust_id or "", ""), cohorts.get(person.cohort_id or 0, ""))
