from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.words import clean, has_words, is_latin


def test_control_and_direction_characters_go_and_line_breaks_stay() -> None:
    assert clean("a\x00b\x07\u202ec\r\nd\n\n\n\ne  f ") == "abc\nd\n\ne f"


@given(st.text())
def test_nothing_that_controls_a_terminal_survives(text: str) -> None:
    assert not {unicodedata.category(character) for character in clean(text)} & {"Cs", "Co", "Cn"}
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "expected"), [("\U0001f600\U0001f44d", False), ("?!", False), ("a", True), ("9", True), ("\u043d\u0435\u0442", True)]
)
def test_has_words(text: str, expected: bool) -> None:
    assert has_words(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("na\u00efve r\u00e9sum\u00e9", True), ("\u043f\u0440\u0438\u0432\u0435\u0442", False), ("12", True)]
)
def test_is_latin(text: str, expected: bool) -> None:
    assert is_latin(text) is expected
