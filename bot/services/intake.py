"""Reads a message before the dialogue engine does: what is closed, dangerous, unreadable or plain is answered here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.signposts import safety_replies
from bot.content.toolkit import Toolkit
from bot.domain.messages import SKIP, Choice, Reply, payload, read_payload, read_value
from bot.domain.posts import Post
from bot.services.broadcasts.replies import Replies
from bot.services.counterparts import Counterparts
from bot.services.figures import answer_about_figures
from bot.services.joining import Joining
from bot.services.offers import unread
from bot.settings import ConversationSettings
from bot.storage import messages as kept
from bot.storage.posts import note_post, post_of
from bot.storage.tables import Delivery, Inbound, Message, Person
from bot.understanding.availability import understand_availability
from bot.understanding.corrections import names_correction
from bot.understanding.figures import understand_figures
from bot.understanding.option_questions import About, understand_option_question
from bot.understanding.posts import is_only_post, understand_post
from bot.understanding.questions import understand_question
from bot.understanding.replies import match_choice, match_command, match_yes_or_no
from bot.understanding.safety import SafetyNet
from bot.understanding.words import has_words, is_latin

# The same words again within this time are a second tap on "send", not a second message.
DOUBLE_TAP = timedelta(seconds=10)
# An answer on a scale, or several.
_NUMBERS = re.compile(r"\W*\d{1,2}(?:\W+\d{1,2})*\W*")
# The payload of a choice that hands an earlier message of the person's own to the engine: this, then the message's id.
SAID = "#said "
# What precedes the payload of a form that was filled in, until its words have been read here.
FILLED = "#filled "


@dataclass(frozen=True, slots=True)
class Waiting:
    """One message that waits for its answer, with the person who wrote it."""

    inbound: Inbound
    message: Message
    person: Person
    toolkit: Toolkit
    attempt: int
    # What the coach said of its own accord that the engine does not know of yet.
    untold: Sequence[Delivery] = ()


class Intake:
    """Decides what needs no engine. What it says is the content's own, word for word."""

    def __init__(
        self,
        net: SafetyNet,
        limits: ConversationSettings,
        counterparts: Counterparts,
        joining: Joining,
        replies: Replies,
        smallest: int,
    ) -> None:
        self._net, self._limits, self._counterparts, self._joining = net, limits, counterparts, joining
        self._replies, self._smallest = replies, smallest

    async def read(self, session: AsyncSession, waiting: Waiting, now: datetime, offer: Message | None) -> list[Reply] | str:
        """Return what is said at once, or the text that goes to the engine or to the desk for a person's rights.

        `offer` is what was offered last and still stands.
        """
        person_id, text, limits = waiting.person.id, waiting.message.text, self._limits
        toolkit, say = waiting.toolkit, waiting.toolkit.sentences.say
        inbound = await session.get(Inbound, waiting.inbound.id)
        if inbound is None:
            return []
        filled = inbound.payload.removeprefix(FILLED) if inbound.payload and _is_filled(inbound) else None
        if inbound.payload is not None and filled is None:
            return await self._replies.handle(session, waiting.person, inbound.payload, now)
        if inbound.choice is not None:
            target = read_value(inbound.choice)
            choice = await kept.open_choice(session, person_id, *target) if target else None
            if target is None or choice is None:
                key = "conversation.stale_choice" if text else "conversation.unknown_choice"
                return self._offer_again(waiting, key, offer)
            taken = await self._take(session, inbound, *target, choice.payload)
            return await self._replies.handle(session, waiting.person, taken, now)
        post = await self._post_of(session, waiting)
        if tier := self._net.tier_of(text):
            # Nothing else in that turn: what was asked before can wait.
            return safety_replies(toolkit, tier, now, post)
        if len(text) > limits.longest_message:
            return self._unread(waiting, offer, say("conversation.too_long", length=len(text), longest=limits.longest_message))
        if any(toolkit.identifiers[kind].of == "patient" for kind in inbound.redactions):
            what = toolkit.sentences.list_of(f"removed.{kind}" for kind in inbound.redactions)
            return [
                Reply(
                    say("safety.identifiable", what=what), (Choice(say("choice.go_on_without"), filled or f"{SAID}{waiting.message.id}"),)
                )
            ]
        if not has_words(text):
            return self._unread(waiting, offer, say("conversation.no_words"))
        if not is_latin(text):
            return self._unread(waiting, offer, say("conversation.other_script"))
        if filled is not None:
            return filled
        if await kept.said_just_before(session, person_id, waiting.message.id, waiting.message.at - DOUBLE_TAP) == text and len(text) > 12:
            return []
        if offer is not None:
            labels = [choice["label"] for choice in offer.choices]
            if _begins_survey(offer) and _NUMBERS.fullmatch(text):
                # Whoever answers in numbers before anything was asked is asked at once.
                return await self._take(session, inbound, offer.id, 0, str(offer.choices[0]["payload"]))
            skips = [choice.get("means") == SKIP for choice in offer.choices]
            index = match_choice(text, labels, counted=skips.index(True) if any(skips) else None)
            if index is None:
                index = match_yes_or_no(text, [choice.get("means") for choice in offer.choices])
            if index is not None:
                taken = await self._take(session, inbound, offer.id, index, str(offer.choices[index]["payload"]))
                return await self._replies.handle(session, waiting.person, taken, now)
            if (asked := _asked_of_options(text, offer)) is not None:
                # Where an option leads is what choosing it shows.
                return asked if isinstance(asked, str) else await self._take(session, inbound, offer.id, *asked)
            if (heard := await self._replies.hear(session, waiting.person, offer, waiting.message.id, text, now)) is not None:
                return heard
        if is_only_post(text):
            return payload("say_post")
        if (about := understand_question(text)) is not None:
            return payload("ask_about", {"about": about})
        if names_correction(text):
            return payload("amend_answer", {"said": text})
        if understand_availability(text, now, ZoneInfo(waiting.person.time_zone)) is not None:
            return payload("quiet_hours", {"said": text})
        if (question := understand_figures(text)) is not None:
            return await answer_about_figures(session, toolkit, waiting.person, question, self._smallest, now)
        if (accepted := await self._counterparts.take_code(session, waiting.person, text, now)) is not None:
            return accepted
        person = await session.get_one(Person, person_id)
        if (joined := await self._joining.take_code(session, person, text, f"{inbound.channel}:{person_id}", now)) is not None:
            return joined
        commands = toolkit.commands
        if (name := match_command(text, {each.id: each.phrases for each in commands.values()})) is not None:
            command = commands[name]
            handled = await self._counterparts.handle(session, waiting.person, command.intent, command.carries, now)
            if command.intent == "broadcast_retract":
                handled = await self._replies.retract_newest(session, waiting.person)
            return handled if handled is not None else payload(command.intent, dict(command.carries))
        return as_words(text)

    @staticmethod
    async def _post_of(session: AsyncSession, waiting: Waiting) -> Post | None:
        """Return the writer's post, which this very message may name; it is kept then."""
        person = await session.get_one(Person, waiting.person.id)
        if (said := understand_post(waiting.message.text)) is None:
            return await post_of(session, person)
        note_post(person, said)
        return said

    @staticmethod
    def notices(waiting: Waiting) -> list[Reply]:
        """Return what the person has to know about their message besides its answer: a colleague's name was taken out."""
        kinds = waiting.inbound.redactions
        if not kinds or (waiting.inbound.payload is not None and not _is_filled(waiting.inbound)):
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
    def _unread(waiting: Waiting, offer: Message | None, text: str) -> list[Reply]:
        """Say why a message could not be read; what was on offer stays on offer."""
        return unread(text, offer, waiting.toolkit.sentences)

    @staticmethod
    def _offer_again(waiting: Waiting, key: str, offer: Message | None) -> list[Reply]:
        """Say that a choice is closed, and offer again what is open."""
        say = waiting.toolkit.sentences.say
        if offer is None:
            return [Reply(say("conversation.stale_choice_alone"))]
        return unread(say(key), offer, waiting.toolkit.sentences)


