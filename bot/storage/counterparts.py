"""Who was invited to say how working with somebody is, and who accepted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.surveys import COUNTERPART, Subject
from bot.storage.surveys import forget_answers
from bot.storage.tables import Counterpart, Delivery, DeliveryState, Person, Relation, Schedule, SurveyRound


async def invite(
    session: AsyncSession, person_id: str, relation: Relation, code_key: str, now: datetime, expires_at: datetime
) -> Counterpart:
    """Add an invitation; an earlier one to the same kind of colleague that nobody accepted ends with it."""
    open_ones = (Counterpart.person_id == person_id, Counterpart.relation == relation, Counterpart.ended_at.is_(None))
    await session.execute(update(Counterpart).where(*open_ones, Counterpart.rater_id.is_(None)).values(ended_at=now))
    added = Counterpart(person_id=person_id, relation=relation, code_key=code_key, invited_at=now, expires_at=expires_at)
    session.add(added)
    await session.flush()
    return added


async def invitation_of(session: AsyncSession, code_key: str) -> tuple[Counterpart, Person] | None:
    """Return the invitation with this keyed code, locked, and who sent it."""
    row = (
        await session.execute(
            select(Counterpart, Person)
            .join(Person, Person.id == Counterpart.person_id)
            .where(Counterpart.code_key == code_key)
            .with_for_update(of=Counterpart)
        )
    ).first()
    return (row[0], row[1]) if row else None


async def count_invited(session: AsyncSession, person_id: str, since: datetime) -> int:
    """Return how many invitations a person has sent since that moment."""
    return await session.scalar(select(func.count()).where(Counterpart.person_id == person_id, Counterpart.invited_at >= since)) or 0


async def counterparts_of(session: AsyncSession, person_id: str) -> Sequence[Counterpart]:
    """Return the invitations of a person that have not ended, oldest first."""
    wanted = select(Counterpart).where(Counterpart.person_id == person_id, Counterpart.ended_at.is_(None)).order_by(Counterpart.id)
    return (await session.scalars(wanted)).all()


async def rated_by(session: AsyncSession, rater_id: str) -> Sequence[tuple[Counterpart, Person]]:
    """Return whom a person says something about, oldest first, with the person that it is about."""
    rows = await session.execute(
        select(Counterpart, Person)
        .join(Person, Person.id == Counterpart.person_id)
        .where(Counterpart.rater_id == rater_id, Counterpart.ended_at.is_(None))
        .order_by(Counterpart.id)
    )
    return [(counterpart, person) for counterpart, person in rows]


async def counterpart_named(session: AsyncSession, subject: Subject) -> tuple[Counterpart, Person] | None:
    """Return whom a round is about, and the person who invited; none for a round about oneself, or when it has ended."""
    if subject.counterpart is None:
        return None
    row = (
        await session.execute(
            select(Counterpart, Person)
            .join(Person, Person.id == Counterpart.person_id)
            .where(Counterpart.id == subject.counterpart, Counterpart.ended_at.is_(None))
        )
    ).first()
    return (row[0], row[1]) if row else None


async def end(session: AsyncSession, counterparts: Sequence[Counterpart], now: datetime) -> None:
    """End these: nothing more is asked, and what waits to be asked falls away; answers that were given stay in the totals."""
    for counterpart in counterparts:
        counterpart.ended_at = now
        source = _subject_of(counterpart).source
        await session.execute(delete(Schedule).where(Schedule.source == source))
        await session.execute(
            update(Delivery)
            .where(Delivery.source == source, Delivery.state == DeliveryState.QUEUED)
            .values(state=DeliveryState.CANCELLED, reason="the invitation has ended")
        )


async def forget(session: AsyncSession, person_id: str) -> None:
    """Delete what counterparts said about a person, with the invitations, and that the person rated anybody."""
    theirs = await session.scalars(select(Counterpart).where(or_(Counterpart.person_id == person_id, Counterpart.rater_id == person_id)))
    for counterpart in theirs.all():
        subject = _subject_of(counterpart)
        rounds = await session.scalars(select(SurveyRound).where(SurveyRound.instrument == subject.name))
        await forget_answers(session, rounds.all())
        await session.execute(delete(SurveyRound).where(SurveyRound.instrument == subject.name))
        await session.execute(delete(Schedule).where(Schedule.source == subject.source))
        await session.execute(delete(Delivery).where(Delivery.source == subject.source, Delivery.state == DeliveryState.QUEUED))
        await session.delete(counterpart)
    await session.flush()


def _subject_of(counterpart: Counterpart) -> Subject:
    return Subject(COUNTERPART, counterpart.id)
