"""Mentions in channels and group chats: what everybody may read is answered there, what is somebody's own in their personal chat."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from bot.bootstrap import Product
from bot.channels.mentions import answer_in_public
from bot.channels.teams.activities import Activity, Reference, Unreadable, read_place
from bot.channels.teams.sending import NAME, TeamsChannel
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Offered
from bot.storage.addresses import find_address
from bot.storage.receipts import note_receipt

log = logging.getLogger(__name__)


class Mentions:
    """Answers mentions. Nothing that is said there is kept."""

    def __init__(self, product: Product, channel: TeamsChannel) -> None:
        self._product, self._channel = product, channel

    async def answer(self, activity: Activity) -> None:
        """Answer one mention, once."""
        async with self._product.database.transaction() as session:
            if not await note_receipt(session, NAME, f"mention:{activity.event_id}", datetime.now(UTC)):
                return
        text, is_for_all = answer_in_public(self._product, NAME, activity.text)
        # Teams shows a message in a channel to everybody: whoever is known is answered where only they read.
        place = None if is_for_all else await self._own_chat(activity)
        try:
            await self._channel.reply(place or activity.reference, Offered(0, text))
        except (NotNow, Unreachable) as error:
            log.warning("a mention could not be answered in Teams: %s", error.reason)

    async def _own_chat(self, activity: Activity) -> Reference | None:
        async with self._product.database.reading() as session:
            address = await find_address(session, NAME, activity.tenant, activity.user)
        try:
            return read_place(address.place) if address and address.closed_reason is None else None
        except Unreadable:
            return None
