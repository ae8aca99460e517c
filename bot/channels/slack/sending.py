"""Writing to Slack: one message at a time, with what Slack's refusals mean for the next try."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.slack.blocks import blocks_of, fallback_of, settled_blocks_of
from bot.channels.slack.refusals import ENDS_INSTALLATION, refusal, unreachable
from bot.content.toolkit import Sentences
from bot.domain.channel import Address, CannotTell, Channel, NotNow, Pace, Unreachable
from bot.domain.messages import Offered

NAME = "slack"
# Gives the bot token of a workspace, or none where the app is not installed.
TokenOf = Callable[[str], Awaitable[str | None]]
# Takes the workspace whose token is no longer good, why, and a moment at which it was still in use.
EndInstallation = Callable[[str, str, datetime], Awaitable[None]]
# One call may take this long, in seconds; less than the postman's lease.
TIMEOUT = 15
# Slack's own limits: about one message a second in a conversation, with short bursts, and a cap a workspace.
_CONVERSATION = (1.0, 5)
_WORKSPACE = (20.0, 40)
# How much of a conversation is searched for a message that may have gone out: so many pages of so many messages, the newest first.
_PAGES, _PAGE = 5, 200
# By how much Slack's clock and ours may differ, which may have been wrong when a message was queued.
_CLOCKS_DIFFER = timedelta(days=2)


class SlackChannel(Channel):
    """One Slack app in any number of workspaces; one that refuses our token for good is ended, and no other is touched."""

    name = NAME

    def __init__(
        self,
        token_of: TokenOf,
        sentences: Sentences,
        base_url: str | None = None,
        end_installation: EndInstallation | None = None,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        self._token_of, self._sentences, self._end_installation = token_of, sentences, end_installation
        # With `http` its connections are used again and again, where each call would else make one of its own.
        self._options: dict[str, Any] = {"timeout": TIMEOUT, "session": http} | ({"base_url": f"{base_url}/"} if base_url else {})

    def paces(self, to: Address) -> Sequence[Pace]:
        return [Pace(f"slack:{to.account}", *_WORKSPACE), Pace(f"slack:{to.account}:{to.place}", *_CONVERSATION)]

    async def send(self, to: Address, message: Offered, posting_id: int) -> str:
        async def post(client: AsyncWebClient) -> AsyncSlackResponse:
            return await client.chat_postMessage(
                channel=to.place,
                text=fallback_of(message),
                blocks=blocks_of(
                    message, self._sentences["choice.pick"], mark(posting_id), form_label=self._sentences["slack.window_survey"]
                ),
                metadata={"event_type": "coach_message", "event_payload": {"posting": posting_id}},
                unfurl_links=False,
                unfurl_media=False,
            )

        ts = (await self.call(to.account, post)).get("ts")
        if not ts:
            raise NotNow("no_ts", may_have_gone_out=True)
        return str(ts)

    async def find(self, to: Address, posting_id: int, since: datetime) -> str | None:
        oldest = f"{(since - _CLOCKS_DIFFER).timestamp():.6f}"
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await self._history(to, oldest, cursor)
            messages = [each for each in page.get("messages") or [] if isinstance(each, dict)]
            found = next((each for each in messages if _is_posting(each, posting_id)), None)
            if found is not None:
                return str(found["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not page.get("has_more"):
                return None
            if not cursor:
                break
        # More was said since than is searched: to say that it never went out would be a guess, and could send it twice.
        raise CannotTell("too_much_since")

    async def _history(self, to: Address, oldest: str, cursor: str | None) -> AsyncSlackResponse:
        """Return one page of what was said. Raises CannotTell where Slack does not show it, and NotNow."""

        async def look(client: AsyncWebClient) -> AsyncSlackResponse:
            return await client.conversations_history(
                channel=to.place, oldest=oldest, cursor=cursor, limit=_PAGE, include_all_metadata=True
            )

        try:
            return await self.call(to.account, look)
        except Unreachable as error:
            raise CannotTell(error.reason) from None

    async def recall(self, to: Address, external_id: str) -> None:
        async def remove(client: AsyncWebClient) -> AsyncSlackResponse:
            return await client.chat_delete(channel=to.place, ts=external_id)

        try:
            await self.call(to.account, remove)
        except Unreachable as error:
            if error.reason != "message_not_found":
                raise

    async def settle(self, to: Address, external_id: str, message: Offered, chosen: str | None) -> None:
        said = self._sentences.say("slack.chosen", label=chosen) if chosen else None

        async def update(client: AsyncWebClient) -> AsyncSlackResponse:
            return await client.chat_update(
                channel=to.place, ts=external_id, text=fallback_of(message), blocks=settled_blocks_of(message, said)
            )

        await self.call(to.account, update)

    async def say(self, to: Address, message: Offered) -> str:
        """Send something that is not kept, such as before consent, and return its id in Slack. Raises NotNow or Unreachable."""

        async def post(client: AsyncWebClient) -> AsyncSlackResponse:
            blocks = blocks_of(message, self._sentences["choice.pick"])
            return await client.chat_postMessage(channel=to.place, text=fallback_of(message), blocks=blocks)

        return str((await self.call(to.account, post)).get("ts") or "")

    async def call(self, account: str, ask: Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
        """Return what Slack answers to one call in a workspace. Raises NotNow, or Unreachable when the app is not installed there."""
        began = datetime.now(UTC)
        token = await self._token_of(account)
        if token is None:
            raise unreachable("not_installed")
        client = AsyncWebClient(token=token, **self._options)
        try:
            return await ask(client)
        except SlackApiError as error:
            refused = refusal(error)
            if self._end_installation and refused.reason in ENDS_INSTALLATION:
                await self._end_installation(account, refused.reason, began)
            raise refused from None
        except TimeoutError:
            raise NotNow("timeout", may_have_gone_out=True) from None
        except aiohttp.ClientConnectorError:
            raise NotNow("no_connection") from None
        except (aiohttp.ClientError, SlackClientError, ValueError, AttributeError) as error:
            # The connection broke, or the answer was not Slack's (plain text makes its library stumble): the message may be there.
            raise NotNow(type(error).__name__, may_have_gone_out=True) from None


def mark(posting_id: int) -> str:
    """Return the id of the first block of a posting's message."""
    return f"posting-{posting_id}"


def _is_posting(message: dict[str, Any], posting_id: int) -> bool:
    """Return whether a message is this posting's: by its metadata, or where a server keeps none, by its first block's id."""
    metadata, blocks = message.get("metadata"), message.get("blocks")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    if isinstance(payload, dict) and payload.get("posting") == posting_id:
        return True
    first = blocks[0] if isinstance(blocks, list) and blocks else None
    return isinstance(first, dict) and first.get("block_id") == mark(posting_id)
