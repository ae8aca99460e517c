"""What stands on either side of the product while a channel is measured: a Slack that takes everything, and a clock before the engine."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Protocol

import aiohttp
from aiohttp import web

from bot.rasa.engine import free_port

# A conversation in which nothing more comes for this long has heard all there is to a turn, in seconds.
QUIET = 0.1
# A turn that takes longer than this has failed, in seconds.
LIMIT = 60


class Host(Protocol):
    """What answers requests on loopback."""

    async def call(self, request: web.Request) -> web.Response: ...


class SlackHost:
    """Slack's Web API as far as the coach and Rasa's connector call it; it notes when something is written where."""

    def __init__(self) -> None:
        self._arrived: defaultdict[str, asyncio.Queue[float]] = defaultdict(asyncio.Queue)
        self._numbers = count(1)

    async def call(self, request: web.Request) -> web.Response:
        body = await (request.json() if request.content_type == "application/json" else request.post())
        if request.match_info["method"] != "chat.postMessage":
            return web.json_response({"ok": True, "user": {}, "channel": {"id": "D0"}})
        self._arrived[str(body.get("channel"))].put_nowait(time.perf_counter())
        return web.json_response({"ok": True, "ts": f"1.{next(self._numbers):06}"})

    async def next_message(self, place: str) -> float:
        """Wait for the next message written there; return when it came, by the performance counter."""
        try:
            return await asyncio.wait_for(self._arrived[place].get(), LIMIT)
        except TimeoutError:
            raise RuntimeError(f"a turn had no answer in Slack within {LIMIT} s") from None

    async def until_quiet(self, place: str) -> None:
        """Wait until the turn has come to its end there."""
        try:
            while True:
                await asyncio.wait_for(self._arrived[place].get(), QUIET)
        except TimeoutError:
            return


class EngineClock:
    """Hands everything on to the engine, and notes how long it took over its answers to messages, in seconds."""

    def __init__(self, engine_url: str) -> None:
        self._engine_url, self._http = engine_url, aiohttp.ClientSession(auto_decompress=False, timeout=aiohttp.ClientTimeout(total=LIMIT))
        self.took: list[float] = []

    async def close(self) -> None:
        await self._http.close()

    async def call(self, request: web.Request) -> web.Response:
        started = time.perf_counter()
        url, body = self._engine_url + request.path_qs, await request.read()
        async with self._http.request(request.method, url, data=body, headers={"content-type": request.content_type}) as answer:
            passed = web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)
        if request.path == "/webhooks/rest/webhook":
            self.took.append(time.perf_counter() - started)
        return passed


@asynccontextmanager
async def listening(host: Host, path: str) -> AsyncIterator[str]:
    """Answer requests to this path, such as /api/{method}, on a loopback port; give the address."""
    app = web.Application()
    app.router.add_route("*", path, host.call)
    # At the end nothing is waited for: what the engine was still asked then is in no figure.
    runner, port = web.AppRunner(app, access_log=None, shutdown_timeout=1.0), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
