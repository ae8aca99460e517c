from __future__ import annotations

import pytest

from bot.understanding.corrections import corrected_number, names_correction


@pytest.mark.parametrize(
    ("text", "number", "is_certain", "reason"),
    [
        ("sorry, meant 7 not 4", 7, True, "as a tester typed it"),
        ("7 not 4", 7, True, "no more than the two"),
        ("not 4, 7", 7, True, "the old one first"),
        ("not a four but a seven", 7, True, "in words"),
        ("change the 4 to a 7", 7, True, "as an order"),
        ("I said 4 but meant 7", 7, True, "told"),
        ("i put 3, should be 8", 8, True, "told shortly"),
        ("7 instead of 4 please", 7, True, "politely"),
        ("I meant 8", 8, True, "only the new one"),
        ("oops, meant a nine", 9, True, "in a word"),
        ("change that to a 6", 6, False, "could be about a day too"),
        ("make it 7 December", None, False, "a date"),
        ("make it Thursday", None, False, "a day"),
        ("I meant 7 pm", None, False, "an hour"),
        ("it took 7 not 4 weeks", None, False, "a time"),
        ("we have 3 beds", None, False, "no correction"),
        ("no, I meant partly", None, False, "no number"),
        ("the paper says four not seven but the plan for next year that finance wrote says something else again", 4, False, "a story"),
    ],
)
def test_a_number_is_taken_back_for_another(text: str, number: int | None, is_certain: bool, reason: str) -> None:
    assert corrected_number(text) == number, reason
    assert names_correction(text) is is_certain, reason
