"""The running application with three people who confided something, and one who should learn nothing of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from bot.domain.messages import Said
from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from bot.storage.plans import keep_plan, keep_reflection
from bot.web.limits import RateLimit
from tests.integration.web.conftest import Web, open_web

SIGNING_SECRET = "a signing secret of the red team's"
# What nobody but its writer may ever be shown.
SECRET = "Dr Quillfeather has been hiding the waiting list"


@dataclass
class Target:
    """The application under attack, and a browser for each who attacks it."""

    web: Web
    stranger: httpx.AsyncClient
    surgeon: httpx.AsyncClient
    team: httpx.AsyncClient
    lead: httpx.AsyncClient
    administrator: httpx.AsyncClient
    reflection: int
    plan: int


@pytest.fixture
async def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Target]:
    """Give the demonstration with its Slack; the nurse lead has confided SECRET, and the others are after it."""
    slack = FastAPI()

    @slack.api_route("/api/{method}", methods=["GET", "POST"])
    async def answer(request: Request) -> dict[str, object]:
        return {"ok": True, "team_id": "T1", "user_id": "UC", "bot_id": "B1", "user": "coach", "team": "t", "url": "https://t.example/"}

    peer = ActionServer(slack, free_port())
    await peer.start()
    more = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"http://127.0.0.1:{peer.port}/api/",
    }
    # Each attempt is looked at for itself: how they are slowed down is tested in tests/integration/web/test_limits.py.
    monkeypatch.setattr(RateLimit, "__call__", _unlimited)
    async for web in open_web(tmp_path, is_demo=True, more=more):
        async with AsyncExitStack() as stack:
            browsers = [await stack.enter_async_context(web.visitor()) for _ in range(5)]
            for browser, person in zip(browsers[1:], ("surgeon", "programme-team", "forum-lead", "administrator"), strict=True):
                await browser.post("/sign-in", data={"person": person})
            for person in ("surgeon", "nurse-lead"):
                await web.product.conversation.receive(person, Said("web", f"{person} agreed", choice="consent.yes"))
            now = web.product.clock.now()
            async with web.product.database.transaction() as session:
                kept = await keep_reflection(session, "nurse-lead", asked="Why?", words=SECRET, theme="gm_trust", now=now)
                plan = await keep_plan(session, "nurse-lead", SECRET, theme="gm_trust", scenario=None, check_in_at=now, now=now)
                reflection, plan_id = kept.id, plan.id
            stranger, surgeon, team, lead, administrator = browsers
            yield Target(web, stranger, surgeon, team, lead, administrator, reflection, plan_id)
    await peer.stop()


async def _unlimited(self: RateLimit, scope: object, receive: object, send: object) -> None:
    await self._app(scope, receive, send)  # type: ignore[arg-type]  # handed through as it came
