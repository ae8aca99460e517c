from __future__ import annotations

import pytest

from bot.understanding.replies import match_choice, read_number

OPTIONS = ["Ask what drove it, agree a notice rule", "Reply to everyone, with the facts", "Sort it with theatres directly"]


@pytest.mark.parametrize(
    ("text", "index", "reason"),
    [
        ("Reply to everyone, with the facts", 1, "the label"),
        ("reply to everyone", 1, "its beginning, whatever the case"),
        ("the first one", 0, "a place in words"),
        ("2", 1, "a place as a number"),
        ("option 3 please", 2, "a place with filler"),
        ("last", 2, "the last one"),
        ("I'd go with the second", 1, "a place within a phrase"),
    ],
)
def test_a_typed_choice(text: str, index: int, reason: str) -> None:
    assert match_choice(text, OPTIONS) == index, reason


@pytest.mark.parametrize("text", ["4", "", "no", "he always replies to everyone and it never helps at all", "a", "the fifth"])
def test_what_is_no_choice(text: str) -> None:
    assert match_choice(text, OPTIONS) is None


def test_a_number_is_a_label_before_it_is_a_place() -> None:
    assert match_choice("7", [str(value) for value in range(11)]) == 7


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("about a seven", 7), ("7/10", 7), ("10 out of 10", 10), ("one", 1), ("zero", 0), ("a 6 I think", 6), ("no one is a 6", 6)],
)
def test_a_number(text: str, number: int) -> None:
    assert read_number(text, 0, 10) == number


@pytest.mark.parametrize("text", ["6.5", "6 or 7", "-3", "11", "no", "", "lots"])
def test_no_single_number_in_range(text: str) -> None:
    assert read_number(text, 0, 10) is None
