from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.surveys import Cadence, items_of_round
from tests.conftest import NOON

LONDON = ZoneInfo("Europe/London")
FORTNIGHTLY = Cadence(every_days=14, ask_at=time(12, 30))


def test_every_item_is_asked_equally_often() -> None:
    rotating = list("abcdefg")
    asked = Counter(item for number in range(1, 8) for item in items_of_round(number, rotating, 2, "anchor"))
    assert asked.pop("anchor") == 7
    assert set(asked.values()) == {2}


def test_no_item_stands_twice_in_a_round() -> None:
    assert all(len(set(items_of_round(number, ["a", "b"], 3, "c"))) == 3 for number in range(1, 6))


def test_rounds_fall_due_by_the_fortnight_at_their_hour_and_missed_ones_are_not_caught_up() -> None:
    # NOON is in November, when London keeps UTC.
    at_lunch = NOON + timedelta(minutes=30)
    for joined in (NOON.replace(hour=0, minute=5), NOON, NOON.replace(hour=23, minute=55)):
        assert FORTNIGHTLY.latest_due(joined, LONDON, at_lunch + timedelta(days=14, seconds=-1)) == 0
        assert FORTNIGHTLY.latest_due(joined, LONDON, at_lunch + timedelta(days=14)) == 1
        assert FORTNIGHTLY.due_at(1, joined, LONDON) == at_lunch + timedelta(days=14)
        assert FORTNIGHTLY.latest_due(joined, LONDON, NOON + timedelta(days=45)) == 3
    assert FORTNIGHTLY.latest_due(NOON, LONDON, NOON - timedelta(days=60)) == 0


def test_rounds_keep_their_hour_over_a_change_of_the_clocks() -> None:
    joined = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)  # the clocks go forward on the 29th
    due_at = FORTNIGHTLY.due_at(1, joined, LONDON)
    assert due_at is not None
    assert due_at.time() == time(12, 30)
    assert due_at.astimezone(UTC).time() == time(11, 30)


def test_waves_end_with_the_last() -> None:
    waves = Cadence(None, time(12, 30), (3, 183, 365))
    joined = datetime(2026, 11, 24, 22, 0, tzinfo=UTC)
    assert waves.due_at(1, joined, LONDON) == datetime(2026, 11, 27, 12, 30, tzinfo=LONDON)
    assert waves.due_at(4, joined, LONDON) is None
    for days, latest in ((2, 0), (3, 1), (182, 1), (183, 2), (1000, 3)):
        at = datetime(2026, 11, 24, 13, 0, tzinfo=LONDON) + timedelta(days=days)
        assert waves.latest_due(joined, LONDON, at) == latest
