"""What came back to broadcasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.broadcasts import Sharing
from bot.storage.tables import Broadcast, BroadcastAnswer, Delivery, DeliveryKind, DeliveryState, Person, Reflection

_CAN_BE_ANSWERED = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNCERTAIN)


async def mark_broadcast_answered(session: AsyncSession, broadcast: Broadcast, person_id: str, now: datetime) -> None:
    await session.execute(
        update(Delivery)
        .where(Delivery.person_id == person_id, Delivery.source == broadcast.source, Delivery.state.in_(_CAN_BE_ANSWERED))
        .values(state=DeliveryState.ANSWERED, answered_at=now)
    )


async def broadcast_of_delivery(session: AsyncSession, delivery_id: int) -> Broadcast | None:
    """Return the broadcast that a delivery is of; none where it is of something else."""
    delivery = await session.get(Delivery, delivery_id)
    return await session.get(Broadcast, delivery.subject_id) if delivery is not None and delivery.kind is DeliveryKind.BROADCAST else None


async def was_sent_to(session: AsyncSession, broadcast: Broadcast, person_id: str) -> bool:
    return (
        await session.scalar(select(Delivery.id).where(Delivery.person_id == person_id, Delivery.source == broadcast.source).limit(1))
    ) is not None


async def choose(session: AsyncSession, broadcast_id: int, person_id: str, choice: int, now: datetime) -> None:
    """Keep somebody's choice; a later one takes its place."""
    wanted = select(BroadcastAnswer).where(BroadcastAnswer.broadcast_id == broadcast_id, BroadcastAnswer.person_id == person_id)
    found = (await session.scalars(wanted.limit(1))).first()
    if found is None:
        found = BroadcastAnswer(broadcast_id=broadcast_id, person_id=person_id)
        session.add(found)
    found.choice, found.answered_at = choice, now
    await session.flush()


async def keep_answer(session: AsyncSession, broadcast_id: int, reflection: Reflection, now: datetime) -> BroadcastAnswer:
    """Keep that somebody answered in words, which stay in their reflection."""
    answer = BroadcastAnswer(broadcast_id=broadcast_id, person_id=reflection.person_id, reflection_id=reflection.id, answered_at=now)
    session.add(answer)
    await session.flush()
    return answer


async def find_answer(session: AsyncSession, answer_id: int, person_id: str) -> tuple[BroadcastAnswer, Reflection | None] | None:
    """Return one of a person's own answers, with their words."""
    answer = await session.get(BroadcastAnswer, answer_id)
    if answer is None or answer.person_id != person_id:
        return None
    return answer, await session.get(Reflection, answer.reflection_id) if answer.reflection_id else None


async def newest_shared(session: AsyncSession, person_id: str) -> BroadcastAnswer | None:
    wanted = select(BroadcastAnswer).where(BroadcastAnswer.person_id == person_id, BroadcastAnswer.sharing != Sharing.PRIVATE)
    return (await session.scalars(wanted.order_by(BroadcastAnswer.id.desc()).limit(1))).first()


async def answers_without_theme(session: AsyncSession, limit: int) -> Sequence[tuple[BroadcastAnswer, Reflection]]:
    """Return answers in words whose theme nobody has looked at yet."""
    rows = await session.execute(
        select(BroadcastAnswer, Reflection)
        .join(Reflection, Reflection.id == BroadcastAnswer.reflection_id)
        .where(BroadcastAnswer.theme.is_(None))
        .order_by(BroadcastAnswer.id)
        .limit(limit)
    )
    return [(answer, reflection) for answer, reflection in rows]


@dataclass(frozen=True, slots=True)
class Answered:
    """Who was asked and answered, and of those in words and by each choice and theme, by id."""

    reached: frozenset[str]
    people: frozenset[str]
    in_words: frozenset[str]
    choices: dict[int, frozenset[str]]
    themes: dict[str, frozenset[str]]


async def who_answered(session: AsyncSession, broadcast: Broadcast) -> Answered:
    """Return the bare groups, about which nothing is told but by `services/releases.py`."""
    asked = (DeliveryState.SENT, DeliveryState.ANSWERED, DeliveryState.TAKEN_BACK, DeliveryState.UNCERTAIN)
    reached = await session.scalars(select(Delivery.person_id).where(Delivery.source == broadcast.source, Delivery.state.in_(asked)))
    choices, themes = defaultdict[int, set[str]](set), defaultdict[str, set[str]](set)
    people, in_words = set[str](), set[str]()
    of_it = select(BroadcastAnswer.person_id, BroadcastAnswer.choice, BroadcastAnswer.theme)
    for person, choice, theme in await session.execute(of_it.where(BroadcastAnswer.broadcast_id == broadcast.id)):
        people.add(person)
        if choice is None:
            in_words.add(person)
        else:
            choices[choice].add(person)
        if theme:
            themes[theme].add(person)
    return Answered(
        frozenset(reached),
        frozenset(people),
        frozenset(in_words),
        {choice: frozenset(group) for choice, group in choices.items()},
        {theme: frozenset(group) for theme, group in themes.items()},
    )


async def shared_answers(session: AsyncSession, broadcast_id: int) -> list[tuple[str, str | None]]:
    """Return the words that people share, the oldest first, each with the writer's name where they let it be shown."""
    rows = await session.execute(
        select(BroadcastAnswer, Person)
        .join(Person, Person.id == BroadcastAnswer.person_id)
        .where(BroadcastAnswer.broadcast_id == broadcast_id, BroadcastAnswer.sharing != Sharing.PRIVATE, BroadcastAnswer.words.is_not(None))
        .order_by(BroadcastAnswer.id)
    )
    return [(answer.words or "", person.name if answer.sharing is Sharing.NAMED else None) for answer, person in rows]
