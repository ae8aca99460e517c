"""Slacks of the tests' own, for what no peer can do: one that answers as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from fastapi import FastAPI, Response

from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer

Answer = Callable[..., Awaitable[Response]]
Start = Callable[[Answer], Awaitable[str]]


@pytest.fixture
async def failing() -> AsyncIterator[Start]:
    """Give a function that starts a Slack which answers every call in the given way, and returns its address."""
    servers = []

    async def start(answer: Answer) -> str:
        app = FastAPI()
        app.add_api_route("/api/{method}", answer, methods=["GET", "POST"])
        server = ActionServer(app, free_port())
        await server.start()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}/api"

    yield start
    for server in servers:
        await server.stop()
