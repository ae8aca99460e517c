"""Forms in Teams: sent as a card of their own, read back with what is wrong above its field, and handed to the conversation."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from bot.bootstrap import Product
from bot.channels.questions import questions_of
from bot.channels.teams import form_cards as cards
from bot.channels.teams.activities import Activity
from bot.channels.teams.cards import Card
from bot.channels.teams.form_cards import PlanGiven, Unreadable
from bot.channels.teams.inbox import Inbox
from bot.channels.teams.sending import TeamsChannel
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import PLAN, SURVEY, Filled
from bot.services.forms import Forms, PlanBegun
from bot.understanding.plans import join_plan, split_plan

log = logging.getLogger(__name__)


class Filling:
    """Begins forms and takes them in. What a form is about is signed for its person, so that nobody can change it on the way."""

    def __init__(self, product: Product, channel: TeamsChannel, inbox: Inbox) -> None:
        self._channel, self._inbox = channel, inbox
        self._sentences = product.toolkit.sentences
        self._smallest = product.settings.file.dashboard.smallest_group
        self._forms = Forms(product.database, product.library, product.clock, product.settings.file)
        # What the forms that stand are about, by whose they are and their id in Teams. After a restart they stay until they are handed in.
        self._standing: dict[str, dict[str, Mapping[str, str | int]]] = {}
        self._signer = URLSafeSerializer(product.settings.session_key, salt="teams-form")

    async def plan_begun_by(self, person_id: str, choice: str) -> PlanBegun | None:
        """Return the plan that a choice begins; none when it begins none, or can no longer be taken."""
        return await self._forms.begin_plan_by(person_id, choice)

    def offer_plan(self, activity: Activity, person_id: str, begun: PlanBegun) -> None:
        """Send a plan's form, besides the question that the conversation asks; either may be answered."""
        cue, response = split_plan(begun.words)
        card = cards.plan_card(self._sentences, self._sign(person_id, begun.about), PlanGiven(cue, response, ""), begun.example)
        self._inbox.start(self._begin(activity, person_id, card, "teams.plan_title", begun.about))

    async def open_survey(self, activity: Activity, person_id: str | None) -> str | None:
        """Send the form with the questions that wait; return what is said where none do."""
        begun = await self._forms.begin_survey(person_id) if person_id is not None else None
        if begun is None or person_id is None:
            return self._sentences["form.survey_none"]
        about = {"round": begun.round_id}
        card = cards.survey_card(self._sentences, self._sign(person_id, about), questions_of(begun), self._smallest)
        self._inbox.start(self._begin(activity, person_id, card, "teams.survey_title", about))
        return None

    async def close_overtaken(self, activity: Activity, person_id: str) -> None:
        """Put a note in the place of each form that can no longer be handed in, such as a plan's whose plan was made by writing."""
        for activity_id, about in list(self._standing.get(person_id, {}).items()):
            if not await self._forms.can_fill(person_id, about):
                await self._close(activity, person_id, activity_id)

    async def take(self, activity: Activity, person_id: str | None, data: Mapping[str, Any]) -> Card:
        """Take in a form that was handed in; return the card that takes its place: what is wrong, or that it was taken."""
        about = self._about(person_id, data.get("about"))
        if person_id is None or about is None:
            return self._gone(data)
        if data.get("form") == PLAN:
            return await self._take_plan(activity, person_id, about, data)
        if data.get("form") == SURVEY:
            return await self._take_survey(activity, person_id, about, data)
        return self._gone(data)

    def _gone(self, data: Mapping[str, Any]) -> Card:
        """Return what takes the place of a form whose thing is gone: with what was written, for nothing else has it."""
        written = cards.read_plan(data)
        return cards.note_card("\n".join([self._sentences["form.gone"], written.cue, written.response]))

    async def answer_submit(self, activity: Activity, person_id: str | None, data: Mapping[str, Any]) -> None:
        """Take in a form from a client that knows no Action.Execute: the card that takes its place is put there by us."""
        card = await self.take(activity, person_id, data)
        await self.show(activity, card, str(card["body"][0]["text"]), activity.reply_to)

    async def _take_plan(self, activity: Activity, person_id: str, about: Mapping[str, str | int], data: Mapping[str, Any]) -> Card:
        given = cards.read_plan(data)
        halves = (given.cue, given.response)
        try:
            ask_on, faults = given.ask_on, {}
        except Unreadable:
            ask_on, faults = None, {cards.DAY: self._sentences["form.day_out_of_reach"]}
        faults = {**await self._forms.faults_in_plan(person_id, about, halves, ask_on), **faults}
        if faults:
            return cards.plan_card(self._sentences, str(data["about"]), given, faults=faults)
        words = join_plan(*halves)
        self._hand_in(activity, person_id, words, await self._forms.fill_plan(person_id, about, ask_on))
        return cards.note_card(f"{self._sentences['teams.form_taken']}\n{words}")

    async def _take_survey(self, activity: Activity, person_id: str, about: Mapping[str, str | int], data: Mapping[str, Any]) -> Card:
        try:
            answers = cards.read_survey(data)
        except Unreadable:
            return cards.note_card(self._sentences["form.gone"])
        filled: tuple[str, Filled] | str = await self._forms.fill_survey(person_id, int(about.get("round", 0)), answers)
        if isinstance(filled, str):
            return cards.note_card(filled)
        self._hand_in(activity, person_id, *filled)
        return cards.note_card(f"{self._sentences['teams.form_taken']}\n{filled[0]}")

    def _hand_in(self, activity: Activity, person_id: str, words: str, filled: Filled) -> None:
        self._standing.get(person_id, {}).pop(activity.reply_to, None)
        self._inbox.take(activity, text=words, filled=filled, then=partial(self.close_overtaken, activity))

    async def show(self, activity: Activity, card: Card, summary: str, instead_of: str = "") -> str:
        """Show a card, in the place of another where its id is given; return its id, empty when Teams refuses."""
        try:
            if instead_of:
                await self._channel.show_instead(activity.reference, instead_of, card, summary)
                return instead_of
            return await self._channel.show(activity.reference, card, summary)
        except (NotNow, Unreachable) as error:
            # What is asked can be answered in the conversation as well.
            log.warning("a card could not be shown in Teams: %s", error.reason)
            return ""

    async def _begin(self, activity: Activity, person_id: str, card: Card, title: str, about: Mapping[str, str | int]) -> None:
        """Show a form; one on the same thing that stands already is closed, so that there is one to fill in."""
        kind = "round" in about
        for activity_id, earlier in list(self._standing.get(person_id, {}).items()):
            if ("round" in earlier) == kind:
                await self._close(activity, person_id, activity_id)
        if shown := await self.show(activity, card, self._sentences[title]):
            self._standing.setdefault(person_id, {})[shown] = about

    async def _close(self, activity: Activity, person_id: str, activity_id: str) -> None:
        self._standing[person_id].pop(activity_id, None)
        note = self._sentences["teams.form_overtaken"]
        await self.show(activity, cards.note_card(note), note, activity_id)

    def _sign(self, person_id: str, about: Mapping[str, str | int]) -> str:
        return str(self._signer.dumps({"person": person_id, "about": dict(about)}))

    def _about(self, person_id: str | None, signed: object) -> Mapping[str, str | int] | None:
        """Return what a form is about, none when it is none of ours or another's."""
        try:
            held = self._signer.loads(signed) if isinstance(signed, str) and len(signed) < 4000 else {}
        except BadSignature:
            return None
        about: Mapping[str, str | int] | None = held.get("about") if held.get("person") == person_id else None
        return about
