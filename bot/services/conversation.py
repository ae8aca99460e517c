"""One exchange after another: a message is kept at once, answered in order, and never lost while the engine is away."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.domain.clock import Clock
from bot.domain.messages import Offered, Reply, Said, read_value
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.feed import Feed
from bot.services.lobby import CONSENT_VERSION, Lobby
from bot.services.rights import erase
from bot.services.signposts import safety_replies
from bot.settings import SettingsFile
from bot.storage import messages as kept
from bot.storage.database import Database
from bot.storage.people import enrol, find_person, note_message
from bot.storage.tables import Activity, Happening, Inbound, InboundState, Message, Person, Side
from bot.understanding.replies import match_choice
from bot.understanding.safety import SafetyNet
from bot.understanding.words import clean, has_words, is_latin

log = logging.getLogger(__name__)

# After this long without a message, the next one begins a new conversation in the statistics.
PAUSE = timedelta(minutes=30)
# The same words again within this time are a second tap on "send", not a second message.
DOUBLE_TAP = timedelta(seconds=10)
# How long one process may be answering a message before another takes it over; longer than any engine's timeout.
LEASE = timedelta(minutes=3)
# How old a waiting message is before processes other than the one that received it look at it.
ANOTHERS = timedelta(seconds=5)


class UnknownPerson(Exception):
    """Raised when nobody on the roster has this id."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits for its answer, with the person who wrote it."""

    inbound: Inbound
    message: Message
    person: Person


