"""What people say to the coach in Slack, put into our own words and handed on; the answer comes by the postman."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.slack.agent import AgentView
from bot.channels.slack.sending import NAME, SlackChannel
from bot.domain.channel import Address, NotNow, Unreachable
from bot.domain.messages import Filled, Offered, Said, Sender
from bot.services.lobby import CONSENT_VERSION
from bot.services.membership import Membership
from bot.storage.people import find_person
from bot.tracing import span

log = logging.getLogger(__name__)

# So many ids of the newest events are remembered in memory, for what is not kept; the database knows the rest.
_REMEMBERED = 10_000
# So many messages are kept at the same time: more would be no faster, and acknowledgements would wait behind them.
_AT_ONCE = 4
# How often something that is not kept is tried to be said, and the pause between, in seconds.
_TRIES, _PAUSE = 3, 2.0


class Inbox:
    """Takes Slack's events in, one person's after another's in order, and different people's side by side."""

    def __init__(self, product: Product, channel: SlackChannel, membership: Membership) -> None:
        self._product, self._channel, self._membership = product, channel, membership
        self._agent = AgentView(channel, product.toolkit.sentences)
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._seen: OrderedDict[str, asyncio.Event] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._shown_to: dict[str, int] = {}

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
                        await self._receive_stranger(sender, said)
                    return
                said = replace(said, sender=sender)
                async with self._room:
                    is_new = await self._product.conversation.receive(person_id, said, may_join=self._product.settings.is_embedded)
                is_safe.set()
                if is_new:
                    await self._say_lobby(person_id, sender)
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
            await self._say_lobby(person_id, sender)
        if then is not None:
            await then()

    async def _receive_stranger(self, sender: Sender, said: Said) -> None:
        """Let somebody in who shows a code to join by; tell anybody else how to get onto the roster."""
        product, name = self._product, sender.name or sender.user
        joined = await product.joining.admit(NAME, sender.account, sender.user, name, said.text or "", product.clock.now())
        if joined is None:
            await self._say(sender, [Offered(0, product.toolkit.sentences["slack.not_on_roster"])])
            return
        person_id, reply = joined
        await self._say(sender, [Offered(0, reply.text)])
        if person_id is not None:
            await self._say_lobby(person_id, sender)

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
        email = (profile.get("profile") or {}).get("email")
        found = await self._membership.recognise(NAME, sender.account, sender.user, email)
        return found, replace(sender, name=profile.get("real_name") or profile.get("name"), time_zone=profile.get("tz"))

    async def _say_lobby(self, person_id: str, sender: Sender) -> None:
        """Say what the lobby has to say to somebody who has not agreed yet; none of it is kept."""
        if not self._product.lobby.has_guest(person_id):
            self._shown_to.pop(person_id, None)
            return
        async with self._product.database.reading() as session:
            person = await find_person(session, person_id)
        if person is not None and person.consent_version == CONSENT_VERSION:
            self._shown_to.pop(person_id, None)
            return
        last = self._shown_to.get(person_id, -(10**12))
        new = [each for each in self._product.lobby.shown_to(person_id, self._product.clock.now()) if each.id > last]
        if new:
            self._shown_to[person_id] = new[-1].id
            await self._say(sender, new)

    async def _say(self, sender: Sender, messages: Sequence[Offered]) -> None:
        to = Address(0, "", NAME, sender.account, sender.user, sender.place)
        for message in messages:
            for attempt in range(1, _TRIES + 1):
                try:
                    await self._channel.say(to, message)
                    break
                except NotNow as error:
                    if attempt == _TRIES:
                        raise
                    await asyncio.sleep(error.retry_after.total_seconds() if error.retry_after else _PAUSE)
