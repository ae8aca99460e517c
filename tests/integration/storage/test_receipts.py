"""Events that are answered without being kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.storage.database import Database
from bot.storage.receipts import has_receipt, note_receipt
from bot.storage.tables import Receipt
from tests.conftest import NOON

pytestmark = pytest.mark.anyio


async def test_an_event_is_received_first_once(database: Database) -> None:
    for channel, event_id, is_first in (("slack", "Ev1", True), ("slack", "Ev1", False), ("slack", "Ev2", True), ("web", "Ev1", True)):
        async with database.transaction() as session:
            assert await note_receipt(session, channel, event_id, NOON) == is_first
            assert await has_receipt(session, channel, event_id)


async def test_a_receipt_is_forgotten_after_a_day(database: Database) -> None:
    for hours, event_id in ((0, "Ev1"), (23, "Ev2"), (25, "Ev3")):
        async with database.transaction() as session:
            await note_receipt(session, "slack", event_id, NOON + timedelta(hours=hours))
    async with database.reading() as session:
        assert not await has_receipt(session, "slack", "Ev1")
        assert await session.scalar(select(func.count()).select_from(Receipt)) == 2
