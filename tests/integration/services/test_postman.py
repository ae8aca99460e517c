"""The postman against a platform that fails as platforms do, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.domain.channel import Address, CannotTell, Channel, NotNow, Pace, Unreachable
from bot.domain.clock import ClockWatch
from bot.domain.messages import Choice, Offered, Reply
from bot.services.postman import LEASE, Postman
from bot.storage import deliveries, postings
from bot.storage import messages as kept
from bot.storage.addresses import note_address
from bot.storage.database import Database
from bot.storage.hours import stop
from bot.storage.people import enrol
from bot.storage.tables import Address as AddressRow
from bot.storage.tables import Delivery, DeliveryKind, DeliveryState, Person, Posting, PostingState
from tests.conftest import NOON

pytestmark = pytest.mark.anyio


@dataclass
class Platform(Channel):
    """A platform in memory: it keeps what it was sent, and raises what the test lays ready for the next sends."""

    name: str = "slack"
    can_tell: bool = True
    rate: float = 1000.0
    lies_ready: list[Exception] = field(default_factory=list)
    received: list[tuple[str, int, str]] = field(default_factory=list)
    settled: list[tuple[str, str | None]] = field(default_factory=list)
    asked: int = 0

    def paces(self, to: Address) -> Sequence[Pace]:
        return [Pace(f"slack:{to.account}", self.rate, 50), Pace(f"slack:{to.account}:{to.user}", self.rate, 50)]

    async def send(self, to: Address, message: Offered, posting_id: int) -> str:
        await asyncio.sleep(0)
        if self.lies_ready:
            error = self.lies_ready.pop(0)
            if isinstance(error, NotNow) and error.may_have_gone_out:
                self.received.append((to.user, posting_id, message.text))
            raise error
        self.received.append((to.user, posting_id, message.text))
        return f"{posting_id}.0"

    async def find(self, to: Address, posting_id: int, since: datetime) -> str | None:
        self.asked += 1
        if not self.can_tell:
            raise CannotTell("this platform keeps no record")
        return next((f"{number}.0" for _, number, _ in self.received if number == posting_id), None)

    async def settle(self, to: Address, external_id: str, message: Offered, chosen: str | None) -> None:
        self.settled.append((message.text, chosen))


class Watch(ClockWatch):
    """A clock that the test lets run, or moves."""

    def __init__(self) -> None:
        self.time, self.ran = NOON, 0.0
        super().__init__(lambda: self.time, lambda: self.ran)

    def on(self, by: timedelta) -> None:
        self.time += by
        self.ran += by.total_seconds()

    def move(self, by: timedelta) -> None:
        self.time += by


async def queue(database: Database, person: str, *texts: str, is_proactive: bool = False) -> None:
    """Queue messages for a person, as answers or as one delivery."""
    async with database.transaction() as session:
        if await session.get(Person, person) is None:
            await enrol(session, person, name=person, time_zone="Europe/London", now=NOON)
        address = await note_address(session, person, channel="slack", account="T1", user=person, place="D1", now=NOON)
        delivery_id = None
        if is_proactive:
            new = deliveries.NewDelivery(person, DeliveryKind.SURVEY, "survey:x", texts[0], 1, NOON, NOON + timedelta(days=1))
            await deliveries.queue(session, [new], NOON)
            delivery = (await session.scalars(select(Delivery).order_by(Delivery.id.desc()))).first()
            assert delivery is not None
            delivery.state, delivery.sent_at, delivery_id = DeliveryState.SENDING, NOON, delivery.id
        choice = (Choice("One", "/one"),)
        messages = [kept.said_by_coach(person, Reply(text, choice), NOON, delivery_id=delivery_id) for text in texts]
        session.add_all(messages)
        await session.flush()
        postings.add_postings(session, messages, address.id, NOON, delivery_id)


async def states(database: Database) -> list[tuple[PostingState, str | None]]:
    async with database.reading() as session:
        return [(each.state, each.reason) for each in await session.scalars(select(Posting).order_by(Posting.id))]


async def send_all(postman: Postman) -> None:
    while await postman.send_due():
        pass


async def test_two_postmen_send_each_message_once_and_in_order(database: Database) -> None:
    platform = Platform()
    people = [f"p{number}" for number in range(5)]
    for person in people:
        await queue(database, person, "a", "b", "c")
    postmen = [Postman(database, [platform], Watch()) for _ in range(2)]
    for _ in range(10):
        await asyncio.gather(*(postman.send_due() for postman in postmen))
    assert len(platform.received) == 15
    for person in people:
        assert [text for who, _, text in platform.received if who == person] == ["a", "b", "c"]
    assert {state for state, _ in await states(database)} == {PostingState.SENT}


async def test_a_limit_is_obeyed_by_everyone_in_the_workspace(database: Database) -> None:
    watch, platform = Watch(), Platform(lies_ready=[NotNow("ratelimited", timedelta(seconds=30))])
    await queue(database, "anna", "a")
    postman = Postman(database, [platform], watch)
    await send_all(postman)
    await queue(database, "bella", "b")
    await send_all(postman)
    assert platform.received == [], "the whole workspace waits"
    watch.on(timedelta(seconds=31))
    await send_all(postman)
    assert sorted(text for _, _, text in platform.received) == ["a", "b"]


async def test_a_limit_of_one_conversation_is_no_others(database: Database) -> None:
    watch, platform = Watch(), Platform(lies_ready=[NotNow("throttled", timedelta(seconds=30), of_conversation=True)])
    await queue(database, "anna", "a", "c")
    postman = Postman(database, [platform], watch)
    await send_all(postman)
    await queue(database, "bella", "b")
    await send_all(postman)
    assert [text for _, _, text in platform.received] == ["b"], "the rest of the account goes on"
    watch.on(timedelta(seconds=31))
    await send_all(postman)
    assert [text for _, _, text in platform.received] == ["b", "a", "c"]


async def test_a_platform_that_is_down_is_tried_until_it_is_back(database: Database) -> None:
    watch, platform = Watch(), Platform(lies_ready=[NotNow("http_503") for _ in range(20)])
    await queue(database, "anna", "a")
    postman = Postman(database, [platform], watch)
    for _ in range(200):
        await send_all(postman)
        watch.on(timedelta(minutes=1))
    assert [text for _, _, text in platform.received] == ["a"]


async def test_a_permanent_failure_ends_the_delivery_and_closes_the_address(database: Database) -> None:
    platform = Platform(lies_ready=[Unreachable("account_inactive")])
    await queue(database, "anna", "a", "b", is_proactive=True)
    await send_all(Postman(database, [platform], Watch()))
    assert await states(database) == [(PostingState.FAILED, "account_inactive")] * 2
    async with database.reading() as session:
        delivery = (await session.scalars(select(Delivery))).one()
        assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, "account_inactive")
        assert (await session.scalars(select(AddressRow))).one().closed_reason == "account_inactive"


async def test_a_message_that_may_have_gone_out_is_asked_for_first(database: Database) -> None:
    watch, platform = Watch(), Platform(lies_ready=[NotNow("timeout", may_have_gone_out=True)])
    await queue(database, "anna", "a")
    postman = Postman(database, [platform], watch)
    await send_all(postman)
    watch.on(timedelta(minutes=10))
    await send_all(postman)
    assert len(platform.received) == 1
    assert platform.asked == 1
    assert await states(database) == [(PostingState.SENT, "timeout")]


@pytest.mark.parametrize(
    ("is_proactive", "sent", "state"),
    [(False, 2, PostingState.SENT), (True, 1, PostingState.UNCERTAIN)],
    ids=["an answer is rather said twice", "what nobody asked for is not"],
)
async def test_where_nobody_can_be_asked(database: Database, is_proactive: bool, sent: int, state: PostingState) -> None:
    watch, platform = Watch(), Platform(can_tell=False, lies_ready=[NotNow("timeout", may_have_gone_out=True)])
    await queue(database, "anna", "a", is_proactive=is_proactive)
    postman = Postman(database, [platform], watch)
    for _ in range(3):
        await send_all(postman)
        watch.on(timedelta(minutes=10))
    assert len(platform.received) == sent
    assert [posting for posting, _ in await states(database)] == [state]
    if is_proactive:
        async with database.reading() as session:
            assert (await session.scalars(select(Delivery.state))).one() is DeliveryState.UNCERTAIN


async def test_a_sender_that_died_is_followed_by_another(database: Database) -> None:
    watch, platform = Watch(), Platform()
    await queue(database, "anna", "a")
    dead, alive = Postman(database, [platform], watch), Postman(database, [platform], watch)
    assert len(await dead._claim(1)) == 1, "and then it dies"
    await send_all(alive)
    assert platform.received == []
    watch.on(LEASE)
    await send_all(alive)
    assert [text for _, _, text in platform.received] == ["a"]
    assert platform.asked == 1, "it might have gone out"


async def test_a_clock_put_forward_ends_no_lease_at_once(database: Database) -> None:
    watch, platform = Watch(), Platform()
    await queue(database, "anna", "a")
    await queue(database, "bella", "b")
    sending, other = Postman(database, [platform], watch), Postman(database, [platform], watch)
    assert len(await sending._claim(1)) == 1, "and it is still at it when the clock moves"
    watch.move(timedelta(days=1))
    await send_all(other)
    assert [text for _, _, text in platform.received] == ["b"], "what nobody has is sent all the same"
    watch.on(LEASE + timedelta(seconds=1))
    await send_all(other)
    assert [text for _, _, text in platform.received] == ["b", "a"]


async def test_a_clock_put_back_holds_nothing_up(database: Database) -> None:
    watch, platform = Watch(), Platform(rate=1.0)
    watch.move(timedelta(days=1))
    await queue(database, "anna", "a", "b")
    platform.lies_ready = [NotNow("http_503", retry_after=timedelta(minutes=3))]
    postman = Postman(database, [platform], watch)
    await send_all(postman)
    assert platform.received == []
    watch.move(-timedelta(days=1))
    watch.on(LEASE)
    await send_all(postman)
    watch.on(timedelta(seconds=2))
    await send_all(postman)
    assert [text for _, _, text in platform.received] == ["a", "b"]


async def test_what_is_late_waits_for_its_persons_hours(database: Database) -> None:
    watch, platform = Watch(), Platform()
    await queue(database, "anna", "of its own accord", is_proactive=True)
    await queue(database, "bella", "an answer")
    wait = timedelta(hours=8)
    postman = Postman(database, [platform], watch, hold=lambda _person: wait)
    watch.on(timedelta(hours=1))  # the platform was away until now
    await send_all(postman)
    assert [text for _, _, text in platform.received] == ["an answer"]
    wait = timedelta()
    watch.on(timedelta(hours=4))
    await send_all(postman)
    assert [text for _, _, text in platform.received] == ["an answer", "of its own accord"]


async def test_stop_withdraws_what_has_not_gone_out(database: Database) -> None:
    watch, platform = Watch(), Platform()
    await queue(database, "anna", "of its own accord", is_proactive=True)
    await queue(database, "anna", "an answer")
    async with database.transaction() as session:
        await stop(session, await session.get_one(Person, "anna"), NOON)
    await send_all(Postman(database, [platform], watch))
    assert [text for _, _, text in platform.received] == ["an answer"]
    async with database.reading() as session:
        assert (await session.scalars(select(Delivery.state))).one() is DeliveryState.CANCELLED


async def test_what_an_operator_sends_again_is_looked_for_first(database: Database) -> None:
    watch, platform = Watch(), Platform()
    await queue(database, "anna", "a", is_proactive=True)
    platform.lies_ready = [Unreachable("is_archived"), NotNow("http_503", may_have_gone_out=True)]
    await send_all(Postman(database, [platform], watch))
    async with database.transaction() as session:
        await postings.requeue(session, 1, watch.time)
        (await session.get_one(Delivery, 1)).state = DeliveryState.SENDING
    for _ in range(5):
        await send_all(Postman(database, [platform], watch))
        watch.on(timedelta(minutes=10))
    assert [text for _, _, text in platform.received] == ["a"]
    assert platform.asked >= 2


async def test_an_answer_is_not_sent_days_later(database: Database) -> None:
    watch, platform = Watch(), Platform()
    await queue(database, "anna", "a")
    watch.on(timedelta(days=3))
    platform.lies_ready = [NotNow("http_503")]
    await send_all(Postman(database, [platform], watch))
    assert await states(database) == [(PostingState.FAILED, "http_503")]


async def test_choices_are_taken_away_once_they_are_taken(database: Database) -> None:
    platform = Platform()
    await queue(database, "anna", "which?")
    postman = Postman(database, [platform], Watch())
    await send_all(postman)
    assert await postman.settle_due() == 0
    async with database.transaction() as session:
        await kept.take_choice(session, 1, 0)
    assert await postman.settle_due() == 1
    assert platform.settled == [("which?", "One")]
    assert await postman.settle_due() == 0
