"""The home tab: within Slack's limits, whatever it has to show."""

from __future__ import annotations

from datetime import date, time

from hypothesis import given
from hypothesis import strategies as some
from slack_sdk.models.blocks import Block

from bot.channels.slack.home import HomeState, home_view
from bot.content.toolkit import Toolkit
from bot.domain.availability import Availability, Away, BusyBlock

HOURS = Availability(
    time(7), time(21), frozenset(range(5)), (BusyBlock("theatre", frozenset({1}), time(8), time(18)),), (Away("leave", date.min, date.max),)
)


@given(plan=some.text(max_size=6000), hours=some.sampled_from([None, HOURS]), is_stopped=some.booleans())
def test_it_keeps_slacks_limits(toolkit: Toolkit, plan: str, hours: Availability | None, is_stopped: bool) -> None:
    state = HomeState(True, plan or None, "Friday 4 December at 08:30", 3, hours, "Monday 7 December at 08:30", is_stopped)
    view = home_view(toolkit.sentences, state)
    assert len(view["blocks"]) <= 100
    for block in view["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
    assert "<!" not in str(home_view(toolkit.sentences, HomeState(True, "<!channel>")))


def test_a_stranger_is_shown_nothing_of_anybody(toolkit: Toolkit) -> None:
    assert len(home_view(toolkit.sentences, HomeState(has_agreed=False))["blocks"]) == 2


def test_what_keeps_somebody_busy_is_named(toolkit: Toolkit) -> None:
    assert "theatre (Tuesdays, 08:00 to 18:00)" in str(home_view(toolkit.sentences, HomeState(True, availability=HOURS)))
