"""Mentions in channels: what everybody may read is answered in the thread, what is somebody's own to them alone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.mentions import answer_in_public
from bot.channels.slack.blocks import blocks_of, fallback_of
from bot.channels.slack.markup import read_words
from bot.channels.slack.origin import Payload, account_of, coach_of, text_at
from bot.channels.slack.sending import NAME, SlackChannel
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Offered
from bot.storage.receipts import note_receipt

log = logging.getLogger(__name__)


class Mentions:
    """Answers mentions in channels. Nothing that is said there is kept."""

    def __init__(self, product: Product, channel: SlackChannel) -> None:
        self._product, self._channel = product, channel
        self._sentences = product.toolkit.sentences

    async def answer(self, event: Payload, body: Payload) -> None:
        """Answer one mention in its thread, once."""
        place, user, ts = text_at(event, "channel"), text_at(event, "user"), text_at(event, "ts")
        if event.get("bot_id") or event.get("subtype") or not (place and user and ts) or place.startswith("D"):
            return
        if not await self._is_first(text_at(body, "event_id") or f"{place}:{ts}"):
            return
        words = read_words(text_at(event, "text"), self._sentences["slack.somebody"], coach_of(body))
        text, is_for_all = answer_in_public(self._product, NAME, words)
        thread = text_at(event, "thread_ts") or ts

        message = Offered(0, text)
        fallback, blocks = fallback_of(message), blocks_of(message, "")

        async def post(client: AsyncWebClient) -> Any:
            if is_for_all:
                return await client.chat_postMessage(channel=place, thread_ts=thread, text=fallback, blocks=blocks, unfurl_links=False)
            # Only within a thread that is there already would such a message be seen in one.
            under = text_at(event, "thread_ts") or None
            return await client.chat_postEphemeral(channel=place, thread_ts=under, user=user, text=fallback, blocks=blocks)

        try:
            await self._channel.call(account_of(body), post)
        except (NotNow, Unreachable) as error:
            log.warning("a mention could not be answered: %s", error.reason)

    async def _is_first(self, event_id: str) -> bool:
        """Return whether this event was not answered before, by any process."""
        async with self._product.database.transaction() as session:
            return await note_receipt(session, NAME, f"mention:{event_id}", datetime.now(UTC))
