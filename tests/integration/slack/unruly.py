"""What stands between the coach and a workspace when the platform has a bad day: it refuses, breaks, babbles, hangs and cuts off."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request, Response

from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer

# How many of a hundred calls go wrong in each way; the rest reach the workspace.
MISHAPS = {"refused": 6, "broken": 4, "garbage": 4, "silence": 2, "answer lost": 4}


class Unruly:
    """Hands calls on to a workspace, except for those that go wrong; `happened` counts them."""

    def __init__(self, target: str, seed: int, hangs_for: float) -> None:
        self._target, self._dice, self._hangs_for = target, random.Random(seed), hangs_for
        self.happened: Counter[str] = Counter()

    def app(self, client: httpx.AsyncClient) -> FastAPI:
        app = FastAPI()

        @app.api_route("/api/{method}", methods=["GET", "POST"])
        async def call(method: str, request: Request) -> Response:
            mishap = self._dice.choices([*MISHAPS, ""], [*MISHAPS.values(), 100 - sum(MISHAPS.values())])[0]
            self.happened[mishap] += 1
            if mishap == "refused":
                return Response('{"ok": false, "error": "ratelimited"}', 429, {"Retry-After": "1"}, "application/json")
            if mishap == "broken":
                return Response("<html>Bad gateway</html>", 502)
            if mishap == "garbage":
                kind = self._dice.choice(["text/plain", "text/html", "application/json"])
                return Response("\x00 not what was expected", 200, media_type=kind)
            if mishap == "silence":
                await asyncio.sleep(self._hangs_for)
                return Response(status_code=504)
            headers = {name: value for name, value in request.headers.items() if name in {"authorization", "content-type"}}
            address = f"{self._target}/{method}?{request.url.query}"
            answer = await client.request(request.method, address, content=await request.body(), headers=headers)
            if mishap == "answer lost":
                await asyncio.sleep(self._hangs_for)
            return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

        return app


@asynccontextmanager
async def unruly(target: str, *, seed: int, hangs_for: float) -> AsyncIterator[tuple[str, Unruly]]:
    """Give the address of an unruly platform in front of `target`, an address of Slack's methods, and what it did."""
    between = Unruly(target, seed, hangs_for)
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        server = ActionServer(between.app(client), free_port())
        await server.start()
        try:
            yield f"http://127.0.0.1:{server.port}/api", between
        finally:
            await server.stop()
