"""How hard a text is to read."""

from __future__ import annotations

from bot.content.check import HARDEST, school_year


def test_short_words_in_short_sentences_are_easy() -> None:
    assert school_year("The list went. You heard it late. Ask what it had to fix.") < 4


def test_officialese_is_hard() -> None:
    text = "Multidisciplinary prioritisation arrangements necessitate comprehensive stakeholder engagement regarding accountability."
    assert school_year(text) > HARDEST


def test_no_words_need_no_school() -> None:
    assert school_year("1 2 3") == 0.0
