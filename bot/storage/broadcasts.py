"""Broadcasts and their recipients, many rows in one statement: whom one is for, how far each is, and what holds or ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, Select, Table, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.broadcasts import Audience, BroadcastState, Part
from bot.storage.deliveries import WAITING
from bot.storage.postings import UNSENT
from bot.storage.tables import (
    Address,
    Broadcast,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Forum,
    ForumMember,
    Message,
    Person,
    PersonKind,
    Posting,
    PostingState,
    RoleGrant,
)

_TABLE = cast(Table, Delivery.__table__)
# Why a posting could not be taken away again begins with this.
RECALL = "recall:"
CANCELLED = "cancelled by the lead"


async def find_broadcast(session: AsyncSession, number: int, *, locked: bool = False) -> Broadcast | None:
    return await session.get(Broadcast, number, with_for_update=locked or None)


async def broadcasts_of(session: AsyncSession, programmes: Sequence[str], limit: int) -> Sequence[Broadcast]:
    """Return the newest broadcasts of these programmes."""
    wanted = select(Broadcast).where(Broadcast.programme_id.in_(programmes)).order_by(Broadcast.id.desc()).limit(limit)
    return (await session.scalars(wanted)).all()


async def due_broadcast(session: AsyncSession, now: datetime) -> Broadcast | None:
    """Lock and return a scheduled broadcast whose moment has come; one that another process has is passed over."""
    wanted = (
        select(Broadcast)
        .where(Broadcast.state == BroadcastState.SCHEDULED, Broadcast.send_at <= now)
        .order_by(Broadcast.send_at, Broadcast.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return await session.scalar(wanted)


async def end_series(session: AsyncSession, broadcast: Broadcast, by: str) -> None:
    """Cancel what is scheduled of the series that a broadcast is of."""
    first = broadcast.series_of or broadcast.id
    theirs = or_(Broadcast.id == first, Broadcast.series_of == first)
    values = {"state": BroadcastState.CANCELLED, "ended_by": by}
    await _bulk(session, update(Broadcast).where(theirs, Broadcast.state == BroadcastState.SCHEDULED).values(values))


async def taken_back_since(session: AsyncSession, since: datetime) -> Sequence[Broadcast]:
    """Return broadcasts that were taken back and began at that moment or later."""
    wanted = select(Broadcast).where(Broadcast.state == BroadcastState.TAKEN_BACK, Broadcast.started_at >= since)
    return (await session.scalars(wanted)).all()


# Whom it is for


def is_in(audience: Audience) -> ColumnElement[bool]:
    """Say that somebody takes part in the programme and matches every list of an audience."""
    conditions = [Person.programme_id == audience.programme, Person.kind == PersonKind.PARTICIPANT]
    for column, wanted in ((Person.cohort_id, audience.cohorts), (Person.trust_id, audience.trusts), (Person.post, audience.posts)):
        if wanted:
            conditions.append(column.in_(wanted))
    if audience.forums:
        conditions.append(exists().where(ForumMember.person_id == Person.id, ForumMember.forum_id.in_(audience.forums)))
    if audience.parts:
        conditions.append(or_(*(_does(part, audience.programme) for part in sorted(audience.parts))))
    return and_(*conditions)


def _does(part: Part, programme: str) -> ColumnElement[bool]:
    """Say that somebody has the role of a part in a programme, or in all; or none at all."""
    here = or_(RoleGrant.programme_id.is_(None), RoleGrant.programme_id == programme)
    has_role = exists().where(RoleGrant.person_id == Person.id, RoleGrant.ended_at.is_(None), here)
    return ~has_role if part.role is None else has_role.where(RoleGrant.role == part.role)


def why_left_out() -> ColumnElement[str | None]:
    """Say why nothing is sent to somebody: not_agreed, stopped or blocked; null for whoever it is sent to.

    Blocked is whom every channel refused that they were ever heard from on; who was heard from on none reads the web chat.
    """
    was_refused = exists().where(
        Address.person_id == Person.id, Address.closed_reason.is_not(None), Address.closed_reason != "never_written"
    )
    is_open = exists().where(Address.person_id == Person.id, Address.closed_reason.is_(None))
    return case(
        (Person.consented_at.is_(None), literal("not_agreed")),
        (Person.stopped_at.is_not(None), literal("stopped")),
        (and_(was_refused, ~is_open), literal("blocked")),
        else_=None,
    )


async def audience_counts(session: AsyncSession, audience: Audience) -> dict[str | None, int]:
    """Return how many of an audience are left out by why; under none, to how many it is sent."""
    chosen = select(why_left_out().label("why")).where(is_in(audience)).subquery()
    rows = await session.execute(select(chosen.c.why, func.count()).group_by(chosen.c.why))
    return {row[0]: row[1] for row in rows}


def candidates(audience: Audience) -> Select[Person, str | None]:
    """Return the query for the people of an audience, each with why they are left out."""
    return select(Person, why_left_out()).where(is_in(audience)).order_by(Person.id)


async def forums_in(session: AsyncSession, audience: Audience) -> Sequence[Forum]:
    return (await session.scalars(select(Forum).where(Forum.id.in_(audience.forums)).order_by(Forum.id))).all()


async def queue_recipients(
    session: AsyncSession, broadcast: Broadcast, audience: Audience, now: datetime, not_before: datetime, expires_at: datetime
) -> int:
    """Queue a delivery for everybody of the audience who is not left out, in one statement, and return how many there are."""
    columns = _TABLE.c
    chosen = select(
        Person.id,
        literal(DeliveryKind.BROADCAST, columns.kind.type),
        literal(broadcast.source),
        literal("1"),
        literal(broadcast.id),
        literal(now, columns.due_at.type),
        literal(not_before, columns.not_before.type),
        literal(expires_at, columns.expires_at.type),
        literal(DeliveryState.QUEUED, columns.state.type),
        literal(now, columns.queued_at.type),
        literal(False),
    ).where(is_in(audience), why_left_out().is_(None))
    names = "person_id kind source occurrence subject_id due_at not_before expires_at state queued_at is_told"
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(insert(_TABLE).from_select(names.split(), chosen).on_conflict_do_nothing())
    return await session.scalar(select(func.count()).where(Delivery.source == broadcast.source)) or 0


# How far it is


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many recipients are in one state for one reason."""

    state: DeliveryState
    reason: str | None
    count: int


