from __future__ import annotations

import pytest

from bot.understanding.questions import understand_question


@pytest.mark.parametrize(
    ("text", "about", "reason"),
    [
        ("where is the RCT", "trial", "as a sceptic typed it"),
        ("where's the trial then", "trial", "shortly"),
        ("is there a randomised controlled trial of this?", "trial", "in full"),
        ("any RCTs", "trial", "two words"),
        ("has this been validated", "trial", "another word for it"),
        ("our RCT has stopped recruiting and the R&D manager blames me", None, "their own trial"),
        ("the trial list was cancelled by the GM again", None, "a trial of another kind"),
        ("which would you do", "view", "plainly"),
        ("what would you do?", "view", "open"),
        ("what do you recommend", "view", "politely"),
        ("which one is best", "view", "as a contest"),
        ("if you were me", "view", "half a sentence"),
        ("just tell me which to pick", "view", "tired"),
        ("which would you do if your chief executive had told the whole board that your unit was closing next week", None, "too long"),
        ("what should I tell the chief executive", None, "about words and not options"),
        ("who wrote this", "author", "plainly"),
        ("who made you", "author", "about the coach"),
        ("where does this come from", "author", "about the content"),
        ("did an AI write this?", "author", "suspicious"),
        ("who pays you", "owner", "suspicious"),
        ("who runs this", "owner", "the same"),
        ("who pays for the locum", None, "about a budget"),
        ("you are useless", "criticism", "cross"),
        ("that's a stupid scale", "criticism", "about a question"),
        ("this is a complete waste of time", "criticism", "impatient"),
        ("this is pointless, the GM never listens and the list goes on Monday whatever I say", None, "about their work"),
        ("who wrote the email to the chief executive", None, "about an email"),
        ("who made that decision", None, "about a decision"),
    ],
)
def test_questions_about_the_coach_are_known(text: str, about: str | None, reason: str) -> None:
    assert understand_question(text) == about, reason
