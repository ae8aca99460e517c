"""The members of one of Slack's user groups, as rows of a roster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.installations import Installations
from bot.channels.slack.sending import NAME, TIMEOUT
from bot.domain.roster import Row, plain
from bot.settings import SettingError, SlackSettings
from bot.storage.database import Database
from bot.storage.installations import find_installation, listed_installations

# How often a pause that Slack asks for is kept before it is given up.
_PATIENCE = 10
_REMEDIES = {
    "no_such_subteam": "name a user group by its id, which begins with S; it is in the group's menu in Slack",
    "missing_scope": "add the scope usergroups:read to the app (and users:read.email), then install it anew",
    "team_not_found": "name a workspace of this organisation by its id, which begins with T",
    "plan_upgrade_required": "this workspace's plan has no user groups; use a roster file",
}


@dataclass(frozen=True, slots=True)
class Source:
    """A workspace whose group is read: with which token, under which account its people are known, none for that of the token.

    Where the app is installed for a whole organisation, `team` says which of its workspaces is meant.
    """

    token: str
    account: str | None = None
    team: str | None = None


async def source_of(settings: SlackSettings, database: Database, named: str | None) -> Source:
    """Return the workspace that is meant, by its id or its installation's; raises SettingError when it is not clear."""
    if settings.bot_token:
        if named is not None:
            raise SettingError("--workspace is for a coach that is installed in several; SLACK_BOT_TOKEN says already which it is")
        return Source(settings.bot_token)
    async with database.reading() as session:
        installed = [each for each in await listed_installations(session) if each.ended_at is None]
        found = await find_installation(session, named) if named else installed[0] if len(installed) == 1 else None
    if found is None and named and named.startswith("T"):
        # An organisation's workspaces are not known one by one: Slack says whether this is one of them.
        of_all = [each for each in installed if each.is_enterprise_install]
        found = of_all[0] if len(of_all) == 1 else None
    if found is None:
        there = ", ".join(f"{each.account} ({each.name})" if each.name else each.account for each in installed)
        raise SettingError(f"--workspace must be one where the coach is installed: {there or 'there is none; docs/slack.md'}")
    if found.is_enterprise_install and (named is None or not named.startswith("T")):
        raise SettingError(f"--workspace must name a workspace of {found.account}, by its id, which begins with T")
    token = await Installations(database, settings).token_of(found.account)
    if token is None:
        raise SettingError(f"the coach is no longer installed in {found.account}: install it anew at /slack/install")
    return Source(token, found.account, named if found.is_enterprise_install else None)


async def slack_group(
    settings: SlackSettings, source: Source, group: str, programme: str, progress: Callable[[int, int], None]
) -> list[Row]:
    """Return one row for each person in the group, bots and people who left apart; raises SettingError when Slack refuses."""
    token = source.token
    client = AsyncWebClient(token=token, timeout=TIMEOUT, base_url=f"{settings.api_url}/" if settings.api_url else AsyncWebClient.BASE_URL)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=_PATIENCE))
    rows: list[Row] = []
    try:
        account = source.account or str((await client.auth_test())["team_id"])
        users = list((await client.usergroups_users_list(usergroup=group, team_id=source.team)).get("users") or [])
        for number, user in enumerate(users, 1):
            found = (await client.users_info(user=user)).get("user") or {}
            progress(number, len(users))
            if found.get("deleted") or found.get("is_bot"):
                continue
            profile = found.get("profile") or {}
            name = plain(str(found.get("real_name") or profile.get("real_name") or found.get("name") or user))[:120]
            rows.append(Row(number, str(profile.get("email") or ""), name, programme, accounts=((NAME, account, user),)))
    except SlackApiError as error:
        code = str(error.response.get("error"))
        raise SettingError(f"Slack refuses ({code}): {_REMEDIES.get(code, 'docs/roster.md says what the app needs')}") from None
    except (aiohttp.ClientError, TimeoutError):
        raise SettingError("Slack cannot be reached: check the network and try again") from None
    return rows