async def count_states(session: AsyncSession, number: int) -> tuple[int, list[StateCount]]:
    """Return to how many a broadcast was sent, and how many of them are how far: of one moment, so that they add up.

    Who has had everything about them deleted since is in the first figure only.
    """
    rows = (
        await session.execute(
            select(Broadcast.recipients, Delivery.state, Delivery.reason, func.count(Delivery.id))
            .outerjoin(Delivery, Delivery.source == f"broadcast:{number}")
            .where(Broadcast.id == number)
            .group_by(Broadcast.recipients, Delivery.state, Delivery.reason)
        )
    ).all()
    return (rows[0][0] if rows else 0), [StateCount(state, reason, count) for _, state, reason, count in rows if count]


async def recipients_of(session: AsyncSession, source: str, limit: int) -> Sequence[tuple[Delivery, Person]]:
    """Return recipients with how far each is, those first who need a look."""
    rank = case((Delivery.state.in_([DeliveryState.FAILED, DeliveryState.UNCERTAIN, DeliveryState.EXPIRED]), 0), else_=1)
    wanted = (
        select(Delivery, Person)
        .join(Person, Person.id == Delivery.person_id)
        .where(Delivery.source == source)
        .order_by(rank, Person.id)
        .limit(limit)
    )
    return [(delivery, person) for delivery, person in await session.execute(wanted)]


# Holding, ending and taking back


def _postings_of(source: str, *states: PostingState) -> Sequence[ColumnElement[bool]]:
    return Posting.delivery_id.in_(select(Delivery.id).where(Delivery.source == source)), Posting.state.in_(states)


async def hold(session: AsyncSession, source: str) -> None:
    """Hold everything that no sender has begun with."""
    # Deliveries first: what a tick is deciding on at this moment has postings when this goes on.
    await _move(session, source, (DeliveryState.QUEUED,), DeliveryState.HELD)
    await _bulk(session, update(Posting).where(*_postings_of(source, PostingState.QUEUED)).values(state=PostingState.HELD))


async def release(session: AsyncSession, source: str) -> None:
    """Go on with what was held."""
    await _move(session, source, (DeliveryState.HELD,), DeliveryState.QUEUED)
    await _bulk(session, update(Posting).where(*_postings_of(source, PostingState.HELD)).values(state=PostingState.QUEUED))


async def withdraw(session: AsyncSession, source: str) -> None:
    """End everything that no sender has begun with."""
    await _bulk(
        session,
        update(Delivery)
        .where(Delivery.source == source, Delivery.state.in_(WAITING))
        .values(state=DeliveryState.CANCELLED, reason=CANCELLED),
    )
    await _bulk(session, update(Posting).where(*_postings_of(source, *UNSENT)).values(state=PostingState.FAILED, reason=CANCELLED))
    under_way = exists().where(Posting.delivery_id == Delivery.id, Posting.state != PostingState.FAILED)
    await _bulk(
        session,
        update(Delivery)
        .where(Delivery.source == source, Delivery.state == DeliveryState.SENDING, ~under_way)
        .values(state=DeliveryState.CANCELLED, reason=CANCELLED),
    )


async def recall(session: AsyncSession, source: str, said_instead: str, now: datetime) -> None:
    """Have what was sent taken away again where it stands, and say something else in the conversations; `now` is the real clock's."""
    theirs = select(Delivery.id).where(Delivery.source == source, Delivery.state.in_([DeliveryState.SENT, DeliveryState.ANSWERED]))
    await _bulk(
        session,
        update(Message).where(Message.delivery_id.in_(theirs)).values(text=said_instead, choices=[], stays_open=False),
    )
    has_posting = exists().where(Posting.delivery_id == Delivery.id)
    await _bulk(
        session,
        update(Delivery).where(Delivery.id.in_(theirs), ~has_posting).values(state=DeliveryState.TAKEN_BACK, reason=None),
    )
    await _bulk(
        session,
        update(Posting)
        .where(
            Posting.delivery_id.in_(theirs),
            Posting.state == PostingState.SENT,
            Posting.external_id.is_not(None),
            or_(Posting.reason.is_(None), ~Posting.reason.startswith(RECALL)),
        )
        .values(state=PostingState.RECALLING, not_before=now, claimed_until=None, attempts=0),
    )


async def _move(session: AsyncSession, source: str, before: Sequence[DeliveryState], after: DeliveryState) -> None:
    await _bulk(session, update(Delivery).where(Delivery.source == source, Delivery.state.in_(before)).values(state=after))


async def _bulk(session: AsyncSession, statement) -> None:  # type: ignore[no-untyped-def]  # any update
    await session.execute(statement.execution_options(synchronize_session=False))
