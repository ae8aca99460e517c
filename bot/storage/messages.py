"""Both sides of a conversation as they were said, and the channel events that brought them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.messages import SKIP, SURVEY, Choice, Offered, Reply, value_of
from bot.storage.tables import Inbound, InboundState, Message, Side


async def keep_inbound(
    session: AsyncSession,
    person_id: str,
    *,
    channel: str,
    event_id: str,
    text: str,
    choice: str | None,
    redactions: Sequence[str],
    now: datetime,
    address_id: int | None = None,
) -> Inbound:
    """Keep one message from a person, waiting for its answer; `choice` is the value of what they tapped.

    `redactions` are the kinds of what was taken out of `text` beforehand; the answer goes to the address, if there is one.
    """
    message = Message(person_id=person_id, side=Side.PERSON, text=text, at=now)
    session.add(message)
    await session.flush()
    inbound = Inbound(
        person_id=person_id,
        channel=channel,
        event_id=event_id,
        message_id=message.id,
        address_id=address_id,
        choice=choice,
        redactions=list(redactions),
        received_at=now,
    )
    session.add(inbound)
    await session.flush()
    return inbound


async def oldest_waiting(session: AsyncSession, person_id: str) -> tuple[Inbound, Message] | None:
    """Return the person's first message that has no answer yet."""
    row = (
        await session.execute(
            select(Inbound, Message)
            .join(Message, Message.id == Inbound.message_id)
            .where(Inbound.state == InboundState.WAITING, Inbound.person_id == person_id)
            .order_by(Inbound.id)
            .limit(1)
        )
    ).first()
    return (row[0], row[1]) if row else None


