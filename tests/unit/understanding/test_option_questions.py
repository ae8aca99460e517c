"""Short questions about options that are open, and what is none."""

from __future__ import annotations

import pytest

from bot.understanding.option_questions import understand_option_question

LABELS = ["Ask what agreeing costs them", "Send a note after every meeting", "Tell the consultants yourself"]


@pytest.mark.parametrize(
    ("text", "about", "place", "reason"),
    [
        ("what does the second one cost?", "cost", 1, "by its place"),
        ("whats the downside of 2", "cost", 1, "by a figure, without an apostrophe"),
        ("what's the catch with the last one", "cost", 2, "the last of however many"),
        ("what's the risk", "cost", None, "of all of them"),
        ("cost?", "cost", None, "one word"),
        ("is there a catch?", "cost", None, "of all of them"),
        ("why?", "why", None, "one word"),
        ("but why not", "why", None, "the other way round"),
        ("why the second one?", "why", 1, "of one"),
        ("why would anyone do that", "why", None, "with surprise"),
        ("what happens if I do the third", "outcome", 2, "where it leads"),
        ("tell me more about the first", "outcome", 0, "the same"),
        ("more about option 2", "outcome", 1, "by a figure"),
        ("what happens if I tell the consultants yourself", "outcome", 2, "by its label"),
    ],
)
def test_what_is_asked_of_the_options(text: str, about: str, place: int | None, reason: str) -> None:
    assert understand_option_question(text, LABELS) == (about, place), reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the second one", "a choice"),
        ("why does he do that", "about somebody"),
        ("why is the GM so hostile", "a challenge"),
        ("what does the rota cost", "another cost"),
        ("what does the GM risk", "about somebody"),
        ("what happens when he says no", "a question of one's own"),
        ("what happens the second time he is late", "no option is named"),
        ("why should I care what you think", "about the coach"),
        ("which would you do", "the coach's view, which is asked for elsewhere"),
        ("what does the fourth one cost", "there is none"),
        ("why did nobody tell me that my list was going before it went and who signed it off", "too long for one"),
    ],
)
def test_what_is_not_asked_of_them(text: str, reason: str) -> None:
    assert understand_option_question(text, LABELS) is None, reason
