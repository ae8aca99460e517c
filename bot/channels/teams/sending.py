"""Writing to Teams: one message at a time, at the rates that Microsoft publishes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from bot.channels.teams.activities import Reference, Unreadable, read_place
from bot.channels.teams.cards import Card, attachment, card_of, parts_of, settled_card_of, summary_of
from bot.channels.teams.connector import Connector
from bot.content.toolkit import Sentences
from bot.domain.channel import Address, CannotTell, Channel, NotNow, Pace, Unreachable
from bot.domain.messages import Offered

log = logging.getLogger(__name__)

NAME = "teams"
# An app may make 30 requests a second in a tenant. In one conversation 7 in one second, 8 in two, 60 in thirty and 1800 in an hour: these
# two rates stay below all four, and leave something to typing and to cards that change.
_TENANT = (25.0, 5)
_SHORT, _LONG = (0.8, 5), (0.4, 40)
# Nobody is shown that the coach is typing before this, and again so often: Teams lets it fade. In seconds.
_TYPING_AFTER, _TYPING_EVERY = 0.7, 4.0

Json = dict[str, Any]


class TeamsChannel(Channel):
    """The coach's app in any number of tenants."""

    name = NAME

    def __init__(self, connector: Connector, sentences: Sentences) -> None:
        self._connector, self._sentences = connector, sentences

    def paces(self, to: Address) -> Sequence[Pace]:
        place = f"teams:{to.account}:{to.user}"
        return [Pace(f"teams:{to.account}", *_TENANT), Pace(f"{place}:short", *_SHORT), Pace(f"{place}:long", *_LONG)]

    async def send(self, to: Address, message: Offered, posting_id: int) -> str:
        *first, last = parts_of(message.text)
        reference = _reference(to)
        for index, part in enumerate(first):
            await self._send_part(reference, _text_message(part), is_first=not index)
        sent = Offered(message.id, last, message.choices, message.form)
        activity_id = await self._send_part(reference, self._message(sent), is_first=not first)
        if not activity_id:
            raise NotNow("no_id", may_have_gone_out=True)
        return activity_id

    async def find(self, to: Address, posting_id: int, since: datetime) -> str | None:
        # Teams shows an app nothing of what was said before.
        raise CannotTell("cannot_be_asked")

    async def recall(self, to: Address, external_id: str) -> None:
        await self._connector.remove(_reference(to), external_id)

    async def settle(self, to: Address, external_id: str, message: Offered, chosen: str | None) -> None:
        await self.change(_reference(to), external_id, message, chosen)

    async def change(self, to: Reference, activity_id: str, message: Offered, chosen: str | None) -> None:
        """Put a message without its choices in the place of the one that offered them. Raises NotNow or Unreachable."""
        await self._connector.update(to, activity_id, _card_message(self.settled(message, chosen), summary_of(message)))

    async def say(self, to: Address, message: Offered) -> str:
        """Send something that is not kept, such as before consent, and return its id in Teams. Raises NotNow or Unreachable."""
        return await self.reply(_reference(to), message)

    async def reply(self, to: Reference, message: Offered, suggested: Sequence[tuple[str, str]] = ()) -> str:
        """Send the same where an activity came from, and return its id there. Raises NotNow or Unreachable.

        `suggested` are labels and what each says on the person's behalf.
        """
        activity = self._message(message)
        if suggested:
            actions = [{"type": "imBack", "title": title, "value": words} for title, words in suggested]
            activity["suggestedActions"] = {"to": [to.member], "actions": actions}
        return await self._connector.send(to, activity)

    async def show(self, to: Reference, card: Card, summary: str) -> str:
        """Send a card that is no message of the conversation, and return its id in Teams. Raises NotNow or Unreachable."""
        return await self._connector.send(to, _card_message(card, summary))

    async def show_instead(self, to: Reference, activity_id: str, card: Card, summary: str) -> None:
        """Put such a card in another's place. Raises NotNow or Unreachable."""
        await self._connector.update(to, activity_id, _card_message(card, summary))

    async def member(self, to: Reference) -> Mapping[str, Any]:
        """Return what the tenant's directory says of the person in a conversation. Raises NotNow or Unreachable."""
        return await self._connector.member(to)

    def settled(self, message: Offered, chosen: str | None) -> Card:
        """Return the card of a message that was answered, or that a later question overtook."""
        last = Offered(message.id, parts_of(message.text)[-1])
        return settled_card_of(last, self._sentences.say("teams.chosen", label=chosen) if chosen else None)

    @asynccontextmanager
    async def typing(self, to: Reference) -> AsyncIterator[None]:
        """Show that an answer is being made, once it takes a moment; nothing waits for Teams to show it."""
        showing = asyncio.create_task(self._show_typing(to))
        try:
            yield
        finally:
            showing.cancel()

    async def _show_typing(self, to: Reference) -> None:
        pause = _TYPING_AFTER
        while True:
            await asyncio.sleep(pause)
            try:
                await self._connector.send(to, {"type": "typing"})
            except (NotNow, Unreachable) as error:
                log.info("typing could not be shown in Teams: %s", error.reason)
                return
            pause = _TYPING_EVERY

    async def _send_part(self, to: Reference, activity: Json, *, is_first: bool) -> str:
        try:
            return await self._connector.send(to, activity)
        except NotNow as error:
            # After the first part a part of the message has gone out, whatever became of this one.
            error.may_have_gone_out = error.may_have_gone_out or not is_first
            raise

    def _message(self, message: Offered) -> Json:
        if not message.choices:
            return _text_message(message.text)
        card = card_of(message, self._sentences["choice.pick"], self._sentences["choice.send"], self._sentences["teams.survey_at_once"])
        return _card_message(card, summary_of(message))


def _reference(to: Address) -> Reference:
    try:
        return read_place(to.place)
    except Unreadable:
        raise Unreachable("never_written", closes_address=False) from None


def _text_message(text: str) -> Json:
    return {"type": "message", "text": text, "textFormat": "plain"}


def _card_message(card: Card, summary: str) -> Json:
    # Without a text beside the card: that would be shown as a second message.
    return {"type": "message", "summary": summary, "attachments": [attachment(card)]}
