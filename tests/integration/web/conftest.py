"""The web application over a database of its own; the engine is a loopback server that speaks Rasa's REST channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.bootstrap import Product, open_product
from bot.channels.slack.app import open_slack
from bot.domain.messages import Said
from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from bot.services.sample import read_demonstration, set_up
from bot.settings import read_settings
from bot.web.app import build_app
from bot.web.providers import SignIn
from tests.browsers import AsyncBrowser


@dataclass
class LoopbackEngine:
    """Answers what the test says it answers; while `may_answer` is not set, it takes its time."""

    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/webhooks/rest/webhook")
        async def answer(body: dict[str, Any]) -> list[dict[str, Any]]:
            self.heard.append(body["message"])
            self.was_asked.set()
            await self.may_answer.wait()
            return self.answers.get(body["message"], [{"text": f"You said: {body['message']}"}])

        return app


@dataclass
class Web:
    """The running application: where it answers, what it works with, and the engine behind it."""

    address: str
    product: Product
    engine: LoopbackEngine

    def visitor(self, **options: Any) -> httpx.AsyncClient:
        """Return a browser's worth of connections, to be closed by the test."""
        return AsyncBrowser(base_url=self.address, trust_env=False, timeout=20, **options)


async def open_web(
    var: Path,
    *,
    is_demo: bool,
    more: Mapping[str, str] | None = None,
    port: int | None = None,
    sign_in: SignIn | None = None,
    is_https: bool = False,
    weeks: int = 6,
) -> AsyncGenerator[Web, None]:
    """Give the application, with `more` of the environment; where that sets Slack up, its routes and the postman are at work.

    The sample programmes have lived so many weeks: as few as do, where no figures are looked at.
    """
    engine = LoopbackEngine()
    engine.may_answer.set()
    port = port or free_port()
    async with AsyncExitStack() as stack:
        engine_server = await _serve(stack, engine.app(), free_port())
        environment = {
            "COACH_VAR": str(var),
            "COACH_RASA_URL": f"http://127.0.0.1:{engine_server.port}",
            "COACH_ACTIONS_TOKEN": "a token of 24 characters",
            "COACH_ACTIONS_PORT": str(free_port()),
            "COACH_ADDRESS": f"http://127.0.0.1:{port}",
            **(more or {}),
        }
        product = await stack.enter_async_context(open_product(read_settings(environment), lambda _: None))
        demonstration = read_demonstration().model_copy(update={"sample_weeks": weeks})
        await set_up(product.database, product.toolkit, demonstration, product.settings.file.time_zone, product.clock.now())
        slack = None
        if product.settings.slack:
            slack = await stack.enter_async_context(open_slack(product, product.settings.slack, drain=5))
            postman = asyncio.create_task(product.postman.run())
            stack.push_async_callback(asyncio.wait, {postman})
            stack.callback(product.postman.stop)
        app = build_app(product, demonstration if is_demo else None, is_https=is_https, slack=slack, sign_in=sign_in)
        server = await _serve(stack, app, port)
        yield Web(f"http://127.0.0.1:{server.port}", product, engine)


async def _serve(stack: AsyncExitStack, app: FastAPI, port: int) -> ActionServer:
    server = ActionServer(app, port)
    await server.start()
    stack.push_async_callback(server.stop)
    return server


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    """Give the demonstration, with its unsafe sign-in."""
    async for opened in open_web(tmp_path, is_demo=True):
        yield opened


@pytest.fixture
async def closed_web(tmp_path: Path) -> AsyncIterator[Web]:
    """Give the application as it is served outside the demonstration."""
    async for opened in open_web(tmp_path, is_demo=False):
        yield opened


@pytest.fixture
async def team(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """Give the programme team's browser, signed in."""
    async with web.visitor() as browser:
        await browser.post("/sign-in", data={"person": "programme-team"})
        yield browser


@pytest.fixture
async def surgeon(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """Give the surgeon's browser: signed in, and agreed that the conversation is kept."""
    await web.product.conversation.receive("surgeon", Said("web", "agreed", choice="consent.yes"))
    async with web.visitor() as browser:
        await browser.post("/sign-in", data={"person": "surgeon"})
        yield browser
