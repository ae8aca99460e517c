"""The workspaces in which the app is installed: which token is whose, and what happens when one is withdrawn."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.refusals import ENDS_INSTALLATION
from bot.settings import SlackSettings
from bot.storage import installations as kept
from bot.storage.addresses import close_account, reopen_account
from bot.storage.audit import note_action
from bot.storage.database import Database
from bot.storage.leases import give_back_lease, take_lease
from bot.storage.postings import end_account
from bot.storage.tables import Installation as Installed

log = logging.getLogger(__name__)

_CHANNEL = "slack"
# A token is renewed when it has less than this left. Slack's last twelve hours.
RENEW_BEFORE = timedelta(hours=2)
# So long, in seconds, an acknowledgement need not wait for the database to know who we are.
_REMEMBERED = 30.0
# One process renews a token at a time, for the token that it is renewed with is good once. Longer than a call takes.
_LEASE = timedelta(seconds=60)


class Installations(AsyncInstallationStore):
    """Bolt's store of installations over our database. It holds the app's own tokens: no person's is asked for or kept."""

    def __init__(self, database: Database, settings: SlackSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database, self._now = database, now
        self._remembered: dict[tuple[str | None, str | None], tuple[Bot, float]] = {}
        client = AsyncWebClient(base_url=f"{settings.api_url}/") if settings.api_url else AsyncWebClient()
        self._rotator = AsyncTokenRotator(client_id=settings.client_id, client_secret=settings.client_secret, client=client)

    async def async_save(self, installation: Installation) -> None:
        """Keep what an administrator has just installed; everybody who was reached there before is reached again."""
        is_for_all, now = installation.is_enterprise_install, self._now()
        account = installation.enterprise_id if is_for_all else installation.team_id
        if not account or not installation.bot_token:
            raise ValueError("Slack named no workspace, or gave no token for it")
        given = _installed(account, installation.to_bot(), installation.enterprise_name if is_for_all else None, now)
        async with self._database.transaction() as session:
            await kept.keep_installation(session, given)
            await reopen_account(session, _CHANNEL, account, ENDS_INSTALLATION)
            note_action(session, f"slack:{installation.user_id}", "slack.install", account, now)
        self._remembered.clear()
        log.info("the Slack app was installed in %s", account)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Return who we are in a workspace, or in the whole organisation, as it was at most half a minute ago."""
        wanted, now = (None if is_enterprise_install else team_id, enterprise_id), time.monotonic()
        bot, until = self._remembered.get(wanted, (None, 0.0))
        if bot is None or until <= now:
            async with self._database.reading() as session:
                found = await kept.find_installation(session, *wanted)
            bot = _bot(found) if found else None
            # That there is none is not remembered: another process may install the app in a moment.
            if bot is not None:
                self._remembered[wanted] = bot, now + _REMEMBERED
        return bot

    async def token_of(self, account: str) -> str | None:
        """Return the token for a workspace or organisation, renewed when it is about to run out; none when the app is not there."""
        async with self._database.reading() as session:
            found = await kept.find_installation(session, account)
        if found is None or not self._is_running_out(found):
            return found.bot_token if found else None
        return await self._renew(found.account)

    async def end(self, account: str, reason: str, as_of: datetime) -> None:
        """End what was installed by that moment: its addresses are closed and what waits for them ends, for the same reason.

        The people, and all that is theirs, stay as they are.
        """
        now = self._now()
        async with self._database.transaction() as session:
            found = await kept.find_installation(session, account)
            if found is None or not await kept.end_installation(session, found.account, reason, now, as_of):
                return
            await close_account(session, _CHANNEL, found.account, reason)
            count = await end_account(session, _CHANNEL, found.account, reason, now)
            note_action(session, "slack", f"slack.{reason}", found.account, now)
        self._remembered.clear()
        log.warning("the Slack app is no longer installed in %s (%s): %d waiting messages ended", found.account, reason, count)

    async def bot_user_of(self, account: str) -> str | None:
        """Return the app's own user id there."""
        async with self._database.reading() as session:
            found = await kept.find_installation(session, account)
        return found.bot_user_id if found else None

    def _is_running_out(self, found: Installed) -> bool:
        return bool(found.refresh_token and found.token_expires_at and found.token_expires_at - self._now() < RENEW_BEFORE)

    async def _renew(self, account: str) -> str | None:
        """Return a new token, or the present one while another process gets one or when Slack gives none."""
        lease, holder = f"slack-token:{account}", secrets.token_hex(8)
        async with self._database.transaction() as session:
            is_ours = await take_lease(session, lease, holder, self._now(), _LEASE)
            found = await kept.find_installation(session, account)
        if found is None or not is_ours:
            return found.bot_token if found else None
        # Whoever had the lease before may have renewed it.
        renewed = await self._ask_for_token(found) if self._is_running_out(found) else None
        async with self._database.transaction() as session:
            if renewed is not None:
                ends = datetime.fromtimestamp(renewed.bot_token_expires_at or 0, UTC)
                await kept.renew_installation(session, found, renewed.bot_token, renewed.bot_refresh_token, ends)
            await give_back_lease(session, lease, holder)
        return renewed.bot_token if renewed else found.bot_token

    async def _ask_for_token(self, found: Installed) -> Bot | None:
        """Return what Slack gives for the refresh token, or none."""
        minutes = int(RENEW_BEFORE.total_seconds() // 60)
        try:
            return await self._rotator.perform_bot_token_rotation(bot=_bot(found), minutes_before_expiration=minutes)
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("the token of the Slack app in %s could not be renewed: %s", found.account, type(error).__name__)
            return None


class Authorisation(AsyncAuthorize):
    """Tells Bolt who we are where a request comes from, without asking Slack, which waits for its acknowledgement."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    async def __call__(
        self, *, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None, user_id: str | None, **_: Any
    ) -> AuthorizeResult | None:
        bot = await self._installations.async_find_bot(
            enterprise_id=enterprise_id, team_id=team_id, is_enterprise_install=context.is_enterprise_install
        )
        if bot is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=bot.bot_user_id,
            bot_id=bot.bot_id,
            bot_token=bot.bot_token,
            bot_scopes=bot.bot_scopes,
        )


def _installed(account: str, bot: Bot, organisation: str | None, installed_at: datetime) -> Installed:
    return Installed(
        account=account,
        team_id=bot.team_id,
        enterprise_id=bot.enterprise_id,
        is_enterprise_install=bot.is_enterprise_install,
        name=bot.team_name or organisation,
        app_id=bot.app_id,
        bot_id=bot.bot_id,
        bot_user_id=bot.bot_user_id,
        scopes=",".join(bot.bot_scopes or ()),
        bot_token=bot.bot_token,
        refresh_token=bot.bot_refresh_token,
        token_expires_at=datetime.fromtimestamp(bot.bot_token_expires_at, UTC) if bot.bot_token_expires_at else None,
        installed_at=installed_at,
        ended_at=None,
        ended_reason=None,
    )


def _bot(found: Installed) -> Bot:
    return Bot(
        app_id=found.app_id,
        enterprise_id=found.enterprise_id,
        team_id=found.team_id,
        team_name=found.name,
        bot_token=found.bot_token or "",
        bot_id=found.bot_id or "",
        bot_user_id=found.bot_user_id or "",
        bot_scopes=found.scopes,
        bot_refresh_token=found.refresh_token,
        bot_token_expires_at=found.token_expires_at,
        is_enterprise_install=found.is_enterprise_install,
        installed_at=found.installed_at,
    )
