"""What the coach answers where others read along: the same for everyone in the thread, and what is somebody's own to them alone."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.slack.blocks import blocks_of, fallback_of
from bot.channels.slack.markup import read_words
from bot.channels.slack.origin import Payload, account_of, coach_of, text_at
from bot.channels.slack.sending import NAME, SlackChannel
from bot.content.signposts import safety_replies
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Offered
from bot.services.lobby import FIRST_ANSWERS
from bot.storage.receipts import note_receipt
from bot.understanding.first_questions import first_questions
from bot.understanding.posts import understand_post

log = logging.getLogger(__name__)

# The questions whose answers are the same for everybody and fit where consent is not at stake.
_FOR_ALL = frozenset({"about", "who_sees", "evidence"})
# What a forum's lead asks for, so that everybody has something to think on.
_ASKS_FOR_QUESTION = re.compile(
    r"\W*(?:(?:please|can (?:we|you)|could (?:we|you)|may we|have|give us|ask us|we(?:'d| would) like|an?|another|the|next|one|new)\s+)*"
    r"(?:question|reflection|reflect|something to (?:think|talk) (?:on|about))(?:\s+(?:for|to|with)\s+(?:\w+\s*){1,3})?(?:\s+please)?\W*",
    re.I,
)


class Mentions:
    """Answers mentions in channels. Nothing that is said there is kept."""

    def __init__(self, product: Product, channel: SlackChannel) -> None:
        self._product, self._channel = product, channel
        self._toolkit, self._sentences = product.toolkit, product.toolkit.sentences

    async def answer(self, event: Payload, body: Payload) -> None:
        """Answer one mention in its thread, once."""
        place, user, ts = text_at(event, "channel"), text_at(event, "user"), text_at(event, "ts")
        if event.get("bot_id") or event.get("subtype") or not (place and user and ts) or place.startswith("D"):
            return
        if not await self._is_first(text_at(body, "event_id") or f"{place}:{ts}"):
            return
        words = read_words(text_at(event, "text"), self._sentences["slack.somebody"], coach_of(body))
        text, is_for_all = self._answer_to(words)
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

    def _answer_to(self, words: str) -> tuple[str, bool]:
        """Return what is answered, and whether everybody may read it."""
        now = self._product.clock.now()
        if tier := self._product.net.tier_of(words):
            return safety_replies(self._toolkit, tier, now, understand_post(words))[0].text, False
        if _ASKS_FOR_QUESTION.fullmatch(words):
            prompts = list(self._toolkit.prompts.values())
            return self._sentences.say("slack.mention_question", question=prompts[now.toordinal() % len(prompts)].text), True
        asked, says_more = first_questions(words)
        if says_more:
            return self._sentences["slack.mention_privately"], False
        smallest = self._product.settings.file.dashboard.smallest_group
        said = [self._sentences.say(FIRST_ANSWERS[question], smallest=smallest) for question in asked if question in _FOR_ALL]
        return "\n".join(said or [self._sentences["slack.mention_here"]]), True

    async def _is_first(self, event_id: str) -> bool:
        """Return whether this event was not answered before, by any process."""
        async with self._product.database.transaction() as session:
            return await note_receipt(session, NAME, f"mention:{event_id}", datetime.now(UTC))
