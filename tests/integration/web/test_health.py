"""What a process without pages answers: whether it lives and works, and its metrics."""

from __future__ import annotations

import httpx
import pytest

from bot.web.health import watch_app
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio


async def test_a_worker_answers_those_who_watch_it_and_nobody_else(web: Web) -> None:
    # Asked as from this machine, which needs no token.
    app = httpx.ASGITransport(watch_app(web.product), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=app, base_url="http://worker") as watcher:
        assert (await watcher.get("/health/live")).json() == {"status": "live"}
        # The engine of these tests has no model.
        ready = await watcher.get("/health/ready")
        assert (ready.status_code, ready.json()) == (503, {"database": True, "engine": False})
        metrics = await watcher.get("/metrics")
        assert metrics.status_code == 200
        assert "coach_oldest_due_seconds" in metrics.text
        for path in ("/", "/chat", "/dashboard", "/webhook", "/slack/events", "/api/messages", "/docs", "/openapi.json"):
            assert (await watcher.get(path)).status_code == 404
    elsewhere = httpx.ASGITransport(watch_app(web.product), client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://worker") as stranger:
        assert (await stranger.get("/metrics")).status_code == 403
        assert (await stranger.get("/metrics", headers={"authorization": "Bearer guess"})).status_code == 403