class Conversation:
    """Takes messages in from every channel and has them answered, one at a time for each person."""

    def __init__(
        self,
        database: Database,
        toolkit: Toolkit,
        clock: Clock,
        settings: SettingsFile,
        engine: Callable[[], Awaitable[RasaClient]],
        feed: Feed,
        lobby: Lobby,
        net: SafetyNet,
    ) -> None:
        self._database, self._toolkit, self._clock, self._settings = database, toolkit, clock, settings
        self._engine, self._feed, self._lobby, self._net = engine, feed, lobby, net
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def receive(self, person_id: str, said: Said, *, may_join: bool = False) -> None:
        """Keep one message; `answer` answers it. An event that was received before changes nothing.

        With `may_join`, someone who is not on the roster is put on it when they agree; else UnknownPerson is raised.
        """
        async with self._database.reading() as session:
            person = await find_person(session, person_id)
        if person is None and not may_join:
            raise UnknownPerson(person_id)
        if person is None or person.consent_version != CONSENT_VERSION:
            await self._receive_in_lobby(person_id, said)
        else:
            await self._keep(person_id, said)
        self._feed.publish(person_id)

    async def answer(self, person_id: str) -> None:
        """Answer everything of this person's that waits, in order; what the engine cannot answer now goes on waiting."""
        async with self._locks[person_id]:
            while (waiting := await self._next(person_id)) is not None:
                try:
                    if not await self._answer_one(waiting):
                        return
                finally:
                    self._feed.publish(person_id)

    async def answer_everyone(self) -> None:
        """Answer whatever still waits, such as after the engine was away."""
        async with self._database.reading() as session:
            # A message that has just come in is being answered by the process that took it.
            people = await kept.people_waiting(session, self._clock.now() - ANOTHERS)
        await asyncio.gather(*(self.answer(person_id) for person_id in people))

    async def is_waiting(self, person_id: str) -> bool:
        """Return whether something of this person's has no answer yet."""
        async with self._database.reading() as session:
            return await kept.oldest_waiting(session, person_id) is not None

    def is_answering(self, person_id: str) -> bool:
        return self._locks[person_id].locked()

    # First contact

    async def _receive_in_lobby(self, person_id: str, said: Said) -> None:
        now = self._clock.now()
        agreed = self._lobby.hear(person_id, said, now)
        if agreed is False:
            self._lobby.decline(person_id, now)
        elif agreed:
            await self._agree(person_id, said)

    async def _agree(self, person_id: str, said: Said) -> None:
        now = self._clock.now()
        held = self._lobby.leave(person_id, now)
        say = self._toolkit.sentences.say
        async with self._database.transaction() as session:
            person = await find_person(session, person_id)
            if person is None:
                person = await enrol(session, person_id, name=person_id, time_zone=self._settings.time_zone, now=now)
            person.consent_version, person.consented_at = CONSENT_VERSION, now
            session.add(Message(person_id=person_id, side=Side.PERSON, text=clean(said.text or "") or say("choice.agree"), at=now))
            await session.flush()
            await kept.keep_replies(session, person_id, [Reply(say("conversation.agreed_held" if held else "conversation.agreed"))], now)
        if held is not None:
            await self._keep(person_id, held)

    # Keeping

    async def _keep(self, person_id: str, said: Said) -> None:
        now = self._clock.now()
        try:
            async with self._database.transaction() as session:
                if await kept.is_known_event(session, said.channel, said.event_id):
                    return
                text = clean(said.text or "")
                if said.choice is not None:
                    target = read_value(said.choice)
                    label = await kept.label_of(session, person_id, *target) if target else None
                    text = label or ""
                await self._note_beginning(session, person_id)
                await kept.keep_inbound(
                    session,
                    person_id,
                    channel=said.channel,
                    event_id=said.event_id,
                    text=text,
                    choice=said.choice[:40] if said.choice is not None else None,
                    now=now,
                )
                await note_message(session, person_id, now)
        except IntegrityError:
            # Another process kept the same event in between; that one answers it.
            log.info("an event was delivered twice on channel %s", said.channel)

    async def _note_beginning(self, session: AsyncSession, person_id: str) -> None:
        person = await find_person(session, person_id)
        now = self._clock.now()
        if person is not None and (person.last_message_at is None or now - person.last_message_at > PAUSE):
            session.add(Activity(person_id=person_id, kind=Happening.CONVERSATION_STARTED, at=now))

    # Answering

    async def _next(self, person_id: str) -> Waiting | None:
        """Claim the person's oldest waiting message; none when there is none, or when another process is answering it."""
        async with self._database.transaction() as session:
            row = await kept.oldest_waiting(session, person_id)
            person = await find_person(session, person_id)
            if row is None or person is None or not await kept.claim_inbound(session, row[0].id, datetime.now(UTC), LEASE):
                return None
        return Waiting(row[0], row[1], person)

    async def _answer_one(self, waiting: Waiting) -> bool:
        """Answer one message; return False when it has to wait for the engine."""
        async with self._database.transaction() as session:
            local = await self._answer_without_engine(session, waiting)
            if isinstance(local, str):
                text = local
            else:
                await self._finish(session, waiting, local)
                return True
        try:
            replies = await self._ask_engine(waiting, text)
        except EngineUnavailable as error:
            log.warning("a message waits: %s", error)
            await self._say_that_it_waits(waiting, "conversation.unavailable", is_given_up=True)
            return False
        async with self._database.transaction() as session:
            await self._finish(session, waiting, replies)
            person = await find_person(session, waiting.person.id)
            withdrew = person is not None and person.consented_at is None
        if withdrew:
            await erase(self._database, waiting.person.id)
            self._lobby.say(waiting.person.id, [replies[-1]], self._clock.now())
        return True

    async def _answer_without_engine(self, session: AsyncSession, waiting: Waiting) -> list[Reply] | str:
        """Return what is said at once, or the text that goes to the engine."""
        person_id, text, limits = waiting.person.id, waiting.message.text, self._settings.conversation
        say = self._toolkit.sentences.say
        inbound = await session.get(Inbound, waiting.inbound.id)
        if inbound is None or inbound.payload is not None:
            return inbound.payload or "" if inbound else []
        if inbound.choice is not None:
            target = read_value(inbound.choice)
            choice = await kept.open_choice(session, person_id, *target) if target else None
            if target is None or choice is None:
                key = "conversation.stale_choice" if text else "conversation.unknown_choice"
                return await self._offer_again(session, person_id, key)
            return await self._take(session, inbound, *target, choice.payload)
        if tier := self._net.tier_of(text):
            return safety_replies(self._toolkit, tier, self._clock.now())
        if len(text) > limits.longest_message:
            return [Reply(say("conversation.too_long", length=len(text), longest=limits.longest_message))]
        if not has_words(text):
            return [Reply(say("conversation.no_words"))]
        if not is_latin(text):
            return [Reply(say("conversation.other_script"))]
        if await kept.said_just_before(session, person_id, waiting.message.id, waiting.message.at - DOUBLE_TAP) == text and len(text) > 12:
            return []
        if (offer := await kept.latest_offer(session, person_id)) is not None:
            index = match_choice(text, [choice["label"] for choice in offer.choices])
            if index is not None:
                return await self._take(session, inbound, offer.id, index, str(offer.choices[index]["payload"]))
        # A leading slash would make Rasa take typed words for an intent of its own.
        return text.lstrip("/ ") or text

    @staticmethod
    async def _take(session: AsyncSession, inbound: Inbound, message_id: int, index: int, payload: str) -> str:
        """Take a choice and remember what it stands for, so that a later attempt need not find it open still."""
        await kept.take_choice(session, message_id, index)
        inbound.payload = payload
        return payload

    async def _offer_again(self, session: AsyncSession, person_id: str, key: str) -> list[Reply]:
        """Say that a choice is closed, and offer again what is open."""
        offer = await kept.latest_offer(session, person_id)
        if offer is None:
            return [Reply(self._toolkit.sentences.say("conversation.stale_choice_alone"))]
        return [Reply(self._toolkit.sentences.say(key)), Reply(offer.text, kept.choices_of(offer))]

    async def _ask_engine(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        """Return the engine's replies, telling the person when they are slow; raises EngineUnavailable."""
        asking = asyncio.create_task(self._turn(waiting, text))
        done, _ = await asyncio.wait({asking}, timeout=self._settings.conversation.say_wait_after_seconds)
        if not done:
            await self._say_that_it_waits(waiting, "conversation.waiting", is_given_up=False)
        return await asking

    async def _turn(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        engine = await self._engine()
        key, inbound = waiting.person.conversation_key, waiting.inbound.id
        # An earlier attempt may have reached the engine although its answer never reached us.
        if waiting.inbound.attempts and (said := await engine.recall(key, inbound)):
            return said
        return await engine.send(key, text, inbound)

    async def _say_that_it_waits(self, waiting: Waiting, key: str, *, is_given_up: bool) -> None:
        """Tell the person once that the answer takes longer; given up, the message is free for the next attempt."""
        async with self._database.transaction() as session:
            inbound = await session.get(Inbound, waiting.inbound.id)
            if inbound is not None:
                if inbound.attempts == 0:
                    await kept.keep_replies(session, waiting.person.id, [Reply(self._toolkit.sentences.say(key))], self._clock.now())
                inbound.attempts += 1
                inbound.claimed_until = None if is_given_up else inbound.claimed_until
                waiting.inbound.attempts = inbound.attempts
        self._feed.publish(waiting.person.id)

    async def _finish(self, session: AsyncSession, waiting: Waiting, replies: Sequence[Reply]) -> list[Offered]:
        inbound = await session.get(Inbound, waiting.inbound.id)
        if inbound is not None:
            inbound.state, inbound.answered_at = InboundState.ANSWERED, self._clock.now()
        return await kept.keep_replies(session, waiting.person.id, replies, self._clock.now())
