"""The Bot Connector's three calls that the coach needs, over the SDK's guarded session and with its tokens."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
from microsoft_agents.authentication.msal import MsalAuth
from microsoft_agents.hosting.core import AgentAuthConfiguration, OutboundHostValidator
from microsoft_agents.hosting.core.authorization.auth_types import AuthTypes

from bot.channels.teams.activities import Reference
from bot.channels.teams.refusals import refusal
from bot.channels.teams.settings import ISSUER, TeamsSettings
from bot.domain.channel import NotNow, Unreachable

log = logging.getLogger(__name__)

# One call may take this long, in seconds; less than the postman's lease.
TIMEOUT = 15
# What Microsoft's scopes end in: all that the registration may do.
_EVERYTHING = "/.default"

# Where the service addresses of Teams are; the SDK's own list is longer, and holds hosts on which anybody may store something.
_HOSTS = ["smba.trafficmanager.net", "botframework.com", "teams.microsoft.com"]

TokenOf = Callable[[], Awaitable[str]]


class Hosts(Protocol):
    """Says which addresses may be called, and gives a session that calls no other."""

    def is_allowed(self, url: str) -> bool: ...

    def client(self, options: dict[str, Any]) -> aiohttp.ClientSession: ...


class PlaygroundHosts:
    """The address of an Agents Playground on this machine, and no other."""

    def __init__(self, address: str) -> None:
        self._address = address

    def is_allowed(self, url: str) -> bool:
        return url.startswith(f"{self._address}/")

    def client(self, options: dict[str, Any]) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(**options)


def open_connector(settings: TeamsSettings) -> Connector:
    """Return the way to Teams that the settings name; to be closed."""
    if settings.playground is not None:
        return Connector(None, PlaygroundHosts(settings.playground))
    hosts = OutboundHostValidator(_HOSTS, enabled=True, include_default_microsoft_hosts=False)
    return Connector(token_source(settings), hosts)


def token_source(settings: TeamsSettings) -> TokenOf:
    """Return what gives the coach's own token, by a secret, a certificate or a managed identity; MSAL keeps it while it lasts."""
    given: dict[str, Any] = dict(settings.credentials)
    provider = MsalAuth(AgentAuthConfiguration(auth_type=AuthTypes(given.pop("AUTHTYPE")), **given))

    async def token() -> str:
        return await provider.get_access_token(ISSUER, [f"{ISSUER}{_EVERYTHING}"])

    return token


class Connector:
    """Calls the service addresses that Teams named, as far as `hosts` allows; without `token_of`, nothing is proved."""

    def __init__(self, token_of: TokenOf | None, hosts: Hosts) -> None:
        self._token_of, self._hosts = token_of, hosts
        self._opened: aiohttp.ClientSession | None = None

    def may_call(self, service_url: str) -> bool:
        """Return whether messages may be sent to this address at all."""
        return self._hosts.is_allowed(service_url)

    async def send(self, to: Reference, activity: Mapping[str, Any]) -> str:
        """Send an activity and return its id there, empty when the service names none. Raises NotNow or Unreachable."""
        return str((await self._call("POST", to, "activities", activity)).get("id") or "")

    async def update(self, to: Reference, activity_id: str, activity: Mapping[str, Any]) -> None:
        """Put an activity in another's place. Raises NotNow or Unreachable."""
        await self._call("PUT", to, f"activities/{quote(activity_id, safe='')}", activity)

    async def remove(self, to: Reference, activity_id: str) -> None:
        """Delete an activity. Raises NotNow or Unreachable."""
        await self._call("DELETE", to, f"activities/{quote(activity_id, safe='')}")

    async def member(self, to: Reference) -> Mapping[str, Any]:
        """Return what the tenant's directory says of the person in a conversation. Raises NotNow or Unreachable."""
        return await self._call("GET", to, f"members/{quote(to.member, safe=':')}")

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    async def _call(self, method: str, to: Reference, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        if not self.may_call(to.service_url):
            raise Unreachable("wrong_region", closes_address=False)
        url = f"{to.service_url.rstrip('/')}/v3/conversations/{quote(to.conversation, safe=':@;=')}/{path}"
        headers = await self._headers()
        try:
            async with self._session().request(method, url, json=body, headers=headers, allow_redirects=False) as response:
                text = await response.text(errors="replace")
                if response.status not in (200, 201, 202, 204):
                    raise refusal(response.status, text, response.headers)
                return _object(text)
        except TimeoutError:
            raise NotNow("timeout", may_have_gone_out=True) from None
        except aiohttp.ClientConnectorError:
            raise NotNow("no_connection") from None
        except (aiohttp.ClientError, ValueError) as error:
            # The connection broke, or the answer was not the Connector's: the message may be there.
            log.warning("Teams could not be called: %s", type(error).__name__)
            raise NotNow("no_connection", may_have_gone_out=True) from None

    async def _headers(self) -> dict[str, str]:
        if self._token_of is None:
            return {}
        try:
            return {"authorization": f"Bearer {await self._token_of()}"}
        except Exception as error:  # MSAL's and the network's; its words may hold what must not be logged
            log.error("no token for Teams: %s", type(error).__name__)
            raise NotNow("no_token") from None

    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            # The SDK's session resolves no name to an address of one's own network.
            self._opened = self._hosts.client({"timeout": aiohttp.ClientTimeout(total=TIMEOUT)})
        return self._opened


def _object(text: str) -> Mapping[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, Mapping) else {}
