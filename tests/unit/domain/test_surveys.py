from __future__ import annotations

from collections import Counter
from datetime import timedelta

from bot.domain.surveys import items_of_round, round_due
from tests.conftest import NOON


def test_every_item_is_asked_equally_often() -> None:
    rotating = list("abcdefg")
    asked = Counter(item for number in range(1, 8) for item in items_of_round(number, rotating, 2, "anchor"))
    assert asked.pop("anchor") == 7
    assert set(asked.values()) == {2}


def test_no_item_stands_twice_in_a_round() -> None:
    assert all(len(set(items_of_round(number, ["a", "b"], 3, "c"))) == 3 for number in range(1, 6))


def test_rounds_fall_due_by_the_fortnight_and_missed_ones_are_not_caught_up() -> None:
    assert round_due(NOON, 14, NOON + timedelta(days=13, hours=23)) is None
    assert round_due(NOON, 14, NOON + timedelta(days=14)) == (1, NOON + timedelta(days=14))
    assert round_due(NOON, 14, NOON + timedelta(days=45)) == (3, NOON + timedelta(days=42))
