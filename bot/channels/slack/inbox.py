"""What people say to the coach in Slack, put into our own words and handed on; the answer comes by the postman."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.lobby_view import LobbyView
from bot.channels.slack.agent import AgentView
from bot.channels.slack.origin import email_of
from bot.channels.slack.sending import NAME, SlackChannel
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Filled, Said, Sender
from bot.services.membership import Membership
from bot.tracing import span

log = logging.getLogger(__name__)

# So many ids of the newest events are remembered in memory, for what is not kept; the database knows the rest.
_REMEMBERED = 10_000
# So many messages are kept at the same time: more would be no faster, and acknowledgements would wait behind them.
_AT_ONCE = 4


class Inbox:
    """Takes Slack's events in, one person's after another's in order, and different people's side by side."""

    def __init__(self, product: Product, channel: SlackChannel, membership: Membership) -> None:
        self._product, self._channel, self._membership = product, channel, membership
        self._agent = AgentView(channel, product.toolkit.sentences)
        self.lobby = LobbyView(product, channel)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._seen: OrderedDict[str, asyncio.Event] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: dict[str, asyncio.Lock] = {}

    def take(
        self,
        sender: Sender,
        event_id: str,
        *,
        text: str | None = None,
        choice: str | None = None,
        filled: Filled | None = None,
        ts: str = "",
        then: Callable[[], Awaitable[None]] | None = None,
    ) -> asyncio.Event:
        """Take one message in and return at once; a second delivery of the same event changes nothing.

        `ts` is Slack's id of the message, if it is one; `then` is done once it is answered. What is returned is set once the message
        is kept, or known not to be kept.
        """
        if (known := self._seen.get(event_id)) is not None:
            return known
        is_safe = self._seen[event_id] = asyncio.Event()
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        said = Said(NAME, event_id, text=text, choice=choice, sender=sender, filled=filled)
        task = asyncio.create_task(self._handle(sender, said, ts, then, is_safe))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return is_safe

    async def sender(self, account: str, user: str, place: str = "") -> Sender | None:
        """Return who said something where; without a place, in their own conversation with the coach, which is opened first.

        None is returned when a payload did not say who, or Slack opens no conversation with them.
        """
        if not (account and user):
            return None
        if place:
            return Sender(account, user, place)

        async def ask(client: AsyncWebClient) -> Any:
            return await client.conversations_open(users=user)

        try:
            opened = await self._channel.call(account, ask)
        except (NotNow, Unreachable) as error:
            log.warning("a conversation could not be opened on Slack: %s", error.reason)
            return None
        return Sender(account, user, str((opened.get("channel") or {}).get("id") or user))

    async def drain(self, seconds: float) -> None:
        """Wait until what was taken in is answered, at most so many seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _handle(
        self, sender: Sender, said: Said, ts: str, then: Callable[[], Awaitable[None]] | None, is_safe: asyncio.Event
    ) -> None:
        with span("slack.message"):
            await self._take_in(sender, said, ts, then, is_safe)

    async def _take_in(
        self, sender: Sender, said: Said, ts: str, then: Callable[[], Awaitable[None]] | None, is_safe: asyncio.Event
    ) -> None:
        key = f"{sender.account}:{sender.user}"
        async with self._locks.setdefault(key, asyncio.Lock()):
            try:
                person_id, sender = await self._person(sender, is_safe)
                if person_id is None:
                    if await self._product.conversation.is_first(said):
                        await self.lobby.receive_stranger(sender, said)
                    return
                said = replace(said, sender=sender)
                async with self._room:
                    is_new = await self._product.conversation.receive(person_id, said, may_join=self._product.settings.is_embedded)
                is_safe.set()
                if is_new:
                    await self.lobby.show(person_id, sender)
            except (NotNow, Unreachable) as error:
                log.warning("an answer could not be sent on Slack: %s", error)
                return
            except Exception as error:  # it is kept, or will be delivered again by Slack; the next message must not wait for it
                self._seen.pop(said.event_id, None)
                log.error("a message from Slack could not be taken in: %s", type(error).__name__)
                return
        async with self._agent.reading(sender, ts):
            await self._product.conversation.answer(person_id)
        if is_new:
            await self.lobby.show_after(person_id, sender)
        if then is not None:
            await then()

    async def _person(self, sender: Sender, is_safe: asyncio.Event) -> tuple[str | None, Sender]:
        """Return who this is, with what Slack's directory says of them.

        They are known from before, or found on the roster by the e-mail address that Slack has of them.
        """
        if (known := await self._membership.known(NAME, sender.account, sender.user)) is not None:
            return known, sender
        # Slack is asked, and of somebody who has not been here before nothing is kept.
        is_safe.set()

        async def ask(client: AsyncWebClient) -> Any:
            return await client.users_info(user=sender.user)

        profile: Mapping[str, Any] = (await self._channel.call(sender.account, ask)).get("user") or {}
        found = await self._membership.recognise(NAME, sender.account, sender.user, email_of(profile, sender.account))
        return found, replace(sender, name=profile.get("real_name") or profile.get("name"), time_zone=profile.get("tz"))
