"""People on the roster and what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.posts import Post
from bot.storage.tables import Person, PersonKind, Programme


async def find_person(session: AsyncSession, person_id: str) -> Person | None:
    return await session.get(Person, person_id)


async def person_of_conversation(session: AsyncSession, conversation_key: str) -> Person | None:
    """Return the person whose tracker in Rasa has this key, or none."""
    return await session.scalar(select(Person).where(Person.conversation_key == conversation_key))


async def enrol(
    session: AsyncSession,
    person_id: str,
    *,
    name: str,
    time_zone: str,
    now: datetime,
    programme_id: str | None = None,
    kind: PersonKind = PersonKind.PARTICIPANT,
    post: Post | None = None,
) -> Person:
    """Add one person to the roster; they have agreed to nothing yet."""
    person = Person(
        id=person_id,
        conversation_key=uuid4().hex,
        name=name,
        time_zone=time_zone,
        joined_at=now,
        programme_id=programme_id,
        kind=kind,
        post=post,
    )
    session.add(person)
    await session.flush()
    return person


async def person_with_email(session: AsyncSession, key: str) -> Person | None:
    """Return the person whose e-mail address has this keyed hash, or none."""
    return await session.scalar(select(Person).where(Person.email_key == key))


async def programmes_in_use(session: AsyncSession) -> Sequence[str]:
    """Return the ids of the programmes that real people may be in."""
    return (await session.scalars(select(Programme.id).where(Programme.is_sample.is_(False)))).all()


async def add_programme(session: AsyncSession, programme_id: str, title: str, *, is_sample: bool = False) -> bool:
    """Add a programme unless it is there; return whether it was added."""
    if await session.get(Programme, programme_id) is not None:
        return False
    session.add(Programme(id=programme_id, title=title, is_sample=is_sample))
    await session.flush()
    return True


async def consenting_people(session: AsyncSession) -> Sequence[Person]:
    """Return everyone who agreed and has not stopped the coach, by id."""
    return (
        await session.scalars(select(Person).where(Person.consented_at.is_not(None), Person.stopped_at.is_(None)).order_by(Person.id))
    ).all()


async def note_message(session: AsyncSession, person_id: str, at: datetime) -> None:
    await session.execute(update(Person).where(Person.id == person_id).values(last_message_at=at))
