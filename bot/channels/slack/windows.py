"""The windows over Slack: opened before anything slow, read back with what is wrong beside its field, and handed to the conversation."""

from __future__ import annotations

import logging
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.questions import questions_of
from bot.channels.slack import views
from bot.channels.slack.home import Home
from bot.channels.slack.inbox import Inbox
from bot.channels.slack.markup import own_words
from bot.channels.slack.origin import Payload, account_of, coach_of, part_at, text_at, user_of
from bot.channels.slack.sending import NAME, SlackChannel
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Filled
from bot.services.forms import Forms, PlanBegun, SurveyBegun
from bot.services.membership import Membership
from bot.understanding.plans import join_plan, split_plan

log = logging.getLogger(__name__)

# The fields of the plan's window, by the part of a plan that a fault is about.
_FIELDS = {"cue": views.CUE, "response": views.RESPONSE, "ask_on": views.DAY}


class Windows:
    """Opens windows and takes in what is sent from them."""

    def __init__(self, product: Product, channel: SlackChannel, membership: Membership, inbox: Inbox, home: Home) -> None:
        self._channel, self._membership, self._inbox, self._home = channel, membership, inbox, home
        self._toolkit, self._sentences = product.toolkit, product.toolkit.sentences
        self._smallest = product.settings.file.dashboard.smallest_group
        self._forms = Forms(product.database, product.library, product.clock, product.settings.file)

    # Opening

    async def open(self, body: Payload, view: views.View) -> None:
        """Open a window by what Slack gave for it, which is good for three seconds; too late, or refused, there is none."""

        async def ask(client: AsyncWebClient) -> Any:
            return await client.views_open(trigger_id=text_at(body, "trigger_id"), view=view)

        try:
            await self._channel.call(account_of(body), ask)
        except (NotNow, Unreachable) as error:
            log.info("a window could not be opened: %s", error.reason)

    async def open_plan(self, body: Payload) -> None:
        """Open a new plan's window."""
        person_id = await self.known(body)
        begun = await self._forms.begin_plan(person_id) if person_id is not None else None
        stranger = views.note_view(self._sentences, self._sentences["slack.home_stranger"])
        await self.open(body, self._plan_view(begun) if begun else stranger)

    async def plan_begun_by(self, body: Payload, choice: str) -> views.View | None:
        """Return the window of the plan that a choice begins; none when it begins none, or can no longer be taken."""
        person_id = await self.known(body)
        begun = await self._forms.begin_plan_by(person_id, choice) if person_id is not None else None
        return self._plan_view(begun) if begun else None

    async def open_survey(self, body: Payload) -> None:
        """Open the window with the questions that wait; where none do, say so."""
        person_id = await self.known(body)
        begun = await self._forms.begin_survey(person_id) if person_id is not None else None
        if begun is None:
            await self.open(body, views.note_view(self._sentences, self._sentences["form.survey_none"]))
        else:
            await self.open(body, self._survey_view(begun))

    async def open_talk(self, ack: AsyncAck, body: Payload) -> None:
        """The shortcut "talk to the coach", from anywhere in Slack."""
        await ack()
        await self.open(body, views.talk_view(self._sentences))

    async def open_reflection(self, ack: AsyncAck, body: Payload) -> None:
        """The shortcut on a message: somebody's own words are put into a window, another's are not looked at."""
        await ack()
        message = part_at(body, "message")
        if text_at(message, "user") != user_of(body) or message.get("bot_id"):
            view = views.note_view(self._sentences, self._sentences["slack.reflect_of_another"])
        elif words := own_words(text_at(message, "text"), self._sentences["slack.somebody"], coach_of(body)):
            view = views.talk_view(self._sentences, words)
        else:
            view = views.note_view(self._sentences, self._sentences["slack.reflect_without_words"])
        await self.open(body, view)

    async def open_who_sees(self, body: Payload) -> None:
        """Say who sees what, where it was asked."""
        text = self._sentences.say("aside.who_sees", smallest=self._smallest)
        await self.open(body, views.note_view(self._sentences, text))

    # Taking in

    async def take_plan(self, ack: AsyncAck, body: Payload) -> None:
        """A plan was sent: what is wrong is said beside its field, and the window stays with all that was written."""
        try:
            given = views.read_plan(part_at(body, "view"))
        except views.Unreadable:
            await ack(response_action="errors", errors={views.RESPONSE: self._sentences["plan.too_short"]})
            return
        halves = (given.cue, given.response)
        person_id = await self.known(body)
        faults = await self._forms.faults_in_plan(person_id or "", given.about, halves, given.ask_on)
        if person_id is None or faults:
            await ack(response_action="errors", errors={_FIELDS[part]: text for part, text in faults.items()})
            return
        await ack()
        await self._hand_in(body, join_plan(*halves), await self._forms.fill_plan(person_id, given.about, given.ask_on))

    async def take_survey(self, ack: AsyncAck, body: Payload) -> None:
        """Answers were sent: those that come too late are said to, and stay in the window."""
        view = part_at(body, "view")
        try:
            given = views.read_survey(view)
            round_id = int(given.about.get("round", 0))
        except (views.Unreadable, ValueError):
            await ack(response_action="update", view=views.note_view(self._sentences, self._sentences["form.survey_none"]))
            return
        person_id = await self.known(body)
        filled = await self._forms.fill_survey(person_id or "", round_id, given.answers)
        if isinstance(filled, str):
            await ack(response_action="errors", errors={views.first_question(view): filled})
            return
        await ack()
        await self._hand_in(body, *filled)

    async def take_talk(self, ack: AsyncAck, body: Payload) -> None:
        """Words were sent to the coach: they are said in the person's own conversation."""
        try:
            words = views.read_talk(part_at(body, "view"))
        except views.Unreadable:
            await ack(response_action="errors", errors={views.WORDS: self._sentences["conversation.no_words"]})
            return
        await ack(response_action="update", view=views.note_view(self._sentences, self._sentences["slack.talk_answered"]))
        await self._hand_in(body, words, None)

    async def _hand_in(self, body: Payload, words: str, filled: Filled | None) -> None:
        sender = await self._inbox.sender(account_of(body), user_of(body))
        if sender is not None:
            # One window is sent once, however often its button was pressed.
            event_id = f"view:{text_at(body, 'view', 'id')}"
            self._inbox.take(sender, event_id, text=words, filled=filled, then=lambda: self._home.publish(sender))

    def _plan_view(self, begun: PlanBegun) -> views.View:
        cue, response = split_plan(begun.words)
        return views.plan_view(self._sentences, views.PlanForm(begun.about, begun.example, cue, response))

    def _survey_view(self, begun: SurveyBegun) -> views.View:
        return views.survey_view(self._sentences, views.SurveyForm({"round": begun.round_id}, questions_of(begun), self._smallest))

    async def known(self, body: Payload) -> str | None:
        """Return who did what an interaction tells of, none for somebody of whom nothing is kept."""
        return await self._membership.known(NAME, account_of(body), user_of(body))
