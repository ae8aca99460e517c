from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.content.schema import Tier
from bot.content.signposts import is_open, safety_replies
from bot.content.toolkit import Toolkit
from bot.domain.posts import Post

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("at", "is_it_open", "reason"),
    [
        ("2026-11-24T12:00", True, "a Tuesday at noon"),
        ("2026-11-24T07:59", False, "before eight"),
        ("2026-11-24T20:00", False, "eight in the evening is the end"),
        ("2026-11-28T13:59", True, "Saturday before two"),
        ("2026-11-28T14:00", False, "Saturday at two"),
        ("2026-11-29T12:00", False, "Sunday"),
        ("2026-12-25T12:00", False, "Christmas Day"),
        ("2026-12-28T12:00", False, "Boxing Day's substitute"),
    ],
)
def test_practitioner_health_hours(toolkit: Toolkit, at: str, is_it_open: bool, reason: str) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=LONDON)
    assert is_open(toolkit.signposts["practitioner_health"], moment) is is_it_open, reason


@pytest.mark.parametrize("tier", ["crisis_immediate", "crisis_gentle", "safety_concern"])
def test_somebody_can_be_reached_at_any_hour(toolkit: Toolkit, tier: Tier) -> None:
    for hour in range(0, 24, 3):
        for day in (24, 25, 28, 29):
            at = datetime(2026, 11, day, hour, tzinfo=LONDON)
            assert safety_replies(toolkit, tier, at, None)[0].text.count("\n- ") >= 1


@pytest.mark.parametrize("tier", ["crisis_immediate", "crisis_gentle", "safety_concern"])
def test_each_line_says_whom_it_is_for_and_there_is_a_way_on(toolkit: Toolkit, tier: Tier) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=LONDON)
    first, after = safety_replies(toolkit, tier, noon, None)
    lines = {f"- {signpost.for_whom}: {signpost.line}" for signpost in toolkit.signposts.values() if tier in signpost.tiers}
    assert set(first.text.split("\n")[1:]) == lines
    assert first.choices == ()
    assert after.text == toolkit.sentences["safety.and_after"]
    assert [choice.payload for choice in after.choices] == ["/browse"]


@pytest.mark.parametrize(("tier", "first"), [("crisis_immediate", "emergency"), ("crisis_gentle", "nhs_111")])
@pytest.mark.parametrize("hour", [3, 12])
def test_a_line_for_anybody_comes_before_those_for_one_profession(toolkit: Toolkit, tier: Tier, first: str, hour: int) -> None:
    lines = safety_replies(toolkit, tier, datetime(2026, 11, 24, hour, tzinfo=LONDON), None)[0].text.split("\n")[1:]
    assert toolkit.signposts[first].line in lines[0]
    assert not any("doctors" in line or "practitioners" in line for line in lines[:2])


def test_a_closed_line_is_not_offered(toolkit: Toolkit) -> None:
    night = datetime(2026, 11, 24, 3, tzinfo=LONDON)
    said = safety_replies(toolkit, "crisis_gentle", night, None)[0].text
    assert "0300 0303 300" not in said
    assert "116 123" in said


@pytest.mark.parametrize(
    ("post", "is_shown", "reason"),
    [
        (Post.DIRECTOR, True, "a doctor"),
        (Post.MANAGER, False, "no doctor"),
        (Post.NURSE_LEAD, False, "no doctor"),
        (None, True, "nothing is held back from somebody unknown"),
    ],
)
def test_a_line_for_doctors_is_shown_to_doctors(toolkit: Toolkit, post: Post | None, is_shown: bool, reason: str) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=LONDON)
    said = safety_replies(toolkit, "crisis_gentle", noon, post)[0].text
    assert (toolkit.signposts["bma"].line in said) is is_shown, reason
    assert toolkit.signposts["occupational_health"].line in said, "the staff's own line is for everybody"
