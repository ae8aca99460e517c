"""What people say to the coach in Teams, handed on in our own words; the answer comes by the postman."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from bot.bootstrap import Product
from bot.channels.lobby_view import LobbyView
from bot.channels.teams.activities import Activity
from bot.channels.teams.sending import NAME, TeamsChannel
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Filled, Offered, Said, Sender
from bot.services.membership import Membership

log = logging.getLogger(__name__)

# So many ids of the newest activities are remembered in memory, for what is not kept; the database knows the rest.
_REMEMBERED = 10_000
# How often something is tried to be taken in, and the pause between, in seconds.
_TRIES, _PAUSE = 3, 2.0
# So many messages are taken in side by side; whoever calls meanwhile is acknowledged between two of them.
_AT_ONCE = 4


class Inbox:
    """Takes activities in, one person's after another's in order, and different people's side by side.

    `tenants` holds the e-mail domains that may be looked up on the roster for each tenant; none is any.
    """

    def __init__(
        self, product: Product, channel: TeamsChannel, membership: Membership, tenants: Mapping[str, frozenset[str]], *, is_open: bool
    ) -> None:
        self._product, self._channel, self._membership = product, channel, membership
        self._tenants, self._is_open = tenants, is_open
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._locks: dict[str, asyncio.Lock] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self.lobby = LobbyView(product, channel)

    def take(
        self,
        activity: Activity,
        *,
        text: str | None = None,
        choice: str | None = None,
        filled: Filled | None = None,
        then: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """Take one message in and return at once; a second delivery of the same activity changes nothing.

        `then` is done once it is answered, with the person whose it is.
        """
        if activity.event_id in self._seen:
            return
        self._seen[activity.event_id] = None
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        said = Said(NAME, activity.event_id, text=text, choice=choice, sender=activity.sender, filled=filled)
        self.start(self._handle(activity, said, then))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after the activity is acknowledged."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float) -> None:
        """Wait until what was taken in is answered, at most so many seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def greet(self, activity: Activity) -> None:
        """Say who the coach is to somebody who has just added the app, or that it is back to somebody whom it knows."""
        async with self._lock(activity):
            try:
                person_id, sender = await self._person(activity)
                if person_id is None:
                    return
                if await self.lobby.has_agreed(person_id):
                    await self._membership.moved(NAME, sender.account, sender.user, sender.place)
                    await self._say_back(activity)
                else:
                    await self.lobby.show(person_id, sender, says_again=True)
            except (NotNow, Unreachable) as error:
                log.warning("somebody could not be greeted in Teams: %s", error.reason)
            except Exception as error:  # nothing was asked for; the next activity must not wait for it
                log.error("somebody could not be greeted in Teams: %s", type(error).__name__)

    async def _handle(self, activity: Activity, said: Said, then: Callable[[str], Awaitable[None]] | None) -> None:
        async with self._lock(activity):
            taken = None
            for attempt in range(1, _TRIES + 1):
                try:
                    async with self._turns:
                        taken = await self._take_in(activity, said)
                    break
                except (NotNow, Unreachable) as error:
                    log.warning("an answer could not be sent in Teams: %s", error.reason)
                    return
                except Exception as error:  # such as a database that is busy: Teams has its 202, and will not send it again
                    log.error("a message from Teams could not be taken in (attempt %d): %s", attempt, type(error).__name__)
                    if attempt < _TRIES:
                        await asyncio.sleep(_PAUSE)
        if taken is None:
            return
        person_id, is_new = taken
        async with self._channel.typing(activity.reference):
            await self._product.conversation.answer(person_id)
        if is_new:
            await self.lobby.show_after(person_id, activity.sender)
        if then is not None:
            await then(person_id)

    async def _take_in(self, activity: Activity, said: Said) -> tuple[str, bool] | None:
        """Keep what was said, and return whose it is and whether it is new; none for whoever is told that they are unknown."""
        person_id, sender = await self._person(activity)
        if person_id is None:
            if await self._product.conversation.is_first(said):
                await self.lobby.receive_stranger(sender, said)
            return None
        is_new = await self._product.conversation.receive(person_id, replace(said, sender=sender), may_join=self._is_open)
        if is_new:
            await self.lobby.show(person_id, sender)
        return person_id, is_new

    async def _say_back(self, activity: Activity) -> None:
        words = self._product.toolkit.sentences
        suggested = [(words[f"teams.button_{key}"], words[f"teams.command_{key}"]) for key in ("my_plan", "reflect", "who_sees")]
        await self._channel.reply(activity.reference, Offered(0, words["teams.back"]), suggested)

    def _lock(self, activity: Activity) -> asyncio.Lock:
        return self._locks.setdefault(f"{activity.tenant}:{activity.user}", asyncio.Lock())

    async def _person(self, activity: Activity) -> tuple[str | None, Sender]:
        """Return who this is, with what Teams says of them.

        They are known from before, or found on the roster by the e-mail address that their tenant's directory has of them.
        """
        sender = activity.sender
        if (known := await self._membership.known(NAME, sender.account, sender.user)) is not None:
            return known, sender
        profile = await self._channel.member(activity.reference)
        email = next((str(profile[key]) for key in ("email", "userPrincipalName") if profile.get(key)), None)
        found = await self._membership.recognise(NAME, sender.account, sender.user, email if self._is_own(sender.account, email) else None)
        return found, replace(sender, name=sender.name or profile.get("name"))

    def _is_own(self, tenant: str, email: str | None) -> bool:
        """Return whether this tenant's directory speaks for an address: another trust's people are none of its business."""
        domains = self._tenants.get(tenant)
        return bool(email) and (not domains or str(email).rpartition("@")[2].lower() in domains)
