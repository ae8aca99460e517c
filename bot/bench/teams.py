"""Measures how soon Teams has its 202 while the engine has more than it can do, and what the proof of a request takes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.bench.engine import own_engine
from bot.bench.figure import Figure, percentile
from bot.bench.loopback import listening
from bot.bench.product import LINES, measured_product
from bot.bootstrap import open_database
from bot.channels.teams.activities import Reference
from bot.channels.teams.settings import ISSUER, PLAYGROUND
from bot.channels.teams.tokens import Proof
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.lobby import CONSENT_VERSION
from bot.settings import Settings
from bot.storage.addresses import note_address
from bot.storage.people import enrol

TENANT, APP = "00000000-0000-0000-0000-0000000000aa", "00000000-0000-0000-0000-0000000000bb"
# Activities a second, how many, from how many people, and readers that saturate the engine; given up after so many seconds.
RATE, ACTIVITIES, CROWD, READERS, GIVE_UP = 50, 1500, 150, 4, 10
# So many requests are proved, one after another.
PROOFS = 500


class Host:
    """The Bot Connector as far as the coach calls it, and the issuer's keys."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.address = ""
        self._numbers = count(1)

    async def call(self, request: web.Request) -> web.Response:
        if request.path == "/openid":
            return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.address}/keys"})
        if request.path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return web.json_response({"keys": [{**public, "kid": "bench"}]})
        await request.read()
        return web.json_response({"id": f"sent-{next(self._numbers)}"}, status=201)

    def token(self) -> str:
        claims = {"iss": ISSUER, "aud": APP, "exp": int(time.time()) + 3600, "serviceurl": self.service_url}
        return jwt.encode(claims, self.key, "RS256", headers={"kid": "bench"})

    @property
    def service_url(self) -> str:
        return f"{self.address}/"


async def measure_teams(settings: Settings) -> list[Figure]:
    """Return the figures of the acknowledgements and of the proof."""
    async with _setting(settings) as (host, engine, http, url):
        proofs = await _proofs(host)
        readers = [asyncio.create_task(_read_on(engine)) for _ in range(READERS)]
        try:
            took = await _deliver(http, url, host.service_url)
        finally:
            for reader in readers:
                reader.cancel()
    return list(_figures(took, proofs))


async def _read_on(engine: RasaClient) -> None:
    while True:
        try:
            await engine.parse(LINES[0])
        except EngineUnavailable:
            await asyncio.sleep(0.1)


async def _proofs(host: Host) -> list[float]:
    """Return the seconds that it takes to prove each of several requests, once the issuer's keys are there."""
    proof, times = Proof(APP, ISSUER, f"{host.address}/openid"), []
    await proof.warm()
    for _ in range(PROOFS):
        authorization = f"Bearer {host.token()}"
        started = time.perf_counter()
        await proof.check(authorization, {"serviceUrl": host.service_url, "channelId": "msteams"})
        times.append(time.perf_counter() - started)
    return times


async def _deliver(http: aiohttp.ClientSession, url: str, service_url: str) -> list[float]:
    """Deliver activities at their rate, whether or not those before are acknowledged."""
    sent, began = [], time.perf_counter()
    for number in range(ACTIVITIES):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        words = f"message {number} of the crowd: {LINES[number % len(LINES)]}"
        sent.append(asyncio.create_task(_send(http, url, service_url, f"U{number % CROWD}", words)))
    return list(await asyncio.gather(*sent))


async def _send(http: aiohttp.ClientSession, url: str, service_url: str, user: str, text: str) -> float:
    """Deliver one message; return the seconds until it was acknowledged or given up."""
    body = {
        "type": "message",
        "id": uuid4().hex,
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": {"id": f"29:{user}", "aadObjectId": user},
        "conversation": {"id": f"a:{user}", "conversationType": "personal", "tenantId": TENANT},
        "recipient": {"id": "28:bench"},
        "text": text,
    }
    started = time.perf_counter()
    with contextlib.suppress(TimeoutError):
        async with http.post(url, json=body) as answer:
            await answer.read()
            if answer.status != 202:
                raise RuntimeError(f"an activity was answered with {answer.status}")
    return time.perf_counter() - started


def _figures(took: Sequence[float], proofs: Sequence[float]) -> Iterator[Figure]:
    how = (
        f"{len(took)} activities at {RATE}/s from {CROWD} people, the engine saturated, as the playground sends them, without "
        f"a token; what its proof takes is ack_teams_proof: {len(proofs)} tokens, the issuer's keys known"
    )
    for name, share, goal in (("p50", 0.5, None), ("p95", 0.95, None), ("p99", 0.99, 100.0)):
        yield Figure(f"ack_teams_{name}", round(percentile(took, share) * 1000, 1), "ms", how, goal=goal)
    yield Figure("ack_teams_proof_p99", round(percentile(proofs, 0.99) * 1000, 2), "ms", how)


@asynccontextmanager
async def _setting(settings: Settings) -> AsyncIterator[tuple[Host, RasaClient, aiohttp.ClientSession, str]]:
    """Start an engine and the product in front of it, with a Bot Connector beside them."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        host = Host()
        host.address = await stack.enter_async_context(listening(host, "/{path:.*}"))
        measured = await stack.enter_async_context(own_engine(settings, folder))
        more = {**measured.environment, PLAYGROUND: host.address}
        product, _ = await stack.enter_async_context(measured_product(settings.var, more))
        await _fill(product.settings, host.service_url)
        connections, limit = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=GIVE_UP)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connections, timeout=limit))
        yield host, measured.client, http, f"{product.address}/api/messages"


async def _fill(settings: Settings, service_url: str) -> None:
    """Put people on the roster who have agreed and written from Teams before."""
    database = open_database(settings)
    try:
        now = datetime.now(UTC)
        async with database.transaction() as session:
            for number in range(CROWD):
                user = f"u{number}"
                person = await enrol(session, user, name=user, time_zone=settings.file.time_zone, now=now)
                person.consented_at, person.consent_version = now, CONSENT_VERSION
                place = Reference(service_url, f"a:U{number}", "28:bench", f"29:U{number}").as_place()
                await note_address(session, user, channel="teams", account=TENANT, user=user, place=place, now=now)
    finally:
        await database.close()
