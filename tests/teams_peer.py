"""Microsoft on this machine: an issuer with keys of its own, and a Bot Connector that keeps what it is sent and fails as asked."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from bot.channels.teams.settings import ISSUER
from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from tests.playground import actions_in

APP, TENANT, OTHER_TENANT = (f"{digit * 8}-{digit * 4}-{digit * 4}-{digit * 4}-{digit * 12}" for digit in "abc")
COACH = f"28:{APP}"
ANNA, BEN = (f"{digit * 8}-0000-0000-0000-{digit * 12}" for digit in "12")
_ids = itertools.count(1)


class Microsoft:
    """Everything of Microsoft's that the coach calls, at one loopback address."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.endorsements: list[str] = ["msteams"]
        self.key_fetches = 0
        self.keys_fail = False
        self.sent: list[dict[str, Any]] = []
        self.updated: dict[str, dict[str, Any]] = {}
        self.saw_typing = asyncio.Event()
        self.authorizations: list[str | None] = []
        self.people: dict[str, dict[str, Any]] = {
            f"29:{ANNA}": {"name": "Anna", "email": "anna@example.nhs.uk"},
            f"29:{BEN}": {"name": "Ben", "userPrincipalName": "ben@example.nhs.uk"},
        }
        self.fail: Callable[[str], Response | None] = lambda _kind: None
        self._server = ActionServer(self._app(), free_port())

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def service_url(self) -> str:
        return f"{self.address}/uk/"

    @property
    def openid(self) -> str:
        return f"{self.address}/openid"

    async def start(self) -> None:
        await self._server.start()

    async def stop(self) -> None:
        await self._server.stop()

    def token(self, *, key: Any = None, headers: dict[str, Any] | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        """Return a token as Teams shows it, but for the claims that are given; none leaves a claim out."""
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": APP, "exp": now + 3600, "nbf": now - 60, "serviceurl": self.service_url}
        wanted = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(wanted, key if key is not None else self.key, algorithm, headers={"kid": "one"} if headers is None else headers)

    @property
    def tab_issuer(self) -> str:
        return f"{self.address}/entra/{{tenantid}}/v2.0"

    @property
    def tab_openid(self) -> str:
        return f"{self.address}/entra/openid"

    def tab_token(self, *, key: Any = None, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """Return a token as Entra gives it to the tab, but for the claims that are given; none leaves a claim out."""
        now, tenant = int(time.time()), str(claims.get("tid") or TENANT)
        usual = {"iss": self.tab_issuer.replace("{tenantid}", tenant), "aud": APP, "exp": now + 3600, "tid": TENANT, "oid": ANNA}
        usual |= {"scp": "access_as_user", "preferred_username": "anna@example.nhs.uk"}
        wanted = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(wanted, key or self.key, "RS256", headers={"kid": "one"} if headers is None else headers)

    def texts(self) -> list[str]:
        """Return what the coach said, in order: the words of messages, or what their cards are summed up as."""
        return [str(each.get("text") or each.get("summary")) for each in self.sent if each["type"] == "message"]

    def choices(self) -> dict[str, str]:
        """Return the values of the newest card's choices by their labels."""
        card = next(each["attachments"][0]["content"] for each in reversed(self.sent) if each.get("attachments"))
        return {action["title"]: action["data"]["choice"] for action in actions_in(card["body"])}

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/openid")
        async def openid() -> dict[str, Any]:
            return {"issuer": ISSUER, "jwks_uri": f"{self.address}/keys"}

        @app.get("/entra/openid")
        async def tab_openid() -> dict[str, Any]:
            return {"issuer": self.tab_issuer, "jwks_uri": f"{self.address}/keys"}

        @app.get("/keys")
        async def keys() -> dict[str, Any]:
            self.key_fetches += 1
            if self.keys_fail:
                raise HTTPException(503)
            jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**jwk, "kid": "one", "endorsements": self.endorsements}, {"kty": "EC", "kid": "two"}]}

        @app.post("/uk/v3/conversations/{place}/activities")
        async def send(place: str, request: Request) -> Response:
            self.authorizations.append(request.headers.get("authorization"))
            body = await request.json()
            if (refused := self.fail(body["type"])) is not None:
                return refused
            if body["type"] == "typing":
                self.saw_typing.set()
            self.sent.append({**body, "conversation": place, "id": f"sent-{len(self.sent)}"})
            return JSONResponse({"id": self.sent[-1]["id"]}, 201)

        @app.put("/uk/v3/conversations/{place}/activities/{activity_id}")
        async def update(place: str, activity_id: str, request: Request) -> Response:
            if (refused := self.fail("update")) is not None:
                return refused
            self.updated[activity_id] = await request.json()
            return JSONResponse({"id": activity_id})

        @app.get("/uk/v3/conversations/{place}/members/{member}")
        async def find(place: str, member: str) -> Response:
            if (refused := self.fail("member")) is not None:
                return refused
            return JSONResponse(self.people.get(member, {}))

        return app


@dataclass
class LoopbackHosts:
    """Takes the addresses of a Microsoft on this machine for Microsoft's."""

    address: str
    refused: list[str] = field(default_factory=list)

    def is_allowed(self, url: str) -> bool:
        if url.startswith(f"{self.address}/"):
            return True
        self.refused.append(url)
        return False

    def client(self, options: dict[str, Any]) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(**options)


def activity(kind: str, service_url: str, *, user: str = ANNA, tenant: str = TENANT, **more: Any) -> dict[str, Any]:
    """Return an activity of somebody's personal conversation as Teams sends it; none leaves a part out."""
    usual = {
        "type": kind,
        "id": f"f:{next(_ids)}",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": {"id": f"29:{user}", "name": "Anna" if user == ANNA else "Ben", "aadObjectId": user},
        "conversation": {"id": f"a:{user}", "conversationType": "personal", "tenantId": tenant},
        "recipient": {"id": COACH, "name": "Coach"},
        "channelData": {"tenant": {"id": tenant}},
        "localTimezone": "Europe/London",
    }
    return {name: value for name, value in {**usual, **more}.items() if value is not None}


def tap(service_url: str, choice: str, **more: Any) -> dict[str, Any]:
    """Return what Teams sends when a choice of a card is tapped."""
    action = {"type": "Action.Execute", "verb": "choose", "data": {"choice": choice}}
    return activity("invoke", service_url, name="adaptiveCard/action", value={"action": action}, **more)
