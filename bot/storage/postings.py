"""Messages on their way to addresses: in order for each address, claimed before they are sent, and never sent twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.storage.tables import Address, Delivery, DeliveryState, Message, Posting, PostingState

_UNDER_WAY = (PostingState.QUEUED, PostingState.SENDING)


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


async def due_postings(session: AsyncSession, now: datetime, limit: int) -> Sequence[Claimed]:
    """Lock and return what may be sent now: the first message of each address that is not under way.

    One whose sender's lease has ended is among them. What another process has locked is passed over.
    """
    before = aliased(Posting)
    rows = await session.execute(
        select(Posting, Address, Message)
        .join(Address, Address.id == Posting.address_id)
        .join(Message, Message.id == Posting.message_id)
        .where(
            or_(
                and_(Posting.state == PostingState.QUEUED, Posting.not_before <= now),
                and_(Posting.state == PostingState.SENDING, Posting.not_before <= now, Posting.claimed_until <= now),
            ),
            ~exists().where(before.address_id == Posting.address_id, before.id < Posting.id, before.state.in_(_UNDER_WAY)),
        )
        .order_by(Posting.id)
        .limit(limit)
        .with_for_update(of=Posting, skip_locked=True)
    )
    return [Claimed(posting, address, message, posting.state is PostingState.SENDING) for posting, address, message in rows]


def claim(posting: Posting, now: datetime, lease: timedelta) -> None:
    posting.state, posting.claimed_until, posting.attempts = PostingState.SENDING, now + lease, posting.attempts + 1


async def mark_sent(session: AsyncSession, posting_id: int, external_id: str, now: datetime) -> None:
    """Record that a message went out; the delivery that it belongs to is sent once all of its messages are."""
    await _end(session, posting_id, PostingState.SENT, now, external_id=external_id, sent_at=now)


async def mark_failed(session: AsyncSession, posting_id: int, reason: str, now: datetime) -> None:
    """Record that a message can never be sent there."""
    await _end(session, posting_id, PostingState.FAILED, now, reason=reason)


async def mark_uncertain(session: AsyncSession, posting_id: int, reason: str, now: datetime) -> None:
    """Record that nobody can tell whether a message went out, and that it is not sent again."""
    await _end(session, posting_id, PostingState.UNCERTAIN, now, reason=reason)


async def put_back(session: AsyncSession, posting_id: int, until: datetime, reason: str, *, may_have_gone_out: bool) -> None:
    """Try again from that moment on; one that may have gone out is asked for first."""
    values = {"state": PostingState.SENDING, "claimed_until": until} if may_have_gone_out else {"state": PostingState.QUEUED}
    await session.execute(update(Posting).where(Posting.id == posting_id).values(not_before=until, reason=reason, **values))


async def _end(session: AsyncSession, posting_id: int, state: PostingState, now: datetime, **values: object) -> None:
    result = await session.execute(
        update(Posting)
        .where(Posting.id == posting_id, Posting.state.in_(_UNDER_WAY))
        .values(state=state, claimed_until=None, **values)
        .returning(Posting.delivery_id)
    )
    if (delivery_id := result.scalar()) is None:
        return
    states = set(await session.scalars(select(Posting.state).where(Posting.delivery_id == delivery_id)))
    if states & set(_UNDER_WAY):
        return
    worst = next(
        (ended for bad, ended in _ENDS if bad in states),
        DeliveryState.SENT,
    )
    reason = await session.scalar(
        select(func.max(Posting.reason)).where(Posting.delivery_id == delivery_id, Posting.state != PostingState.SENT)
    )
    await session.execute(
        update(Delivery).where(Delivery.id == delivery_id, Delivery.state == DeliveryState.SENDING).values(state=worst, reason=reason)
    )


# A delivery of several messages is what the worst of them is.
_ENDS = ((PostingState.FAILED, DeliveryState.FAILED), (PostingState.UNCERTAIN, DeliveryState.UNCERTAIN))


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


async def requeue(session: AsyncSession, delivery_id: int, now: datetime) -> int:
    """Queue what did not get through of a delivery anew, at addresses that are taken to be open again; return how many."""
    stuck = [PostingState.FAILED, PostingState.UNCERTAIN]
    rows = (await session.scalars(select(Posting).where(Posting.delivery_id == delivery_id, Posting.state.in_(stuck)))).all()
    for posting in rows:
        posting.state, posting.reason, posting.not_before, posting.queued_at = PostingState.QUEUED, None, now, now
        posting.claimed_until = None
    await session.execute(update(Address).where(Address.id.in_([posting.address_id for posting in rows])).values(closed_reason=None))
    return len(rows)
