"""The Slack app: Bolt's application, its connection, and what it answers to."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.slack.inbox import Inbox
from bot.channels.slack.installations import Authorisation, Installations
from bot.channels.slack.listeners import listen
from bot.channels.slack.oauth import install_flow
from bot.channels.slack.origin import Payload, account_of
from bot.channels.slack.sending import TIMEOUT, SlackChannel
from bot.services.membership import Membership
from bot.settings import SlackSettings

log = logging.getLogger(__name__)


class SlackApp:
    """Bolt's application with our listeners; `bolt` answers signed requests, `connect` opens Socket Mode.

    With `installations` it is in any number of workspaces, and `flow` installs it in another; without, in the one of its bot token.
    """

    def __init__(
        self, product: Product, channel: SlackChannel, settings: SlackSettings, installations: Installations | None = None
    ) -> None:
        self._product, self._channel, self._settings, self._installations = product, channel, settings, installations
        membership = Membership(product.database, product.settings.pseudonym_key, is_open=product.settings.is_embedded)
        self._inbox = Inbox(product, channel, membership)
        self._membership = membership

        async def authorise(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=settings.bot_token)

        self.flow = install_flow(settings, installations, product.database, product.settings.address) if installations else None
        self.bolt = AsyncApp(
            signing_secret=settings.signing_secret or "none: this app is reached by Socket Mode alone",
            client=AsyncWebClient(base_url=f"{settings.api_url}/") if settings.api_url else AsyncWebClient(),
            authorize=Authorisation(installations) if installations else authorise,  # type: ignore[arg-type]  # Bolt takes either
            oauth_flow=self.flow,
            user_facing_authorize_error_message=product.toolkit.sentences["slack.reason_not_installed"],
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

        @app.event("app_uninstalled")
        async def uninstalled(body: Payload) -> None:
            await self._end_installation(body, "app_uninstalled")

        @app.event("tokens_revoked")
        async def revoked(event: Payload, body: Payload) -> None:
            # Tokens of people are none of ours; the app's own are named by its user.
            bots = (event.get("tokens") or {}).get("bot") or []
            if bots and self._installations and await self._installations.bot_user_of(account_of(body)) in bots:
                await self._end_installation(body, "token_revoked")

        app.event("team_access_revoked")(_nothing)

    async def _end_installation(self, body: Payload, reason: str) -> None:
        """End the installation that an event is about. One that was made since, while the event was on its way, stays."""
        happened = body.get("event_time")
        if self._installations and isinstance(happened, int):
            # Slack counts whole seconds.
            await self._installations.end(account_of(body), reason, datetime.fromtimestamp(happened, UTC) + timedelta(seconds=1))


@asynccontextmanager
async def open_slack(product: Product, settings: SlackSettings, drain: float) -> AsyncIterator[SlackApp]:
    """Build the app, connect it when it uses Socket Mode, and have the postman serve it; it may take `drain` seconds to end."""

    async def token_of(_account: str) -> str:
        return settings.bot_token

    installations = Installations(product.database, settings) if settings.client_id else None
    # Slack's SDK leaves the time limit to a session that it is given. A connection is let go before Slack ends it in the middle of a call.
    connections = aiohttp.TCPConnector(limit=0, keepalive_timeout=5)
    async with aiohttp.ClientSession(connector=connections, timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as http:
        channel = SlackChannel(
            installations.token_of if installations else token_of,
            product.toolkit.sentences,
            settings.api_url,
            installations.end if installations else None,
            http,
        )
        product.postman.serve(channel)
        app = SlackApp(product, channel, settings, installations)
        handler = await app.connect() if app.uses_socket_mode else None
        try:
            yield app
        finally:
            if handler:
                await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt leaves this one out
            await app.close(drain)


async def _nothing() -> None:
    """Take an event that needs no answer."""
