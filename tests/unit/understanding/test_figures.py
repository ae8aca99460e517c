from __future__ import annotations

import pytest

from bot.understanding.figures import FigureQuestion, understand_figures


@pytest.mark.parametrize(
    ("text", "asked", "reason"),
    [
        ("is Sept to Jan real or noise", FigureQuestion(False), "whether a change is more than chance"),
        ("surgery split for the board paper (n=6)", FigureQuestion(True, 6), "a split of six people"),
        ("can I have the survey results by post?", FigureQuestion(True, None, "post"), "a split that there is"),
        ("breakdown of the figures by forum", FigureQuestion(True, None, "forum"), "another"),
        ("the savings were split evenly across four services", None, "a challenge, not a figure"),
        ("he makes a lot of noise in meetings", None, "another kind of noise"),
        ("they want me to split the list by department", None, "a list in theatre"),
    ],
)
def test_questions_about_figures(text: str, asked: FigureQuestion | None, reason: str) -> None:
    assert understand_figures(text) == asked, reason
