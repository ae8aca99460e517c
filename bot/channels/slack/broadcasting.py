"""The windows in which a forum lead writes a broadcast in Slack, sees whom it reaches and its very words, sends it and takes it back."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.composing import CHANGE, Composing, Written, read_number
from bot.channels.slack import broadcast_views as shown
from bot.channels.slack import views
from bot.channels.slack.origin import Payload, account_of, part_at, text_at, user_of
from bot.channels.slack.sending import NAME, SlackChannel
from bot.channels.slack.windows import Windows
from bot.domain.channel import NotNow, Unreachable
from bot.services.broadcasts.refusals import Faulty, Refused
from bot.services.membership import Membership

log = logging.getLogger(__name__)


class Broadcasting:
    """Opens the windows and takes in what is sent from them. Rights are looked up at each step, by the service."""

    def __init__(self, product: Product, channel: SlackChannel, membership: Membership, windows: Windows) -> None:
        self._composing, self._sentences = Composing(product), product.toolkit.sentences
        self._channel, self._membership, self._windows = channel, membership, windows

    def is_asked_for(self, text: str) -> bool:
        """Return whether somebody asks to write a broadcast, or to see one by its number."""
        command, _, number = text.casefold().strip().partition(" ")
        return command == self._sentences["slack.command_broadcast"] and (not number.strip() or read_number(number.strip()) is not None)

    async def open(self, body: Payload, text: str) -> None:
        """Open the window in which one is written, or that of the one whose number was named."""
        person_id = await self._known(body)
        number = read_number(text.strip().partition(" ")[2].strip())
        view = await self._form(Written(), person_id) if number is None else await self._sheet(number, person_id)
        await self._windows.open(body, view)

    async def write(self, ack: AsyncAck, body: Payload) -> None:
        """Keep what was written as a draft, and show whom it reaches before anything is sent."""
        person_id, written = await self._known(body) or "", shown.read_written(part_at(body, "view"))
        try:
            number = await self._composing.keep(written, person_id)
        except Faulty as error:
            said = error.by_field(self._sentences)
            await ack(response_action="errors", errors={name if name in shown.FIELDS else shown.TEXT: text for name, text in said.items()})
        except Refused as error:
            if error.says == "changed_meanwhile" and written.number is not None:
                latest = await self._composing.written(written.number, person_id)
                again = await self._form(replace(written, version=latest.version), person_id, error.words(self._sentences))
                await ack(response_action="update", view=again)
                return
            await ack(response_action="errors", errors={shown.AUDIENCE: error.words(self._sentences)})
        else:
            await ack(response_action="update", view=await self._sheet(number, person_id))

    async def send(self, ack: AsyncAck, body: Payload) -> None:
        """Send what was rehearsed, or say beside the count why it is not."""
        view, person_id = part_at(body, "view"), await self._known(body) or ""
        number, version = shown.read_about(text_at(view, "private_metadata"))
        try:
            await self._composing.act("send", number, version, person_id, shown.value_at(view, shown.COUNT))
        except Refused as error:
            await ack(response_action="errors", errors={shown.COUNT: error.words(self._sentences)})
            return
        await ack(response_action="update", view=await self._sheet(number, person_id))

    async def press(self, ack: AsyncAck, body: Payload) -> None:
        """Do what a button of a broadcast's window stands for, and show what it is then."""
        await ack()
        actions = body.get("actions")
        pressed = part_at(actions[0]) if isinstance(actions, list) and actions else {}
        act = text_at(pressed, "action_id").removeprefix(shown.ACT)
        number, version = shown.read_about(text_at(pressed, "value"))
        person_id = await self._known(body)
        try:
            if act == CHANGE:
                view = await self._form(await self._composing.written(number, person_id or ""), person_id)
            else:
                await self._composing.act(act, number, version, person_id or "")
                view = await self._sheet(number, person_id)
        except Refused as error:
            view = await self._sheet(number, person_id, error.words(self._sentences))

        async def ask(client: AsyncWebClient) -> Any:
            return await client.views_update(view_id=text_at(body, "view", "id"), view=view)

        try:
            await self._channel.call(account_of(body), ask)
        except (NotNow, Unreachable) as error:
            log.info("a window could not be changed: %s", error.reason)

    async def _form(self, written: Written, person_id: str | None, said: str | None = None) -> views.View:
        places = await self._composing.places(person_id, written)
        if not places:
            return views.note_view(self._sentences, self._sentences["composing.not_yours"])
        return shown.writing_view(self._sentences, written, places, said)

    async def _sheet(self, number: int, person_id: str | None, said: str | None = None) -> views.View:
        try:
            return shown.sheet_view(self._sentences, await self._composing.sheet(number, person_id or ""), said)
        except Refused as error:
            return views.note_view(self._sentences, error.words(self._sentences))

    async def _known(self, body: Payload) -> str | None:
        return await self._membership.known(NAME, account_of(body), user_of(body))
