"""When something recurring falls due for a person next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, literal, select, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import CheckIn, CheckInState, Delivery, DeliveryKind, DeliveryState, Person, PersonKind, Schedule


async def schedule(session: AsyncSession, person_id: str, kind: DeliveryKind, source: str, *, number: int, due_at: datetime) -> None:
    """Set when a source falls due for a person first; one that is scheduled already stays as it is."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(
        insert(Schedule)
        .values(person_id=person_id, kind=kind, source=source, number=number, due_at=due_at)
        .on_conflict_do_nothing(index_elements=["person_id", "source"])
    )


async def is_scheduled(session: AsyncSession, person_id: str, source: str) -> bool:
    """Return whether a source is, or was, scheduled for a person."""
    return bool(await session.scalar(select(exists().where(Schedule.person_id == person_id, Schedule.source == source))))


async def unschedule(session: AsyncSession, person_id: str, source: str) -> None:
    """Schedule a source no longer for a person."""
    await session.execute(delete(Schedule).where(Schedule.person_id == person_id, Schedule.source == source))


async def move_to_zone(session: AsyncSession, person: Person, name: str) -> None:
    """Have a person's clock be another zone's from now on: what is scheduled by the hour stays at that hour, by the new clock.

    `name` is one of the IANA database. Returns to reflections are counted in whole days and stay as they are.
    """
    before, zone = ZoneInfo(person.time_zone), ZoneInfo(name)
    kinds = (DeliveryKind.SURVEY, DeliveryKind.REPORT, DeliveryKind.DIGEST)
    for entry in await session.scalars(select(Schedule).where(Schedule.person_id == person.id, Schedule.kind.in_(kinds))):
        entry.due_at = entry.due_at.astimezone(before).replace(tzinfo=zone)
    waiting = select(CheckIn).where(CheckIn.person_id == person.id, CheckIn.state == CheckInState.DUE)
    for check_in in await session.scalars(waiting):
        check_in.due_at = check_in.due_at.astimezone(before).replace(tzinfo=zone)
    person.time_zone = name


async def move_to_hour(session: AsyncSession, person: Person, kind: DeliveryKind, at: time) -> None:
    """Move what is scheduled of a kind for a person to that hour of its day, by their own clock."""
    zone = ZoneInfo(person.time_zone)
    for entry in await session.scalars(select(Schedule).where(Schedule.person_id == person.id, Schedule.kind == kind)):
        entry.due_at = datetime.combine(entry.due_at.astimezone(zone).date(), at, zone)


async def due_schedules(session: AsyncSession, now: datetime, limit: int) -> Sequence[tuple[Schedule, Person]]:
    """Lock and return what has fallen due, each with its person; the caller moves it on or deletes it."""
    rows = (
        await session.execute(
            select(Schedule, Person)
            .join(Person, Person.id == Schedule.person_id)
            .where(Schedule.due_at <= now)
            .order_by(Schedule.due_at, Schedule.id)
            .limit(limit)
            .with_for_update(of=Schedule, skip_locked=True)
        )
    ).all()
    return [(entry, person) for entry, person in rows]


async def falling_due(session: AsyncSession, until: datetime, limit: int) -> Sequence[tuple[datetime, DeliveryKind, str]]:
    """Return what a tick at that moment would look at, soonest due first: the moment, the kind, and whose it is."""
    due = union_all(
        select(CheckIn.due_at, literal(DeliveryKind.CHECK_IN, Schedule.kind.type).label("kind"), CheckIn.person_id).where(
            CheckIn.state == CheckInState.DUE, CheckIn.due_at <= until
        ),
        select(Schedule.due_at, Schedule.kind, Schedule.person_id).where(Schedule.due_at <= until),
        select(Delivery.not_before, Delivery.kind, Delivery.person_id).where(
            Delivery.state == DeliveryState.QUEUED, Delivery.not_before <= until
        ),
    ).subquery()
    rows = await session.execute(select(due.c.due_at, due.c.kind, due.c.person_id).order_by(due.c.due_at, due.c.person_id).limit(limit))
    return [(moment, DeliveryKind(kind), person_id) for moment, kind, person_id in rows]


async def consenting_without(session: AsyncSession, source: str, limit: int) -> Sequence[Person]:
    """Return people who agreed and for whom this source has never been scheduled; who takes no part themselves is left alone."""
    wanted = (
        select(Person)
        .where(
            Person.consented_at.is_not(None),
            Person.kind == PersonKind.PARTICIPANT,
            ~exists().where(Schedule.person_id == Person.id, Schedule.source == source),
        )
        .order_by(Person.id)
        .limit(limit)
    )
    return (await session.scalars(wanted)).all()
