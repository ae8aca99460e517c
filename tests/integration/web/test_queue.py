"""The operator's view of the queue: the page, what can be done by hand, and the figures for Prometheus."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot.bootstrap import Product
from bot.domain.messages import Said
from bot.storage import deliveries
from bot.storage.tables import Audit, Delivery, DeliveryKind, DeliveryState
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio


async def queued(product: Product, state: DeliveryState = DeliveryState.QUEUED) -> int:
    """Put one delivery of the surgeon's into this state and return its number."""
    now = product.clock.now()
    async with product.database.transaction() as session:
        new = deliveries.NewDelivery("surgeon", DeliveryKind.SURVEY, "survey:x", state.value, 0, now, now + timedelta(days=1))
        await deliveries.queue(session, [new], now)
        delivery = (await session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1))).one()
        delivery.state = state
        return delivery.id


async def state_of(product: Product, number: int) -> DeliveryState:
    async with product.database.reading() as session:
        return (await session.get_one(Delivery, number)).state


async def test_the_page_shows_how_it_stands_and_cancels(team: httpx.AsyncClient, web: Web) -> None:
    number = await queued(web.product)
    page = (await team.get("/dashboard/queue")).text
    assert "Micro-survey" in page
    assert f'action="/dashboard/queue/{number}"' in page
    done = await team.post(f"/dashboard/queue/{number}", data={"action": "cancel"}, follow_redirects=True)
    assert "It is cancelled." in done.text
    again = await team.post(f"/dashboard/queue/{number}", data={"action": "cancel"}, follow_redirects=True)
    assert "not possible any more" in again.text
    assert "Done by hand" in again.text
    assert "Done by hand" not in page
    assert await state_of(web.product, number) is DeliveryState.CANCELLED
    async with web.product.database.reading() as session:
        done_by_hand = select(Audit).where(Audit.action.startswith("delivery."))
        assert [(each.actor, each.action, each.subject) for each in await session.scalars(done_by_hand)] == [
            ("programme-team", "delivery.cancel", str(number))
        ]


async def test_what_was_never_put_into_words_cannot_be_sent_again(team: httpx.AsyncClient, web: Web) -> None:
    number = await queued(web.product, DeliveryState.FAILED)
    answer = await team.post(f"/dashboard/queue/{number}", data={"action": "retry"}, follow_redirects=True)
    assert "not possible any more" in answer.text
    assert await state_of(web.product, number) is DeliveryState.FAILED


async def test_it_is_the_programme_teams_alone(closed_web: Web) -> None:
    number = await queued(closed_web.product)
    async with closed_web.visitor() as browser:
        assert (await browser.get("/dashboard/queue")).status_code == 401
        assert (await browser.post(f"/dashboard/queue/{number}", data={"action": "cancel"})).status_code == 401
    assert await state_of(closed_web.product, number) is DeliveryState.QUEUED


async def test_figures_hold_counts_and_nobodys_words(web: Web) -> None:
    await web.product.conversation.receive("surgeon", Said("web", "agreed", choice="consent.yes"))
    await web.product.conversation.receive("surgeon", Said("web", "e1", text="my zebra of a theatre list"))
    await queued(web.product)
    async with web.visitor() as browser:
        answer = await browser.get("/metrics")
        assert answer.status_code == 200
        assert 'coach_deliveries{kind="survey",state="queued"} 1.0' in answer.text
        assert "coach_messages_waiting 1.0" in answer.text
        assert "zebra" not in answer.text
        assert "surgeon" not in answer.text
        # Somebody else's request, which a proxy on this machine passes on.
        assert (await browser.get("/metrics", headers={"x-forwarded-for": "10.0.0.1"})).status_code == 403


async def test_figures_by_token(web: Web) -> None:
    object.__setattr__(web.product.settings, "metrics_token", "a token for Prometheus")
    async with httpx.AsyncClient(base_url=web.address, trust_env=False) as prometheus:
        assert (await prometheus.get("/metrics")).status_code == 403
        answer = await prometheus.get("/metrics", headers={"authorization": "Bearer a token for Prometheus"})
        assert answer.status_code == 200
