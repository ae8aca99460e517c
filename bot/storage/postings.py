"""Messages on their way to addresses: in order for each address, claimed before they are sent, and never sent twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, String, Table, and_, bindparam, case, exists, false, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.domain.clock import LONGEST_WAIT
from bot.storage.plans import close_unreached
from bot.storage.tables import Address, Delivery, DeliveryKind, DeliveryState, Message, Posting, PostingState

_UNDER_WAY = (PostingState.QUEUED, PostingState.SENDING)
# What no sender has begun with.
UNSENT = (PostingState.QUEUED, PostingState.HELD)
# Many rows at once are written past the ORM.
_TABLE = cast(Table, Posting.__table__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message to send; one that `was_tried` may have gone out already."""

    posting: Posting
    address: Address
    message: Message
    was_tried: bool


def add_postings(
    session: AsyncSession, messages: Sequence[Message], address_id: int, now: datetime, delivery_id: int | None = None
) -> None:
    """Queue messages for an address, in order; `now` is the real clock's."""
    session.add_all(
        Posting(
            person_id=message.person_id,
            address_id=address_id,
            message_id=message.id,
            delivery_id=delivery_id,
            queued_at=now,
            not_before=now,
            is_settled=not message.choices,
        )
        for message in messages
    )


async def due_postings(session: AsyncSession, now: datetime, limit: int, *, takes_over: bool = True) -> Sequence[Claimed]:
    """Lock and return what may be sent now: the first message of each address that is not under way.

    One whose sender's lease has ended is among them if `takes_over`. What another process has locked is passed over.
    """
    # Of each address the first, looked up one by one: joined, a database that has not counted a queue that has just grown compares all with
    # all. The states stand in the statement as they do in the index, else it is not used.
    first = aliased(Posting)
    under_way: ColumnElement[PostingState] = bindparam(None, _UNDER_WAY, expanding=True, literal_execute=True)
    first_of_address = select(func.min(first.id)).where(first.address_id == Posting.address_id, first.state.in_(under_way))
    lease_is_over = _has_come(Posting.claimed_until, now) if takes_over else false()
    wanted = (
        select(Posting)
        .where(
            Posting.state.in_(under_way),
            _has_come(Posting.not_before, now),
            case((Posting.state == PostingState.SENDING, lease_is_over), else_=true()),
            Posting.id == first_of_address.scalar_subquery(),
        )
        .order_by(Posting.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    # Joined to what they say and where they go once they are few.
    due = aliased(Posting, wanted.cte("due"))
    rows = await session.execute(
        select(due, Address, Message)
        .join(Address, Address.id == due.address_id)
        .join(Message, Message.id == due.message_id)
        .order_by(due.id)
    )
    return [Claimed(posting, address, message, posting.state is PostingState.SENDING) for posting, address, message in rows]


def _has_come(moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None], now: datetime) -> ColumnElement[bool]:
    """Say that a moment of the machine's clock has come, or lies so far ahead that the clock must have been put back since."""
    return or_(moment <= now, moment > now + LONGEST_WAIT)


def claim(posting: Posting, now: datetime, lease: timedelta) -> None:
    posting.state, posting.claimed_until, posting.attempts = PostingState.SENDING, now + lease, posting.attempts + 1


@dataclass(frozen=True, slots=True)
class Ending:
    """How the way of one message ended: sent with the platform's id of it, or failed or uncertain for a reason."""

    posting_id: int
    state: PostingState
    at: datetime
    external_id: str | None = None
    reason: str | None = None


async def end(session: AsyncSession, endings: Sequence[Ending]) -> None:
    """Record how messages ended; a delivery ends with the last of its messages, and is what the worst of them is."""
    values = [
        {
            "ended": each.posting_id,
            "new_state": each.state,
            "new_external_id": each.external_id,
            "new_sent_at": each.at if each.state is PostingState.SENT else None,
            "new_reason": each.reason,
        }
        for each in endings
    ]
    statement = (
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("ended"), or_(*(_TABLE.c.state == state for state in (*_UNDER_WAY, PostingState.HELD))))
        .values(
            state=bindparam("new_state"),
            external_id=bindparam("new_external_id"),
            sent_at=bindparam("new_sent_at"),
            reason=func.coalesce(bindparam("new_reason", type_=String), _TABLE.c.reason),
            claimed_until=None,
        )
    )
    await (await session.connection()).execute(statement, values)
    await _end_deliveries(session, [each.posting_id for each in endings])


async def _end_deliveries(session: AsyncSession, ended: Sequence[int]) -> None:
    concerned = select(Posting.delivery_id).where(Posting.id.in_(ended), Posting.delivery_id.is_not(None))
    rows = await session.execute(select(Posting.delivery_id, Posting.state, Posting.reason).where(Posting.delivery_id.in_(concerned)))
    found: defaultdict[int, dict[PostingState, str | None]] = defaultdict(dict)
    for delivery_id, posted, why in rows:
        assert delivery_id is not None  # the query asks for it
        found[delivery_id][posted] = why
    outcomes: defaultdict[tuple[DeliveryState, str | None], list[int]] = defaultdict(list)
    for delivery_id, states in found.items():
        if not states.keys() & {*_UNDER_WAY, PostingState.HELD}:
            worst = next((bad for bad in _WORST_FIRST if bad in states), PostingState.SENT)
            outcomes[_DELIVERY_IS[worst], states[worst] if worst is not PostingState.SENT else None].append(delivery_id)
    for (state, reason), deliveries in outcomes.items():
        await session.execute(
            update(Delivery)
            .where(Delivery.id.in_(deliveries), Delivery.state == DeliveryState.SENDING)
            .values(state=state, reason=reason)
            .execution_options(synchronize_session=False)
        )
    failed = [number for (state, _), numbers in outcomes.items() if state is DeliveryState.FAILED for number in numbers]
    if failed:
        asked = select(Delivery.subject_id).where(Delivery.id.in_(failed), Delivery.kind == DeliveryKind.CHECK_IN)
        await close_unreached(session, (await session.scalars(asked)).all())


