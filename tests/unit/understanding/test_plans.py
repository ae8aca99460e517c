"""A plan's words: which have its form, what they lack, and the two halves of a form put together."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from bot.understanding.plans import (
    LONGEST,
    day_in_plan,
    fault_in_plan,
    is_before_plan,
    is_plan,
    join_plan,
    says_what_to_do,
    split_plan,
)
from tests.conftest import NOON

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("cue", "response", "plan"),
    [
        (
            "the next 1:1 starts with the list",
            "ask what drove the cut",
            "If the next 1:1 starts with the list, I will ask what drove the cut",
        ),
        ("When the list is cut,", "I ring the GM", "When the list is cut, I ring the GM"),  # both say it themselves
        ("if she is late", "then I'll start without her", "If she is late, then I'll start without her"),
        ("The list is cut.", "Ask why", "If the list is cut, I will ask why"),  # capitals of a sentence's start go
        ("GM cuts the list", "MDT comes first", "If GM cuts the list, I will MDT comes first"),  # and those of a name stay
        ("Next time I am asked", "say yes, if", "Next time I am asked, I will say yes, if"),
        ("I am asked", "say no", "If I am asked, I will say no"),
        ("italics are used", "insist on roman", "If italics are used, I will insist on roman"),  # not "I"
    ],
)
def test_two_halves_make_one_plan(cue: str, response: str, plan: str) -> None:
    assert join_plan(cue, response) == plan
    assert is_plan(plan)


@pytest.mark.parametrize(
    ("plan", "halves"),
    [
        ("If the list is cut, I ask why", ("If the list is cut", "I ask why")),
        ("When she is late then I will start", ("When she is late", "then I will start")),
        ("Ring the GM on Tuesday", ("", "Ring the GM on Tuesday")),
        ("", ("", "")),
    ],
)
def test_a_plan_is_taken_apart_where_it_has_a_seam(plan: str, halves: tuple[str, str]) -> None:
    assert split_plan(plan) == halves
    if halves[0]:
        assert join_plan(*halves) == plan.replace(" then", ", then")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("ask first", "plan.too_short"),
        ("ask her first", None),
        ("word " * LONGEST, "plan.too_long"),
        ("", "plan.too_short"),
    ],
)
def test_what_words_lack(words: str, fault: str | None) -> None:
    assert fault_in_plan(words) == fault


def test_the_day_that_a_plan_names() -> None:
    own = day_in_plan("On Thursday I will ask why", NOON, LONDON, time(8, 30))
    assert own is not None
    assert own.date() == date(2026, 11, 26)
    assert is_before_plan(date(2026, 11, 25), own)
    assert not is_before_plan(date(2026, 11, 26), own)
    assert not is_before_plan(date(2026, 11, 25), None)


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("tell him i want to know before its done", True, "what to say, to whom"),
        ("I'll ask the finance partner to go through the lines with me", True, "in full"),
        ("if she starts copying people in again I'll ring her", True, "if and then"),
        ("if a list goes il ring her same day", True, "as a thumb types it"),
        ("book half an hour with the accountant", True, "no person in it"),
        ("ok then I will speak to him", True, "with a nod before it"),
        ("tell me more about it", False, "asked of the coach"),
        ("show me the options", False, "asked of the coach"),
        ("how do I ask him", False, "a question"),
        ("ask her what?", False, "a question"),
        ("they took my list and I'll never get it back", False, "tells what happened"),
        ("when the gm cuts my list I hear it from a porter", False, "tells what happens"),
        ("ring her", False, "too short to ask about later"),
    ],
)
def test_a_plan_in_plain_words_is_known_where_one_is_on_offer(text: str, expected: bool, reason: str) -> None:
    assert says_what_to_do(text) is expected, reason
