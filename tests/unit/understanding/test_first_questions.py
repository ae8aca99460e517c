"""Questions that are answered before consent, and messages that only look like one."""

from __future__ import annotations

import pytest

from bot.understanding.first_questions import first_questions


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "who_sees",
            ["who sees this", "ok, who can see this?", "Can my medical director read this?", "is it really private", "who has access"],
        ),
        ("who_sees", ["will you tell my boss", "what happens to what I write?", "privacy", "who else reads my messages"]),
        ("about", ["what is this", "what\u2019s this thing?", "who are you", "are you a bot", "am I talking to a person?", "help"]),
        ("about", ["is this chatgpt", "what do you do", "how does it work", "Good morning. What is this?"]),
        ("if_no", ["what happens if I say no", "and if I don't?", "do I have to", "is this voluntary", "can I refuse"]),
        ("if_yes", ["what happens if I say yes", "what am I agreeing to?", "what do you keep", "can I delete it later"]),
        (
            "evidence",
            ["is there evidence", "any evidence for this?", "what's the evidence", "does any of this work", "is it evidence-based"],
        ),
    ],
)
def test_a_question_and_nothing_else(name: str, texts: list[str]) -> None:
    for text in texts:
        assert first_questions(text) == ([name], False), text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("the GM has cut my list again", "no question"),
        ("who sees the patients first is always a fight", "the patients, not the message"),
        ("will the GM see this as an attack", "the sentence goes on"),
        ("there is no evidence the GM read my paper", "not asked"),
        ("is there any evidence that she read the business case", "evidence of something else"),
        ("do I have to apologise to the GM", "about the work"),
        ("if I say no to the extra list they sulk", "another no"),
        ("is this rota safe", "the rota"),
        ("how do I get theatre managers to see this", "a case"),
        ("who are you to tell me", "no question"),
    ],
)
def test_what_only_looks_like_one(text: str, reason: str) -> None:
    assert first_questions(text) == ([], True), reason


def test_a_case_with_a_question_is_both() -> None:
    assert first_questions("my friday list was cut. who sees this?") == (["who_sees"], True)
    assert first_questions("who are you and who sees this?") == (["about", "who_sees"], False)


@pytest.mark.parametrize("text", ["", "...", "\U0001f600"])
def test_without_words_nothing_is_said(text: str) -> None:
    assert first_questions(text) == ([], False)
