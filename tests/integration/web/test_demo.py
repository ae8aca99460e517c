"""The demonstration's clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.content.toolkit import Toolkit
from bot.domain.messages import Said
from bot.storage.people import find_person
from bot.storage.plans import keep_plan
from bot.storage.tables import DeliveryKind
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio


async def upcoming(web: Web) -> str:
    async with web.visitor() as browser:
        page = (await browser.get("/demo")).text
    return page.partition(web.product.toolkit.sentences["web.clock_upcoming"])[2]


async def test_what_is_due_next_leaves_out_who_said_stop(web: Web) -> None:
    product = web.product
    await product.conversation.receive("surgeon", Said("web", "agreed", choice="consent.yes"))
    now = product.clock.now()
    async with product.database.transaction() as session:
        person = await find_person(session, "surgeon")
        assert person is not None
        name = person.name
        await keep_plan(
            session, "surgeon", "When it starts, I ask", theme=None, scenario=None, check_in_at=now + timedelta(days=3), now=now
        )
    await product.deliveries.tick(now)
    words = product.toolkit.sentences.group("web")
    announced = [words["clock_due_check_in"].format(name=name), words["clock_due_survey"].format(name=name)]
    before = await upcoming(web)
    assert all(each in before for each in announced)
    async with product.database.transaction() as session:
        person = await find_person(session, "surgeon")
        assert person is not None
        person.stopped_at = now
    after = await upcoming(web)
    assert not any(each in after for each in announced)
    assert name not in after


def test_whatever_can_be_due_has_words_on_the_clocks_page(toolkit: Toolkit) -> None:
    words = toolkit.sentences.group("web")
    assert [kind for kind in DeliveryKind if f"clock_due_{kind.value}" not in words] == []
