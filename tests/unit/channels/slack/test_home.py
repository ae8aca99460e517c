"""The home tab: within Slack's limits, whatever it has to show, and with a button for whatever can be done."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from slack_sdk.models.blocks import Block

from bot.channels.slack.home import HOME_SAYS, HomeState, home_view
from bot.content.toolkit import Toolkit
from bot.domain.availability import Availability, Away, BusyBlock
from bot.domain.messages import Offered, value_of
from tests.unit.channels.slack.conftest import Validate

HOURS = Availability(
    time(7), time(21), frozenset(range(5)), (BusyBlock("theatre", frozenset({1}), time(8), time(18)),), (Away("leave", date.min, date.max),)
)
waiting = some.lists(
    some.builds(
        lambda number, text, labels: Offered(number, text, tuple((label, value_of(number, i)) for i, label in enumerate(labels))),
        some.integers(1, 10**6),
        some.text(max_size=9000),
        some.lists(some.text(min_size=1, max_size=90).filter(str.strip), min_size=1, max_size=20),
    ),
    max_size=3,
    unique_by=lambda message: message.id,
)
states = some.builds(
    HomeState,
    has_agreed=some.booleans(),
    plan=some.one_of(some.none(), some.text(max_size=6000)),
    asked_at=some.sampled_from([None, "Friday 4 December at 08:30"]),
    reflections=some.integers(0, 10**6),
    hours=some.sampled_from([None, HOURS]),
    snoozed_until=some.sampled_from([None, "Monday 7 December at 08:30"]),
    is_stopped=some.booleans(),
    waiting=waiting.map(tuple),
    questions=some.integers(0, 12),
)


@settings(max_examples=60, deadline=None)
@given(states, some.booleans())
def test_slack_takes_every_home_tab(toolkit: Toolkit, view_faults: Validate, state: HomeState, was_answered: bool) -> None:
    view = home_view(toolkit.sentences, state, was_answered=was_answered)
    assert view_faults(view) == []
    assert len(view["blocks"]) <= 100
    for block in view["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
    names = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    assert len(set(names)) == len(names)


def actions(toolkit: Toolkit, state: HomeState) -> list[str]:
    return [button["action_id"] for block in home_view(toolkit.sentences, state)["blocks"] for button in _elements(block)]


def _elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    return block["elements"] if block["type"] == "actions" else []


def test_nothing_in_a_plan_mentions_anybody(toolkit: Toolkit) -> None:
    assert "<!" not in str(home_view(toolkit.sentences, HomeState(True, "<!channel>")))


def test_a_stranger_is_shown_nothing_of_anybody(toolkit: Toolkit) -> None:
    assert len(home_view(toolkit.sentences, HomeState(has_agreed=False))["blocks"]) == 2


@pytest.mark.parametrize(
    ("state", "has", "has_not"),
    [
        (HomeState(True), "home-snooze", "home-resume"),
        (HomeState(True, snoozed_until="Monday 7 December at 08:30"), "home-resume", "home-snooze"),
        (HomeState(True, is_stopped=True), "home-resume", "home-snooze"),
        (HomeState(True), "window-plan", "home-my_plan"),
        (HomeState(True, "If so, I ask"), "home-my_plan", "window-plan"),
        (HomeState(True, questions=3), "window-survey", "window-none"),
        (HomeState(True), "window-who_sees", "window-survey"),
        (HomeState(True), "home-export", "choose-0"),
        (HomeState(True, waiting=(Offered(1, "How did it go?", (("Did it", "1.0"),)),)), "choose-0", "window-survey"),
        (HomeState(True), "home-erase", "home-show_reflection"),
        (HomeState(True, reflections=1), "home-show_reflection", "window-survey"),
    ],
)
def test_what_can_be_done_by_what_there_is(toolkit: Toolkit, state: HomeState, has: str, has_not: str) -> None:
    there = actions(toolkit, state)
    assert has in there
    assert has_not not in there


def test_every_button_that_says_something_has_its_words(toolkit: Toolkit) -> None:
    for key in HOME_SAYS:
        assert toolkit.sentences[f"slack.home_says_{key}"]
        assert toolkit.sentences[f"slack.home_button_{key}"]


def test_what_keeps_somebody_busy_is_named(toolkit: Toolkit) -> None:
    assert "theatre (Tuesdays, 08:00 to 18:00)" in str(home_view(toolkit.sentences, HomeState(True, hours=HOURS)))