async def claim_inbound(session: AsyncSession, inbound_id: int, now: datetime, lease: timedelta) -> bool:
    """Take a waiting message for answering until the lease ends; return False when another process has it.

    The attempt counts from here on, so that one that is cut off is known of.
    """
    result = await session.execute(
        update(Inbound)
        .where(
            Inbound.id == inbound_id,
            Inbound.state == InboundState.WAITING,
            or_(Inbound.claimed_until.is_(None), Inbound.claimed_until <= now),
        )
        .values(claimed_until=now + lease, attempts=Inbound.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(result, "rowcount", 0))


async def prolong_claim(session: AsyncSession, inbound_id: int, attempt: int, now: datetime, lease: timedelta) -> None:
    """Keep a message that is still being answered in this attempt from being taken over by another process."""
    await session.execute(update(Inbound).where(*_is_ours(inbound_id, attempt)).values(claimed_until=now + lease))


async def end_inbound(session: AsyncSession, inbound_id: int, attempt: int, now: datetime) -> bool:
    """Mark a message as answered; return False when another process has taken it over since, whose answer counts."""
    values = {"state": InboundState.ANSWERED, "answered_at": now}
    result = await session.execute(
        update(Inbound).where(*_is_ours(inbound_id, attempt)).values(**values).execution_options(synchronize_session=False)
    )
    return bool(getattr(result, "rowcount", 0))


def _is_ours(inbound_id: int, attempt: int) -> tuple[ColumnElement[bool], ...]:
    """Say that a message waits still, and that nobody has claimed it since the attempt of that number."""
    return Inbound.id == inbound_id, Inbound.state == InboundState.WAITING, Inbound.attempts == attempt


async def retried_since(session: AsyncSession, person_id: str, inbound_id: int) -> datetime | None:
    """Return when a person's message came in that is being answered not for the first time; none at the first attempt."""
    wanted = select(Inbound.received_at).where(Inbound.id == inbound_id, Inbound.person_id == person_id, Inbound.attempts > 1)
    return await session.scalar(wanted)


async def count_waiting(session: AsyncSession) -> int:
    """Return how many messages from people have no answer yet."""
    return await session.scalar(select(func.count()).where(Inbound.state == InboundState.WAITING)) or 0


async def oldest_wait(session: AsyncSession) -> datetime | None:
    """Return when the oldest message that has no answer yet was received; none when all have."""
    return await session.scalar(select(func.min(Inbound.received_at)).where(Inbound.state == InboundState.WAITING))


async def others_were_answered(session: AsyncSession, person_id: str, since: datetime) -> bool:
    """Return whether any of the newest messages of other people was answered after that moment."""
    newest = select(Inbound.answered_at).where(Inbound.person_id != person_id).order_by(Inbound.id.desc()).limit(50).subquery()
    latest = await session.scalar(select(func.max(newest.c.answered_at)))
    return latest is not None and latest >= since


async def people_waiting(session: AsyncSession, received_before: datetime) -> Sequence[str]:
    """Return the ids of people with a message from before that moment that has no answer yet."""
    waiting = select(Inbound.person_id).where(Inbound.state == InboundState.WAITING, Inbound.received_at <= received_before)
    return (await session.scalars(waiting.distinct())).all()


def said_by_coach(person_id: str, reply: Reply, now: datetime, *, delivery_id: int | None = None, stays_open: bool = False) -> Message:
    """Return what the coach says as a message to keep; with `stays_open` its choices outlive later questions."""
    return Message(
        person_id=person_id,
        side=Side.COACH,
        text=reply.text,
        at=now,
        delivery_id=delivery_id,
        stays_open=stays_open and bool(reply.choices),
        choices=[{"label": each.label, "payload": each.payload, "means": each.means} for each in reply.choices],
    )


async def keep_replies(session: AsyncSession, person_id: str, replies: Sequence[Reply], now: datetime) -> list[Message]:
    """Keep what the coach says, in order."""
    messages = [said_by_coach(person_id, reply, now) for reply in replies]
    session.add_all(messages)
    await session.flush()  # in the order of the list, which is that of their ids
    return messages


def offered(message: Message) -> Offered:
    return Offered(
        message.id,
        message.text,
        tuple((choice["label"], value_of(message.id, i)) for i, choice in enumerate(message.choices)),
        # Only a survey's questions can be skipped.
        SURVEY if any(choice.get("means") == SKIP for choice in message.choices) else None,
    )


def choices_of(message: Message) -> tuple[Choice, ...]:
    return tuple(Choice(choice["label"], choice["payload"], choice.get("means")) for choice in message.choices)


async def latest_offer(session: AsyncSession, person_id: str) -> Message | None:
    """Return the coach's last message, when it offers choices that are still to be taken."""
    message = await session.scalar(
        select(Message).where(Message.person_id == person_id, Message.side == Side.COACH).order_by(Message.id.desc()).limit(1)
    )
    return message if message is not None and message.choices and message.chosen is None else None


async def standing_offers(session: AsyncSession, person_id: str, limit: int) -> list[Message]:
    """Return the coach's newest messages whose choices can be taken whatever was said since; one for each thing asked, the newest first."""
    rows = await session.scalars(
        select(Message)
        .where(Message.person_id == person_id, Message.side == Side.COACH, Message.stays_open, Message.chosen.is_(None))
        .order_by(Message.id.desc())
        .limit(limit * 2)
    )
    # A check-in and its reminder ask the same thing.
    asked = {str(message.choices[0]["payload"]): message for message in reversed(rows.all())}
    return sorted(asked.values(), key=lambda message: -message.id)[:limit]


async def open_choice(session: AsyncSession, person_id: str, message_id: int, index: int) -> Choice | None:
    """Return a choice that can still be taken, or none when it is unknown, taken, or overtaken by a later question."""
    message = await session.get(Message, message_id)
    if message is None or message.person_id != person_id or message.chosen is not None or index >= len(message.choices):
        return None
    later_question = await session.scalar(
        select(
            exists().where(
                Message.person_id == person_id,
                Message.side == Side.COACH,
                Message.id > message_id,
            )
        )
    )
    if later_question and not message.stays_open:
        return None
    return choices_of(message)[index]


async def take_choice(session: AsyncSession, message_id: int, index: int) -> None:
    """Mark a choice as taken; its message offers nothing from now on."""
    await session.execute(update(Message).where(Message.id == message_id).values(chosen=index, stays_open=False))


async def transcript(session: AsyncSession, person_id: str, limit: int, after: int = 0) -> Sequence[Message]:
    """Return the last `limit` messages after the id `after`, oldest first."""
    rows = (
        await session.scalars(
            select(Message).where(Message.person_id == person_id, Message.id > after).order_by(Message.id.desc()).limit(limit)
        )
    ).all()
    return rows[::-1]


async def still_open(session: AsyncSession, person_id: str, since: int) -> set[int]:
    """Return the ids, from `since` on, of messages whose choices can still be taken."""
    last = await session.scalar(select(func.max(Message.id)).where(Message.person_id == person_id, Message.side == Side.COACH))
    return set(
        (
            await session.scalars(
                select(Message.id).where(
                    Message.person_id == person_id,
                    Message.side == Side.COACH,
                    Message.chosen.is_(None),
                    Message.id >= since,
                    or_(Message.id == last, Message.stays_open),
                )
            )
        ).all()
    )


async def label_of(session: AsyncSession, person_id: str, message_id: int, index: int) -> str | None:
    """Return what stood on a choice, whether or not it can still be taken; none when it was never offered to this person."""
    message = await session.get(Message, message_id)
    if message is None or message.person_id != person_id or index >= len(message.choices):
        return None
    return str(message.choices[index]["label"])


async def words_of(session: AsyncSession, person_id: str, message_id: int) -> str:
    """Return the words of one of the person's own messages; nothing when it is not theirs."""
    message = await session.get(Message, message_id)
    return message.text if message is not None and message.person_id == person_id and message.side is Side.PERSON else ""


async def said_just_before(session: AsyncSession, person_id: str, message_id: int, since: datetime) -> str | None:
    """Return the person's words before the message `message_id`, when they were said at or after `since`."""
    previous = await session.scalar(
        select(Message)
        .where(
            Message.person_id == person_id,
            Message.side == Side.PERSON,
            Message.id < message_id,
            Message.at >= since,
        )
        .order_by(Message.id.desc())
        .limit(1)
    )
    return previous.text if previous else None
