"""Who calls in Teams' name without its proof gets a 401 and nothing else, and nothing of theirs is read, kept or logged."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from bot.channels.teams import tokens
from tests.integration.teams.conftest import Teams
from tests.teams_peer import Microsoft, activity

pytestmark = pytest.mark.anyio

Forge = Callable[[Microsoft], str | None]
NOW = int(time.time())
WORDS = "a sentence that must not be logged"


def unsigned(microsoft: Microsoft) -> str:
    return jwt.encode(jwt.decode(microsoft.token(), options={"verify_signature": False}), "", "none", headers={"kid": "one"})


def signed_with_the_public_key(microsoft: Microsoft) -> str:
    """Return a token whose signature is made by HMAC with the key that everybody can read."""
    public = microsoft.key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    head, body, _ = microsoft.token().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "one"}).encode()).rstrip(b"=").decode()
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(f"{head}.{body}".encode(), public)
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGED: dict[str, Forge] = {
    "no header": lambda _: None,
    "another scheme": lambda m: f"Basic {m.token()}",
    "no token": lambda _: "Bearer",
    "garbage": lambda _: "Bearer garbage",
    "garbage in three parts": lambda _: "Bearer a.b.c",
    "no JSON in it": lambda _: f"Bearer {base64.urlsafe_b64encode(b'[]').decode()}.{base64.urlsafe_b64encode(b'[]').decode()}.x",
    "two tokens": lambda m: f"Bearer {m.token()} {m.token()}",
    "an endless token": lambda m: f"Bearer {m.token(more='x' * 20_000)}",
    "alg none": lambda m: f"Bearer {unsigned(m)}",
    "HMAC with the public key": lambda m: f"Bearer {signed_with_the_public_key(m)}",
    "another's key": lambda m: f"Bearer {m.token(key=m.stranger)}",
    "no kid": lambda m: f"Bearer {m.token(headers={})}",
    "a kid that is no text": lambda m: f"Bearer {m.token().replace(m.token().split('.')[0], _head(kid=7))}",
    "an unknown kid": lambda m: f"Bearer {m.token(headers={'kid': 'three'})}",
    "a kid of another kind of key": lambda m: f"Bearer {m.token(headers={'kid': 'two'})}",
    "a changed claim": lambda m: f"Bearer {_changed(m.token())}",
    "another audience": lambda m: f"Bearer {m.token(aud='another-app')}",
    "audiences": lambda m: f"Bearer {m.token(aud=['another-app', 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa'])}",
    "no audience": lambda m: f"Bearer {m.token(aud=None)}",
    "another issuer": lambda m: f"Bearer {m.token(iss='https://sts.windows.net/f8cdef31-a31e-4b4a-93e4-5f571e91255a/')}",
    "no issuer": lambda m: f"Bearer {m.token(iss=None)}",
    "expired": lambda m: f"Bearer {m.token(exp=NOW - 600)}",
    "no end": lambda m: f"Bearer {m.token(exp=None)}",
    "an end that is no number": lambda m: f"Bearer {m.token(exp='never')}",
    "not yet": lambda m: f"Bearer {m.token(nbf=NOW + 3600)}",
    "another service address": lambda m: f"Bearer {m.token(serviceurl='https://smba.trafficmanager.net/uk/')}",
    "the same host alone": lambda m: f"Bearer {m.token(serviceurl=f'{m.address}/emea/')}",
    "no service address": lambda m: f"Bearer {m.token(serviceurl=None)}",
}


def _head(**fields: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "typ": "JWT", **fields}).encode()).rstrip(b"=").decode()


def _changed(token: str) -> str:
    head, _, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    body = base64.urlsafe_b64encode(json.dumps({**claims, "exp": NOW + 99_999}).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


async def test_every_forgery_is_401(teams: Teams, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    answers = {}
    for name, forge in FORGED.items():
        caplog.clear()
        forged = forge(teams.microsoft)
        answer = await teams.post(activity("message", teams.microsoft.service_url, text=WORDS), forged)
        answers[name] = (answer.status_code, answer.text)
        logged = "\n".join(record.getMessage() for record in caplog.records)
        assert "a request in Teams' name was refused" in logged, name
        assert WORDS not in logged, name
        assert forged is None or len(forged) < 60 or forged.split(".")[1] not in logged, name
    assert answers == dict.fromkeys(FORGED, (401, ""))
    await teams.settle()
    assert teams.microsoft.sent == []


async def test_the_real_proof_is_taken(teams: Teams) -> None:
    assert (await teams.post(activity("message", teams.microsoft.service_url, text="hello"))).status_code == 202


async def test_garbage_is_401_too(teams: Teams) -> None:
    for body in (b"", b"{", b"[]", b'"x"', b"null", b"\xff", b"[" * 100_000):
        assert (await teams.post(body)).status_code == 401, body[:10]


async def test_a_key_of_another_channel_is_no_proof(teams: Teams) -> None:
    teams.microsoft.endorsements = ["webchat"]
    assert (await teams.post(activity("message", teams.microsoft.service_url, text="hello"))).status_code == 401


async def test_a_service_address_elsewhere_is_refused_whoever_vouches_for_it(teams: Teams) -> None:
    elsewhere = "https://example.com/uk/"
    proof = f"Bearer {teams.microsoft.token(serviceurl=elsewhere)}"
    assert (await teams.post(activity("message", elsewhere, text="hello"), proof)).status_code == 401
    assert teams.hosts.refused == [elsewhere]


async def test_keys_that_somebody_makes_up_cost_the_issuer_one_look(teams: Teams) -> None:
    for number in range(20):
        proof = f"Bearer {teams.microsoft.token(headers={'kid': f'made up {number}'})}"
        assert (await teams.post(activity("message", teams.microsoft.service_url, text="hello"), proof)).status_code == 401
    assert teams.microsoft.key_fetches == 1


async def test_a_new_key_is_found_after_a_minute(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    def message() -> dict[str, Any]:
        return activity("message", teams.microsoft.service_url, text="hello")

    assert (await teams.post(message())).status_code == 202
    teams.microsoft.key = teams.microsoft.stranger
    assert (await teams.post(message())).status_code == 401, "the key with this name is another one now"
    monkeypatch.setattr(tokens, "FRESH", 0.0)
    monkeypatch.setattr(tokens, "PAUSE", 0.0)
    # Nobody waits for keys that are looked up anew: who calls next has them.
    async with asyncio.timeout(10):
        while (await teams.post(message())).status_code != 202:
            pass


async def test_keys_that_grew_old_hold_nobody_up_while_their_issuer_is_away(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    def message() -> dict[str, Any]:
        return activity("message", teams.microsoft.service_url, text="hello")

    assert (await teams.post(message())).status_code == 202
    monkeypatch.setattr(tokens, "FRESH", 0.0)
    monkeypatch.setattr(tokens, "PAUSE", 0.0)
    teams.microsoft.keys_fail = True
    for _ in range(3):
        assert (await teams.post(message())).status_code == 202
    monkeypatch.setattr(tokens, "OLDEST", 0.0)
    assert (await teams.post(message())).status_code == 401, "but not for ever"


async def test_a_body_beyond_measure_is_not_read(teams: Teams) -> None:
    assert (await teams.post(b"x" * 1_100_000)).status_code == 413

    async def parts() -> Any:
        for _ in range(20):
            yield b"x" * 100_000

    answer = await teams.client.post("/api/messages", content=parts())
    assert answer.status_code == 413, "whatever its length says"
