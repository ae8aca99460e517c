"""One trace from what came in to what went out, through the engine, and nobody's words in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import bot.tracing
from bot.rasa.client import RasaClient
from bot.tracing import made_by, remember, span, traceparent, traceparent_in

pytestmark = pytest.mark.anyio
WORDS = "the GM has cut my theatre list again"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(bot.tracing, "_TRACER", provider.get_tracer("tests"))
    yield exporter
    provider.shutdown()


def engine(heard: list[dict[str, Any]]) -> RasaClient:
    """Return a client of an engine that notes what it is told, as its actions would be told it."""

    async def answer(request: httpx.Request) -> httpx.Response:
        heard.append(json.loads(request.content))
        return httpx.Response(200, json=[{"text": "yes"}])

    return RasaClient("http://engine", None, 5, httpx.MockTransport(answer))


async def test_without_an_address_for_traces_nothing_is_handed_on() -> None:
    heard: list[dict[str, Any]] = []
    with span("answer"):
        await engine(heard).send("key", WORDS, 1)
    assert heard[0]["metadata"] == {"inbound": 1}
    assert not trace.get_current_span().get_span_context().is_valid


async def test_a_trace_goes_through_the_engine_to_its_actions_and_to_what_is_posted(spans: InMemorySpanExporter) -> None:
    heard: list[dict[str, Any]] = []
    with span("slack.message"), span("answer", channel="slack", attempt=1):
        await engine(heard).send("key", WORDS, 1)
        remember(7)
    # In the action's process, and in the postman's task, nothing is left of where it began but this.
    with span("action", traceparent_in(heard[0]["metadata"]), action="action_hear_challenge"):
        pass
    with span("post", made_by(7), channel="slack"):
        pass
    ended = {each.name: each for each in spans.get_finished_spans()}
    assert len({each.context.trace_id for each in ended.values() if each.context}) == 1
    parents = {name: each.parent.span_id if each.parent else None for name, each in ended.items()}
    ids = {name: each.context.span_id for name, each in ended.items() if each.context}
    assert parents["answer"] == ids["slack.message"]
    assert parents["engine.turn"] == ids["answer"]
    assert parents["action"] == ids["engine.turn"]
    assert parents["post"] == ids["answer"]
    assert made_by(7) is None, "a message is posted by one span"


def test_what_went_wrong_is_told_without_its_text(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="theatre"), span("answer"):
        raise ValueError(WORDS)
    (ended,) = spans.get_finished_spans()
    assert ended.attributes == {"error.type": "ValueError"}
    assert WORDS not in ended.to_json()
    assert traceparent() is None
