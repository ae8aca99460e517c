"""Two of each process on one PostgreSQL and one Redis, with the commands and settings of deploy/compose.yaml; one of each is killed."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

import pytest

from tests.load.crowd import Crowd
from tests.load.fleet import fleet

pytestmark = pytest.mark.anyio
PEOPLE, LINES_EACH = 10, 5


async def test_no_turn_is_lost_or_doubled_when_one_of_each_is_killed(postgres: str, tmp_path: Path) -> None:
    async with fleet(tmp_path, postgres, people=PEOPLE) as running:
        crowd = Crowd(running, random.Random(7))
        talking = asyncio.create_task(crowd.talk(PEOPLE, time.monotonic() + 120, LINES_EACH))
        for kind in ("engine", "worker", "web"):
            # In the middle of turns, whichever these are.
            said = len(crowd.events) + PEOPLE
            while len(crowd.events) < said and not talking.done():  # noqa: ASYNC110 - the crowd knows nothing of those who watch it
                await asyncio.sleep(0.01)
            running.parts[kind][0].kill()
        await talking
        await crowd.settle(90)
        await crowd.check()
        assert len(crowd.events) == PEOPLE * LINES_EACH
