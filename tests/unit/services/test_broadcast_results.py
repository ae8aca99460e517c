"""What a lead may learn of answers, a reason a row."""

from __future__ import annotations

import pytest

from bot.services.broadcasts.results import Disclosed, disclose


@pytest.mark.parametrize(
    ("reached", "responders", "parts", "shown"),
    [
        (17, 10, {"a": 10}, Disclosed(False)),  # ten are too few
        (17, 12, {"a": 6, "b": 6}, Disclosed(True, None, {"a": 6, "b": 6})),  # five did not answer: their number is not told
        (12, 12, {"a": 6, "b": 6}, Disclosed(True, 12, {"a": 6, "b": 6})),  # nobody did not
        (30, 15, {"a": 8, "b": 7}, Disclosed(True, 15, {"a": 8, "b": 7})),  # fifteen did not
        (30, 15, {"a": 9, "b": 6, "c": 0}, Disclosed(True, 15, {"a": 9, "b": 6, "c": None})),  # none is fewer than five, too
        (30, 15, {"a": 12, "b": 3}, Disclosed(True, 15, {"a": None, "b": None})),  # 3 could be worked out from 12
        (30, 15, {"a": 7, "b": 5, "c": 3}, Disclosed(True, 15, {"a": 7, "b": None, "c": None})),  # 3 from the other two
        (30, 16, {"a": 8, "b": 4, "c": 4}, Disclosed(True, 16, {"a": 8, "b": None, "c": None})),  # two hide each other
    ],
)
def test_the_rule(reached: int, responders: int, parts: dict[str, int], shown: Disclosed) -> None:
    assert disclose(reached, responders, parts, 11) == shown
