"""Hours, blocks and days away, over every change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.availability import MIDNIGHT, Availability, Away, BusyBlock, Change

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


@pytest.mark.parametrize(
    ("starts", "ends", "at", "opens"),
    [
        (time(18), MIDNIGHT, "2026-11-24T23:59", "2026-11-24T23:59"),
        (time(18), MIDNIGHT, "2026-11-25T00:00", "2026-11-25T18:00"),
        # Somebody who works at night.
        (time(20), time(2), "2026-11-25T01:59", "2026-11-25T01:59"),
        (time(20), time(2), "2026-11-25T02:00", "2026-11-25T20:00"),
        (MIDNIGHT, MIDNIGHT, "2026-11-25T03:00", "2026-11-25T03:00"),
    ],
)
def test_a_day_may_end_at_midnight_or_after_it(starts: time, ends: time, at: str, opens: str) -> None:
    assert Availability(starts, ends, frozenset(range(7))).next_open(in_london(at), LONDON, any_day) == in_london(opens)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (USUAL, Change(), USUAL),
        (USUAL, Change(day_starts=time(9)), Availability(time(9), time(21), frozenset(range(5)))),
        (USUAL, Change(day_ends=MIDNIGHT), Availability(time(7), MIDNIGHT, frozenset(range(5)))),
        (USUAL, Change(adds_days=frozenset({5, 6})), Availability(time(7), time(21), frozenset(range(7)))),
        (USUAL, Change(drops_days=frozenset({4})), Availability(time(7), time(21), frozenset(range(4)))),
        (USUAL, Change(weekly_cap=1), Availability(time(7), time(21), frozenset(range(5)), weekly_cap=1)),
        # "Not before 3" after "only between 12 and 2": the night stays closed, and the end is the usual one again.
        (Availability(time(12), time(14), frozenset({0})), Change(day_starts=time(15)), Availability(time(15), time(21), frozenset({0}))),
        (Availability(time(18), time(20), frozenset({0})), Change(day_ends=time(12)), Availability(time(7), time(12), frozenset({0}))),
        # What was asked for counts, whatever is usual.
        (USUAL, Change(day_starts=time(22)), Availability(time(22), MIDNIGHT, frozenset(range(5)))),
        (USUAL, Change(day_ends=time(6)), Availability(MIDNIGHT, time(6), frozenset(range(5)))),
        # Who allows an end of the day after midnight keeps it, as long as the hours become fewer.
        (Availability(time(20), time(2), frozenset({0})), Change(day_starts=time(21)), Availability(time(21), time(2), frozenset({0}))),
        (Availability(time(20), time(2), frozenset({0})), Change(day_ends=time(1)), Availability(time(20), time(1), frozenset({0}))),
        (Availability(time(20), time(2), frozenset({0})), Change(day_ends=time(18)), Availability(time(7), time(18), frozenset({0}))),
        (Availability(time(18), MIDNIGHT, frozenset({0})), Change(day_starts=time(9)), Availability(time(9), MIDNIGHT, frozenset({0}))),
    ],
)
def test_a_change_of_hours(before: Availability, change: Change, after: Availability) -> None:
    assert before.with_change(change, USUAL) == after


def test_blocks_and_days_away_are_added_once_and_taken_out_by_label() -> None:
    monday = BusyBlock("theatre", frozenset({0}), time(8), time(18))
    leave = Away("leave", date(2026, 8, 3), date(2026, 8, 10))
    once = USUAL.with_change(Change(busy=(THEATRE, NIGHTS), away=(leave,)))
    assert once.with_change(Change(busy=(THEATRE,), away=(leave,))) == once
    both = once.with_change(Change(busy=(monday,)))
    assert set(both.busy) == {NIGHTS, BusyBlock("theatre", frozenset({0, 1}), time(8), time(18))}
    assert both.with_change(Change(busy=(monday,), forgets=frozenset({"theatre"}))).busy == (NIGHTS, monday)
    assert both.with_change(Change(forgets=frozenset({"leave"}))).away == ()
    assert both.with_change(Change(clears_busy=True)) == USUAL.with_change(Change(away=(leave,)))
    assert both.with_change(Change(clears_busy=True, clears_away=True)) == USUAL


def test_of_two_changes_the_later_one_counts() -> None:
    first = Change(day_starts=time(9), day_ends=time(18), adds_days=frozenset({5}), weekly_cap=2)
    both = first.joined_with(Change(day_starts=MIDNIGHT, drops_days=frozenset({5, 6})))
    assert both == Change(day_starts=MIDNIGHT, day_ends=time(18), drops_days=frozenset({5, 6}), weekly_cap=2)


def test_a_day_that_the_calendar_leaves_out_has_no_hours() -> None:
    # Samoa went over the date line: its 30 December 2011 did not take place.
    apia = ZoneInfo("Pacific/Apia")
    whole = Availability(MIDNIGHT, MIDNIGHT, frozenset(range(7)))
    assert whole.open_intervals(date(2011, 12, 30), apia, True) == []
    [(start, end)] = whole.open_intervals(date(2011, 12, 31), apia, True)
    assert end - start == timedelta(days=1)
    assert whole.open_intervals(date(2011, 12, 31), apia, False) == []


# Among them changes at midnight (Cairo, Beirut, Havana, Santiago), of half an hour (Lord Howe) and of two hours (Troll).
ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "America/Santiago",
    "Antarctica/Troll",
]
MINUTE = timedelta(minutes=1)


def days_with_a_change() -> list[tuple[ZoneInfo, date]]:
    """Return every day of five years on which the clocks of these zones are changed."""
    found = []
    for name in ZONES:
        zone = ZoneInfo(name)
        hour = datetime(2024, 1, 1, tzinfo=UTC)
        while hour.year < 2029:
            later = hour + timedelta(hours=24)
            if hour.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
                found.append((zone, later.astimezone(zone).date()))
            hour = later
    return found


CHANGES = days_with_a_change()
wall_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
near_midnight = st.builds(time, st.sampled_from([22, 23, 0, 1, 2, 3]), st.sampled_from([0, 15, 30, 59]))
walls = wall_times | near_midnight
blocks = st.builds(BusyBlock, st.just("on call"), st.frozensets(st.integers(0, 6), min_size=1), walls, walls)


def is_right(hours: Availability, at: datetime, zone: ZoneInfo) -> bool:
    """Return whether something may arrive by the wall clock, reckoned in minutes of the week and not by the code's own rules."""
    local = at.astimezone(zone)
    minute, week = local.hour * 60 + local.minute, 7 * 1440

    def minutes(starts: time, ends: time) -> tuple[int, int]:
        first = starts.hour * 60 + starts.minute
        return first, (ends.hour * 60 + ends.minute - first) % 1440 or 1440

    for block in hours.busy:
        first, length = minutes(block.starts, block.ends)
        if any((local.weekday() * 1440 + minute - (weekday * 1440 + first)) % week < length for weekday in block.weekdays):
            return False
    first, length = minutes(hours.day_starts, hours.day_ends)
    return (minute - first) % 1440 < length


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(CHANGES), walls, walls, st.lists(blocks, max_size=2), st.integers(-1, 1))
def test_every_minute_around_a_change_of_clocks(
    change: tuple[ZoneInfo, date], starts: time, ends: time, busy: list[BusyBlock], shift: int
) -> None:
    zone, changed = change
    day = changed + timedelta(days=shift)
    hours = Availability(starts, ends, frozenset(range(7)), tuple(busy))
    intervals = hours.open_intervals(day, zone, True)
    assert all(start < end for start, end in intervals)
    assert all(before[1] < after[0] for before, after in pairwise(intervals))
    first = at = datetime.combine(day - timedelta(days=1), time(6), UTC)
    opens: datetime | None = None
    while at < first + timedelta(hours=54):
        is_open = is_right(hours, at, zone)
        assert any(start <= at < end for start, end in intervals) == (is_open and at.astimezone(zone).date() == day), at
        opens = opens or (at if is_open else None)
        at += MINUTE
    assert opens is None or hours.next_open(first, zone, any_day) == opens


@pytest.mark.parametrize(("zone", "day"), CHANGES, ids=str)
def test_a_night_on_call_is_kept_free_at_every_change_of_clocks(zone: ZoneInfo, day: date) -> None:
    hours = Availability(MIDNIGHT, MIDNIGHT, frozenset(range(7)), (BusyBlock("on call", frozenset(range(7)), time(20), time(8)),))
    for each in (day - timedelta(days=1), day, day + timedelta(days=1)):
        for start, end in hours.open_intervals(each, zone, True):
            assert (start.astimezone(zone).time(), end.astimezone(zone).time()) == (time(8), time(20))
