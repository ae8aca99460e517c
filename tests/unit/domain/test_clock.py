"""That a machine's clock was moved is noticed, and that it is merely running is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.clock import ClockWatch
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("wall", "steady", "moved"),
    [
        (10 * MINUTE, 10 * MINUTE, False),  # it ran
        (10 * MINUTE, 10 * MINUTE + timedelta(seconds=2), False),  # it was corrected a little
        (timedelta(days=1), MINUTE, True),  # it was put forward
        (-timedelta(days=1), MINUTE, True),  # it was put back
        (MINUTE, 10 * MINUTE, True),  # it stood still, as it does while a machine is asleep
    ],
)
def test_a_moved_clock_is_noticed(wall: timedelta, steady: timedelta, moved: bool) -> None:
    wall_time, ran = NOON, 0.0
    watch = ClockWatch(lambda: wall_time, lambda: ran)
    wall_time, ran = NOON + wall, steady.total_seconds()
    assert watch.read() == NOON + wall
    assert watch.was_moved_within(MINUTE) is moved
    wall_time, ran = wall_time + 2 * MINUTE, ran + 120
    watch.read()
    assert not watch.was_moved_within(MINUTE), "it has run evenly since"
