"""Proactive messages: each is decided on by the person's hours and past, put into words, and sent once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.domain.timing import WAITS_FOR_PERSON, Drop, Reason, Wait
from bot.domain.wording import say_moment
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.broadcasts.sending import Sending
from bot.services.composing import NO_LONGER_DUE, Composer
from bot.services.due import Due
from bot.services.feed import Feed
from bot.services.pacing import ASKED_FOR, Pacing, is_silent_since_asked
from bot.services.publishing import Publishing
from bot.settings import SettingsFile
from bot.storage import deliveries as outbox
from bot.storage.addresses import usual_addresses
from bot.storage.database import Database
from bot.storage.messages import said_by_coach
from bot.storage.plans import close_unreached, people_with_open_check_in
from bot.storage.postings import add_postings
from bot.storage.tables import Address, CheckIn, CheckInState, Delivery, DeliveryKind, DeliveryState, Message, Person

log = logging.getLogger(__name__)

# So many deliveries are decided on in one transaction.
BATCH = 200
# A question that was left open is not overrun for this long after the person's last message.
UNFINISHED = timedelta(hours=2)
# How long the engine is asked who is in the middle of something, in seconds, before the tick goes on without.
LOOKS_FOR = 5
# How far back a person's past is read: enough for a weekly cap, and for silence to be noticed.
PAST = timedelta(days=120)
# A message of yesterday may still be answered; an older one without an answer was met with silence.
STILL_OPEN = timedelta(days=1)
# How long after a check-in was asked others wait for its answer, and how long each time.
WAITS_FOR_CHECK_IN = timedelta(days=1)
FOR_CHECK_IN = timedelta(hours=1)
# What can still be answered when something else has been said since.
_STAYS_OPEN = frozenset({DeliveryKind.CHECK_IN, DeliveryKind.REMINDER, DeliveryKind.BROADCAST})
# What would talk over a check-in that is still open.
_WAITS_FOR_CHECK_IN = frozenset({DeliveryKind.SURVEY, DeliveryKind.DIGEST, DeliveryKind.REPORT})


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a tick did to one delivery: it is queued, sent, waits, expired or cancelled."""

    person_id: str
    kind: DeliveryKind
    what: str
    detail: str = ""


class Unspeakable(Exception):
    """Raised when a delivery cannot be put into words, such as a round of an instrument that is gone."""

    def __init__(self, delivery_id: int) -> None:
        super().__init__(f"delivery {delivery_id}")
        self.delivery_id = delivery_id


