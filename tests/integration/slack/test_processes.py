"""Two web processes on one database: whatever Slack delivers, and to which of them, is answered once and in order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import psycopg
import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import make_url

from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from bot.services.membership import email_key
from bot.settings import ROOT
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.tables import Person
from tests.conftest import NOON
from tests.slack_peer import ALICE, BOB, BOT_TOKEN, SECRET, TEAM, Talk, Workspace, workspace

pytestmark = pytest.mark.anyio

KEY = Fernet.generate_key().decode()
# What the engine holds until it is let go.
HELD = "take your time over this one"
# Longer than any acknowledgement may take while the engine is held, in seconds; how long they take is measured by 'coach bench'.
AT_ONCE = 2.0


@dataclass
class Engine:
    """Repeats what it hears, and holds one message until it is let go."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    heard: Counter[str] = field(default_factory=Counter)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/webhooks/rest/webhook")
        async def answer(body: dict[str, Any]) -> list[dict[str, Any]]:
            self.heard[body["message"]] += 1
            if body["message"] == HELD:
                self.was_asked.set()
                await self.go.wait()
            return [{"text": f"You said: {body['message']}"}]

        return app


@dataclass
class Two:
    """The two processes, the workspace and the engine that they share."""

    slack: Workspace
    engine: Engine
    environment: dict[str, str]
    folder: Path
    ports: tuple[int, int] = field(default_factory=lambda: (free_port(), free_port()))
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def launch(self, port: int) -> None:
        with (self.folder / f"{port}.log").open("ab") as log:
            self.processes[port] = subprocess.Popen(
                [ROOT / ".venv" / "bin" / "coach", "serve", "--role", "web", "--port", str(port)],
                env=self.environment | {"COACH_ACTIONS_PORT": str(free_port())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def start(self, port: int) -> None:
        self.launch(port)
        end = time.monotonic() + 60
        async with httpx.AsyncClient(trust_env=False) as web:
            while True:
                try:
                    await web.get(f"http://127.0.0.1:{port}/health/live")
                    return
                except httpx.HTTPError:
                    assert self.processes[port].poll() is None, (self.folder / f"{port}.log").read_text()
                    assert time.monotonic() < end, "the process starts"
                    await asyncio.sleep(0.1)

    async def deliver(self, body: str, *ports: int, kind: str = "application/json") -> None:
        """Deliver one signed request to several processes at once, to some of them twice."""
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body) or ""
        headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature, "content-type": kind}
        async with httpx.AsyncClient(trust_env=False, timeout=AT_ONCE) as web:
            sent = [web.post(f"http://127.0.0.1:{port}/slack/events", content=body, headers=headers) for port in ports or self.ports]
            assert {answer.status_code for answer in await asyncio.gather(*sent)} == {200}

    async def say(self, talk: Talk, text: str, *ports: int) -> str:
        """Deliver somebody's message; return the event, to be delivered again."""
        inner = {"type": "message", "channel_type": "im", "user": talk.user, "channel": talk.place, "text": text, "ts": "1.1"}
        body = json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{uuid4().hex}", "event": inner})
        await self.deliver(body, *ports)
        return body

    async def tap(self, talk: Talk, label: str) -> None:
        """Deliver somebody's tap on the newest button with this label to both."""
        message, element = await asyncio.to_thread(talk._wait, lambda: talk._button(label), label)
        block = next(each for each in message["blocks"] if element in each.get("elements", []))
        action = {**element, "block_id": block.get("block_id", ""), "action_ts": f"{time.time():.6f}"}
        payload = {
            "type": "block_actions",
            "team": {"id": TEAM},
            "user": {"id": talk.user, "team_id": TEAM},
            "channel": {"id": talk.place},
            "container": {"channel_id": talk.place},
            "actions": [action],
        }
        await self.deliver(urlencode({"payload": json.dumps(payload)}), kind="application/x-www-form-urlencoded")

    async def join(self, user: str) -> Talk:
        """Have somebody greeted and agree, each event delivered to both processes."""
        talk = Talk(self.slack, user)
        await self.say(talk, "hello")
        await asyncio.to_thread(talk.hears, "May I keep our conversation?")
        await self.tap(talk, "Yes, go ahead")
        await asyncio.to_thread(talk.hears, "Thank you")
        return talk


def answers(talk: Talk) -> list[str]:
    """Return what the engine said to them since they agreed.

    Words from before are held in the memory of one process alone, which may not be the one that hears the yes.
    """
    said = [each["text"].removeprefix("You said: ") for each in talk.said() if each["text"].startswith("You said: ")]
    return [each for each in said if each != "hello"]


