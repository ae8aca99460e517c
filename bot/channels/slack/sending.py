"""Writing to Slack: one message at a time, with what Slack's refusals mean for the next try."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.slack.blocks import blocks_of, fallback_of, settled_blocks_of
from bot.content.toolkit import Sentences
from bot.domain.channel import Address, Channel, NotNow, Pace, Unreachable
from bot.domain.messages import Offered

NAME = "slack"
# One call may take this long, in seconds; less than the postman's lease.
TIMEOUT = 15
# Slack's own limits: about one message a second in a conversation, with short bursts, and a cap a workspace.
_CONVERSATION = (1.0, 5)
_WORKSPACE = (20.0, 40)
# How many of the newest messages of a conversation are searched for one that may have gone out.
_LOOK_THROUGH = 100

# Refusals that pass by themselves.
_TRANSIENT = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
# Refusals of one message, after which others may still reach this conversation.
_OF_THE_MESSAGE = frozenset({"msg_too_long", "msg_blocks_too_long", "invalid_blocks", "no_text", "too_many_attachments"})


class SlackChannel(Channel):
    """One Slack app in any number of workspaces; `token_of` gives the bot token of a workspace, or none when it is not installed there."""

    name = NAME

    def __init__(self, token_of: Callable[[str], Awaitable[str | None]], sentences: Sentences, base_url: str | None = None) -> None:
        self._token_of, self._sentences = token_of, sentences
        self._options: dict[str, Any] = {"timeout": TIMEOUT} | ({"base_url": f"{base_url}/"} if base_url else {})

    def paces(self, to: Address) -> Sequence[Pace]:
        return [Pace(f"slack:{to.account}", *_WORKSPACE), Pace(f"slack:{to.account}:{to.place}", *_CONVERSATION)]

    async def send(self, to: Address, message: Offered, posting_id: int) -> str:
        async def post(client: AsyncWebClient) -> AsyncSlackResponse:
            return await client.chat_postMessage(
                channel=to.place,
                text=fallback_of(message),
                blocks=blocks_of(message, self._sentences["choice.pick"], mark(posting_id)),
                metadata={"event_type": "coach_message", "event_payload": {"posting": posting_id}},
                unfurl_links=False,
                unfurl_media=False,
            )

        return str((await self.call(to.account, post))["ts"])

    async def find(self, to: Address, posting_id: int, since: datetime) -> str | None:
        oldest = f"{(since - timedelta(minutes=1)).timestamp():.6f}"

        async def look(client: AsyncWebClient) -> AsyncSlackResponse:
            return await client.conversations_history(channel=to.place, oldest=oldest, limit=_LOOK_THROUGH, include_all_metadata=True)

        messages: Sequence[dict[str, Any]] = (await self.call(to.account, look)).get("messages") or []
        return next((str(each["ts"]) for each in messages if _is_posting(each, posting_id)), None)

    async def settle(self, to: Address, external_id: str, message: Offered, chosen: str | None) -> None:
        said = self._sentences.say("slack.chosen", label=chosen) if chosen else None

        async def update(client: AsyncWebClient) -> AsyncSlackResponse:
            return await client.chat_update(
                channel=to.place, ts=external_id, text=fallback_of(message), blocks=settled_blocks_of(message, said)
            )

        await self.call(to.account, update)

    async def say(self, to: Address, message: Offered) -> None:
        """Send something that is not kept, such as before consent. Raises NotNow or Unreachable."""

        async def post(client: AsyncWebClient) -> AsyncSlackResponse:
            blocks = blocks_of(message, self._sentences["choice.pick"])
            return await client.chat_postMessage(channel=to.place, text=fallback_of(message), blocks=blocks)

        await self.call(to.account, post)

    async def call(self, account: str, ask: Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
        """Return what Slack answers to one call in a workspace. Raises NotNow, or Unreachable when the app is not installed there."""
        token = await self._token_of(account)
        if token is None:
            raise Unreachable("not_installed")
        client = AsyncWebClient(token=token, **self._options)
        try:
            return await ask(client)
        except SlackApiError as error:
            raise refusal(error) from None
        except TimeoutError:
            raise NotNow("timeout", may_have_gone_out=True) from None
        except aiohttp.ClientConnectorError:
            raise NotNow("no_connection") from None
        except (aiohttp.ClientError, SlackClientError, ValueError) as error:
            # The connection broke, or the answer was not Slack's: the message may be there.
            raise NotNow(type(error).__name__, may_have_gone_out=True) from None


def mark(posting_id: int) -> str:
    """Return the id of the first block of a posting's message."""
    return f"posting-{posting_id}"


def refusal(error: SlackApiError) -> NotNow | Unreachable:
    """Return what a refusal of Slack's means for the next try."""
    response = error.response
    status = getattr(response, "status_code", 0)
    data = response.data if isinstance(getattr(response, "data", None), dict) else {}
    reason = str(data.get("error") or f"http_{status}")
    if status == 429 or reason in ("ratelimited", "rate_limited"):
        return NotNow("ratelimited", _retry_after(response.headers))
    if status >= 500 or reason in _TRANSIENT or not data:
        # A server that failed may have taken the message before it did.
        return NotNow(reason, may_have_gone_out=status >= 500 or not data)
    return Unreachable(reason, closes_address=reason not in _OF_THE_MESSAGE)


def _retry_after(headers: Any) -> timedelta | None:
    text = next((str(value) for name, value in dict(headers).items() if str(name).lower() == "retry-after"), "")
    return timedelta(seconds=min(int(text), 3600)) if text.isdigit() else None


def _is_posting(message: dict[str, Any], posting_id: int) -> bool:
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    blocks = message.get("blocks") or [{}]
    return payload.get("posting") == posting_id or blocks[0].get("block_id") == mark(posting_id)
