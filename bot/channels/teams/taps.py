"""Taps on cards: the card is changed in place at once, and what was tapped is taken in like any other message."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bot.bootstrap import Product
from bot.channels.teams.activities import Activity, action_in, choice_in
from bot.channels.teams.broadcasting import Broadcasting
from bot.channels.teams.cards import BROADCAST, CONTENT_TYPE, FILL, FORM, HOME, Card
from bot.channels.teams.filling import Filling
from bot.channels.teams.home import SAYS, home_of
from bot.channels.teams.inbox import Inbox
from bot.channels.teams.sending import NAME, TeamsChannel
from bot.domain.messages import read_value
from bot.services.membership import Membership
from bot.storage import messages as kept
from bot.storage.tables import Message

Json = dict[str, Any]


class Taps:
    """Answers what somebody does with a card."""

    def __init__(self, product: Product, membership: Membership, channel: TeamsChannel, inbox: Inbox) -> None:
        self._product, self._membership, self._channel, self._inbox = product, membership, channel, inbox
        self._filling = Filling(product, channel, inbox)
        self.broadcasts = Broadcasting(product)

    async def answer(self, activity: Activity) -> Json:
        """Return what Teams puts in the card's place, and take in what was tapped."""
        verb, data = action_in(activity.value)
        person_id = await self._membership.known(NAME, activity.tenant, activity.user)
        if verb == HOME:
            self.take(activity, {"verb": HOME, **data})
            return self._show(await home_of(self._product, person_id, activity.reference.member))
        if verb == FORM:
            said = await self._filling.open_survey(activity, person_id)
            return self.say(said or self._product.toolkit.sentences["teams.form_below"])
        if verb == FILL:
            return self._show(await self._filling.take(activity, person_id, data))
        if verb == BROADCAST:
            return self._show(await self.broadcasts.answer(data, person_id))
        choice = choice_in(data)
        if choice and (answered := await self._inbox.lobby.label_of(choice, person_id)) is not None:
            label, is_news = answered
            if is_news:
                self.take(activity, data)
            return self._show(self._channel.settled(self._inbox.lobby.asked(activity.sender, activity.reply_to), label))
        # Looked up first: once the choice is taken, nothing says any more what it stood for.
        begun = await self._filling.plan_begun_by(person_id, choice) if choice and person_id else None
        settled = await self._settled(activity, person_id, choice) if choice else None
        if choice:
            self.take(activity, data)
        if begun and person_id:
            self._filling.offer_plan(activity, person_id, begun)
        return self._show(settled) if settled else self.say(self._product.toolkit.sentences["teams.not_yours"])

    def hear(self, activity: Activity) -> None:
        """Take in what somebody wrote; once it is answered, no form that it overtook is left."""
        self._inbox.take(activity, text=activity.text, then=partial(self._filling.close_overtaken, activity))

    def take(self, activity: Activity, data: Mapping[str, Any]) -> None:
        """Take in what a card submits; what is none of our cards' is answered like any unknown choice."""
        key = data.get("key")
        if data.get("verb") in (FORM, FILL, BROADCAST):
            self._inbox.start(self._submitted(activity, data))
            return
        if data.get("verb") == HOME:
            if isinstance(key, str) and key in SAYS:
                words = self._product.toolkit.sentences[f"teams.command_{key}"]
                self._inbox.take(activity, text=words, then=partial(self._renew_home, activity))
            return
        self._inbox.take(activity, choice=choice_in(data) or "?", then=partial(self._filling.close_overtaken, activity))

    async def _submitted(self, activity: Activity, data: Mapping[str, Any]) -> None:
        """Do what a client asks for that knows no Action.Execute."""
        person_id = await self._membership.known(NAME, activity.tenant, activity.user)
        if data.get("verb") == FORM:
            await self._filling.open_survey(activity, person_id)
        elif data.get("verb") == BROADCAST:
            card = await self.broadcasts.answer(data, person_id)
            await self._filling.show(activity, card, self._product.toolkit.sentences["composing.window"])
        else:
            await self._filling.answer_submit(activity, person_id, data)

    async def _renew_home(self, activity: Activity, person_id: str) -> None:
        """Show on the home card what has changed by what was tapped on it."""
        card = await home_of(self._product, person_id, activity.reference.member)
        await self._filling.show(activity, card, self._product.toolkit.sentences["teams.home_summary"], activity.reply_to)
        await self._filling.close_overtaken(activity, person_id)

    @staticmethod
    def say(text: str) -> Json:
        """Return an answer to a tap that leaves the card as it is."""
        return {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": text}

    @staticmethod
    def _show(card: Card) -> Json:
        return {"statusCode": 200, "type": CONTENT_TYPE, "value": card}

    async def _settled(self, activity: Activity, person_id: str | None, choice: str) -> Card | None:
        """Return the card without its choices; none when the choice was never offered to whoever tapped it."""
        target = read_value(choice)
        if target is None or person_id is None:
            return None
        message_id, index = target
        async with self._product.database.reading() as session:
            message = await session.get(Message, message_id)
            label = await kept.label_of(session, person_id, message_id, index)
            is_open = await kept.open_choice(session, person_id, message_id, index) is not None
        if message is None or label is None:
            return None
        # Of a card that was answered before, what was chosen then stands.
        chosen = label if is_open else str(message.choices[message.chosen]["label"]) if message.chosen is not None else None
        return self._channel.settled(kept.offered(message), chosen)
