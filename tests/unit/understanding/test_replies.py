from __future__ import annotations

import pytest

from bot.content.toolkit import Toolkit
from bot.understanding.replies import match_choice, match_command, match_yes_or_no, named_choice, read_number, read_numbers

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
        ("three", 2, "a place as a number in letters"),
        ("one", 0, "which alone is no pronoun here"),
        ("theatres directly", 2, "its end"),
        ("I'd go with the second", 1, "a place within a phrase"),
    ],
)
def test_a_typed_choice(text: str, index: int, reason: str) -> None:
    assert match_choice(text, OPTIONS) == index, reason


@pytest.mark.parametrize(
    "text", ["4", "four", "twelve", "", "no", "he always replies to everyone and it never helps at all", "a", "the fifth"]
)
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


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("3rd December", ["In a week", "In two weeks", "Do not ask"]),
        ("first thing tomorrow", ["In a week", "In two weeks", "Do not ask"]),
        ("last Friday of the month", ["In a week", "In two weeks", "Do not ask"]),
        ("not the first time", ["Did it", "Partly", "Not this time"]),
        ("the last straw", ["Show me the options", "It is something else"]),
    ],
)
def test_an_ordinal_within_something_else_is_no_choice(text: str, labels: list[str]) -> None:
    assert match_choice(text, labels) is None


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("yes", 0),
        ("yes please", 0),
        ("ok", 0),
        ("yes keep it", 0),
        ("yes do it", 0),
        ("no thanks", 1),
        ("nope", 1),
        ("no, miles off", 1),
        ("skip", 1),
        ("leave it", 1),
        ("cancel my plan", None),
        ("yes but not that", None),
        ("yes next week", None),
        ("no I meant it happened", None),
        ("no, Thursday", None),
        ("yes, that is what he always says to me in the end", None),
        ("yesterday", None),
        ("not sure", None),
        ("maybe", None),
    ],
)
def test_a_plain_yes_or_no(text: str, index: int | None) -> None:
    assert match_yes_or_no(text, ["yes", "no", None]) == index
    assert match_yes_or_no(text, [None, None]) is None


@pytest.mark.parametrize(
    ("text", "left", "because"),
    [
        ("skip", True, "the word"),
        ("skip this one", True, "the question that was asked"),
        ("can we skip this question please", True, "politely"),
        ("I'll pass on that one, thanks", True, "another word for it"),
        ("leave it for now", True, "for the moment"),
        ("skip the meeting and tell her why", False, "an answer"),
        ("he passed on it", False, "about somebody else"),
        ("leave that list alone, was what I said", False, "an answer"),
    ],
)
def test_leaving_a_question(text: str, left: bool, because: str) -> None:
    assert (match_yes_or_no(text, [None, "no"]) == 1) is left, because
    assert (match_yes_or_no(text, ["no", "skip"]) == 1) is left, because


@pytest.mark.parametrize(
    ("text", "index"),
    [("agree i guess", 3), ("I'd say strongly disagree", 0), ("I don't agree", None), ("agree or disagree", None), ("no idea", None)],
)
def test_a_label_within_a_reply(text: str, index: int | None) -> None:
    assert named_choice(text, ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"]) == index


def test_only_answers_have_a_place() -> None:
    labels = ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree", "Skip this one"]
    assert match_choice("5", labels, counted=5) == 4
    assert match_choice("6", labels, counted=5) is None
    assert match_choice("skip", labels, counted=5) == 5


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("options", "see_options"),
        ("ok, show me the options please", "see_options"),
        ("Let's make a plan.", "make_plan"),
        ("can we do GROW", "grow"),
        ("how do I do it?", "see_technique"),
        ("none of these", "make_plan"),
        ("what options does a trust have when the list is cut", None),
        ("the plan was ignored", None),
        ("", None),
    ],
)
def test_a_command(toolkit: Toolkit, text: str, name: str | None) -> None:
    assert match_command(text, {each.id: each.phrases for each in toolkit.commands.values()}) == name


def test_a_rating_on_another_scale_is_not_one() -> None:
    assert read_number("4 out of 5", 0, 10) is None
    assert read_number("4 out of 5", 1, 5) == 4
    assert read_number("7/10", 0, 10) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3, 2, 4", [3, 2, 4]),
        ("3 2 4", [3, 2, 4]),
        ("3/5", []),  # one answer out of five
        ("3, 2 and 4", [3, 2, 4]),
        ("3", []),  # one answer is not a list of them
        ("3, 2, 11", []),  # one lies outside
        ("3, agree", []),
        ("on the 3, 2 of us went", []),
    ],
)
def test_several_numbers_at_once(text: str, expected: list[int]) -> None:
    assert read_numbers(text, 0, 10) == expected
