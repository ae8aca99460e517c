"""Installing the app in a workspace: Slack's OAuth flow, whose state is kept in the database, good once and for ten minutes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.installations import Installations
from bot.channels.slack.manifest import manifest
from bot.settings import SlackSettings
from bot.storage.database import Database
from bot.storage.installations import keep_state, use_state

INSTALL_PATH, REDIRECT_PATH = "/slack/install", "/slack/oauth_redirect"
# What the flow says of an installation that went well; else it gives Slack's or Bolt's id of what went wrong.
INSTALLED = "installed"
STATE_LASTS = timedelta(minutes=10)


class InstallStates(AsyncOAuthStateStore):
    """Bolt's store of states over our database."""

    def __init__(self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now

    async def async_issue(self, *_: object, **__: object) -> str:
        """Return a new state."""
        state, now = secrets.token_urlsafe(32), self._now()
        async with self._database.transaction() as session:
            await keep_state(session, state, now, now + STATE_LASTS)
        return state

    async def async_consume(self, state: str) -> bool:
        """Use a state up; return whether it was ours, unused and not too old."""
        async with self._database.transaction() as session:
            return await use_state(session, state, self._now())


def install_flow(settings: SlackSettings, installations: Installations, database: Database, address: str | None) -> AsyncOAuthFlow:
    """Return Bolt's flow for the scopes of our manifest; without an address, Slack goes back to the app's own."""
    api_url = settings.api_url
    return AsyncOAuthFlow(
        client=AsyncWebClient(base_url=f"{api_url}/") if api_url else AsyncWebClient(),
        settings=AsyncOAuthSettings(
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            scopes=manifest(None)["oauth_config"]["scopes"]["bot"],
            user_scopes=[],
            redirect_uri=f"{address}{REDIRECT_PATH}" if address else None,
            install_path=INSTALL_PATH,
            redirect_uri_path=REDIRECT_PATH,
            install_page_rendering_enabled=False,
            authorization_url=f"{api_url.removesuffix('/api')}/oauth/v2/authorize" if api_url else None,
            callback_options=AsyncCallbackOptions(success=_succeed, failure=_fail),
            installation_store=installations,
            installation_store_bot_only=True,
            state_store=InstallStates(database),
            state_expiration_seconds=int(STATE_LASTS.total_seconds()),
        ),
    )


async def _succeed(args: AsyncSuccessArgs) -> BoltResponse:
    cookie = args.settings.state_utils.build_set_cookie_for_deletion()
    return BoltResponse(status=200, body=INSTALLED, headers={"Set-Cookie": [cookie]})


async def _fail(args: AsyncFailureArgs) -> BoltResponse:
    cookie = args.settings.state_utils.build_set_cookie_for_deletion()
    return BoltResponse(status=args.suggested_status_code, body=args.reason, headers={"Set-Cookie": [cookie]})