_WORST_FIRST = (PostingState.FAILED, PostingState.UNCERTAIN)
_DELIVERY_IS = {
    PostingState.SENT: DeliveryState.SENT,
    PostingState.FAILED: DeliveryState.FAILED,
    PostingState.UNCERTAIN: DeliveryState.UNCERTAIN,
}


async def end_account(session: AsyncSession, channel: str, account: str, reason: str, now: datetime) -> int:
    """End what waits for the addresses of a workspace or tenant; return how many. What is under way its sender brings to an end."""
    waiting = (
        select(Posting.id)
        .join(Address, Address.id == Posting.address_id)
        .where(Address.channel == channel, Address.account == account, Posting.state.in_(UNSENT))
    )
    ids = (await session.scalars(waiting)).all()
    if ids:
        await end(session, [Ending(each, PostingState.FAILED, now, reason=reason) for each in ids])
    return len(ids)


async def put_back(session: AsyncSession, posting_id: int, until: datetime, reason: str, *, may_have_gone_out: bool) -> None:
    """Try again from that moment on; one that may have gone out is asked for first."""
    values = {"state": PostingState.SENDING, "claimed_until": until} if may_have_gone_out else {"state": PostingState.QUEUED}
    await session.execute(update(Posting).where(Posting.id == posting_id).values(not_before=until, reason=reason, **values))


async def unsettled(session: AsyncSession, limit: int) -> Sequence[tuple[Posting, Address, Message]]:
    """Return sent messages whose choices are gone here but may still stand there."""
    later = aliased(Message)
    rows = await session.execute(
        select(Posting, Address, Message)
        .join(Address, Address.id == Posting.address_id)
        .join(Message, Message.id == Posting.message_id)
        .where(
            Posting.state == PostingState.SENT,
            Posting.is_settled.is_(False),
            or_(
                Message.chosen.is_not(None),
                and_(
                    Message.stays_open.is_(False),
                    exists().where(later.person_id == Message.person_id, later.id > Message.id, later.side == Message.side),
                ),
            ),
        )
        .order_by(Posting.id)
        .limit(limit)
        .with_for_update(of=Posting, skip_locked=True)
    )
    return [(posting, address, message) for posting, address, message in rows]


@dataclass(frozen=True, slots=True)
class PostingLine:
    """How many postings of one channel are in one state for one reason, and when the oldest of them was queued."""

    channel: str
    state: PostingState
    reason: str | None
    count: int
    oldest: datetime


async def posting_lines(session: AsyncSession, ended_since: datetime) -> list[PostingLine]:
    """Return how the channels stand: all that is under way, and what was queued since that moment."""
    reason = case((Posting.state == PostingState.SENT, None), else_=Posting.reason)
    rows = await session.execute(
        select(Address.channel, Posting.state, reason, func.count(), func.min(Posting.queued_at))
        .join(Address, Address.id == Posting.address_id)
        .where(or_(Posting.state.in_(_UNDER_WAY), Posting.queued_at >= ended_since))
        .group_by(Address.channel, Posting.state, reason)
        .order_by(Address.channel, Posting.state)
    )
    return [PostingLine(channel, state, why, count, oldest) for channel, state, why, count, oldest in rows]


async def withdraw_unsent(session: AsyncSession, person_id: str, reason: str) -> None:
    """End what the coach was about to write of its own accord and no sender has begun with; answers to the person's own words go out."""
    unsent = (Posting.person_id == person_id, Posting.delivery_id.is_not(None), Posting.state.in_(UNSENT))
    deliveries = list(await session.scalars(select(Posting.delivery_id).where(*unsent)))
    await session.execute(update(Posting).where(*unsent).values(state=PostingState.FAILED, reason=reason))
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(deliveries), Delivery.state == DeliveryState.SENDING)
        .values(state=DeliveryState.CANCELLED, reason=reason)
    )


async def requeue(session: AsyncSession, delivery_id: int, now: datetime) -> int:
    """Queue what did not get through of a delivery anew, at addresses that are taken to be open again; return how many."""
    stuck = [PostingState.FAILED, PostingState.UNCERTAIN]
    rows = (await session.scalars(select(Posting).where(Posting.delivery_id == delivery_id, Posting.state.in_(stuck)))).all()
    for posting in rows:
        # Whoever sends it asks first whether it is there, from when it was first queued on.
        posting.state, posting.reason, posting.not_before, posting.claimed_until = PostingState.SENDING, None, now, now
    await session.execute(update(Address).where(Address.id.in_([posting.address_id for posting in rows])).values(closed_reason=None))
    return len(rows)
