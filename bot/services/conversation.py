"""One exchange after another: a message is kept at once, answered in order, and never lost while the engine is away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.content.redaction import Redactor
from bot.content.toolkit import Toolkit
from bot.domain.clock import Clock, real_time
from bot.domain.messages import Reply, Said
from bot.domain.rates import Rate
from bot.rasa.client import EngineUnavailable, RasaClient, TurnFailed
from bot.services.broadcasts.replies import Replies
from bot.services.counterparts import Counterparts
from bot.services.feed import Feed
from bot.services.intake import SAID, Intake, Waiting, as_words
from bot.services.joining import Joining, Refusal, read_code
from bot.services.keeper import Keeper
from bot.services.lobby import CONSENT_TEXTS, CONSENT_VERSION, Lobby
from bot.services.offers import with_offer
from bot.services.rights import STAY, erase
from bot.services.rights_desk import RightsDesk, is_about_rights
from bot.services.stopwatch import Stage, Stopwatch
from bot.settings import SettingsFile
from bot.storage import deliveries
from bot.storage import messages as kept
from bot.storage.addresses import usual_addresses
from bot.storage.database import Database
from bot.storage.people import enrol, find_person
from bot.storage.receipts import note_receipt
from bot.storage.tables import Consent, DeliveryKind, Inbound, Message, Side
from bot.tracing import span
from bot.understanding.safety import SafetyNet

log = logging.getLogger(__name__)

# How long after a process was last known to be answering a message another takes it over, and how often, in seconds, it lets it be known.
LEASE = timedelta(seconds=45)
_PROLONG_AFTER = 10.0
# After this many failures that are not the engine's absence, a message is given up.
MOST_ATTEMPTS = 3
# After this many attempts at which the engine answered with nothing, about a minute, it will not answer this message if it answers
# others meanwhile; else its database or its locks may be away, and it is given up much later only.
MOST_FAILED_TURNS, _LATEST = 20, 400
_MEANWHILE = timedelta(minutes=2)
# How old a waiting message is before processes other than the one that received it look at it.
ANOTHERS = timedelta(seconds=5)
# So many conversations are gone on with at once after the engine was away, and so many turns are with the engine at once: it answers
# no more of them side by side, and what waits here does not run out of its time there.
_AT_ONCE = 8


# The intent with which the engine learns that something was asked, and what its entity is called.
_TRIGGERS = {
    DeliveryKind.CHECK_IN: ("EXTERNAL_check_in", "check_in"),
    DeliveryKind.REMINDER: ("EXTERNAL_check_in", "check_in"),
    DeliveryKind.SURVEY: ("EXTERNAL_survey", "survey_round"),
}


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that was claimed, and what came of reading it: text for the engine, none when it is answered, or why it could not be read.

    `offer` is what was on offer before it.
    """

    waiting: Waiting
    read: str | Exception | None
    offer: Message | None = None


class UnknownPerson(Exception):
    """Raised when nobody on the roster has this id."""


