"""How the tab in Teams proves whose it is: a token that Entra made for this app, on behalf of somebody in a tenant that may use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt

from bot.channels.teams.settings import TeamsSettings
from bot.channels.teams.tokens import LEEWAY, LONGEST, Forged, Keys
from bot.services.recognition import Account

# The right to the coach that an administrator has given to Teams' own clients; an app's token of its own has none.
SCOPE = "access_as_user"


def resource(app_id: str, address: str) -> str:
    """Return the app's identifier in Entra; it names the host of its pages, as Teams wants it."""
    return f"api://{address.partition('://')[2]}/botid-{app_id}"


class TabProof:
    """Checks the tokens of the tab. `address` is where our pages are, none when nobody said."""

    def __init__(self, settings: TeamsSettings, address: str | None) -> None:
        self._settings = settings
        self._audiences = {settings.app_id, f"api://{settings.app_id}"} | ({resource(settings.app_id, address)} if address else set())
        self._keys = Keys(settings.tab_openid, settings.tab_issuer)

    async def check(self, authorization: str | None) -> Account:
        """Return whose token this is. Raises Forged; whatever goes wrong is no proof."""
        try:
            return self._account(await self._claims(authorization or ""))
        except Forged:
            raise
        except Exception as error:  # of PyJWT, of the network, of whatever a forger thinks of
            raise Forged(type(error).__name__) from None

    async def _claims(self, authorization: str) -> Mapping[str, Any]:
        scheme, _, token = authorization.partition(" ")
        if not self._settings.app_id or scheme.lower() != "bearer" or not token or len(token) > LONGEST:
            raise Forged("no bearer token")
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
            raise Forged("signed otherwise than Entra signs")
        key = await self._keys.find(header["kid"])
        if key is None:
            raise Forged("unknown key")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            audience=self._audiences,
            leeway=LEEWAY,
            options={"require": ["exp", "iss", "aud", "tid", "oid", "scp"]},
        )
        return claims

    def _account(self, claims: Mapping[str, Any]) -> Account:
        tenant, object_id = str(claims["tid"]).lower(), str(claims["oid"]).lower()
        if tenant not in self._settings.tenants:
            raise Forged("a tenant that is not set up")
        issuer = self._settings.tab_issuer.replace("{tenantid}", tenant)
        if claims["iss"] not in {issuer, f"https://sts.windows.net/{tenant}/"} or not isinstance(claims["aud"], str):
            raise Forged("another issuer")
        if SCOPE not in str(claims["scp"]).split():
            raise Forged("without the right to the coach")
        # Of what the directory calls an address, only those of the trust's own domains say who somebody is.
        email = next((str(claims[name]) for name in ("preferred_username", "upn", "email") if claims.get(name)), "")
        is_own = email.rpartition("@")[2].lower() in self._settings.tenants[tenant]
        return Account(issuer, object_id, email if is_own else None, tenant, object_id)
