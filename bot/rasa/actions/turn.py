"""One call from Rasa, in our own words: what was said, what is remembered, and what to answer."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.schema import Option, Scenario, Theme
from bot.domain.availability import Availability
from bot.domain.messages import Choice, Reply
from bot.domain.posts import Post
from bot.domain.timing import is_day_for_it
from bot.domain.wording import say_moment
from bot.rasa.actions.desk import Desk
from bot.rasa.reading import SAFETY_INTENTS
from bot.storage.hours import hours_of
from bot.storage.messages import retried_since
from bot.storage.people import person_of_conversation
from bot.storage.posts import post_of
from bot.storage.tables import Activity, Happening, Person

Slots = Mapping[str, Any]
LISTEN = "action_listen"


class Turn:
    """One action's view of the conversation; what it says is collected and kept by the conversation service."""

    def __init__(
        self,
        desk: Desk,
        session: AsyncSession,
        person: Person,
        post: Post | None,
        tracker: Tracker,
        dispatcher: CollectingDispatcher,
    ) -> None:
        self.desk, self.session, self.person, self.post = desk, session, person, post
        self._tracker, self._dispatcher = tracker, dispatcher
        self.now: datetime = desk.clock.now()
        self.zone = ZoneInfo(person.time_zone)
        self.toolkit = desk.library.of(person.programme_id)
        # An action that begins something else ends the form that was asking; one that ends the turn too leaves it.
        self.ends_form = self.leaves_form = False
        # The action that comes next, where what was given whole leaves nothing to ask.
        self.goes_on_with: str | None = None

    @property
    def text(self) -> str:
        """The person's words, or nothing when they tapped a choice."""
        text = str(self._tracker.latest_message.get("text") or "")
        return "" if text.startswith("/") else text

    @property
    def said(self) -> str:
        """The person's words, also when they were read before the engine and handed on beside an intent."""
        return self.entity("said") or self.text

    @property
    def intent(self) -> str:
        return str((self._tracker.latest_message.get("intent") or {}).get("name") or "")

    @property
    def confidence(self) -> float:
        return float((self._tracker.latest_message.get("intent") or {}).get("confidence") or 0.0)

    @property
    def requested(self) -> str | None:
        name = self.slot("requested_slot")
        return str(name) if name else None

    @property
    def active_form(self) -> str | None:
        return self._tracker.active_loop.get("name") if self._tracker.active_loop else None

    def slot(self, name: str) -> Any:
        return self._tracker.get_slot(name)

    def entity(self, name: str) -> str | None:
        """Return what a tapped choice carries under `name`."""
        return next((str(e["value"]) for e in self._tracker.latest_message.get("entities", []) if e.get("entity") == name), None)

    @property
    def hours(self) -> Availability:
        """The person's hours, or the installation's when they have said nothing about theirs."""
        return hours_of(self.person, self.desk.settings)

    def say_when(self, due_at: datetime) -> str:
        """Return in words when something that is due then will be asked, by the person's hours: after theatre, leave or the night."""
        hours, bank_holidays = self.hours, self.desk.settings.follow_up.bank_holidays
        named = due_at.astimezone(self.zone).date()
        opens = hours.next_open(due_at, self.zone, lambda day: is_day_for_it(day, named, hours, bank_holidays))
        return say_moment((opens or due_at).astimezone(self.zone))

    def ranking(self, name: str) -> list[tuple[str, float]]:
        """Return the engine's guesses, the most likely first: `theme_ranking` or `scenario_ranking`."""
        return [(guess["name"], float(guess["confidence"])) for guess in self._tracker.latest_message.get(name) or []]

    @property
    def two_themes(self) -> list[str]:
        """The themes of a message that holds two things, the first being the whole message's; nothing otherwise."""
        return [str(name) for name in self._tracker.latest_message.get("two_themes") or []]

    @property
    def scenario(self) -> Scenario | None:
        return self.toolkit.scenarios.get(self.slot("scenario") or "")

    @property
    def option(self) -> Option | None:
        """The option of the thread's scenario that was followed last."""
        seen: list[str] = self.slot("options_seen") or []
        return self.scenario.option(seen[-1]) if self.scenario and seen else None

    @property
    def theme(self) -> Theme | None:
        return self.toolkit.themes.get(self.slot("theme") or "")

    def sentence(self, key: str, **values: object) -> str:
        return self.toolkit.sentences.say(key, **values)

    def say(self, text: str, choices: Iterable[Choice] = ()) -> None:
        """Say one message, word for word."""
        buttons = [{"title": choice.label, "payload": choice.payload, "means": choice.means} for choice in choices]
        self._dispatcher.utter_message(text=text, buttons=buttons)

    def say_reply(self, reply: Reply) -> None:
        self.say(reply.text, reply.choices)

    def say_replies(self, replies: Iterable[Reply]) -> None:
        for reply in replies:
            self.say_reply(reply)

    def say_sentence(self, key: str, choices: Iterable[Choice] = (), **values: object) -> None:
        """Say one of the coach's sentences."""
        self.say(self.sentence(key, **values), choices)

    async def tried_since(self) -> datetime | None:
        """Return since when an earlier attempt at this very message may have kept what it led to; none at the first attempt.

        An engine that dies after an action was done, and before its turn is kept, has the whole turn done again.
        """
        inbound = (self._tracker.latest_message.get("metadata") or {}).get("inbound")
        return await retried_since(self.session, self.person.id, int(inbound)) if inbound else None

    def note(self, kind: Happening, *, theme: str | None = None, scenario: str | None = None) -> None:
        """Count that something happened, without a word of what was said."""
        self.session.add(Activity(person_id=self.person.id, kind=kind, theme=theme, scenario=scenario, at=self.now))


