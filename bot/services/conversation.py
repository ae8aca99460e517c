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
from bot.domain.clock import Clock, real_time
from bot.domain.messages import Reply, Said
from bot.domain.rates import Rate
from bot.rasa.client import EngineUnavailable, RasaClient, TurnFailed
from bot.services.broadcasts.replies import Replies
from bot.services.counterparts import Counterparts
from bot.services.feed import Feed
from bot.services.intake import Intake, Waiting
from bot.services.joining import Joining
from bot.services.keeper import Keeper
from bot.services.lobby import Lobby
from bot.services.offers import with_offer
from bot.services.reception import Reception
from bot.services.rights import STAY, erase
from bot.services.rights_desk import RightsDesk, is_about_rights
from bot.services.stopwatch import Stage, Stopwatch
from bot.services.turns import LEASE, Turns
from bot.settings import SettingsFile
from bot.storage import deliveries
from bot.storage import messages as kept
from bot.storage.addresses import usual_addresses
from bot.storage.database import Database
from bot.storage.people import find_person
from bot.storage.receipts import note_receipt
from bot.storage.tables import Inbound, Message
from bot.tracing import span
from bot.understanding.safety import SafetyNet

log = logging.getLogger(__name__)

# After this many failures that are not the engine's absence, a message is given up.
MOST_ATTEMPTS = 3
# After this many attempts at which the engine answered with nothing, about a minute, it will not answer this message if it answers
# others meanwhile; else its database or its locks may be away, and it is given up much later only.
MOST_FAILED_TURNS, _LATEST = 20, 400
_MEANWHILE = timedelta(minutes=2)
# How old a waiting message is before processes other than the one that received it look at it.
ANOTHERS = timedelta(seconds=5)
# So many conversations are gone on with at once after the engine was away.
_AT_ONCE = 8


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
        self._database, self._library, self._clock, self._rights = database, library, clock, rights
        self._feed, self._lobby = feed, lobby
        self._keeper = Keeper(database, clock, redactor)
        self._reception = Reception(database, clock, settings.time_zone, lobby, self._keeper, counterparts, joining)
        self._turns = Turns(database, engine, stopwatch, settings.conversation.say_wait_after_seconds)
        self._intake = Intake(net, settings.conversation, counterparts, joining, replies, settings.dashboard.smallest_group)
        self._wake_postman, self._stopwatch = wake_postman, stopwatch
        self._room = asyncio.Semaphore(_AT_ONCE)
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
                await self._reception.receive(person_id, said, self._library.of(person.programme_id if person else None))
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
        """Answer words that waited here for a yes which another process has heard since."""
        for person_id in await self._reception.take_up_held():
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
        replies = await self._rights.answer(waiting.person, waiting.toolkit, text, self._clock.now())
        async with self._database.transaction() as session:
            await self._finish(session, waiting, [*self._intake.notices(waiting), *self._after(waiting, replies, offer)])
        return True

    async def _answer_with_engine(self, waiting: Waiting, text: str, offer: Message | None) -> bool:
        """Answer one message with what the engine says to it, then erase everything when that was asked for."""
        try:
            replies = [*self._intake.notices(waiting), *self._after(waiting, await self._ask(waiting, text), offer)]
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

    async def _ask(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        async def say_wait() -> None:
            await self._say_that_it_waits(waiting, "conversation.waiting", is_given_up=False)

        return await self._turns.take(waiting, text, say_wait)

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
