"""Hours, blocks and days away, over every change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.availability import MIDNIGHT, Availability, Away, BusyBlock

LONDON = ZoneInfo("Europe/London")
USUAL = Availability(time(7), time(21), frozenset(range(5)))
THEATRE = BusyBlock("theatre", frozenset({1}), time(8), time(18))
NIGHTS = BusyBlock("on call", frozenset({4}), time(20), time(8))


def any_day(_day: date) -> bool:
    return True


def in_london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("availability", "at", "opens"),
    [
        (USUAL, "2026-11-24T12:00", "2026-11-24T12:00"),
        (USUAL, "2026-11-24T06:59", "2026-11-24T07:00"),
        (USUAL, "2026-11-24T21:00", "2026-11-25T07:00"),
        (Availability(time(7), time(21), frozenset(range(5)), (THEATRE,)), "2026-11-24T07:59", "2026-11-24T07:59"),
        (Availability(time(7), time(21), frozenset(range(5)), (THEATRE,)), "2026-11-24T08:00", "2026-11-24T18:00"),
        # A night on call goes on into Saturday morning.
        (Availability(time(7), time(21), frozenset(range(5)), (NIGHTS,)), "2026-11-27T20:30", "2026-11-28T08:00"),
        # A whole day.
        (
            Availability(time(7), time(21), frozenset(range(5)), (BusyBlock("clinic", frozenset({1}), MIDNIGHT, MIDNIGHT),)),
            "2026-11-24T09:00",
            "2026-11-25T07:00",
        ),
        (
            Availability(time(7), time(21), frozenset(range(5)), (), (Away("leave", date(2026, 11, 24), date(2026, 12, 4)),)),
            "2026-11-24T09:00",
            "2026-12-05T07:00",
        ),
        # 01:30 does not exist on the morning on which the clocks go forward: the block ends when they have.
        (
            Availability(time(0), time(23), frozenset(range(7)), (BusyBlock("on call", frozenset({5}), time(20), time(1, 30)),)),
            "2026-03-28T23:30",
            "2026-03-29T02:00",
        ),
    ],
)
def test_next_open(availability: Availability, at: str, opens: str) -> None:
    assert availability.next_open(in_london(at), LONDON, any_day) == in_london(opens)


def test_an_hour_that_comes_twice_is_kept_free_twice() -> None:
    busy = Availability(time(0), time(23), frozenset(range(7)), (BusyBlock("on call", frozenset({6}), time(1), time(2)),))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 01:30, the first time
    assert busy.next_open(first, LONDON, any_day) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


def test_who_is_always_busy_is_never_written_to() -> None:
    always = Availability(time(7), time(21), frozenset(range(5)), (BusyBlock("all", frozenset(range(7)), MIDNIGHT, MIDNIGHT),))
    assert always.next_open(in_london("2026-11-24T12:00"), LONDON, any_day) is None


def test_hours_are_kept_and_read_back() -> None:
    whole = Availability(time(8), time(19), frozenset({0, 2}), (THEATRE, NIGHTS), (Away("leave", date(2026, 8, 3), date(2026, 8, 10)),), 1)
    assert Availability.from_json(whole.as_json()) == whole
    assert whole.without("theatre").busy == (NIGHTS,)
    assert whole.without("leave").away == ()


def test_changes_of_the_clocks_are_found_to_the_minute() -> None:
    # Half an hour of daylight saving, at 02:00 on the wall.
    howe = ZoneInfo("Australia/Lord_Howe")
    busy = Availability(time(2, 15), time(23), frozenset(range(7)))
    at = datetime(2026, 10, 3, 15, 0, tzinfo=UTC)
    opens = busy.next_open(at, howe, any_day)
    assert opens is not None
    assert opens.astimezone(howe).time() == time(2, 30)
    assert opens - at < timedelta(hours=1)
