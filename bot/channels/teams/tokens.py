"""How Teams proves that an activity is its own: a token that was signed for this app, for this very service address, and not long ago.

The SDK's own validator takes tokens without an end and without the service address, looks keys up anew for every unknown name, and
ends in an exception for some forgeries; what is here takes less, and refuses in one way.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

log = logging.getLogger(__name__)

# How far two clocks may be apart, in seconds.
LEEWAY = 300
# Keys are fetched anew after so many seconds, and at most once in so many when somebody shows a token of an unknown one.
FRESH, PAUSE = 24 * 3600.0, 60.0
# While they are fetched anew the ones before are good, and as long as the issuer does not answer; but no longer than this, in seconds.
OLDEST = 72 * 3600.0
# A token is far shorter than this, in characters.
LONGEST = 16_000
# How long fetching the keys may take, in seconds.
TIMEOUT = 10


class Forged(Exception):
    """Raised when a request is not proved to come from Teams; its words say which proof is missing, never the token's."""


@dataclass(frozen=True, slots=True)
class Key:
    """One of the issuer's keys, with the channels that may use it; none named is every one."""

    key: Any
    endorsements: frozenset[str]


class Keys:
    """The issuer's keys, from where its OpenID document says they are."""

    def __init__(self, openid: str, issuer: str) -> None:
        self._openid, self._issuer = openid, issuer
        self._keys: dict[str, Key] = {}
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def find(self, name: str) -> Key | None:
        """Return the key with this name, or none. A name that nobody knows costs the issuer one look a minute, whoever makes them up.

        Nobody waits for keys that are known, however old: Teams wants its answer at once.
        """
        age = time.monotonic() - self._fetched_at
        if name not in self._keys or age >= OLDEST:
            await self._renew()
        elif age >= FRESH and self._renewing is None:
            self._renewing = asyncio.create_task(self.warm())
        return self._keys.get(name)

    async def warm(self) -> None:
        """Fetch the keys before anybody needs them; without an answer, whoever calls first asks again."""
        try:
            await self._renew()
        except Exception as error:  # of the network, or of whatever answered in the issuer's place
            log.warning("the keys of %s could not be fetched: %s", self._issuer, type(error).__name__)
        finally:
            self._renewing = None

    async def _renew(self) -> None:
        asked_at = time.monotonic()
        async with self._fetching:
            # Whoever waited for another's look has its result; a look that failed is not repeated at once, either.
            if self._tried_at >= asked_at or asked_at - self._tried_at < PAUSE:
                return
            self._tried_at = asked_at
            await self._fetch()
            self._fetched_at = asked_at

    async def _fetch(self) -> None:
        async with httpx.AsyncClient(timeout=TIMEOUT) as client:
            document = (await client.get(self._openid)).raise_for_status().json()
            if document["issuer"] != self._issuer:
                raise Forged("the OpenID document is another issuer's")
            listed = (await client.get(document["jwks_uri"])).raise_for_status().json()["keys"]
        self._keys = {
            str(each["kid"]): Key(jwt.PyJWK(each, "RS256").key, frozenset(each.get("endorsements") or ()))
            for each in listed
            if each.get("kty") == "RSA" and each.get("kid")
        }


class Proof:
    """Checks what comes with an activity: signed by one of the issuer's keys, for this app."""

    def __init__(self, app_id: str, issuer: str, openid: str) -> None:
        self._app_id, self._issuer = app_id, issuer
        self._keys = Keys(openid, issuer)

    async def warm(self) -> None:
        """Fetch the issuer's keys before the first activity comes."""
        await self._keys.warm()

    async def check(self, authorization: str | None, activity: Mapping[str, Any]) -> None:
        """Raise Forged unless the header proves that this activity comes from Teams; whatever goes wrong is no proof."""
        try:
            await self._check(authorization or "", activity)
        except Forged:
            raise
        except Exception as error:  # of PyJWT, of the network, of whatever a forger thinks of
            raise Forged(type(error).__name__) from None

    async def _check(self, authorization: str, activity: Mapping[str, Any]) -> None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST:
            raise Forged("no bearer token")
        header = jwt.get_unverified_header(token)
        if header.get("alg") != "RS256" or not isinstance(header.get("kid"), str):
            raise Forged("signed otherwise than Teams signs")
        key = await self._keys.find(header["kid"])
        if key is None:
            raise Forged("unknown key")
        if key.endorsements and activity.get("channelId") not in key.endorsements:
            raise Forged("a key of another channel")
        claims = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            audience=self._app_id,
            issuer=self._issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iss", "aud"], "strict_aud": True},
        )
        service_url = activity.get("serviceUrl")
        if not service_url or claims.get("serviceurl") != service_url:
            raise Forged("another service address")