class Conversation:
    """Takes messages in from every channel and has them answered, one at a time for each person."""

    def __init__(
        self,
        database: Database,
        library: Library,
        clock: Clock,
        settings: SettingsFile,
        engine: Callable[[], Awaitable[RasaClient]],
        feed: Feed,
        lobby: Lobby,
        net: SafetyNet,
        redactor: Redactor,
        counterparts: Counterparts,
        joining: Joining,
        wake_postman: Callable[[], None],
        rights: RightsDesk,
        stopwatch: Stopwatch,
        replies: Replies,
    ) -> None:
        self._rights = rights
        self._database, self._library, self._clock, self._settings = database, library, clock, settings
        self._engine, self._feed, self._lobby = engine, feed, lobby
        self._keeper = Keeper(database, clock, redactor)
        self._counterparts = counterparts
        self._joining = joining
        self._intake = Intake(net, settings.conversation, counterparts, joining, replies, settings.dashboard.smallest_group)
        self._wake_postman, self._stopwatch = wake_postman, stopwatch
        self._room, self._turns = asyncio.Semaphore(_AT_ONCE), asyncio.Semaphore(_AT_ONCE)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Far more than anybody types, and than a workspace full of them; by process.
        self._of_person, self._of_account = Rate(burst=120, per_second=2), Rate(burst=3000, per_second=50)
        self._says_too_fast = Rate(burst=1, per_second=1 / 60)

    async def receive(self, person_id: str, said: Said, *, may_join: bool = False) -> bool:
        """Keep one message; `answer` answers it. Return whether it was new: an event that was received before changes nothing.

        With `may_join`, someone who is not on the roster is put on it when they agree; else UnknownPerson is raised.
        """
        if not self._is_in_time(person_id, said):
            await self._say_too_fast(person_id)
            return False
        with span("keep", channel=said.channel):
            is_new = await self._keeper.keep(person_id, said)
        if is_new is None:
            async with self._database.reading() as session:
                person = await find_person(session, person_id)
            if person is None and not may_join:
                raise UnknownPerson(person_id)
            if is_new := await self.is_first(said):
                await self._receive_in_lobby(person_id, said, self._library.of(person.programme_id if person else None))
                self._wake_postman()
        if is_new:
            self._feed.publish(person_id)
        return bool(is_new)

    def _is_in_time(self, person_id: str, said: Said) -> bool:
        """Return whether a person, and the workspace or tenant they write from, may write again already."""
        now = time.monotonic()
        is_account_in_time = said.sender is None or self._of_account.take(f"{said.channel}:{said.sender.account}", now)
        return self._of_person.take(person_id, now) and is_account_in_time

    async def _say_too_fast(self, person_id: str) -> None:
        """Tell somebody whose conversation is kept, once a minute, that what they wrote was not taken in."""
        if not self._says_too_fast.take(person_id, time.monotonic()):
            return
        async with self._database.reading() as session:
            person = await find_person(session, person_id)
        if person is None or person.consented_at is None:
            return
        text = self._library.of(person.programme_id).sentences.say("conversation.too_fast")
        async with self._database.transaction() as session:
            addresses = await usual_addresses(session, {person.id: person})
            address = addresses.get(person.id)
            await self._keeper.say(session, person.id, [Reply(text)], address.id if address else None)
        self._announce(person.id)

    async def is_first(self, said: Said) -> bool:
        """Return whether an event that is not kept is received for the first time, by any process; all that is noted is its id."""
        async with self._database.transaction() as session:
            return await note_receipt(session, said.channel, said.event_id, datetime.now(UTC))

    async def answer(self, person_id: str) -> None:
        """Answer everything of this person's that waits, in order; what the engine cannot answer now goes on waiting."""
        async with self._locks[person_id]:
            while (taken := await self._next(person_id)) is not None:
                waiting = taken.waiting
                try:
                    with span("answer", channel=waiting.inbound.channel, attempt=waiting.attempt):
                        is_answered = await self._answer_one(taken)
                    if not is_answered:
                        return
                except Exception as error:  # whatever it is, the next message must not wait behind it for ever
                    log.error("a message could not be answered (attempt %d): %s", waiting.attempt, type(error).__name__)
                    if waiting.attempt < MOST_ATTEMPTS:
                        await self._say_that_it_waits(waiting, "conversation.unavailable", is_given_up=True)
                        return
                    await self._give_up(waiting)
                finally:
                    self._announce(person_id)
                if not await self.is_waiting(person_id):
                    return

    async def answer_everyone(self) -> None:
        """Answer whatever still waits, such as after the engine was away."""
        async with self._database.reading() as session:
            # A message that has just come in is being answered by the process that took it.
            people = await kept.people_waiting(session, self._clock.now() - ANOTHERS)

        async def answer(person_id: str) -> None:
            async with self._room:
                await self.answer(person_id)

        # Whoever is being answered here already needs nobody to stand in line behind that.
        await asyncio.gather(*(answer(person_id) for person_id in people if not self._locks[person_id].locked()))

    async def take_up_held(self) -> None:
        """Keep and answer words that wait here for a yes which another process has heard since."""
        for person_id in self._lobby.guests_with_words():
            async with self._database.reading() as session:
                person = await find_person(session, person_id)
            if person is not None and person.consent_version == CONSENT_VERSION:
                for each in self._lobby.leave(person_id, self._clock.now()):
                    await self._keeper.keep(person_id, each, was_held=True)
                await self.answer(person_id)

    async def is_waiting(self, person_id: str) -> bool:
        """Return whether something of this person's has no answer yet."""
        async with self._database.reading() as session:
            return await kept.oldest_waiting(session, person_id) is not None

    def _announce(self, person_id: str) -> None:
        """Let whoever shows this conversation, and whoever posts it, know that something was said."""
        self._feed.publish(person_id)
        self._wake_postman()

    async def _give_up(self, waiting: Waiting) -> None:
        """Say that a message cannot be answered, and go on with the next."""
        async with self._database.transaction() as session:
            await self._finish(session, waiting, [Reply(waiting.toolkit.sentences.say("conversation.failed"))])

    # First contact

    async def _receive_in_lobby(self, person_id: str, said: Said, toolkit: Toolkit) -> None:
        now = self._clock.now()
        if said.text and (code := read_code(said.text)) is not None:
            self._lobby.say(person_id, [await self._join(person_id, said, code)], now)
            self._lobby.ask(person_id, now)
            return
        agreed = self._lobby.hear(person_id, said, now, toolkit)
        if agreed is False:
            self._lobby.decline(person_id, now)
        elif agreed:
            await self._agree(person_id, said, toolkit)

    async def _join(self, person_id: str, said: Said, code: str) -> Reply:
        """Use the code that somebody typed before they agreed to anything; return what came of it."""
        now, source = self._clock.now(), f"{said.channel}:{person_id}"
        async with self._database.transaction() as session:
            person = await find_person(session, person_id)
            if person is not None:
                return self._joining.say(await self._joining.join(session, person, code, source, now))
            name = (said.sender and said.sender.name) or person_id
            joined = await self._joining.enrol(session, code, source, now, name=name, person_id=person_id)
            return self._joining.say(joined if isinstance(joined, Refusal) else joined[1])

    async def _agree(self, person_id: str, said: Said, toolkit: Toolkit) -> None:
        now = self._clock.now()
        held = self._lobby.leave(person_id, now)
        say = toolkit.sentences.say
        async with self._database.transaction() as session:
            person = await find_person(session, person_id)
            if person is None:
                name = (said.sender and said.sender.name) or person_id
                person = await enrol(session, person_id, name=name, time_zone=self._settings.time_zone, now=now)
            person.consent_version, person.consented_at = CONSENT_VERSION, now
            session.add(
                Consent(
                    person_id=person_id,
                    version=CONSENT_VERSION,
                    text_digest=CONSENT_TEXTS[CONSENT_VERSION],
                    channel=said.channel,
                    given_at=now,
                )
            )
            await self._keeper.note_zone(session, person, said)
            session.add(Message(person_id=person_id, side=Side.PERSON, text=say("choice.agree"), at=now))
            await session.flush()
            address = await self._keeper.note_address(session, person_id, said)
            invited = await self._counterparts.ask_first_rounds(session, person, now)
            key = "conversation.agreed_held" if held else "conversation.agreed_invited" if invited else "conversation.agreed"
            agreed = Reply(say(key))
            await self._keeper.say(session, person_id, [agreed, *invited], address.id if address else None)
        for each in held:
            await self._keeper.keep(person_id, each, was_held=True)

    # Answering

    async def _next(self, person_id: str) -> Taken | None:
        """Claim the person's oldest waiting message and read it; none when there is none, or when another process is answering it.

        Both are one transaction. When reading fails, the claim stays, for the attempt counts.
        """
        async with self._database.transaction() as session:
            row = await kept.oldest_waiting(session, person_id)
            person = await find_person(session, person_id)
            attempt = row[0].attempts + 1 if row else 0
            if row is None or person is None or not await kept.claim_inbound(session, row[0].id, datetime.now(UTC), LEASE):
                return None
            waiting = Waiting(row[0], row[1], person, self._library.of(person.programme_id), attempt)
            self._stopwatch.note(row[0].channel, Stage.WAITING, (self._clock.now() - row[0].received_at).total_seconds())
            try:
                async with session.begin_nested():
                    return await self._read(session, waiting)
            except Exception as error:
                for each in (*row, person):
                    await session.refresh(each)
                return Taken(waiting, error)

    async def _read(self, session: AsyncSession, waiting: Waiting) -> Taken:
        offer = await kept.latest_offer(session, waiting.person.id)
        local = await self._intake.read(session, waiting, self._clock.now(), offer)
        if not isinstance(local, str):
            await self._finish(session, waiting, local)
            return Taken(waiting, None)
        untold = await deliveries.untold(session, waiting.person.id)
        # What was taken just now is on offer no more.
        return Taken(replace(waiting, untold=untold), local, offer if offer is not None and offer.chosen is None else None)

    async def _answer_one(self, taken: Taken) -> bool:
        """Answer one message; return False when it has to wait for the engine."""
        if isinstance(taken.read, Exception):
            raise taken.read
        if taken.read is None:
            return True
        if is_about_rights(taken.read):
            return await self._answer_about_rights(taken.waiting, taken.read, taken.offer)
        # The engine may delete everything; until that is said, nobody is greeted anew.
        with self._lobby.closed_to(taken.waiting.person.id):
            return await self._answer_with_engine(taken.waiting, taken.read, taken.offer)

    async def _answer_about_rights(self, waiting: Waiting, text: str, offer: Message | None) -> bool:
        """Answer what was asked about the person's own data; outside a transaction, because it deletes in several places."""
        replies = await self._rights.answer(waiting.person, waiting.toolkit.sentences, text, self._clock.now())
        async with self._database.transaction() as session:
            await self._finish(session, waiting, [*self._intake.notices(waiting), *self._after(waiting, replies, offer)])
        return True

    async def _answer_with_engine(self, waiting: Waiting, text: str, offer: Message | None) -> bool:
        """Answer one message with what the engine says to it, then erase everything when that was asked for."""
        try:
            replies = [*self._intake.notices(waiting), *self._after(waiting, await self._ask_engine(waiting, text), offer)]
        except EngineUnavailable as error:
            if isinstance(error, TurnFailed) and await self._is_hopeless(waiting):
                log.error("a message is given up after %d attempts: %s", waiting.attempt, error)
                await self._give_up(waiting)
                return True
            log.warning("a message waits: %s", error)
            await self._say_that_it_waits(waiting, "conversation.unavailable", is_given_up=True)
            return False
        async with self._database.transaction() as session:
            await self._finish(session, waiting, replies)
            person = await find_person(session, waiting.person.id)
            withdrew = person is not None and person.consented_at is None
        if withdrew:
            await erase(self._database, waiting.person.id, signs_out_at=real_time() + STAY)
            self._lobby.say(waiting.person.id, [replies[-1]], self._clock.now())
        return True

    async def _is_hopeless(self, waiting: Waiting) -> bool:
        """Return whether the engine fails at this message, and not at everything."""
        if waiting.attempt < MOST_FAILED_TURNS:
            return False
        async with self._database.reading() as session:
            answers_others = await kept.others_were_answered(session, waiting.person.id, self._clock.now() - _MEANWHILE)
        return answers_others or waiting.attempt >= _LATEST

    @staticmethod
    def _after(waiting: Waiting, replies: Sequence[Reply], offer: Message | None) -> list[Reply]:
        """Return the engine's replies, with what was on offer before after an aside; a tap was no aside."""
        return list(replies) if waiting.inbound.choice is not None else with_offer(replies, offer, waiting.toolkit.sentences)

    async def _ask_engine(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        """Return the engine's replies, telling the person when they are slow; raises EngineUnavailable."""
        asking, began = asyncio.create_task(self._turn(waiting, text)), time.perf_counter()
        try:
            done, _ = await asyncio.wait({asking}, timeout=self._settings.conversation.say_wait_after_seconds)
            if not done:
                await self._say_that_it_waits(waiting, "conversation.waiting", is_given_up=False)
            while not done:
                done, _ = await asyncio.wait({asking}, timeout=_PROLONG_AFTER)
                if not done:
                    async with self._database.transaction() as session:
                        await kept.prolong_claim(session, waiting.inbound.id, waiting.attempt, datetime.now(UTC), LEASE)
            return asking.result()
        finally:
            asking.cancel()
            self._stopwatch.note(waiting.inbound.channel, Stage.ENGINE, time.perf_counter() - began)

    async def _turn(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        """Take the turn through the engine once there is room: more turns at once would only make each of them slower."""
        async with self._turns:
            return await self._turn_now(waiting, text)

    async def _turn_now(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        if text.startswith(SAID):
            async with self._database.reading() as session:
                text = as_words(await kept.words_of(session, waiting.person.id, int(text.removeprefix(SAID))))
        engine = await self._engine()
        key, inbound = waiting.person.conversation_key, waiting.inbound.id
        await self._tell(engine, waiting)
        # An earlier attempt may have reached the engine although its answer never reached us.
        if waiting.attempt > 1 and (said := await engine.recall(key, inbound)):
            return said
        return await engine.send(key, text, inbound)

    async def _tell(self, engine: RasaClient, waiting: Waiting) -> None:
        """Let the engine know what was said of the coach's own accord since the person last wrote, so that it expects the answer.

        Only the last of it: the choices of what came before say themselves what they are about.
        """
        if not waiting.untold:
            return
        if asked := [delivery for delivery in waiting.untold if delivery.kind in _TRIGGERS]:
            intent, subject = _TRIGGERS[asked[-1].kind]
            await engine.trigger(waiting.person.conversation_key, intent, {subject: asked[-1].subject_id})
        async with self._database.transaction() as session:
            await deliveries.mark_told(session, [delivery.id for delivery in waiting.untold])

    async def _say_that_it_waits(self, waiting: Waiting, key: str, *, is_given_up: bool) -> None:
        """Tell the person once that the answer takes longer; given up, the message is free for the next attempt."""
        async with self._database.transaction() as session:
            inbound = await session.get(Inbound, waiting.inbound.id)
            if inbound is not None:
                if not inbound.was_told:
                    await self._keeper.say(session, waiting.person.id, [Reply(waiting.toolkit.sentences.say(key))], inbound.address_id)
                inbound.was_told = True
                if is_given_up and inbound.attempts == waiting.attempt:
                    inbound.claimed_until = None
        self._announce(waiting.person.id)

    async def _finish(self, session: AsyncSession, waiting: Waiting, replies: Sequence[Reply]) -> None:
        now, inbound = self._clock.now(), waiting.inbound
        if await kept.end_inbound(session, inbound.id, waiting.attempt, now):
            self._stopwatch.note(inbound.channel, Stage.WHOLE, (now - inbound.received_at).total_seconds())
            await self._keeper.say(session, waiting.person.id, replies, waiting.inbound.address_id)
