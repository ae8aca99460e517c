from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.when import understand_when

LONDON = ZoneInfo("Europe/London")
TUESDAY = datetime(2026, 11, 24, 12, 40, tzinfo=LONDON)
USUAL = time(8, 30)


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("next Tuesday before the 1:1", "2026-12-01 08:30", "a 1:1 is a meeting, not one minute past one"),
        ("in two weeks", "2026-12-08 08:30", "a number in words"),
        ("Friday after clinic", "2026-11-27 17:30", "after clinic is the end of the working day"),
        ("a week on Thursday", "2026-12-03 08:30", "the British way to skip a week"),
        ("thursday week", "2026-12-03 08:30", "the same, shorter"),
        ("two weeks today", "2026-12-08 08:30", "counted from today"),
        ("on the 3rd", "2026-12-03 08:30", "a day of the month that has passed is next month's"),
        ("end of the month", "2026-11-30 08:30", "its last day"),
        ("the week after next", "2026-12-07 08:30", "its Monday"),
        ("this friday at 4", "2026-11-27 16:00", "nobody means four in the morning"),
        ("no, I meant Thursday", "2026-11-26 08:30", "a correction names its day"),
        ("in 3 days at 4.30pm", "2026-11-27 16:30", "a full stop parts hours from minutes here"),
        ("3 december", "2026-12-03 08:30", "day before month"),
        ("12/12", "2026-12-12 08:30", "day before month, in figures"),
        ("03/12", "2026-12-03 08:30", "never the American way"),
        ("2027-01-05", "2027-01-05 08:30", "ISO 8601"),
        ("give me ten days", "2026-12-04 08:30", "a bare number of days, as an answer"),
        ("a fortnight", "2026-12-08 08:30", "two weeks"),
        ("three weeks' time", "2026-12-15 08:30", "with its apostrophe"),
        ("next friday", "2026-12-04 08:30", "on a Tuesday, next Friday is not the coming one"),
        ("wednesday lunchtime", "2026-11-25 12:30", "a part of the day"),
        ("at 5", "2026-11-24 17:00", "later today"),
        ("end of next week", "2026-12-04 08:30", "its Friday"),
        ("tmrw", "2026-11-25 08:30", "typed between cases"),
    ],
)
def test_what_people_write(text: str, expected: str, reason: str) -> None:
    moment = understand_when(text, TUESDAY, LONDON, USUAL)
    assert moment is not None, reason
    assert f"{moment:%Y-%m-%d %H:%M}" == expected, reason


@pytest.mark.parametrize(
    "text",
    ["soon", "whenever", "after Christmas", "january", "30/02", "in 5 years", "when hell freezes", "I may", "the board sat", "", "10"],
)
def test_what_is_unclear_is_not_guessed(text: str) -> None:
    assert understand_when(text, TUESDAY, LONDON, USUAL) is None


@pytest.mark.parametrize(
    "text", ["If he is late I wait", "I may ask her", "When 3 people agree, I speak", "If the 1:1 starts late I still ask"]
)
def test_prose_names_no_day_unless_it_does(text: str) -> None:
    assert understand_when(text, TUESDAY, LONDON, USUAL, is_answer=False) is None


def test_a_plan_that_names_its_day() -> None:
    moment = understand_when("If Tuesday's 1:1 starts with the list, I ask", TUESDAY, LONDON, USUAL, is_answer=False)
    assert moment is not None
    assert f"{moment:%a %d %b}" == "Tue 01 Dec"


def test_the_hour_is_the_persons_own_across_the_change_of_clocks() -> None:
    before = datetime(2026, 10, 23, 12, 0, tzinfo=LONDON)
    moment = understand_when("in a week", before, LONDON, USUAL)
    assert moment is not None
    assert (f"{moment:%H:%M}", moment.astimezone(UTC).hour) == ("08:30", 8)


@given(st.text(max_size=200))
def test_no_text_breaks_it_and_no_answer_lies_in_the_past(text: str) -> None:
    moment = understand_when(text, TUESDAY, LONDON, USUAL)
    assert moment is None or moment > TUESDAY
