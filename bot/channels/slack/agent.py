"""Slack's agent view: ways to begin above an empty conversation, and a status while an answer is being made.

A workspace without it refuses the calls. That harms nothing: it is asked again after an hour.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.slack.sending import SlackChannel
from bot.content.toolkit import Sentences
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Sender

log = logging.getLogger(__name__)

# Slack shows this many ways to begin.
MOST_PROMPTS = 4
# How long a workspace that refused is left alone.
_PAUSE = timedelta(hours=1)

Ask = Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]


class AgentView:
    """Sets prompts and status. Everything here is for show: no failure of it reaches the conversation."""

    def __init__(self, channel: SlackChannel, sentences: Sentences) -> None:
        self._channel, self._sentences = channel, sentences
        # Until when each kind of call is left out, by workspace.
        self._refused: dict[tuple[str, str], datetime] = {}

    async def suggest(self, sender: Sender, *, has_plan: bool) -> None:
        """Offer ways to begin, by what there is to go on with."""
        names = ("plan" if has_plan else "evidence", "browse", "reflect", "who_sees")
        prompts = [
            {"title": self._sentences[f"slack.prompt_{name}"], "message": self._sentences[f"slack.prompt_{name}_says"]} for name in names
        ]

        async def ask(client: AsyncWebClient) -> AsyncSlackResponse:
            # Without thread_ts: with it, Slack says nothing and shows nothing in an agent's conversation.
            return await client.assistant_threads_setSuggestedPrompts(
                channel_id=sender.place, title=self._sentences["slack.prompts_title"], prompts=prompts[:MOST_PROMPTS]
            )

        await self._try(sender.account, "prompts", ask)

    @asynccontextmanager
    async def reading(self, sender: Sender, ts: str) -> AsyncIterator[None]:
        """Show that a message is being answered, until it is; nothing waits for Slack to show it."""
        if not ts:
            yield
            return
        showing = asyncio.create_task(self._show(sender, ts, self._sentences["slack.status"]))
        try:
            yield
        finally:
            await showing
            await self._show(sender, ts, "")

    async def _show(self, sender: Sender, ts: str, status: str) -> None:
        async def ask(client: AsyncWebClient) -> AsyncSlackResponse:
            return await client.assistant_threads_setStatus(channel_id=sender.place, thread_ts=ts, status=status)

        await self._try(sender.account, "status", ask)

    async def _try(self, account: str, kind: str, ask: Ask) -> None:
        now = datetime.now(UTC)
        if self._refused.get((account, kind), now) > now:
            return
        try:
            await self._channel.call(account, ask)
        except Unreachable as error:
            log.info("a workspace shows no %s: %s", kind, error.reason)
            self._refused[account, kind] = now + _PAUSE
        except NotNow as error:
            log.info("%s could not be shown: %s", kind, error.reason)
