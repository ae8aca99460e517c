"""Two workspaces at once, each a Slack of its own: nobody is mixed up, and one that goes away takes nobody with it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import select

from bot.channels.slack.installations import Installations
from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from bot.storage.tables import Address, Message
from tests.integration.web.conftest import Web, open_web
from tests.slack_peer import ALICE, COACH, SECRET, Talk, Workspace, workspace

pytestmark = pytest.mark.anyio

NORTH, SOUTH = "T0NORTH", "T0SOUTH"


@dataclass(frozen=True, slots=True)
class Both:
    """The coach in two workspaces, in which two people have the same user id."""

    web: Web
    installations: Installations
    north: Workspace
    south: Workspace

    async def install(self, team: str) -> None:
        token = (self.north if team == NORTH else self.south).bot_token
        await self.installations.async_save(
            Installation(team_id=team, team_name=team, bot_token=token, bot_user_id=COACH, bot_id="B0BOT", user_id="U0ADMIN")
        )

    async def event(self, team: str, event_type: str, **more: object) -> None:
        """Send a signed event that no peer sends."""
        event = {"type": event_type, **more}
        body = json.dumps(
            {"type": "event_callback", "team_id": team, "event_id": f"Ev{time.time_ns()}", "event_time": int(time.time()), "event": event}
        )
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body) or ""
        headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature, "content-type": "application/json"}
        async with self.web.visitor() as slack:
            assert (await slack.post("/slack/events", content=body, headers=headers)).status_code == 200

    async def addresses(self) -> dict[str, str | None]:
        """Return why each person's address is closed."""
        async with self.web.product.database.reading() as session:
            return {each.person_id: each.closed_reason for each in await session.scalars(select(Address))}


def one_slack(workspaces: dict[str, Workspace]) -> FastAPI:
    """Return Slack's one address for all workspaces: a call goes to the workspace whose token it brings."""
    app = FastAPI()

    @app.api_route("/api/{method}", methods=["GET", "POST"])
    async def call(request: Request, method: str) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            headers = {name: request.headers[name] for name in ("authorization", "content-type") if name in request.headers}
            url = httpx.URL(f"{workspaces[token].address}/api/{method}", query=request.url.query.encode())
            answer = await client.request(request.method, url, content=await request.body(), headers=headers)
        return Response(answer.content, answer.status_code, media_type="application/json")

    return app


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    port, slack_port = free_port(), free_port()
    with ExitStack() as stack:
        opened = []
        for team, token in ((NORTH, "xoxb-north"), (SOUTH, "xoxb-south")):
            (tmp_path / team).mkdir()
            opened.append(stack.enter_context(workspace(tmp_path / team, f"http://127.0.0.1:{port}/slack/events", team, token)))
        slack = ActionServer(one_slack({each.bot_token: each for each in opened}), slack_port)
        await slack.start()
        more = {
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": "secret",
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"http://127.0.0.1:{slack_port}/api",
        }
        async for web in open_web(tmp_path / "var", is_demo=True, more=more, port=port):
            settings = web.product.settings.slack
            assert settings is not None
            given = Both(web, Installations(web.product.database, settings), *opened)
            for team in (NORTH, SOUTH):
                await given.install(team)
            yield given
        await slack.stop()


def join(talk: Talk, words: str) -> None:
    talk.say(words)
    talk.hears("May I keep our conversation?")
    talk.tap("Yes, go ahead")
    talk.hears(f"You said: {words}")


async def test_people_of_two_workspaces_are_never_mixed(both: Both) -> None:
    north, south = Talk(both.north, ALICE), Talk(both.south, ALICE)
    await asyncio.to_thread(join, north, "hello from the north")
    await asyncio.to_thread(join, south, "hello from the south")
    assert not any("south" in each["text"] for each in north.said())
    assert not any("north" in each["text"] for each in south.said())
    assert await both.addresses() == {f"slack-{NORTH}-{ALICE}": None, f"slack-{SOUTH}-{ALICE}": None}


async def test_a_workspace_that_removes_the_app_takes_nobody_with_it_and_comes_back(both: Both) -> None:
    north, south = Talk(both.north, ALICE), Talk(both.south, ALICE)
    for talk in (north, south):
        await asyncio.to_thread(join, talk, "hello there")
    await both.event(NORTH, "tokens_revoked", tokens={"oauth": ["U0ADMIN"], "bot": []})
    await both.event(NORTH, "tokens_revoked", tokens={"bot": ["U0ANOTHER"]})
    await both.event(NORTH, "message", channel_type="im", user=ALICE, channel=north.place, text="still here", ts="1.1")
    await asyncio.to_thread(north.hears, "You said: still here")

    await both.event(NORTH, "tokens_revoked", tokens={"bot": [COACH]})
    await both.event(NORTH, "app_uninstalled")
    end = time.monotonic() + 20
    while (await both.addresses())[f"slack-{NORTH}-{ALICE}"] is None:
        assert time.monotonic() < end, "the installation ends"
        await asyncio.sleep(0.05)
    closed = await both.addresses()
    # Slack sends both events, in no order.
    assert closed.pop(f"slack-{NORTH}-{ALICE}") in ("token_revoked", "app_uninstalled")
    assert closed == {f"slack-{SOUTH}-{ALICE}": None}
    said = len(north.said())
    await both.event(NORTH, "message", channel_type="im", user=ALICE, channel=north.place, text="are you there", ts="1.2")
    await asyncio.to_thread(south.say, "and you")
    await asyncio.to_thread(south.hears, "You said: and you")
    assert len(north.said()) == said, "what is not installed is not answered"

    await both.install(NORTH)
    await asyncio.to_thread(north.say, "here again")
    await asyncio.to_thread(north.hears, "You said: here again")
    async with both.web.product.database.reading() as session:
        theirs = await session.scalars(select(Message.text).where(Message.person_id == f"slack-{NORTH}-{ALICE}"))
        assert "hello there" in list(theirs), "all that was theirs is still there"
    assert sum("May I keep our conversation?" in each["text"] for each in north.said()) == 1, "nobody is asked again"
