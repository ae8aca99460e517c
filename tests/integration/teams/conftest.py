"""The coach in Teams over a database of its own, with a Microsoft and an engine on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.bootstrap import Product, open_product
from bot.channels.teams.app import TeamsApp
from bot.channels.teams.connector import Connector
from bot.channels.teams.settings import TeamsSettings
from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from bot.settings import read_settings
from bot.web.app import build_app
from tests.integration.web.conftest import LoopbackEngine
from tests.teams_peer import APP, TENANT, LoopbackHosts, Microsoft, activity, tap


@dataclass
class Teams:
    """The running application: what Teams sends goes through its address, what the coach says is Microsoft's to show."""

    client: httpx.AsyncClient
    product: Product
    engine: LoopbackEngine
    microsoft: Microsoft
    app: TeamsApp
    hosts: LoopbackHosts

    async def post(self, body: Any, authorization: str | None = "", **options: Any) -> httpx.Response:
        """Send what Teams would send, with its proof unless another is given."""
        proof = f"Bearer {self.microsoft.token()}" if authorization == "" else authorization
        headers = {"authorization": proof} if proof is not None else {}
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        return await self.client.post("/api/messages", headers=headers, **content, **options)

    async def say(self, text: str, **more: Any) -> list[str]:
        """Say something as a person and return what the coach answers."""
        return await self._answers(activity("message", self.microsoft.service_url, text=text, **more))

    async def choose(self, choice: str, **more: Any) -> list[str]:
        """Tap a choice and return what the coach answers."""
        return await self._answers(tap(self.microsoft.service_url, choice, **more))

    async def _answers(self, body: dict[str, Any]) -> list[str]:
        before = len(self.microsoft.texts())
        answer = await self.post(body)
        assert answer.status_code in (200, 202), answer.text
        await self.settle()
        return self.microsoft.texts()[before:]

    async def settle(self) -> None:
        """Wait until what was taken in is answered and posted."""
        await self.app.close(20)
        while await self.product.postman.send_due():
            pass
        await self.product.postman.settle_due()


@asynccontextmanager
async def open_teams(var: Path, **environment: str) -> AsyncIterator[Teams]:
    engine, microsoft = LoopbackEngine(), Microsoft()
    engine.may_answer.set()
    engine_server = ActionServer(engine.app(), free_port())
    await engine_server.start()
    await microsoft.start()
    given = {
        "COACH_VAR": str(var),
        "COACH_RASA_URL": f"http://127.0.0.1:{engine_server.port}",
        "COACH_ACTIONS_TOKEN": "a token of 24 characters",
        "COACH_ACTIONS_PORT": str(free_port()),
        **environment,
    }
    settings = TeamsSettings(
        APP, {TENANT: frozenset()}, {}, openid=microsoft.openid, tab_issuer=microsoft.tab_issuer, tab_openid=microsoft.tab_openid
    )

    async def token_of() -> str:
        return "the coach's own token"

    hosts = LoopbackHosts(microsoft.address)
    connector = Connector(token_of, hosts)
    async with open_product(read_settings(given), lambda _: None) as product:
        app = TeamsApp(product, settings, connector)
        product.postman.serve(app.channel)
        server = ActionServer(build_app(product, None, is_https=False, teams=app), free_port())
        await server.start()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=20) as client:
            yield Teams(client, product, engine, microsoft, app, hosts)
        await server.stop()
        await app.close(5)
        await connector.close()
    await microsoft.stop()
    await engine_server.stop()


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[Teams]:
    """Give the coach in Teams, where anybody of the tenant may join."""
    async with open_teams(tmp_path) as opened:
        yield opened
