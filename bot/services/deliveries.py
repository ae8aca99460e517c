"""Proactive messages: what has fallen due is queued once, and sent when it may reach the person."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.domain.messages import Reply
from bot.domain.surveys import Cadence, items_of_round
from bot.domain.timing import DayHours
from bot.domain.wording import say_moment
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.feed import Feed
from bot.settings import SettingsFile
from bot.storage import deliveries as outbox
from bot.storage.database import Database
from bot.storage.messages import keep_replies
from bot.storage.people import consenting_people, find_person
from bot.storage.plans import asked_check_in, close_unanswered, due_check_ins, find_check_in
from bot.storage.surveys import add_round, close_rounds, find_round, has_round
from bot.storage.tables import CheckInState, Delivery, DeliveryKind, Person, RoundState

log = logging.getLogger(__name__)

# A sender that died is followed by another after this long.
LEASE = timedelta(minutes=2)
RETRY = timedelta(minutes=1)
# How long after a snooze or a night a delivery may still be sent.
GRACE = timedelta(days=2)
# A question that was left open is not overrun for this long after the person's last message.
UNFINISHED = timedelta(hours=2)
TOO_LATE = "too late"
_TRIGGER = {DeliveryKind.CHECK_IN: ("EXTERNAL_check_in", "check_in"), DeliveryKind.SURVEY: ("EXTERNAL_survey", "survey_round")}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a tick did to one delivery: `what` is queued, sent, waits, dropped or failed."""

    person_id: str
    kind: DeliveryKind
    what: str
    detail: str = ""


