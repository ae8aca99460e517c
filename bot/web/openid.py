"""Signing in at an identity provider by OpenID Connect: the authorization code flow with PKCE, state and nonce (Authlib)."""

from __future__ import annotations

import logging
import secrets
import time
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.services.recognition import Account
from bot.web.providers import LOOPBACK, Provider

with warnings.catch_warnings():
    # Authlib says at import that it would rather have another client, and sees to it that this is heard: first its filter, then ours.
    import authlib.deprecate  # noqa: F401

    warnings.simplefilter("ignore")
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.httpx_client import AsyncOAuth2Client
    from authlib.oauth2.rfc7523 import PrivateKeyJWT
    from authlib.oidc.core import CodeIDToken

log = logging.getLogger(__name__)

# How far two clocks may be apart, in seconds; how long a call may take; how long a discovery document and its keys are good for.
LEEWAY, TIMEOUT, FRESH = 120, 10, 24 * 3600.0
# Keys are fetched at most once in so many seconds when a token names one that nobody knows.
PAUSE = 60.0
# Signatures that a token may have: never none, and never one that the client's own secret makes.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"]


class Refused(Exception):
    """Raised when a provider did not prove who somebody is; its words say which proof is missing, never the token's."""


class OpenID:
    """One provider: where somebody is sent to, and who came back. `address` is where our own pages are."""

    def __init__(self, provider: Provider, address: str) -> None:
        self.provider, self._entry = provider, provider.entry
        self.redirect_uri = f"{address}/sign-in/back/{self._entry.id}"
        self._after_sign_out = f"{address}/sign-in"
        self._document: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._read_at = self._keys_at = float("-inf")

    async def begin(self) -> tuple[str, dict[str, str]]:
        """Return the address that somebody is sent to, and the state, nonce and verifier to be kept. Raises Refused."""
        kept = {"state": secrets.token_urlsafe(32), "nonce": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(48)}
        document = await self._discover()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                self._endpoint(document, "authorization_endpoint"),
                state=kept["state"],
                nonce=kept["nonce"],
                code_verifier=kept["verifier"],
                **self._entry.parameters,
            )
        return url, kept

    async def finish(self, code: str, kept: Mapping[str, str]) -> tuple[Account, str]:
        """Return whose account a code proves, and the token that says so. Raises Refused."""
        document = await self._discover()
        try:
            async with self._client() as client:
                if self._entry.authentication == "private_key_jwt":
                    client.register_client_auth_method(PrivateKeyJWT(document["token_endpoint"], alg=self._signing(document)))
                token = await client.fetch_token(
                    self._endpoint(document, "token_endpoint"), code=code, code_verifier=kept["verifier"], grant_type="authorization_code"
                )
            id_token = str(token["id_token"])
            claims = await self._claims(document, id_token, str(token.get("access_token") or ""), kept["nonce"])
        except Refused:
            raise
        except (OAuthError, JoseError, httpx.HTTPError, LookupError, TypeError, ValueError) as error:
            raise Refused(type(error).__name__) from None
        return self._account(claims), id_token

    async def sign_out_url(self, id_token: str | None) -> str | None:
        """Return where the provider signs somebody out too, none where it cannot."""
        try:
            document = await self._discover()
            endpoint = self._endpoint(document, "end_session_endpoint")
        except Refused:
            return None
        asked = {"client_id": self.provider.client_id, "post_logout_redirect_uri": self._after_sign_out}
        if id_token:
            asked["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    def _client(self) -> Any:
        return AsyncOAuth2Client(
            client_id=self.provider.client_id,
            client_secret=self.provider.secret,
            token_endpoint_auth_method=self._entry.authentication,
            scope=" ".join(self._entry.scopes),
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT,
        )

    @staticmethod
    def _signing(document: Mapping[str, Any]) -> str:
        """Return how the client signs for itself: RS512, where the provider takes it, which NHS providers ask for."""
        return "RS512" if "RS512" in (document.get("token_endpoint_auth_signing_alg_values_supported") or ()) else "RS256"

    async def _discover(self) -> Mapping[str, Any]:
        if time.monotonic() - self._read_at < FRESH:
            return self._document
        try:
            document = await _fetch(f"{self._entry.issuer.rstrip('/')}/.well-known/openid-configuration")
        except (httpx.HTTPError, ValueError) as error:
            if self._document:
                return self._document
            raise Refused(f"no discovery document: {type(error).__name__}") from None
        if document.get("issuer") != self._entry.issuer:
            raise Refused("the discovery document is another issuer's")
        self._document, self._read_at = document, time.monotonic()
        return document

    def _endpoint(self, document: Mapping[str, Any], name: str) -> str:
        """Return one of the provider's addresses; a plain http:// one is taken from a provider on this machine alone."""
        address = str(document.get(name) or "")
        parts = urlsplit(address)
        if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
            return address
        raise Refused(f"no {name}")

    async def _claims(self, document: Mapping[str, Any], id_token: str, access_token: str, nonce: str) -> Mapping[str, Any]:
        """Return what a token says, once it is proved to be this provider's, for us, and for this very sign-in."""
        try:
            decoded = jwt.decode(id_token, await self._key_set(document), algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            # The provider may have changed its keys.
            decoded = jwt.decode(id_token, await self._key_set(document, again=True), algorithms=ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"essential": True, "value": self._entry.issuer}, "aud": {"essential": True, "value": self.provider.client_id}},
            {"nonce": nonce, "client_id": self.provider.client_id, "access_token": access_token or None},
        )
        claims.validate(leeway=LEEWAY)
        if self._entry.accepted_acr and claims.get("acr") not in self._entry.accepted_acr:
            raise Refused("a weaker proof than is asked for")
        return decoded.claims

    async def _key_set(self, document: Mapping[str, Any], *, again: bool = False) -> KeySet:
        age = time.monotonic() - self._keys_at
        if self._keys is None or age >= FRESH or (again and age >= PAUSE):
            listed = await _fetch(self._endpoint(document, "jwks_uri"))
            signing = [each for each in listed["keys"] if each.get("kty") in {"RSA", "EC"} and each.get("use", "sig") == "sig"]
            self._keys, self._keys_at = KeySet.import_key_set({"keys": signing}), time.monotonic()
        return self._keys

    def _account(self, claims: Mapping[str, Any]) -> Account:
        """Return the account that claims name, with an address only where this provider may speak for it."""
        if self._entry.kind == "entra":
            tenant, object_id = str(claims.get("tid") or "").lower(), str(claims.get("oid") or "").lower()
            if not object_id or not tenant or tenant not in self._entry.issuer.split("/"):
                raise Refused("an account of another tenant")
            return Account(self._entry.issuer, object_id, self._believed(claims, "email", "preferred_username"), tenant, object_id)
        subject = claims.get(self._entry.subject)
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            raise Refused(f"no {self._entry.subject}")
        return Account(self._entry.issuer, subject, self._believed(claims, "email"))

    def _believed(self, claims: Mapping[str, Any], *names: str) -> str | None:
        """Return an address of the directory's own domains; without any named, one that the provider has verified.

        Of Entra's, one that nobody verified could be anybody's: its own domains have to be named.
        """
        for name in names:
            email = claims.get(name)
            if not isinstance(email, str) or "@" not in email:
                continue
            is_own = email.rpartition("@")[2].lower() in self._entry.email_domains
            is_verified = claims.get("email_verified") is True and self._entry.kind == "openid" and not self._entry.email_domains
            if is_verified or (is_own and claims.get("email_verified") is not False):
                return email
        return None


async def _fetch(url: str) -> dict[str, Any]:
    async with httpx.AsyncClient(timeout=TIMEOUT) as client:
        found = (await client.get(url)).raise_for_status().json()
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
