"""What is said to somebody who has not agreed yet, on every platform that is written to: none of it is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.bootstrap import Product
from bot.domain.channel import Address, NotNow, Unreachable
from bot.domain.messages import Offered, Said, Sender
from bot.services.lobby import AGREE, CONSENT_VERSION, DECLINE
from bot.storage.people import find_person

log = logging.getLogger(__name__)

# How often something is tried to be said, and the pause between where the platform names none, in seconds.
_TRIES, _PAUSE = 3, 2.0


class Speaker(Protocol):
    """A platform as this view uses it."""

    name: str

    async def say(self, to: Address, message: Offered) -> str:
        """Send something that is not kept, and return the platform's id of it. Raises NotNow or Unreachable."""
        ...

    async def settle(self, to: Address, external_id: str, message: Offered, chosen: str | None) -> None:
        """Take the choices away from a message. Raises NotNow or Unreachable."""
        ...


class LobbyView:
    """Shows what is in the lobby. Of its questions for agreement the newest alone can be answered, and none once it is."""

    def __init__(self, product: Product, channel: Speaker) -> None:
        self._product, self._channel = product, channel
        # The id of the newest message of the lobby's that was said to each person.
        self._said_to: dict[str, int] = {}
        # The questions that can be answered, by whom they were put to and their id on the platform.
        self._asked: dict[tuple[str, str], dict[str, Offered]] = {}

    def asked(self, sender: Sender, external_id: str) -> Offered:
        """Return the question for agreement that a choice stands under; one that this process did not put, as it would put it now."""
        return self._asked.get((sender.account, sender.user), {}).get(external_id) or self._product.lobby.question()

    async def label_of(self, choice: str, person_id: str | None) -> tuple[str, bool] | None:
        """Return what stands as the answer to such a question once this was chosen, and whether the choice is to be taken in.

        A yes stands, and a second one says nothing new; a no that comes after it is answered. None for any other choice.
        """
        if choice not in (AGREE, DECLINE):
            return None
        yes, no = self._product.lobby.labels()
        has_agreed = person_id is not None and await self.has_agreed(person_id)
        return (yes if has_agreed or choice == AGREE else no), choice == DECLINE or not has_agreed

    async def has_agreed(self, person_id: str) -> bool:
        """Return whether somebody's conversation may be kept."""
        async with self._product.database.reading() as session:
            person = await find_person(session, person_id)
        return person is not None and person.consent_version == CONSENT_VERSION

    async def receive_stranger(self, sender: Sender, said: Said) -> None:
        """Let somebody in who shows a code to join by; tell anybody else how to get onto the roster. Raises NotNow or Unreachable."""
        product, name = self._product, sender.name or sender.user
        joined = await product.joining.admit(self._channel.name, sender.account, sender.user, name, said.text or "", product.clock.now())
        if joined is None:
            await self.say(sender, [Offered(0, product.toolkit.sentences[f"{self._channel.name}.not_on_roster"])])
            return
        person_id, reply = joined
        await self.say(sender, [Offered(0, reply.text)])
        if person_id is not None:
            await self.show(person_id, sender, says_again=True)

    async def show(self, person_id: str, sender: Sender, *, says_again: bool = False) -> None:
        """Say what is new to somebody who has not agreed, and take the question away from whoever has. Raises NotNow or Unreachable.

        With `says_again`, where nothing is new, the last of it once more: whoever adds the app anew sees an empty conversation.
        """
        lobby = self._product.lobby
        is_guest = says_again or lobby.has_guest(person_id)
        if not is_guest or await self.has_agreed(person_id):
            self._said_to.pop(person_id, None)
            await self._take_back(sender, lobby.labels()[0])
            return
        last = self._said_to.get(person_id, -(10**12))
        shown = lobby.shown_to(person_id, self._product.clock.now())
        new = [each for each in shown if each.id > last] or (shown[-1:] if says_again else [])
        if not new:
            return
        self._said_to[person_id] = new[-1].id
        if any(each.choices for each in new):
            await self._take_back(sender, None)
        elif shown == new:
            # A stay that begins without a question: the last one ended with a no.
            await self._take_back(sender, lobby.labels()[1])
        await self.say(sender, _last_question_alone(new))

    async def show_after(self, person_id: str, sender: Sender) -> None:
        """Do the same after an answer, such as for somebody whose conversation has just been deleted; a refusal harms nothing."""
        try:
            await self.show(person_id, sender)
        except (NotNow, Unreachable) as error:
            log.warning("a greeting could not be sent on %s: %s", self._channel.name, error.reason)

    async def say(self, sender: Sender, messages: Sequence[Offered]) -> None:
        """Say something that is not kept, trying again for a little. Raises NotNow or Unreachable."""
        for message in messages:
            external_id = await self._say(self._address(sender), message)
            if message.choices:
                self._asked.setdefault((sender.account, sender.user), {})[external_id] = message

    async def _say(self, to: Address, message: Offered) -> str:
        for _ in range(_TRIES - 1):
            try:
                return await self._channel.say(to, message)
            except NotNow as error:
                await asyncio.sleep(error.retry_after.total_seconds() if error.retry_after else _PAUSE)
        return await self._channel.say(to, message)

    async def _take_back(self, sender: Sender, chosen: str | None) -> None:
        """Take the choices away from what was asked, saying what was chosen where something was."""
        asked = self._asked.pop((sender.account, sender.user), {})
        await asyncio.gather(*(self.settle(sender, external_id, message, chosen) for external_id, message in asked.items()))

    async def settle(self, sender: Sender, external_id: str, message: Offered, chosen: str | None) -> None:
        """Take the choices away from one question; a platform that refuses harms nothing."""
        try:
            await self._channel.settle(self._address(sender), external_id, message, chosen)
        except (NotNow, Unreachable) as error:
            log.info("choices could not be taken away on %s: %s", self._channel.name, error.reason)

    def _address(self, sender: Sender) -> Address:
        return Address(0, "", self._channel.name, sender.account, sender.user, sender.place)


def _last_question_alone(messages: Sequence[Offered]) -> list[Offered]:
    """Return messages of which the last question alone can be answered."""
    last = max((number for number, each in enumerate(messages) if each.choices), default=-1)
    return [each if number >= last else replace(each, choices=()) for number, each in enumerate(messages)]
