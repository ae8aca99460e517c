from __future__ import annotations

import pytest

from bot.domain.messages import payload, read_value, value_of


def test_a_choice_points_back_at_its_message() -> None:
    assert read_value(value_of(12, 3)) == (12, 3)


@pytest.mark.parametrize("value", ["", "12", "12.", ".3", "a.b", "-1.2", "1.2.3", "\u0661.\u0662", "9" * 30 + ".1", "consent.yes"])
def test_what_is_no_value_of_ours(value: str) -> None:
    assert read_value(value) is None


def test_payloads_are_rasas() -> None:
    assert payload("make_plan") == "/make_plan"
    assert payload("answer", {"value": 7}) == '/answer{"value": "7"}'
