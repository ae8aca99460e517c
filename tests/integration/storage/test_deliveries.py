"""What the outbox promises, on both databases: once for each occurrence, one decider at a time, in order for each address."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.channel import Pace
from bot.domain.messages import Choice, Reply
from bot.storage import deliveries, postings
from bot.storage import messages as kept
from bot.storage.addresses import note_address
from bot.storage.database import Database
from bot.storage.leases import hold_back, take_lease, take_turn
from bot.storage.people import enrol
from bot.storage.tables import Delivery, DeliveryKind, DeliveryState, Message, Posting, PostingState
from tests.conftest import NOON

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


def new(person_id: str, occurrence: str = "1") -> deliveries.NewDelivery:
    return deliveries.NewDelivery(person_id, DeliveryKind.SURVEY, "survey:x", occurrence, 1, NOON, NOON + timedelta(days=1))


def sent(posting_id: int) -> postings.Ending:
    return postings.Ending(posting_id, PostingState.SENT, NOON, external_id=str(posting_id))


async def people_in(database: Database, *names: str) -> None:
    async with database.transaction() as session:
        for name in names:
            await enrol(session, name, name=name, time_zone="Europe/London", now=NOON)


async def address_of(database: Database, person_id: str) -> int:
    async with database.transaction() as session:
        return (await note_address(session, person_id, channel="slack", account="T1", user=person_id, place="D1", now=NOON)).id


async def test_an_occurrence_reaches_a_person_once(database: Database) -> None:
    await people_in(database, "anna", "bella")

    async def queue() -> int:
        async with database.transaction() as session:
            return len(await deliveries.queue(session, [new("anna"), new("bella"), new("anna", "2")], NOON))

    assert sum(await asyncio.gather(*(queue() for _ in range(6)))) == 3
    async with database.transaction() as session:
        for delivery, _ in await deliveries.due_deliveries(session, NOON, 10):
            delivery.state = DeliveryState.EXPIRED
    assert await queue() == 0, "one that ended is not made again"


async def test_of_many_workers_each_decides_on_others(database: Database) -> None:
    names = [f"p{number}" for number in range(6)]
    await people_in(database, *names)
    async with database.transaction() as session:
        await deliveries.queue(session, [new(name, occurrence) for name in names for occurrence in "12"], NOON)

    async def decide() -> list[int]:
        async with database.transaction() as session:
            rows = await deliveries.due_deliveries(session, NOON, 4)
            await asyncio.sleep(0.05)
            for delivery, _ in rows:
                delivery.state, delivery.sent_at = DeliveryState.SENT, NOON
            return [delivery.id for delivery, _ in rows]

    taken: list[int] = []
    while some := [number for numbers in await asyncio.gather(*(decide() for _ in range(4))) for number in numbers]:
        taken += some
    assert sorted(taken) == sorted(set(taken)), "nothing is decided on twice"
    assert len(taken) == 12


async def test_silence_is_counted_since_the_last_sign_of_life(database: Database) -> None:
    await people_in(database, "anna")
    async with database.transaction() as session:
        await deliveries.queue(session, [new("anna", str(number)) for number in range(4)], NOON)
        for index, (delivery, _) in enumerate(await deliveries.due_deliveries(session, NOON, 10)):
            delivery.state, delivery.sent_at = DeliveryState.SENT, NOON + timedelta(days=index)
    now = NOON + timedelta(days=5)
    async with database.reading() as session:

        async def unanswered(wrote_after_days: float | None) -> int:
            wrote = NOON + timedelta(days=wrote_after_days) if wrote_after_days is not None else None
            past = await deliveries.past_of(session, {"anna": wrote}, NOON - MINUTE, now - timedelta(days=1))
            assert len(past["anna"].sent) == 4
            return past["anna"].unanswered

        assert await unanswered(None) == 4
        assert await unanswered(1.5) == 2
        assert await unanswered(4) == 0


async def test_messages_of_an_address_go_in_order_and_one_at_a_time(database: Database) -> None:
    await people_in(database, "anna", "bella")
    anna, bella = await address_of(database, "anna"), await address_of(database, "bella")
    async with database.transaction() as session:
        for person, address in (("anna", anna), ("bella", bella)):
            messages = await kept.keep_replies(session, person, [Reply(f"{person} {number}") for number in range(3)], NOON)
            postings.add_postings(session, messages, address, NOON)

    async def take() -> list[str]:
        async with database.transaction() as session:
            claimed = await postings.due_postings(session, NOON, 10)
            for each in claimed:
                postings.claim(each.posting, NOON, MINUTE)
            return [each.message.text for each in claimed]

    assert await take() == ["anna 0", "bella 0"]
    assert await take() == [], "what follows waits until the first is done"
    async with database.transaction() as session:
        first = (await session.scalars(select(Posting).order_by(Posting.id))).first()
        assert first is not None
        await postings.end(session, [sent(first.id)])
    assert await take() == ["anna 1"]
    async with database.transaction() as session:
        again = await postings.due_postings(session, NOON + 2 * MINUTE, 10)
        assert [(each.message.text, each.was_tried) for each in again] == [("anna 1", True), ("bella 0", True)], "a sender that died"


async def test_a_delivery_is_what_the_worst_of_its_messages_is(database: Database) -> None:
    await people_in(database, "anna")
    address = await address_of(database, "anna")
    async with database.transaction() as session:
        await deliveries.queue(session, [new("anna", "1"), new("anna", "2")], NOON)
        whole, broken = [delivery for delivery, _ in await deliveries.due_deliveries(session, NOON, 10)]
        for delivery in (whole, broken):
            delivery.state, delivery.sent_at = DeliveryState.SENDING, NOON
            messages = [kept.said_by_coach("anna", Reply(text), NOON, delivery_id=delivery.id) for text in ("a", "b")]
            session.add_all(messages)
            await session.flush()
            postings.add_postings(session, messages, address, NOON, delivery.id)
    async with database.transaction() as session:
        first, second, third, fourth = (await session.scalars(select(Posting.id).order_by(Posting.id))).all()
        await postings.end(session, [sent(first)])
        assert (await session.scalar(select(Delivery.state).where(Delivery.id == whole.id))) is DeliveryState.SENDING
        failed = postings.Ending(third, PostingState.FAILED, NOON, reason="is_archived")
        await postings.end(session, [sent(second), failed, sent(fourth)])
    async with database.reading() as session:
        states = {delivery.id: (delivery.state, delivery.reason) for delivery in await session.scalars(select(Delivery))}
    assert states == {whole.id: (DeliveryState.SENT, None), broken.id: (DeliveryState.FAILED, "is_archived")}


async def test_a_choice_that_was_taken_is_taken_away_elsewhere_too(database: Database) -> None:
    await people_in(database, "anna")
    address = await address_of(database, "anna")
    async with database.transaction() as session:
        messages = await kept.keep_replies(session, "anna", [Reply("Which?", (Choice("One", "/a"),)), Reply("So be it.")], NOON)
        postings.add_postings(session, messages, address, NOON)
        await session.flush()
        await postings.end(session, [sent(number) for number in (await session.scalars(select(Posting.id))).all()])
    async with database.transaction() as session:
        assert [message.text for _, _, message in await postings.unsettled(session, 10)] == ["Which?"], "a later message overtook it"
        await session.execute(Message.__table__.update().values(stays_open=True))  # type: ignore[attr-defined]
        assert await postings.unsettled(session, 10) == []
        await kept.take_choice(session, messages[0].id, 0)
        assert len(await postings.unsettled(session, 10)) == 1


async def test_a_rate_is_kept_by_all_together(database: Database) -> None:
    paces = (Pace("slack:T1", 10, 2), Pace("slack:T1:D1", 1, 5))

    async def take() -> bool:
        async with database.transaction() as session:
            return await take_turn(session, paces, NOON) is None

    assert sum(await asyncio.gather(*(take() for _ in range(8)))) == 2, "the account's burst, whoever asks"
    async with database.transaction() as session:
        assert await take_turn(session, paces, NOON) == NOON + timedelta(seconds=0.1)
        assert await take_turn(session, paces, NOON + timedelta(seconds=0.1)) is None
        await hold_back(session, paces[0], NOON + MINUTE)
    async with database.transaction() as session:
        assert await take_turn(session, paces, NOON + timedelta(seconds=59)) == NOON + MINUTE
        assert await take_turn(session, paces, NOON + MINUTE) is None


async def test_one_process_holds_a_lease(database: Database) -> None:
    async def take(holder: str, minutes: int) -> bool:
        async with database.transaction() as session:
            return await take_lease(session, "tick", holder, NOON + minutes * MINUTE, 5 * MINUTE)

    assert await take("one", 0)
    assert not await take("two", 4)
    assert await take("one", 4), "its holder prolongs it"
    assert not await take("two", 8)
    assert await take("two", 9), "one that is not prolonged ends"


async def test_states_of_the_queue(database: Database) -> None:
    await people_in(database, "anna", "bella")
    async with database.transaction() as session:
        await deliveries.queue(session, [new("anna"), new("bella")], NOON)
        delivery, _ = (await deliveries.due_deliveries(session, NOON, 1))[0]
        delivery.state = DeliveryState.FAILED
    async with database.reading() as session:
        lines = {(line.kind, line.state): line.count for line in await deliveries.queue_lines(session, NOON)}
    assert lines == {(DeliveryKind.SURVEY, DeliveryState.QUEUED): 1, (DeliveryKind.SURVEY, DeliveryState.FAILED): 1}
    async with database.reading() as session:
        later = await deliveries.queue_lines(session, NOON + MINUTE)
    assert [line.state for line in later] == [DeliveryState.QUEUED], "what ended before is left out"