@pytest.fixture
async def two(postgres: str, tmp_path: Path) -> AsyncIterator[Two]:
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = make_url(postgres).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
    database = Database(url, [KEY])
    await database.upgrade()
    async with database.transaction() as session:
        for who in ("alice", "bob"):
            await enrol(session, who, name=who, time_zone="Europe/London", now=NOON)
            (await session.get_one(Person, who)).email_key = email_key(f"{who}@example.nhs.uk", KEY)
    await database.close()
    engine = Engine()
    server = ActionServer(engine.app(), free_port())
    await server.start()
    with workspace(tmp_path, None) as slack:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("COACH_", "SLACK_"))},
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{slack.address}/api",
            "COACH_VAR": str(tmp_path / "var"),
            "COACH_DATABASE_URL": url,
            "COACH_SECRET_KEY": KEY,
            "COACH_RASA_URL": f"http://127.0.0.1:{server.port}",
            "COACH_ACTIONS_TOKEN": "a token of 24 characters",
        }
        given = Two(slack, engine, environment, tmp_path)
        try:
            await asyncio.gather(*(given.start(port) for port in given.ports))
            yield given
        finally:
            engine.go.set()
            for process in given.processes.values():
                process.terminate()
                process.wait(timeout=20)
    await server.stop()


async def test_what_both_are_delivered_is_answered_once_and_in_order(two: Two) -> None:
    people = [await two.join(ALICE), await two.join(BOB)]
    words = [f"this is message number {number}" for number in range(12)]
    for text in words:
        await asyncio.gather(*(two.say(talk, text, *two.ports, two.ports[0]) for talk in people))
    for talk in people:
        await asyncio.to_thread(talk.hears, f"You said: {words[-1]}")
        assert answers(talk) == words
        said = Counter(each["text"] for each in talk.said())
        assert max(said.values()) == 1, "the greeting and the thanks too"
    assert {two.engine.heard[text] for text in words} == {len(people)}


async def test_an_event_is_known_again_after_a_restart(two: Two) -> None:
    first, second = two.ports
    talk = Talk(two.slack, ALICE)
    greeted = await two.say(talk, "hello", first)
    await asyncio.to_thread(talk.hears, "May I keep our conversation?")
    two.processes[first].send_signal(signal.SIGKILL)
    await asyncio.to_thread(two.processes[first].wait)
    await two.start(first)
    await two.deliver(greeted)
    await two.tap(talk, "Yes, go ahead")
    await asyncio.to_thread(talk.hears, "Thank you")
    answered = await two.say(talk, "is there any evidence for this", first)
    await asyncio.to_thread(talk.hears, "You said: is there any")
    two.processes[first].send_signal(signal.SIGKILL)
    await asyncio.to_thread(two.processes[first].wait)
    await two.deliver(answered, second)
    await two.start(first)
    await two.deliver(answered)
    await two.say(talk, "and that is all for today")
    await asyncio.to_thread(talk.hears, "You said: and that is all")
    assert answers(talk) == ["is there any evidence for this", "and that is all for today"]
    assert sum("May I keep our conversation?" in each["text"] for each in talk.said()) == 1


async def test_one_conversation_waits_and_the_other_goes_on(two: Two) -> None:
    alice, bob = [await two.join(user) for user in (ALICE, BOB)]
    first, second = two.ports
    await two.say(alice, HELD, first)
    await two.engine.was_asked.wait()
    # Alice's next message goes to the other process, and waits for its turn all the same.
    await two.say(alice, "and then there is this", second)
    for port in two.ports:
        await two.say(bob, f"hello there by port {port}", port)
        await asyncio.to_thread(bob.hears, f"You said: hello there by port {port}")
    assert answers(alice) == []
    two.engine.go.set()
    await asyncio.to_thread(alice.hears, "You said: and then there is this")
    assert answers(alice) == [HELD, "and then there is this"]
    assert two.engine.heard[HELD] == 1


async def test_what_cannot_be_kept_is_not_acknowledged_and_answered_once_it_can(two: Two) -> None:
    talk = await two.join(ALICE)
    event = {"type": "message", "channel_type": "im", "user": talk.user, "channel": talk.place, "text": "is anybody there", "ts": "1.1"}
    body = json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{uuid4().hex}", "event": event})
    address = make_url(two.environment["COACH_DATABASE_URL"]).set(drivername="postgresql").render_as_string(hide_password=False)
    async with await psycopg.AsyncConnection.connect(address) as held:
        await held.execute("LOCK TABLE inbound IN ACCESS EXCLUSIVE MODE")
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body) or ""
        headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature, "content-type": "application/json"}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as web:
            answer = await web.post(f"http://127.0.0.1:{two.ports[0]}/slack/events", content=body, headers=headers)
        assert answer.status_code == 500, "Slack delivers it again"
    await two.deliver(body)
    await asyncio.to_thread(talk.hears, "You said: is anybody there")
    assert answers(talk) == ["is anybody there"]
