"""The members of one of Slack's user groups, as rows of a roster."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.slack.sending import NAME, TIMEOUT
from bot.domain.roster import Row, plain
from bot.settings import SettingError, SlackSettings

# How often a pause that Slack asks for is kept before it is given up.
_PATIENCE = 10
_REMEDIES = {
    "no_such_subteam": "name a user group by its id, which begins with S; it is in the group's menu in Slack",
    "missing_scope": "add the scope usergroups:read to the app (and users:read.email), then install it anew",
    "plan_upgrade_required": "this workspace's plan has no user groups; use a roster file",
}


async def slack_group(settings: SlackSettings, token: str, group: str, programme: str, progress: Callable[[int, int], None]) -> list[Row]:
    """Return one row for each person in the group, bots and people who left apart; raises SettingError when Slack refuses."""
    client = AsyncWebClient(token=token, timeout=TIMEOUT, base_url=f"{settings.api_url}/" if settings.api_url else AsyncWebClient.BASE_URL)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=_PATIENCE))
    rows: list[Row] = []
    try:
        account = str((await client.auth_test())["team_id"])
        users = list((await client.usergroups_users_list(usergroup=group)).get("users") or [])
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
