"""The Slack app: which of Slack's events, actions and commands mean what; each is acknowledged before anything is done."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.slack.home import publish_home
from bot.channels.slack.inbox import Inbox
from bot.channels.slack.sending import SlackChannel
from bot.channels.slack.views import help_blocks
from bot.domain.messages import Sender
from bot.services.membership import Membership
from bot.settings import SlackSettings

log = logging.getLogger(__name__)

# What the buttons of the home tab say on the person's behalf, by the key of their sentence.
HOME_ACTIONS = ("my_plan", "reflection", "snooze", "who_sees", "export", "erase")

Payload = Mapping[str, Any]


class SlackApp:
    """Bolt's application with our listeners; `bolt` answers signed requests, `connect` opens Socket Mode."""

    def __init__(self, product: Product, channel: SlackChannel, settings: SlackSettings) -> None:
        self._product, self._channel, self._settings = product, channel, settings
        membership = Membership(product.database, product.settings.pseudonym_key, is_open=product.settings.is_embedded)
        self._inbox = Inbox(product, channel, membership)
        self._membership = membership

        async def authorise(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=settings.bot_token)

        self.bolt = AsyncApp(
            signing_secret=settings.signing_secret or "none: this app is reached by Socket Mode alone",
            client=AsyncWebClient(base_url=f"{settings.api_url}/") if settings.api_url else AsyncWebClient(),
            authorize=authorise,
            # A message of the app's own is no message to it, and an event is answered once only.
            ignoring_self_events_enabled=True,
            raise_error_for_unhandled_request=False,
        )
        self._listen()

    @property
    def uses_socket_mode(self) -> bool:
        return bool(self._settings.app_token)

    async def connect(self) -> AsyncSocketModeHandler:
        """Connect to Slack by Socket Mode; the caller closes the handler."""
        handler = AsyncSocketModeHandler(self.bolt, self._settings.app_token)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt leaves this one out
        return handler

    async def close(self, seconds: float) -> None:
        """Wait until what was taken in is answered."""
        await self._inbox.drain(seconds)

    def _listen(self) -> None:
        app = self.bolt

        @app.event("message")
        async def message(event: Payload, body: Payload) -> None:
            # Only what somebody wrote to the coach themselves: no edits, no files' captions by others, no other apps.
            if event.get("channel_type") != "im" or event.get("bot_id") or event.get("subtype") not in (None, "file_share"):
                return
            if (sender := _sender(body, str(event.get("user") or ""), str(event.get("channel") or ""))) is not None:
                self._inbox.take(sender, str(body.get("event_id") or event.get("ts")), text=str(event.get("text") or ""))

        @app.event("app_home_opened")
        async def home(event: Payload, body: Payload) -> None:
            sender = _sender(body, str(event.get("user") or ""), str(event.get("channel") or ""))
            if sender is not None and event.get("tab") == "home":
                await publish_home(self._product, self._channel, self._membership, sender)

        @app.action(re.compile(""))
        async def action(ack: AsyncAck, body: Payload) -> None:
            await ack()
            actions = body.get("actions") or [{}]
            chosen: Payload = actions[0]
            name = str(chosen.get("action_id") or "")
            event_id = f"{chosen.get('action_ts')}:{chosen.get('block_id')}:{name}"
            user = str((body.get("user") or {}).get("id") or "")
            place = str((body.get("channel") or {}).get("id") or (body.get("container") or {}).get("channel_id") or "")
            if name.startswith("home-"):
                await self._say_for(body, user, event_id, name.removeprefix("home-"))
                return
            value = chosen.get("value") or (chosen.get("selected_option") or {}).get("value")
            if name.startswith("choose") and value and (sender := _sender(body, user, place)) is not None:
                self._inbox.take(sender, event_id, choice=str(value))

        @app.command("/coach")
        async def command(ack: AsyncAck, body: Payload) -> None:
            words, text = self._product.toolkit.sentences, str(body.get("text") or "").strip()
            if text in ("", "help"):
                await ack(text=words["slack.command_help"], blocks=help_blocks(words))
                return
            await ack(words["slack.command_answered"])
            user = str(body.get("user_id") or "")
            sender = await self._direct(body, user)
            if sender is not None:
                self._inbox.take(sender, f"command:{body.get('trigger_id')}", text=text)

        @app.error
        async def failed(error: Exception) -> None:
            # Without the payload, which holds what somebody wrote.
            log.error("something from Slack could not be taken in: %s", type(error).__name__)

        for event in ("app_uninstalled", "tokens_revoked", "app_mention"):
            app.event(event)(_nothing)

    async def _say_for(self, body: Payload, user: str, event_id: str, key: str) -> None:
        """Say what a button of the home tab stands for, in the person's conversation with the coach."""
        sender = await self._direct(body, user) if key in HOME_ACTIONS else None
        if sender is not None:
            self._inbox.take(sender, event_id, text=self._product.toolkit.sentences[f"slack.home_says_{key}"])

    async def _direct(self, body: Payload, user: str) -> Sender | None:
        """Return the person's own conversation with the coach, opened when there is none."""
        team = _team(body)
        if not (team and user):
            return None

        async def ask(client: AsyncWebClient) -> Any:
            return await client.conversations_open(users=user)

        opened = await self._channel.call(team, ask)
        return Sender(team, user, str(opened["channel"]["id"]))


async def _nothing() -> None:
    """Take an event that needs no answer."""


def _team(body: Payload) -> str:
    return str(body.get("team_id") or (body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id") or "")


def _sender(body: Payload, user: str, place: str) -> Sender | None:
    """Return where a payload came from, or none when it does not say."""
    team = _team(body)
    return Sender(team, user, place) if team and user and place else None
