"""An identity provider on this machine that says whatever a test has it say; oidc-provider-mock is the one that nobody here wrote."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Request

from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer

CLIENT, SECRET = "the-coach", "a secret of the client's that is long enough"


class Issuer:
    """The provider: `claims` are put into each token over the usual ones, none leaves one out."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {}
        self.signed_with: tuple[Any, str, dict[str, Any]] | None = None
        self.asked: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self.document: dict[str, Any] = {}
        self._server = ActionServer(self._app(), free_port())

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    def approve(self, location: str) -> str:
        """Do what somebody does who agrees at the provider; return the query with which they are sent back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        return f"code=the-code&state={self.asked['state']}"

    def _token(self) -> str:
        now = int(time.time())
        usual = {"iss": self.address, "aud": CLIENT, "sub": "one", "exp": now + 600, "iat": now, "nonce": self.asked.get("nonce")}
        wanted = {name: value for name, value in {**usual, **self.claims}.items() if value is not None}
        key, algorithm, headers = self.signed_with or (self.key, "RS256", {"kid": "one"})
        return jwt.encode(wanted, key, algorithm, headers=headers)

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/{tenant}/.well-known/openid-configuration")
        @app.get("/.well-known/openid-configuration")
        async def document() -> dict[str, Any]:
            addresses = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "jwks_uri": "keys",
                "end_session_endpoint": "end",
            }
            return {"issuer": self.address, **{name: f"{self.address}/{path}" for name, path in addresses.items()}, **self.document}

        @app.get("/keys")
        async def keys() -> dict[str, Any]:
            return {"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key())), "kid": "one", "use": "sig"}]}

        @app.post("/token")
        async def token(request: Request) -> dict[str, Any]:
            self.shown = {name: str(value) for name, value in (await request.form()).items()}
            return {"access_token": "an access token", "token_type": "Bearer", "expires_in": 60, "id_token": self._token()}

        return app
