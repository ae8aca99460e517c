"""Telling holds up nobody: neither the loop that answers people nor whoever writes, and two that tell at once tell once."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.content.toolkit import Toolkit
from bot.services import change
from bot.services.publishing import Publishing
from bot.settings import SettingsFile, read_settings
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.tables import Released

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
# So often the loop turns while figures are being worked out, before they may go on being.
TURNS = 100


@pytest.fixture
def settings(tmp_path: Path) -> SettingsFile:
    return read_settings({"COACH_VAR": str(tmp_path)}).file


async def released(database: Database) -> list[Released]:
    async with database.reading() as session:
        return list(await session.scalars(select(Released)))


async def test_the_loop_turns_and_others_write_while_figures_are_worked_out(
    database: Database, toolkit: Toolkit, settings: SettingsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, others_are_done = threading.Event(), threading.Event()

    async def tell_waves(*_: Any) -> None:
        begun.set()
        # As a long calculation does, this keeps the loop that it runs in from turning.
        assert others_are_done.wait(30), "nobody else got on meanwhile"

    monkeypatch.setattr(change, "tell_waves", tell_waves)
    telling = asyncio.create_task(Publishing(database, toolkit, settings).publish(NOW))
    assert await asyncio.to_thread(begun.wait, 30)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    async with database.transaction(is_urgent=True) as session:
        await enrol(session, "surgeon", name="Surgeon", time_zone="Europe/London", now=NOW)
    assert not telling.done()
    assert await released(database) == [], "nothing is told before all of it is"
    others_are_done.set()
    assert await telling == 1
    assert {row.period for row in await released(database)} == {"2026-10"}


async def test_two_that_tell_at_once_tell_once(
    database: Database, toolkit: Toolkit, settings: SettingsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = threading.Barrier(2, timeout=30)

    async def tell_waves(*_: Any) -> None:
        both.wait()

    monkeypatch.setattr(change, "tell_waves", tell_waves)
    tellers = [Publishing(database, toolkit, settings) for _ in range(2)]
    assert sorted(await asyncio.gather(*(each.publish(NOW) for each in tellers))) == [0, 1]
    told = Counter((row.subject, row.programme, row.split, row.period) for row in await released(database))
    assert told, "something was told"
    assert set(told.values()) == {1}


async def test_what_fails_midway_tells_nothing_and_is_told_the_next_time(
    database: Database, toolkit: Toolkit, settings: SettingsFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing = Publishing(database, toolkit, settings)

    async def fail(*_: Any) -> None:
        raise RuntimeError("midway")

    with monkeypatch.context() as patched:
        patched.setattr(change, "tell_waves", fail)
        with pytest.raises(RuntimeError, match="midway"):
            await publishing.publish(NOW)
    assert await released(database) == []
    assert await publishing.publish(NOW) == 1
    assert await released(database)
