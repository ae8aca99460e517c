"""Programmes with their cohorts, trusts and forums, and people's places in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Role
from bot.domain.roster import fold
from bot.storage.tables import Cohort, Forum, ForumMember, Person, PersonKind, Programme, RoleGrant, Trust


async def programmes(session: AsyncSession) -> Sequence[Programme]:
    """Return every programme, by title."""
    return (await session.scalars(select(Programme).order_by(Programme.title, Programme.id))).all()


async def cohorts_of(session: AsyncSession, programme_id: str | None = None) -> Sequence[Cohort]:
    """Return the cohorts of one programme, or of all, by title."""
    wanted = select(Cohort).order_by(Cohort.title, Cohort.id)
    return (await session.scalars(wanted if programme_id is None else wanted.where(Cohort.programme_id == programme_id))).all()


async def forums_of(session: AsyncSession, programme_id: str | None = None) -> Sequence[Forum]:
    """Return the forums of one programme, or of all, by title."""
    wanted = select(Forum).order_by(Forum.title, Forum.id)
    return (await session.scalars(wanted if programme_id is None else wanted.where(Forum.programme_id == programme_id))).all()


async def trusts(session: AsyncSession) -> Sequence[Trust]:
    """Return every trust, by title."""
    return (await session.scalars(select(Trust).order_by(Trust.title, Trust.id))).all()


async def add_cohort(session: AsyncSession, programme_id: str, title: str) -> tuple[Cohort, bool]:
    """Return the programme's cohort with this title, however it is spaced or capitalised, and whether it was added."""
    found = next((each for each in await cohorts_of(session, programme_id) if fold(each.title) == fold(title)), None)
    if found is None:
        session.add(added := Cohort(programme_id=programme_id, title=title))
        await session.flush()
        return added, True
    return found, False


async def add_forum(session: AsyncSession, programme_id: str, title: str) -> tuple[Forum, bool]:
    """Return the programme's forum with this title, however it is spaced or capitalised, and whether it was added."""
    found = next((each for each in await forums_of(session, programme_id) if fold(each.title) == fold(title)), None)
    if found is None:
        session.add(added := Forum(programme_id=programme_id, title=title))
        await session.flush()
        return added, True
    return found, False


async def add_trust(session: AsyncSession, title: str) -> tuple[Trust, bool]:
    """Return the trust with this title, and whether it was added; its id is made of the title."""
    known = await trusts(session)
    found = next((each for each in known if fold(each.title) == fold(title)), None)
    if found is None:
        session.add(added := Trust(id=new_trust_id(title, {each.id for each in known}), title=title))
        await session.flush()
        return added, True
    return found, False


def new_trust_id(title: str, taken: Iterable[str]) -> str:
    """Return an id for a trust that none of the others has."""
    base = "-".join("".join(each if each.isascii() and each.isalnum() else " " for each in title.casefold()).split())[:100] or "trust"
    known = set(taken)
    return next(each for number in range(1, len(known) + 2) if (each := base if number == 1 else f"{base}-{number}") not in known)


async def count_people(session: AsyncSession) -> dict[str, int]:
    """Return how many people each programme has, those here by invitation only left out."""
    rows = await session.execute(
        select(Person.programme_id, func.count())
        .where(Person.programme_id.is_not(None), Person.kind != PersonKind.COUNTERPART)
        .group_by(Person.programme_id)
    )
    return {programme: count for programme, count in rows if programme is not None}


async def count_members(session: AsyncSession) -> dict[int, int]:
    """Return how many members each forum has."""
    rows = await session.execute(select(ForumMember.forum_id, func.count()).group_by(ForumMember.forum_id))
    return {forum: members for forum, members in rows}  # noqa: C416 - rows are no pairs to the type checker


async def count_cohorts(session: AsyncSession) -> dict[int, int]:
    """Return how many people each cohort has."""
    rows = await session.execute(select(Person.cohort_id, func.count()).where(Person.cohort_id.is_not(None)).group_by(Person.cohort_id))
    return {cohort: count for cohort, count in rows if cohort is not None}


async def leads(session: AsyncSession) -> dict[int, list[str]]:
    """Return the names of each forum's own leads."""
    rows = await session.execute(
        select(RoleGrant.forum_id, Person.name)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(RoleGrant.role == Role.FORUM_LEAD, RoleGrant.forum_id.is_not(None), RoleGrant.ended_at.is_(None))
        .order_by(RoleGrant.id)
    )
    found: dict[int, list[str]] = {}
    for forum, name in rows:
        found.setdefault(forum or 0, []).append(name)
    return found


async def people_of(session: AsyncSession, programme_id: str, *, offset: int, limit: int) -> Sequence[Person]:
    """Return some of a programme's people, in the order in which they joined."""
    wanted = (
        select(Person)
        .where(Person.programme_id == programme_id, Person.kind != PersonKind.COUNTERPART)
        .order_by(Person.joined_at, Person.id)
        .offset(offset)
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()


async def members_of(session: AsyncSession, forum_id: int) -> Sequence[Person]:
    """Return the members of a forum, in the order in which they joined."""
    wanted = select(Person).join(ForumMember, ForumMember.person_id == Person.id).where(ForumMember.forum_id == forum_id)
    return (await session.scalars(wanted.order_by(Person.joined_at, Person.id))).all()


async def forums_with(session: AsyncSession, person_id: str) -> Sequence[Forum]:
    """Return the forums that somebody is a member of."""
    wanted = select(Forum).join(ForumMember, ForumMember.forum_id == Forum.id).where(ForumMember.person_id == person_id)
    return (await session.scalars(wanted.order_by(Forum.title))).all()


async def join_forum(session: AsyncSession, forum_id: int, person_id: str) -> bool:
    """Give somebody a place in a forum; return whether they had none."""
    if await session.get(ForumMember, (forum_id, person_id)) is not None:
        return False
    session.add(ForumMember(forum_id=forum_id, person_id=person_id))
    await session.flush()
    return True


async def leave_forums(session: AsyncSession, people: Sequence[str], *, but_of: str | None = None) -> None:
    """Take people out of all forums, or of all but those of one programme."""
    places = delete(ForumMember).where(ForumMember.person_id.in_(people))
    if but_of is not None:
        places = places.where(ForumMember.forum_id.in_(select(Forum.id).where(Forum.programme_id != but_of)))
    await session.execute(places)


async def leave_programme(session: AsyncSession, programme_id: str, people: Sequence[str], now: datetime) -> None:
    """Take people out of a programme with its cohorts and forums, and end the roles that they have there."""
    await session.execute(update(Person).where(Person.id.in_(people)).values(programme_id=None, cohort_id=None, trust_id=None))
    await session.execute(
        delete(ForumMember).where(
            ForumMember.person_id.in_(people), ForumMember.forum_id.in_(select(Forum.id).where(Forum.programme_id == programme_id))
        )
    )
    theirs = (RoleGrant.person_id.in_(people), RoleGrant.programme_id == programme_id, RoleGrant.ended_at.is_(None))
    await session.execute(update(RoleGrant).where(*theirs).values(ended_at=now))


async def listed_by_address(session: AsyncSession, programme_id: str) -> Sequence[str]:
    """Return the ids of a programme's people whom a file can name: those whose e-mail address is known."""
    wanted = select(Person.id).where(
        Person.programme_id == programme_id, Person.kind != PersonKind.COUNTERPART, Person.email_key.is_not(None)
    )
    return (await session.scalars(wanted)).all()
