"""What may be written, and when a moment can be meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.access import Access, Grant, Right, Role
from bot.domain.broadcasts import Audience, Every, fields_in, fill, first_name
from bot.domain.forecast import forecast
from bot.domain.moments import WrongMoment, moment_of, series

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour", "says"),
    [
        (date(2027, 3, 28), time(1, 30), "skipped"),  # the clocks go forward at one
        (date(2027, 10, 31), time(1, 30), "doubled"),  # and back at two
        (date(2026, 11, 24), time(12, 0), "past"),  # now is not ahead
        (date(2026, 11, 23), time(18, 0), "past"),
    ],
)
def test_a_moment_that_cannot_be_meant_says_why(day: date, hour: time, says: str) -> None:
    with pytest.raises(WrongMoment) as raised:
        moment_of(day, hour, LONDON, NOON)
    assert raised.value.says == says


def test_a_moment_is_of_its_own_zone() -> None:
    assert moment_of(date(2027, 7, 1), time(8, 30), LONDON, NOON) == datetime(2027, 7, 1, 7, 30, tzinfo=UTC)


def test_a_series_keeps_its_hour_over_the_change_of_clocks_and_a_month_its_day() -> None:
    weekly = list(series(datetime(2027, 3, 22, 8, 30, tzinfo=UTC), LONDON, Every.WEEK, date(2027, 4, 5)))
    assert [each.astimezone(LONDON).time() for each in weekly] == [time(8, 30)] * 3
    monthly = list(series(datetime(2027, 1, 31, 8, 30, tzinfo=UTC), LONDON, Every.MONTH, date(2027, 3, 31)))
    assert [each.date() for each in monthly] == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]
    skipped = list(series(datetime(2027, 3, 21, 1, 30, tzinfo=UTC), LONDON, Every.WEEK, date(2027, 4, 4)))
    assert [each.astimezone(LONDON).time() for each in skipped] == [time(1, 30), time(2, 30), time(1, 30)]


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Dr Pat Lee", "Pat"),  # a title is no name
        ("Pat", "Pat"),
        ("Prof. Ann-Marie O'Neill", "Ann-Marie"),
        ("A surgeon", "A surgeon"),  # the demonstration's people have none
        ("Dr", "Dr"),  # nothing else is there
        ("", ""),
    ],
)
def test_people_are_called_by_their_first_name(name: str, called: str) -> None:
    assert first_name(name) == called


def test_a_field_reaches_nothing_but_its_value() -> None:
    assert fields_in("{first_name} and {forum}") == {"first_name", "forum"}
    assert fill("{first_name}: {{kept}}", {"first_name": "{forum}"}) == "{forum}: {kept}"
    for text in ("{}", "{first_name!r}", "{first_name:>1000000}", "a {"):
        with pytest.raises(ValueError, match=r"."):
            fields_in(text)


@pytest.mark.parametrize(
    ("grant", "audience", "may"),
    [
        (Grant(Role.FORUM_LEAD, "a", 1), Audience("a", forums=frozenset({1})), True),
        (Grant(Role.FORUM_LEAD, "a", 1), Audience("a", forums=frozenset({1, 2})), False),  # one of the two is not theirs
        (Grant(Role.FORUM_LEAD, "a", 1), Audience("a"), False),  # the whole programme is not theirs
        (Grant(Role.FORUM_LEAD, "a", 1), Audience("a", cohorts=frozenset({1})), False),  # nor is a cohort of it
        (Grant(Role.FORUM_LEAD, "a"), Audience("a"), True),
        (Grant(Role.FORUM_LEAD, "a"), Audience("b"), False),
        (Grant(Role.ADMINISTRATOR), Audience("a"), False),  # who runs the installation writes to nobody
    ],
)
def test_an_audience_is_within_somebodys_rights(grant: Grant, audience: Audience, may: bool) -> None:
    assert audience.is_within(Access(frozenset({grant})), Right.WRITE_BROADCASTS) is may


def test_a_forecast_follows_the_rate_of_each_queue_and_whoever_waits() -> None:
    opens = [("slack", NOON)] * 100 + [("web", NOON), ("web", NOON + timedelta(hours=2))]
    found = forecast(opens, {"slack": 20.0})
    assert found is not None
    assert (found.start, found.finish) == (NOON, NOON + timedelta(hours=2))
    assert found.half == NOON + timedelta(seconds=2.45)
    assert forecast([], {}) is None