class Deliveries:
    """The scheduler's work. Everything due lives in the database; a tick that is run twice sends nothing twice."""

    def __init__(
        self,
        database: Database,
        toolkit: Toolkit,
        settings: SettingsFile,
        engine: Callable[[], Awaitable[RasaClient]],
        feed: Feed,
    ) -> None:
        self._database, self._toolkit, self._settings, self._engine, self._feed = database, toolkit, settings, engine, feed
        self._hours = DayHours(settings.follow_up.day_starts, settings.follow_up.day_ends)

    async def tick(self, now: datetime) -> list[Step]:
        """Queue all that is due at `now` and send what may be sent; return what was done."""
        async with self._database.transaction() as session:
            await self._close_what_is_over(session, now)
            steps = await self._queue_check_ins(session, now) + await self._queue_surveys(session, now)
        async with self._database.reading() as session:
            due = await outbox.due_deliveries(session, now)
        for delivery in due:
            steps.append(await self._send(delivery, now))
        return steps

    async def _close_what_is_over(self, session: AsyncSession, now: datetime) -> None:
        await close_unanswered(session, now - timedelta(days=self._settings.follow_up.check_in_closes_after_days))
        for instrument in self._toolkit.instruments.values():
            await close_rounds(session, now - timedelta(days=instrument.closes_after_days), instrument.id)

    async def _queue_check_ins(self, session: AsyncSession, now: datetime) -> list[Step]:
        steps = []
        for check_in in await due_check_ins(session, now):
            fresh = await outbox.queue(
                session,
                check_in.person_id,
                kind=DeliveryKind.CHECK_IN,
                source=f"plan:{check_in.plan_id}",
                # A check-in that was put off to another moment is another occurrence.
                occurrence=f"{check_in.id}:{check_in.due_at.isoformat()}",
                subject_id=check_in.id,
                due_at=check_in.due_at,
                expires_at=check_in.due_at + timedelta(days=self._settings.follow_up.check_in_closes_after_days),
            )
            if fresh:
                steps.append(Step(check_in.person_id, DeliveryKind.CHECK_IN, "queued"))
        return steps

    async def _queue_surveys(self, session: AsyncSession, now: datetime) -> list[Step]:
        instrument = self._toolkit.instruments[self._settings.survey.instrument]
        cadence = Cadence(instrument.every_days, self._settings.survey.ask_at)
        steps = []
        for person in await consenting_people(session):
            assert person.consented_at is not None
            zone = ZoneInfo(person.time_zone)
            number = cadence.latest_due(person.consented_at, zone, now)
            if number == 0 or await has_round(session, person.id, instrument.id, number):
                continue
            due_at = cadence.due_at(number, person.consented_at, zone)
            expires_at = due_at + timedelta(days=instrument.closes_after_days)
            if expires_at <= now:
                continue  # nobody is asked late about a fortnight that has passed
            items = items_of_round(number, instrument.rotating, instrument.rotating_per_round, instrument.anchor)
            survey_round = await add_round(
                session,
                person.id,
                instrument.id,
                number,
                [(item, self._toolkit.items[item].version) for item in items],
                due_at,
            )
            if await outbox.queue(
                session,
                person.id,
                kind=DeliveryKind.SURVEY,
                source=f"survey:{instrument.id}",
                occurrence=str(number),
                subject_id=survey_round.id,
                due_at=due_at,
                expires_at=expires_at,
            ):
                steps.append(Step(person.id, DeliveryKind.SURVEY, "queued"))
        return steps

    async def _send(self, delivery: Delivery, now: datetime) -> Step:
        async with self._database.transaction() as session:
            person = await find_person(session, delivery.person_id)
            if person is None:
                return Step(delivery.person_id, delivery.kind, "dropped", "erased")
            held = await self._hold(session, delivery, person, now)
            if held is not None:
                return held
            if not await outbox.claim(session, delivery.id, now, LEASE):
                return Step(delivery.person_id, delivery.kind, "waits", "another sender has it")
        intent, subject = _TRIGGER[delivery.kind]
        try:
            replies = await (await self._engine()).trigger(person.conversation_key, intent, {subject: delivery.subject_id})
        except EngineUnavailable as error:
            log.warning("a delivery waits: %s", error)
            async with self._database.transaction() as session:
                await outbox.release(session, delivery.id, now + RETRY, "the engine was away")
            return Step(delivery.person_id, delivery.kind, "failed", "the engine was away; tried again in a minute")
        await self._mark_sent(delivery, replies, now)
        self._feed.publish(delivery.person_id)
        return Step(delivery.person_id, delivery.kind, "sent")

    async def _mark_sent(self, delivery: Delivery, replies: list[Reply], now: datetime) -> None:
        """Keep what was said and that it was said in one transaction, so that both or neither happened."""
        async with self._database.transaction() as session:
            await keep_replies(
                session, delivery.person_id, replies, now, delivery_id=delivery.id, stays_open=delivery.kind is DeliveryKind.CHECK_IN
            )
            await outbox.mark_sent(session, delivery.id, now)
            if delivery.kind is DeliveryKind.CHECK_IN:
                if found := await find_check_in(session, delivery.subject_id, delivery.person_id):
                    found[0].state, found[0].asked_at = CheckInState.ASKED, now
            elif survey_round := await find_round(session, delivery.subject_id, delivery.person_id):
                survey_round.state, survey_round.asked_at = RoundState.ASKED, now

    async def _hold(self, session: AsyncSession, delivery: Delivery, person: Person, now: datetime) -> Step | None:
        """Drop or postpone a delivery that must not go out now, saying why; none when it may."""

        async def drop(reason: str) -> Step:
            await outbox.drop(session, delivery.id, reason)
            found = await find_check_in(session, delivery.subject_id, person.id) if delivery.kind is DeliveryKind.CHECK_IN else None
            if found is not None and found[0].state is CheckInState.DUE and reason == TOO_LATE:
                found[0].state = CheckInState.UNANSWERED
            return Step(person.id, delivery.kind, "dropped", reason)

        async def wait(until: datetime, reason: str) -> Step:
            # What waits for the person to be ready is not too late when they are.
            await outbox.postpone(session, delivery, until, reason, expires_at=until + GRACE)
            return Step(person.id, delivery.kind, "waits", f"{reason}, until {say_moment(until.astimezone(zone))}")

        zone = ZoneInfo(person.time_zone)
        if person.consented_at is None or person.stopped_at is not None:
            return await drop("stopped by the person")
        if delivery.expires_at <= now:
            return await drop(TOO_LATE)
        if delivery.kind is DeliveryKind.CHECK_IN:
            found = await find_check_in(session, delivery.subject_id, person.id)
            if found is None or found[0].state is not CheckInState.DUE or (found[0].due_at != delivery.due_at and found[0].due_at > now):
                return await drop("no longer due")
        if person.snoozed_until is not None and person.snoozed_until > now:
            return await wait(person.snoozed_until, "snoozed")
        opening = self._hours.next_moment(now, zone)
        if opening > now:
            return await wait(opening, "outside the day's hours")
        quiet = timedelta(minutes=self._settings.follow_up.quiet_after_message_minutes)
        if person.last_message_at is not None and timedelta(0) <= now - person.last_message_at < quiet:
            return await wait(person.last_message_at + quiet, "in the middle of a conversation")
        if person.last_message_at is not None and timedelta(0) <= now - person.last_message_at < UNFINISHED:
            try:
                if await (await self._engine()).is_asking(person.conversation_key):
                    return await wait(now + quiet, "in the middle of something unfinished")
            except EngineUnavailable:
                pass  # sending will find that out and try again
        if delivery.kind is DeliveryKind.SURVEY and await asked_check_in(session, person.id) is not None:
            return Step(person.id, delivery.kind, "waits", "a check-in is still open")
        return None
