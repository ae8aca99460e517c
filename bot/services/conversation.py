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

from bot.content.library import Library
from bot.content.redaction import Redactor
from bot.content.signposts import safety_replies
from bot.content.toolkit import Toolkit
from bot.domain.clock import Clock
from bot.domain.messages import SKIP, Choice, Offered, Reply, Said, payload, read_value
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.feed import Feed
from bot.services.lobby import CONSENT_VERSION, Lobby
from bot.services.offers import unread, with_offer
from bot.services.rights import erase
from bot.settings import SettingsFile
from bot.storage import messages as kept
from bot.storage.database import Database
from bot.storage.people import enrol, find_person, note_message
from bot.storage.tables import Activity, Happening, Inbound, InboundState, Message, Person, Side
from bot.understanding.replies import match_choice, match_command, match_yes_or_no
from bot.understanding.safety import SafetyNet
from bot.understanding.words import clean, has_words, is_latin

log = logging.getLogger(__name__)

# After this long without a message, the next one begins a new conversation in the statistics.
PAUSE = timedelta(minutes=30)
# The same words again within this time are a second tap on "send", not a second message.
DOUBLE_TAP = timedelta(seconds=10)
# How long one process may be answering a message before another takes it over; longer than any engine's timeout.
LEASE = timedelta(minutes=3)
# After this many failures that are not the engine's absence, a message is given up.
MOST_ATTEMPTS = 3
# What is kept of a choice that was never one of ours.
NO_CHOICE = "?"
# The payload of a choice that hands an earlier message of the person's own to the engine: this, then the message's id.
_SAID = "#said "
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
    toolkit: Toolkit
    attempt: int


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
    ) -> None:
        self._database, self._library, self._clock, self._settings = database, library, clock, settings
        self._engine, self._feed, self._lobby, self._net, self._redactor = engine, feed, lobby, net, redactor
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
            await self._receive_in_lobby(person_id, said, self._library.of(person.programme_id if person else None))
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
                except Exception as error:  # whatever it is, the next message must not wait behind it for ever
                    log.error("a message could not be answered (attempt %d): %s", waiting.attempt, type(error).__name__)
                    if waiting.attempt < MOST_ATTEMPTS:
                        await self._say_that_it_waits(waiting, "conversation.unavailable", is_given_up=True)
                        return
                    await self._give_up(waiting)
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

    async def _give_up(self, waiting: Waiting) -> None:
        """Say that a message cannot be answered, and go on with the next."""
        async with self._database.transaction() as session:
            await self._finish(session, waiting, [Reply(waiting.toolkit.sentences.say("conversation.failed"))])

    # First contact

    async def _receive_in_lobby(self, person_id: str, said: Said, toolkit: Toolkit) -> None:
        now = self._clock.now()
        agreed = self._lobby.hear(person_id, said, now, toolkit)
        if agreed is False:
            self._lobby.decline(person_id, now)
        elif agreed:
            await self._agree(person_id, said, toolkit)

    async def _agree(self, person_id: str, said: Said, toolkit: Toolkit) -> None:
        now = self._clock.now()
        held = self._lobby.leave(person_id, now)
        say = toolkit.sentences.say
        async with self._database.transaction() as session:
            person = await find_person(session, person_id)
            if person is None:
                person = await enrol(session, person_id, name=person_id, time_zone=self._settings.time_zone, now=now)
            person.consent_version, person.consented_at = CONSENT_VERSION, now
            session.add(Message(person_id=person_id, side=Side.PERSON, text=say("choice.agree"), at=now))
            await session.flush()
            await kept.keep_replies(session, person_id, [Reply(say("conversation.agreed_held" if held else "conversation.agreed"))], now)
        for each in held:
            await self._keep(person_id, each)

    # Keeping

    async def _keep(self, person_id: str, said: Said) -> None:
        now = self._clock.now()
        try:
            async with self._database.transaction() as session:
                if await kept.is_known_event(session, said.channel, said.event_id):
                    return
                found = self._redactor.redact(clean(said.text or ""), now.date())
                text, target = found.text, None
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
                    choice=said.choice if target else NO_CHOICE if said.choice is not None else None,
                    redactions=found.kinds,
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
            attempt = row[0].attempts + 1 if row else 0
            if row is None or person is None or not await kept.claim_inbound(session, row[0].id, datetime.now(UTC), LEASE):
                return None
        return Waiting(row[0], row[1], person, self._library.of(person.programme_id), attempt)

    async def _answer_one(self, waiting: Waiting) -> bool:
        """Answer one message; return False when it has to wait for the engine."""
        async with self._database.transaction() as session:
            local = await self._answer_without_engine(session, waiting)
            offer = await kept.latest_offer(session, waiting.person.id)
            if not isinstance(local, str):
                await self._finish(session, waiting, local)
                return True
        # The engine may delete everything; until that is said, nobody is greeted anew.
        with self._lobby.closed_to(waiting.person.id):
            return await self._answer_with_engine(waiting, local, offer)

    async def _answer_with_engine(self, waiting: Waiting, text: str, offer: Message | None) -> bool:
        """Answer one message with what the engine says to it, then erase everything when that was asked for."""
        try:
            replies = [*self._notices(waiting), *self._after(waiting, await self._ask_engine(waiting, text), offer)]
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
        toolkit, say = waiting.toolkit, waiting.toolkit.sentences.say
        inbound = await session.get(Inbound, waiting.inbound.id)
        if inbound is None or inbound.payload is not None:
            return inbound.payload or "" if inbound else []
        if inbound.choice is not None:
            target = read_value(inbound.choice)
            choice = await kept.open_choice(session, person_id, *target) if target else None
            if target is None or choice is None:
                key = "conversation.stale_choice" if text else "conversation.unknown_choice"
                return await self._offer_again(session, waiting, key)
            return await self._take(session, inbound, *target, choice.payload)
        if tier := self._net.tier_of(text):
            replies = safety_replies(toolkit, tier, self._clock.now())
            return with_offer(replies, await kept.latest_offer(session, person_id), toolkit.sentences)
        if len(text) > limits.longest_message:
            return await self._unread(session, waiting, say("conversation.too_long", length=len(text), longest=limits.longest_message))
        if any(toolkit.identifiers[kind].of == "patient" for kind in inbound.redactions):
            what = toolkit.sentences.list_of(f"removed.{kind}" for kind in inbound.redactions)
            return [Reply(say("safety.identifiable", what=what), (Choice(say("choice.go_on_without"), f"{_SAID}{waiting.message.id}"),))]
        if not has_words(text):
            return await self._unread(session, waiting, say("conversation.no_words"))
        if not is_latin(text):
            return await self._unread(session, waiting, say("conversation.other_script"))
        if await kept.said_just_before(session, person_id, waiting.message.id, waiting.message.at - DOUBLE_TAP) == text and len(text) > 12:
            return []
        if (offer := await kept.latest_offer(session, person_id)) is not None:
            labels = [choice["label"] for choice in offer.choices]
            skips = [choice.get("means") == SKIP for choice in offer.choices]
            index = match_choice(text, labels, counted=skips.index(True) if any(skips) else None)
            if index is None:
                index = match_yes_or_no(text, [choice.get("means") for choice in offer.choices])
            if index is not None:
                return await self._take(session, inbound, offer.id, index, str(offer.choices[index]["payload"]))
        commands = toolkit.commands
        if (name := match_command(text, {each.id: each.phrases for each in commands.values()})) is not None:
            return payload(commands[name].intent, dict(commands[name].carries))
        return _as_words(text)

    def _notices(self, waiting: Waiting) -> list[Reply]:
        """Return what the person has to know about their message besides its answer: a colleague's name was taken out."""
        kinds = waiting.inbound.redactions
        if not kinds or waiting.inbound.payload is not None:
            return []
        sentences = waiting.toolkit.sentences
        what = sentences.list_of(f"removed.{kind}" for kind in kinds)
        return [Reply(sentences.say("safety.name_removed", what=what))]

    @staticmethod
    async def _take(session: AsyncSession, inbound: Inbound, message_id: int, index: int, payload: str) -> str:
        """Take a choice and remember what it stands for, so that a later attempt need not find it open still."""
        await kept.take_choice(session, message_id, index)
        inbound.payload = payload
        return payload

    @staticmethod
    def _after(waiting: Waiting, replies: Sequence[Reply], offer: Message | None) -> list[Reply]:
        """Return the engine's replies, with what was on offer before after an aside; a tap was no aside."""
        return list(replies) if waiting.inbound.choice is not None else with_offer(replies, offer, waiting.toolkit.sentences)

    @staticmethod
    async def _unread(session: AsyncSession, waiting: Waiting, text: str) -> list[Reply]:
        """Say why a message could not be read; what was on offer stays on offer."""
        offer = await kept.latest_offer(session, waiting.person.id)
        return unread(text, offer, waiting.toolkit.sentences)

    @staticmethod
    async def _offer_again(session: AsyncSession, waiting: Waiting, key: str) -> list[Reply]:
        """Say that a choice is closed, and offer again what is open."""
        say = waiting.toolkit.sentences.say
        offer = await kept.latest_offer(session, waiting.person.id)
        if offer is None:
            return [Reply(say("conversation.stale_choice_alone"))]
        return unread(say(key), offer, waiting.toolkit.sentences)

    async def _ask_engine(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        """Return the engine's replies, telling the person when they are slow; raises EngineUnavailable."""
        asking = asyncio.create_task(self._turn(waiting, text))
        done, _ = await asyncio.wait({asking}, timeout=self._settings.conversation.say_wait_after_seconds)
        if not done:
            await self._say_that_it_waits(waiting, "conversation.waiting", is_given_up=False)
        return await asking

    async def _turn(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        if text.startswith(_SAID):
            async with self._database.reading() as session:
                text = _as_words(await kept.words_of(session, waiting.person.id, int(text.removeprefix(_SAID))))
        engine = await self._engine()
        key, inbound = waiting.person.conversation_key, waiting.inbound.id
        # An earlier attempt may have reached the engine although its answer never reached us.
        if waiting.attempt > 1 and (said := await engine.recall(key, inbound)):
            return said
        return await engine.send(key, text, inbound)

    async def _say_that_it_waits(self, waiting: Waiting, key: str, *, is_given_up: bool) -> None:
        """Tell the person once that the answer takes longer; given up, the message is free for the next attempt."""
        async with self._database.transaction() as session:
            inbound = await session.get(Inbound, waiting.inbound.id)
            if inbound is not None:
                if not inbound.was_told:
                    await kept.keep_replies(session, waiting.person.id, [Reply(waiting.toolkit.sentences.say(key))], self._clock.now())
                inbound.was_told = True
                inbound.claimed_until = None if is_given_up else inbound.claimed_until
        self._feed.publish(waiting.person.id)

    async def _finish(self, session: AsyncSession, waiting: Waiting, replies: Sequence[Reply]) -> list[Offered]:
        inbound = await session.get(Inbound, waiting.inbound.id)
        if inbound is not None:
            inbound.state, inbound.answered_at = InboundState.ANSWERED, self._clock.now()
        return await kept.keep_replies(session, waiting.person.id, replies, self._clock.now())


def _as_words(text: str) -> str:
    """Return typed words so that Rasa takes them for words: a leading slash would name an intent of its own."""
    return text.lstrip("/ ") or "?"