def _begins_survey(offer: Message) -> bool:
    """Return whether what is on offer is to begin a survey, before any of its questions."""
    return bool(offer.choices) and str(offer.choices[0]["payload"]).startswith("/EXTERNAL_survey")


def _asked_of_options(text: str, offer: Message) -> str | tuple[int, str] | None:
    """Return the payload that answers a question about the options on offer, or the option to choose; none when it is none."""
    payloads = [str(choice["payload"]) for choice in offer.choices]
    options = [index for index, each in enumerate(payloads) if each.startswith("/choose_option")]
    is_walked = any(each.startswith("/see_options") for each in payloads)
    asked = understand_option_question(text, [str(offer.choices[index]["label"]) for index in options])
    if asked is None or not (options or (is_walked and asked.about is not About.OUTCOME)):
        return None
    if asked.about is About.OUTCOME and asked.place is not None:
        return options[asked.place], payloads[options[asked.place]]
    carried = read_payload(payloads[options[asked.place]])[1] if asked.place is not None else {}
    return payload("ask_about", {"about": asked.about.value, "option": carried.get("option", "")})


def _is_filled(inbound: Inbound) -> bool:
    """Return whether a form was filled in whose words have not been read yet."""
    return inbound.payload is not None and inbound.payload.startswith(FILLED)


def as_words(text: str) -> str:
    """Return typed words so that Rasa takes them for words: a leading slash would name an intent of its own."""
    return text.lstrip("/ ") or "?"
