"""The Slack app: Bolt's application, its connection, and what it answers to."""

from __future__ import annotations

import logging

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.slack.inbox import Inbox
from bot.channels.slack.listeners import listen
from bot.channels.slack.sending import SlackChannel
from bot.services.membership import Membership
from bot.settings import SlackSettings

log = logging.getLogger(__name__)


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
        listen(app, self._product, self._channel, self._membership, self._inbox)

        @app.error
        async def failed(error: Exception) -> None:
            # Without the payload, which holds what somebody wrote.
            log.error("something from Slack could not be taken in: %s", type(error).__name__)

        for event in ("app_uninstalled", "tokens_revoked"):
            app.event(event)(_nothing)


async def _nothing() -> None:
    """Take an event that needs no answer."""
