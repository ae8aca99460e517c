"""Somebody's hours said back to them."""

from __future__ import annotations

from datetime import date, time

import pytest

from bot.content.hours import say_availability, say_need
from bot.content.toolkit import Toolkit
from bot.domain.availability import MIDNIGHT, Availability, Away, BusyBlock, Needs

WEEKDAYS = frozenset(range(5))
THEATRE = BusyBlock("theatre", frozenset({1, 3}), time(8), time(18))
CLINIC = BusyBlock("clinic", frozenset({0}), MIDNIGHT, MIDNIGHT)


@pytest.mark.parametrize(
    ("availability", "said"),
    [
        (Availability(time(7), time(21), WEEKDAYS), "between 07:00 and 21:00, from Monday to Friday, at most 3 times a week"),
        (Availability(time(9), time(21), frozenset(range(7)), weekly_cap=1), "on any day, at most once a week"),
        (Availability(time(9), time(21), frozenset({0, 2})), "on Mondays and Wednesdays"),
        (Availability(time(7), time(21), WEEKDAYS, (THEATRE,)), "\nNot during: theatre (Tuesdays and Thursdays, 08:00 to 18:00)."),
        (Availability(time(7), time(21), WEEKDAYS, (CLINIC,)), "clinic (Mondays, all day)"),
        (
            Availability(time(7), time(21), WEEKDAYS, (), (Away("leave", date(2026, 12, 3), date(2026, 12, 10)),)),
            "\nNot while: leave (Thu 3 Dec to Thu 10 Dec).",
        ),
        (Availability(time(7), time(21), WEEKDAYS, (), (Away("leave", date(2026, 12, 3), date(2026, 12, 3)),)), "leave (Thu 3 Dec)."),
    ],
)
def test_say_availability(toolkit: Toolkit, availability: Availability, said: str) -> None:
    assert said in say_availability(toolkit.sentences, availability)


def test_what_is_missing_is_asked_for(toolkit: Toolkit) -> None:
    assert "clinic Tuesdays" in say_need(toolkit.sentences, Needs.WHICH_DAYS, "clinic")
    assert "leave 3 to 10 August" in say_need(toolkit.sentences, Needs.WHICH_DAYS, "leave")
    assert "At what time?" in say_need(toolkit.sentences, Needs.WHICH_HOURS, "")
