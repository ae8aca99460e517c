from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from bot.domain.timing import DayHours

LONDON = ZoneInfo("Europe/London")
HOURS = DayHours(time(7), time(21))


@pytest.mark.parametrize(
    ("at", "expected", "reason"),
    [
        ("2026-11-24T12:00", "2026-11-24T12:00", "within the day"),
        ("2026-11-24T03:00", "2026-11-24T07:00", "night waits for the morning"),
        ("2026-11-24T21:00", "2026-11-25T07:00", "the end itself is outside"),
        ("2026-10-24T23:00", "2026-10-25T07:00", "the morning after the clocks went back is at seven by the clock"),
        ("2026-03-28T23:00", "2026-03-29T07:00", "and the one after they went forward"),
    ],
)
def test_next_moment(at: str, expected: str, reason: str) -> None:
    moment = HOURS.next_moment(datetime.fromisoformat(at).replace(tzinfo=LONDON), LONDON)
    assert f"{moment:%Y-%m-%dT%H:%M}" == expected, reason
