"""Figures for Prometheus: how the queue and the channels stand. They hold no words and nobody's name."""

from __future__ import annotations

import hmac
import ipaddress
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bot.bootstrap import Product
from bot.storage.messages import count_waiting, oldest_wait


def metrics_router(product: Product) -> APIRouter:
    """Return /metrics, for whoever has COACH_METRICS_TOKEN; without one it answers this machine alone."""
    router = APIRouter()

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        if not _may_read(request, product.settings.metrics_token):
            return Response(status_code=403)
        figures = generate_latest(product.stopwatch.registry) + generate_latest(await read_figures(product))
        return Response(figures, media_type=CONTENT_TYPE_LATEST)

    return router


async def read_figures(product: Product) -> CollectorRegistry:
    """Return the figures as they are in the database now, whichever process did the work."""
    registry = CollectorRegistry()
    state, now, real = await product.queue.state(), product.clock.now(), datetime.now(UTC)
    deliveries = Gauge("coach_deliveries", "Proactive messages of the last week", ["kind", "state"], registry=registry)
    for line in state.deliveries:
        deliveries.labels(line.kind.value, line.state.value).set(line.count)
    oldest_due = Gauge("coach_oldest_due_seconds", "How long the oldest due proactive message has waited", registry=registry)
    oldest_due.set((now - state.oldest_due).total_seconds() if state.oldest_due else 0)
    postings = Gauge("coach_postings", "Messages to channels, of the last week", ["channel", "state", "reason"], registry=registry)
    oldest = Gauge("coach_oldest_posting_seconds", "How long the oldest message to a channel has waited", ["channel"], registry=registry)
    for each in state.postings:
        postings.labels(each.channel, each.state.value, each.reason or "").set(each.count)
        if each.state.value in ("queued", "sending"):
            oldest.labels(each.channel).set((real - each.oldest).total_seconds())
    async with product.database.reading() as session:
        waiting, since = await count_waiting(session), await oldest_wait(session)
    Gauge("coach_messages_waiting", "Messages from people that have no answer yet", registry=registry).set(waiting)
    oldest_waiting = Gauge("coach_oldest_waiting_seconds", "How long the oldest of them has waited", registry=registry)
    oldest_waiting.set((now - since).total_seconds() if since else 0)
    engine_up = Gauge("coach_engine_up", "Whether the dialogue engine answers with a model", registry=registry)
    engine_up.set(await product.engine.answers())
    return registry


def _may_read(request: Request, token: str) -> bool:
    if token:
        return hmac.compare_digest(request.headers.get("authorization", ""), f"Bearer {token}")
    # A proxy on this machine passes others' requests on: those are not from here.
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return not forwarded and request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