class Deliveries:
    """The scheduler's work. Everything due lives in the database; a tick that is run twice sends nothing twice."""

    def __init__(
        self,
        database: Database,
        library: Library,
        settings: SettingsFile,
        engine: Callable[[], Awaitable[RasaClient]],
        feed: Feed,
        wake_postman: Callable[[], None],
        broadcasts: Sending | None = None,
    ) -> None:
        self._database, self._settings, self._engine, self._feed = database, settings, engine, feed
        self._wake_postman, self._broadcasts = wake_postman, broadcasts
        self._due = Due(library, settings)
        self._composer = Composer(library.of, settings)
        self._publishing = Publishing(database, library.common, settings)
        self._pacing = Pacing(settings)

    async def tick(self, now: datetime) -> list[Step]:
        """Queue all that is due at `now` and send what may be sent; return what was done."""
        # First, so that a report on the quarter finds what came back in it.
        await self._publishing.publish(now)
        return await self.queue_due(now) + await self.dispatch(now)

    async def queue_due(self, now: datetime) -> list[Step]:
        """Make deliveries of all that has fallen due, a bounded number in each transaction."""
        async with self._database.transaction() as session:
            await self._due.close_what_is_over(session, now)
            if self._broadcasts is not None:
                await self._broadcasts.recall_stragglers(session, now)
        enrolled = 1
        while enrolled:
            async with self._database.transaction() as session:
                enrolled = await self._due.enrol(session, now)
        steps: list[Step] = []
        for queue_some in (self._due.queue_check_ins, self._due.queue_scheduled):
            looked_at = 1
            while looked_at:
                async with self._database.transaction() as session:
                    looked_at, queued = await queue_some(session, now)
                steps += [Step(person_id, kind, "queued") for person_id, kind in queued]
        begun = self._broadcasts is not None
        while begun and self._broadcasts is not None:
            async with self._database.transaction() as session:
                begun = bool(await self._broadcasts.begin_due(session, now))
        return steps

    async def dispatch(self, now: datetime) -> list[Step]:
        """Decide on everything that waits to be sent, and send what may be sent."""
        steps: list[Step] = []
        asking = await self._in_the_middle(now)
        while batch := await self._dispatch_what_can_be(now, asking):
            steps += batch
        return steps

    async def _dispatch_what_can_be(self, now: datetime, asking: frozenset[str]) -> list[Step]:
        """Decide on one batch; a delivery that cannot be put into words is ended, so that it holds up no other."""
        try:
            return await self._dispatch_some(now, asking)
        except Unspeakable as error:
            async with self._database.transaction() as session:
                delivery = await session.get_one(Delivery, error.delivery_id, with_for_update=True)
                if delivery.state is not DeliveryState.QUEUED:  # another process was quicker, with newer content
                    return [Step(delivery.person_id, delivery.kind, delivery.state.value)]
                if delivery.kind is DeliveryKind.CHECK_IN:
                    await close_unreached(session, [delivery.subject_id])
                return [_end(delivery, DeliveryState.FAILED, "could not be put into words")]

    async def _in_the_middle(self, now: datetime) -> frozenset[str]:
        """Return the people who wrote of late and whom the engine is asking something, among those with a delivery due."""
        async with self._database.reading() as session:
            recent = await outbox.due_for_recent_writers(session, now, now - UNFINISHED)
        # Of whom nothing is known in time it is taken that they are being asked: they are looked at again soon.
        found = {person_id for person_id, _ in recent}

        async def look(person_id: str, conversation_key: str) -> None:
            try:
                is_asking = await (await self._engine()).is_asking(conversation_key)
            except EngineUnavailable:
                is_asking = False  # then nobody is answering them either, and what they began is kept
            if not is_asking:
                found.discard(person_id)

        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOKS_FOR):
                await asyncio.gather(*(look(*each) for each in recent))
        return frozenset(found)

    async def _dispatch_some(self, now: datetime, asking: frozenset[str]) -> list[Step]:
        """Decide on one batch in one transaction: what is said and that it was said are kept together, or neither is."""
        async with self._database.transaction() as session:
            rows = await outbox.due_deliveries(session, now, BATCH)
            if not rows:
                return []
            # What was agreed comes before what nobody asked for, whichever fell due first.
            rows = sorted(rows, key=lambda row: row[0].kind not in ASKED_FOR)
            people = {person.id: person for _, person in rows}
            wrote = {person.id: person.last_message_at for person in people.values()}
            past = await outbox.past_of(session, wrote, now - PAST, now - STILL_OPEN)
            waiting = await people_with_open_check_in(session, list(people), now - WAITS_FOR_CHECK_IN)
            batch = _Batch(now, past, waiting, asking, await usual_addresses(session, people))
            batch.subjects = await self._composer.prepare(session, [delivery for delivery, _ in rows])
            steps = [await self._take_or_name(session, batch, delivery, person) for delivery, person in rows]
            await session.flush()
            await outbox.queue(session, batch.to_queue, now)
            for delivery_id, address, messages in batch.to_post:
                add_postings(session, messages, address.id, datetime.now(UTC), delivery_id)
        for step in steps:
            if step.what == "sent":
                self._feed.publish(step.person_id)
        if batch.to_post:
            self._wake_postman()
        return steps

    async def _take_or_name(self, session: AsyncSession, batch: _Batch, delivery: Delivery, person: Person) -> Step:
        """Send, postpone or end one delivery. Raises Unspeakable, which names the delivery, for whatever is wrong with it alone."""
        number = delivery.id
        try:
            return await self._take(session, batch, delivery, person)
        except DBAPIError:
            raise
        except Exception as error:
            log.error("delivery %d cannot be put into words: %s", number, type(error).__name__)
            raise Unspeakable(number) from error

    async def _take(self, session: AsyncSession, batch: _Batch, delivery: Delivery, person: Person) -> Step:
        """Send, postpone or end one delivery."""
        if person.consented_at is None:
            return _end(delivery, DeliveryState.CANCELLED, "withdrawn by the person")
        if not await self._composer.is_due(session, delivery):
            return _end(delivery, DeliveryState.CANCELLED, NO_LONGER_DUE.reason)
        past = batch.past.get(person.id, outbox.Past())
        verdict = self._pacing.decide(delivery, person, past, batch.now, is_unfinished=person.id in batch.asking)
        if isinstance(verdict, Drop):
            return await self._drop(session, batch, delivery, person, verdict.reason)
        zone = ZoneInfo(person.time_zone)
        if isinstance(verdict, Wait):
            delivery.not_before, delivery.reason = verdict.until, verdict.reason.value
            if verdict.reason in WAITS_FOR_PERSON:
                delivery.expires_at = max(delivery.expires_at, verdict.until + self._pacing.pace.grace)
            detail = f"{_say(verdict.reason)}, until {say_moment(verdict.until.astimezone(zone))}"
            return Step(person.id, delivery.kind, "waits", detail)
        if delivery.kind in _WAITS_FOR_CHECK_IN and person.id in batch.waiting:
            delivery.not_before, delivery.reason = batch.now + FOR_CHECK_IN, "open_check_in"
            return Step(person.id, delivery.kind, "waits", "a check-in is still open")
        await self._send(session, batch, delivery, person)
        return Step(person.id, delivery.kind, "sent")

    async def _send(self, session: AsyncSession, batch: _Batch, delivery: Delivery, person: Person) -> None:
        replies = await self._composer.compose(session, delivery, person, batch.now)
        stays_open = delivery.kind in _STAYS_OPEN
        messages = [said_by_coach(person.id, reply, batch.now, delivery_id=delivery.id, stays_open=stays_open) for reply in replies]
        session.add_all(messages)
        delivery.sent_at, delivery.reason = batch.now, None
        past = batch.past.get(person.id, outbox.Past())
        counted = () if delivery.kind in outbox.ASK_NOTHING else (batch.now,)
        batch.past[person.id] = replace(past, sent=(*past.sent, *counted), last_sent=batch.now)
        if (address := batch.addresses.get(person.id)) is not None:
            delivery.state = DeliveryState.SENDING
            batch.to_post.append((delivery.id, address, messages))
        else:
            delivery.state = DeliveryState.SENT  # whoever opens the web chat finds it there
        if delivery.kind is DeliveryKind.CHECK_IN:
            batch.waiting.add(person.id)
            self._plan_reminder(batch, delivery)
        elif delivery.kind is DeliveryKind.GO_ON:
            person.was_asked_to_go_on_at = batch.now

    def _plan_reminder(self, batch: _Batch, delivery: Delivery) -> None:
        """Queue the one reminder of a check-in; it falls away when the check-in is answered before."""
        due_at = batch.now + timedelta(days=self._settings.follow_up.remind_after_days)
        closes_at = batch.now + timedelta(days=self._settings.follow_up.check_in_closes_after_days)
        if due_at < closes_at:
            reminder = outbox.NewDelivery(
                delivery.person_id,
                DeliveryKind.REMINDER,
                f"{delivery.source}:reminder",
                delivery.occurrence,
                delivery.subject_id,
                due_at,
                closes_at,
            )
            batch.to_queue.append(reminder)

    async def _drop(self, session: AsyncSession, batch: _Batch, delivery: Delivery, person: Person, reason: Reason) -> Step:
        """End a delivery that will not be sent, keeping why."""
        if reason is Reason.PAUSED_AFTER_SILENCE and not is_silent_since_asked(person):
            closes_at = batch.now + timedelta(days=self._settings.follow_up.check_in_closes_after_days)
            go_on = outbox.NewDelivery(person.id, DeliveryKind.GO_ON, "go_on", _silence_of(person), 0, batch.now, closes_at)
            batch.to_queue.append(go_on)
        if reason is Reason.NOTHING_OPEN and delivery.kind is DeliveryKind.CHECK_IN:
            await close_unreached(session, [delivery.subject_id])
        if reason is not Reason.TOO_LATE:
            return _end(delivery, DeliveryState.CANCELLED, _say(reason))
        if delivery.kind is DeliveryKind.CHECK_IN:
            (await session.get_one(CheckIn, delivery.subject_id)).state = CheckInState.UNANSWERED
        return _end(delivery, DeliveryState.EXPIRED, "too late")


@dataclass
class _Batch:
    """What is known of the people whose deliveries are decided on together, and what follows from the decisions."""

    now: datetime
    past: dict[str, outbox.Past]
    waiting: set[str]
    asking: frozenset[str]
    addresses: Mapping[str, Address]

    def __post_init__(self) -> None:
        # What the deliveries are about; the session keeps it as long as it is held here.
        self.subjects: Mapping[int, object] = {}
        self.to_queue: list[outbox.NewDelivery] = []
        self.to_post: list[tuple[int, Address, Sequence[Message]]] = []


def _silence_of(person: Person) -> str:
    """Return what the present silence is known by: since when it has lasted, so that it is asked about once."""
    return (person.last_message_at or person.joined_at).isoformat(timespec="seconds")


def _say(reason: Reason) -> str:
    return reason.value.replace("_", " ")


def _end(delivery: Delivery, state: DeliveryState, reason: str) -> Step:
    delivery.state, delivery.reason = state, reason
    return Step(delivery.person_id, delivery.kind, state.value, reason)
