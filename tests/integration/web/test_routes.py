"""Every route by its own description, with what that allows and what it does not: never a server's error, and nothing undocumented."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, cast

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode

from bot.services.sample import read_demonstration
from bot.web.app import build_app
from bot.web.description import describe
from bot.web.limits import RateLimit
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio

# The stream of news ends only with its reader, the clock moves everybody's time on, and without an engine nothing is ready.
NOT_CALLED = {"/chat/events", "/demo/clock", "/health/ready"}
EXAMPLES = 5  # of each operation


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
async def test_no_route_ends_in_an_error_whatever_it_is_sent(web: Web, surgeon: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unlimited(self: RateLimit, scope: object, receive: object, send: object) -> None:
        await self._app(scope, receive, send)  # type: ignore[arg-type]  # handed through as it came

    monkeypatch.setattr(RateLimit, "__call__", unlimited)
    described = describe(build_app(web.product, read_demonstration(), is_https=False))
    schema = schemathesis.openapi.from_dict(described)
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    cookies = {"coach": surgeon.cookies["coach"]}
    called: dict[str, int] = {}

    def call_all() -> None:
        with requests.Session() as session:
            call_each(session)
        # What it left open is closed here, and not in the middle of another test.
        gc.collect()

    def call_each(session: requests.Session) -> None:
        for result in schema.get_all_operations():
            operation = cast(Any, result).ok()
            if operation.path in NOT_CALLED:
                continue

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy())
            def call(case: Any) -> None:
                called[case.operation.path] = called.get(case.operation.path, 0) + 1
                case.call_and_validate(
                    base_url=web.address, cookies=cookies, checks=[not_a_server_error], timeout=20, allow_redirects=False
                )

            call()

    await asyncio.to_thread(call_all)
    missed = set(described["paths"]) - NOT_CALLED - called.keys()
    assert not missed
    assert sum(called.values()) >= 2 * len(called)
