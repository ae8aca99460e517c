"""The members of a group of Entra's, those of groups within it too, as rows of a roster; read from Microsoft Graph."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection
from typing import Any

import aiohttp
from microsoft_agents.authentication.msal import MsalAuth
from microsoft_agents.hosting.core import AgentAuthConfiguration
from microsoft_agents.hosting.core.authorization.auth_types import AuthTypes

from bot.channels.teams.connector import TokenOf
from bot.channels.teams.sending import NAME
from bot.channels.teams.settings import SHARED_TENANT, TeamsSettings
from bot.domain.roster import Row, plain
from bot.settings import SettingError

GRAPH = "https://graph.microsoft.com"
_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_FIELDS = "id,displayName,mail,userPrincipalName,accountEnabled"
_PAGE, _TIMEOUT, _TRIES = 500, 30, 5
_REMEDIES = {
    401: "the registration's credential is not accepted in this tenant",
    403: "give the registration GroupMember.Read.All and User.ReadBasic.All for Graph, and consent to them as an administrator",
    404: "there is no group with this id in the tenant",
}


def graph_token(settings: TeamsSettings, tenant: str) -> TokenOf:
    """Return what gives a token for Graph in that tenant, by the credential of the Teams registration."""
    given: dict[str, Any] = {**settings.credentials, "TENANTID": tenant}
    provider = MsalAuth(AgentAuthConfiguration(auth_type=AuthTypes(given.pop("AUTHTYPE")), **given))

    async def token() -> str:
        return await provider.get_access_token(GRAPH, [f"{GRAPH}/.default"])

    return token


def tenant_of(settings: TeamsSettings, named: str | None) -> str:
    """Return the tenant whose group is meant, by its id; raises SettingError when it is not clear."""
    home = settings.credentials.get("TENANTID", "")
    tenants = sorted(settings.tenants) or ([home] if home and home != SHARED_TENANT else [])
    if named is not None and named.lower() in tenants:
        return named.lower()
    if named is not None or len(tenants) != 1:
        raise SettingError(f"--tenant must be one of the coach's tenants: {', '.join(tenants) or 'there is none; docs/teams.md'}")
    return tenants[0]


async def entra_group(
    token_of: TokenOf,
    tenant: str,
    group: str,
    programme: str,
    progress: Callable[[int, int], None],
    domains: Collection[str] = (),
    graph: str = GRAPH,
) -> list[Row]:
    """Return one row for each person in the group whose account is enabled; raises SettingError when Graph refuses.

    Of addresses outside `domains`, where any are named, this tenant's directory does not speak: those people are known by their account.
    """
    if not _GUID.fullmatch(group):
        raise SettingError("--entra-group takes the group's object id, as its page in Entra shows it")
    rows: list[Row] = []
    number = 0
    address: str | None = f"{graph}/v1.0/groups/{group}/transitiveMembers/microsoft.graph.user?$select={_FIELDS}&$top={_PAGE}"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT)) as http:
        while address is not None:
            page = await _get(http, address, await token_of())
            for each in page.get("value") or []:
                number += 1
                if each.get("accountEnabled") is False:
                    continue
                email = str(each.get("mail") or each.get("userPrincipalName") or "")
                # A guest's principal name is no address that anybody writes to.
                is_foreign = bool(domains) and email.rpartition("@")[2].lower() not in domains
                email = "" if "#EXT#" in email or is_foreign else email
                name = plain(str(each.get("displayName") or email.partition("@")[0] or each["id"]))[:120]
                rows.append(Row(number, email, name, programme, accounts=((NAME, tenant, str(each["id"]).lower()),)))
            progress(number, number)
            following = page.get("@odata.nextLink")
            if following is not None and not str(following).startswith(f"{graph}/"):
                raise SettingError("Microsoft Graph names a next page at another address, which is not followed")
            address = following
    return rows


async def _get(http: aiohttp.ClientSession, address: str, token: str) -> dict[str, Any]:
    for attempt in range(1, _TRIES + 1):
        try:
            async with http.get(address, headers={"Authorization": f"Bearer {token}"}, allow_redirects=False) as answer:
                if answer.status == 200:
                    return dict(await answer.json())
                if answer.status not in (429, 503, 504) or attempt == _TRIES:
                    remedy = _REMEDIES.get(answer.status, "try again later")
                    raise SettingError(f"Microsoft Graph refuses ({answer.status}): {remedy}")
                pause = answer.headers.get("Retry-After", "")
        except (aiohttp.ClientError, TimeoutError):
            if attempt == _TRIES:
                raise SettingError("Microsoft Graph cannot be reached: check the network and try again") from None
            pause = ""
        await asyncio.sleep(min(int(pause), 300) if pause.isascii() and pause.isdigit() else 2**attempt)
    raise AssertionError("the last try returns or raises")
