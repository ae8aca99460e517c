"""Broadcasts whose postmen are killed at any moment, or that are ended meanwhile: nothing is lost or doubled, and the figures add up."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.content.library import Library
from bot.domain.access import Grant, Role
from bot.domain.broadcasts import Audience
from bot.settings import read_settings
from bot.storage.access import grant_role
from bot.storage.addresses import note_address
from bot.storage.database import Database
from bot.storage.people import add_programme, enrol
from bot.storage.tables import Forum, ForumMember, Person, Posting, PostingState
from tests.broadcast_stage import NOON, Stage, add_people
from tests.integration.slack.test_faults import Nursery
from tests.slack_peer import OTHERS, TEAM, Workspace, workspace

pytestmark = pytest.mark.anyio

LIMIT = 60  # seconds
LEFT_ALONE, BACK, CANCELLED = 1, 2, 3
FORUMS = {forum: OTHERS[forum - 1 :: 3] for forum in (LEFT_ALONE, BACK, CANCELLED)}
READERS = 5


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[Workspace]:
    with workspace(tmp_path, None) as opened:
        yield opened


@pytest.fixture
async def stage(database: Database, library: Library, slack: Workspace) -> Stage:
    """Give three forums of people in Slack, and some in the first who read the web chat."""
    async with database.transaction() as session:
        await add_programme(session, "leeds", "Leeds")
        session.add_all([Forum(id=forum, programme_id="leeds", title=f"Forum {forum}", meets_at=None) for forum in FORUMS])
        await session.flush()
        await enrol(session, "lead", name="The lead", time_zone="Europe/London", now=NOON)
        await grant_role(session, "lead", Grant(Role.FORUM_LEAD, "leeds"), by="test", now=NOON)
        for forum, users in FORUMS.items():
            for user in users:
                await enrol(session, user, name=user, time_zone="Europe/London", now=NOON, programme_id="leeds")
                session.add(ForumMember(forum_id=forum, person_id=user))
                await note_address(session, user, channel="slack", account=TEAM, user=user, place=slack.direct(user), now=NOON)
        await session.execute(update(Person).where(Person.id.in_(OTHERS)).values(consented_at=NOON - timedelta(days=1), consent_version=1))
    await add_people(database, READERS, by_channel=False)
    return Stage(database, library, read_settings({}))


def arrived(slack: Workspace, forum: int) -> Counter[int]:
    """Return how many people of a forum have its message how often."""
    theirs = [[str(each["text"]) for each in slack.messages(slack.direct(user)) if each.get("bot_id")] for user in FORUMS[forum]]
    return Counter(sum(f"forum {forum} open with" in text for text in texts) for texts in theirs)


async def kill_now_and_then(nursery: Nursery, stage: Stage, numbers: Sequence[int], is_enough: asyncio.Event) -> int:
    """Kill postmen and start others until it is enough, looking at the figures all the while; return how many were killed."""
    dice, workers, killed = random.Random(7), [nursery.start() for _ in range(2)], 0
    while not is_enough.is_set():
        await asyncio.sleep(dice.uniform(0.05, 0.2))
        for number in numbers:
            # It asserts that the lines add up to all recipients.
            await stage.lines(number)
        os.kill(workers.pop(0), signal.SIGKILL)
        workers.append(nursery.start())
        killed += 1
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    return killed


async def come_to_an_end(stage: Stage) -> None:
    """Wait until nothing moves any more, ticking as the scheduler does for what arrived after it was taken back."""
    end = time.monotonic() + LIMIT
    moving = select(func.count()).where(Posting.state.in_([PostingState.QUEUED, PostingState.SENDING, PostingState.RECALLING]))
    left = 1
    while left:
        assert time.monotonic() < end, f"{left} still under way"
        await asyncio.sleep(0.1)
        async with stage.database.transaction() as session:
            await stage.broadcasts.sending.recall_stragglers(session, stage.now)
            left = await session.scalar(moving) or 0


async def test_killed_and_ended_in_mid_broadcast_nothing_is_lost_or_doubled(stage: Stage, slack: Workspace, tmp_path: Path) -> None:
    numbers = {}
    for forum in FORUMS:
        audience = Audience("leeds", forums=frozenset({forum}))
        numbers[forum] = await stage.sent(audience=audience, text=f"forum {forum} open with")
    stage.now += timedelta(minutes=2)
    await stage.deliveries.tick(stage.now)
    nursery, is_enough = Nursery(stage.database, slack.api, tmp_path / "workers.log"), asyncio.Event()
    killing = asyncio.create_task(kill_now_and_then(nursery, stage, list(numbers.values()), is_enough))
    end = time.monotonic() + LIMIT
    while not arrived(slack, BACK)[1]:
        assert time.monotonic() < end, "some arrive"
        await asyncio.sleep(0.02)
    await stage.broadcasts.sending.take_back(numbers[BACK], "lead")
    await stage.broadcasts.sending.cancel(numbers[CANCELLED], "lead")
    await asyncio.sleep(1)
    is_enough.set()
    assert await killing > 3
    last = nursery.start()
    await come_to_an_end(stage)
    os.kill(last, signal.SIGTERM)
    nursery.close()
    found = {forum: arrived(slack, forum) for forum in FORUMS}
    lines = {forum: await stage.lines(number) for forum, number in numbers.items()}
    assert found[LEFT_ALONE] == {1: len(FORUMS[LEFT_ALONE])}
    assert lines[LEFT_ALONE] == {"sent": len(FORUMS[LEFT_ALONE]) + READERS}
    assert found[BACK] == {0: len(FORUMS[BACK])}, "nobody has it any more"
    assert set(lines[BACK]) <= {"taken_back", "cancelled"}, lines[BACK]
    assert set(found[CANCELLED]) <= {0, 1}, "nobody has it twice"
    assert found[CANCELLED][1] == lines[CANCELLED].get("sent", 0), "who has it is counted so"
    assert set(lines[CANCELLED]) <= {"sent", "cancelled"}, lines[CANCELLED]