class CoachAction(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """An action of ours: `answer` says what there is to say and returns the slots to remember."""

    called: str

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def name(self) -> str:
        return self.called

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Answer Rasa's call in one transaction, so that what is said and what is kept agree."""
        async with self._desk.database.transaction() as session:
            person = await person_of_conversation(session, tracker.sender_id)
            if person is None:
                raise LookupError("a conversation without a person: was it erased?")
            turn = Turn(self._desk, session, person, await post_of(session, person), tracker, dispatcher)
            if turn.intent in SAFETY_INTENTS and self.called.startswith("action_ask_"):
                # What a form asked stays open, but it is not asked again beside the lines to turn to.
                return []
            slots = await self.answer(turn)
        events: list[dict[str, Any]] = [SlotSet(name, value) for name, value in slots.items()]
        if turn.active_form and (turn.leaves_form or turn.ends_form):
            events += [ActiveLoop(None), SlotSet("requested_slot", None)]
            events += [FollowupAction(LISTEN)] if turn.leaves_form else []
        events += [FollowupAction(turn.goes_on_with)] if turn.goes_on_with else []
        return events

    @abstractmethod
    async def answer(self, turn: Turn) -> Slots:
        """Say and keep what this action is for; return the slots to set."""


class FormReader(CoachAction):
    """A form's validation: reads the answer to the question that was asked.

    An empty result rejects the form's turn, upon which Rasa's rules answer the aside and take the form up again.
    """

    async def answer(self, turn: Turn) -> Slots:
        if turn.requested is None or turn.active_form is None or turn.intent in SAFETY_INTENTS:
            return {}
        return await self.read(turn, turn.requested)

    @abstractmethod
    async def read(self, turn: Turn, asked: str) -> Slots:
        """Return the slot `asked` filled from the turn, or with none and `asked_again` when it could not be read."""


# Plain words for wanting no messages for a while.
SILENCE = re.compile(
    r"\b(?:snooz\w*|mute|pause|quiet\w*|silen\w+|hush|shush|messages?|bother|disturb|nudg\w+|ping\w*|remind\w*|leave me|write to me|"
    r"not (?:now|today|this week|in clinic|in theatre|on call)|on leave|annual leave|holiday|away|off (?:sick|work|till|until)|"
    r"busy|back (?:on|off)|come back|later|hold off|break|breather|space|give (?:it|me)|stop (?:for|until|till))\b",
    re.I,
)

# Intents that are answered beside the thread, and those that leave it.
ASIDES = frozenset(
    {"help", "who_sees", "export_data", "snooze", "resume", "quiet_hours", "thanks", "greet", "evidence", "say_post", "ask_about"}
)
LEAVING = frozenset({"stop", "delete_data", "browse", "reflect", "deny"})
# How sure the engine must be, and how short the message, before an answer in free words is taken for something else.
SURE = 0.6
SHORT = 10
# Plain words for passing over a question.
SKIPPING = re.compile(
    r"^\W*(?:(?:can we |please |let'?s |i'?ll )?(?:skip|pass(?: on)?)(?: (?:it|this|that)(?: (?:one|question))?)?|"
    r"next(?: one| question)?|another(?: one| question)|"
    r"(?:a )?different (?:one|question)|n/?a|prefer not to say|no comment|not applicable)(?: please| pls| then)?\W*$",
    re.I,
)
# "To stop saying yes" is an answer about oneself, not a wish to stop the coach.
_WISH = re.compile(r"^\W*(?:to|i'd|i would|i want to|i wish|that|if|when)\b", re.I)


def is_tap(turn: Turn) -> bool:
    """Return whether a choice was tapped (or its label typed) that belongs to something other than the form's question."""
    return not turn.text and turn.intent != "answer"


def is_beside(turn: Turn) -> bool:
    """Return whether a typed message is an aside or leaves, rather than an answer in free words."""
    if turn.intent in LEAVING and _WISH.match(turn.text):
        return False
    if turn.intent == "resume" and turn.person.stopped_at is None and turn.person.snoozed_until is None:
        return False  # "my evenings back", where nothing is to be taken up again
    return turn.intent in ASIDES | LEAVING and turn.confidence >= SURE and len(turn.text.split()) <= SHORT
