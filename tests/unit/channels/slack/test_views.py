"""The windows for a plan and for a survey: within Slack's limits, and what comes back is read or refused."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.channels.questions import LONGEST_HALF, Question
from bot.channels.slack.views import (
    LABEL,
    LONGEST_WORDS,
    PRIVATE_METADATA,
    RADIO_BUTTONS,
    TITLE,
    VIEW_BLOCKS,
    PlanForm,
    PlanGiven,
    SurveyForm,
    SurveyGiven,
    Unreadable,
    first_question,
    help_blocks,
    note_view,
    plan_view,
    read_plan,
    read_survey,
    read_talk,
    survey_view,
    talk_view,
)
from bot.content.toolkit import Toolkit
from tests.unit.channels.slack.conftest import Validate

texts = some.text(some.one_of(some.sampled_from("&<>\n.? *_"), some.characters(exclude_categories=["Cs"])), min_size=1, max_size=4000)
questions = some.builds(
    lambda index, text, labels, ends: Question(f"item_{index}", text, tuple((label, n) for n, label in enumerate(labels)), ends),
    some.integers(0, 10**6),
    texts.filter(str.strip),
    some.lists(some.text(min_size=1, max_size=90).filter(str.strip), min_size=2, max_size=14),
    some.one_of(some.none(), texts),
)


def check(view: dict[str, Any], view_faults: Validate) -> None:
    assert view_faults(view) == []
    parsed = View(**view)
    parsed.validate_json()
    assert parsed.title is not None
    assert len(parsed.title.text) <= TITLE
    assert all(len(view[button]["text"]) <= TITLE for button in ("submit", "close") if button in view)
    assert len(view.get("private_metadata", "")) <= PRIVATE_METADATA
    assert len(view["blocks"]) <= VIEW_BLOCKS
    names = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    assert len(set(names)) == len(names)
    for block in view["blocks"]:
        block_parsed = Block.parse(block)
        assert block_parsed is not None
        block_parsed.validate_json()
        if block["type"] == "input":
            assert 1 <= len(block["label"]["text"]) <= LABEL


def filled_in(view: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Return the window as Slack sends it back: every input is there, those that were left alone with nothing in them."""
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    state = {block["block_id"]: {"value": {"type": block["element"]["type"], **values.get(block["block_id"], {})}} for block in inputs}
    return {**view, "state": {"values": state}}


halves = some.text(max_size=1000)


@settings(max_examples=40, deadline=None)
@given(some.one_of(some.none(), texts), halves, halves, some.one_of(some.none(), some.dates()))
def test_slack_takes_every_plans_window(
    toolkit: Toolkit, view_faults: Validate, example: str | None, cue: str, response: str, ask_on: date | None
) -> None:
    view = plan_view(toolkit.sentences, PlanForm({"plan": 12}, example, cue, response, ask_on))
    check(view, view_faults)
    assert all(len(block["element"].get("initial_value", "")) <= LONGEST_HALF for block in view["blocks"][:2])


@settings(max_examples=40, deadline=None)
@given(some.text(max_size=4000))
def test_slack_takes_every_window_to_write_in_and_to_read(toolkit: Toolkit, view_faults: Validate, words: str) -> None:
    view = talk_view(toolkit.sentences, words)
    check(view, view_faults)
    assert len(view["blocks"][0]["element"].get("initial_value", "")) <= LONGEST_WORDS
    check(note_view(toolkit.sentences, words or "-"), view_faults)


@settings(max_examples=40, deadline=None)
@given(some.lists(questions, max_size=120, unique_by=lambda question: question.item))
def test_slack_takes_every_surveys_window(toolkit: Toolkit, view_faults: Validate, asked: list[Question]) -> None:
    view = survey_view(toolkit.sentences, SurveyForm({"round": 3}, tuple(asked), 8))
    check(view, view_faults)
    for block in view["blocks"]:
        element = block.get("element", {})
        assert len(element.get("options", [])) <= (RADIO_BUTTONS if element.get("type") == "radio_buttons" else 100)


def test_what_the_window_is_about_must_fit(toolkit: Toolkit) -> None:
    with pytest.raises(ValueError, match="3000"):
        plan_view(toolkit.sentences, PlanForm({"plan": "x" * PRIVATE_METADATA}))


def test_a_plan_comes_back_as_it_was_written(toolkit: Toolkit) -> None:
    view = plan_view(toolkit.sentences, PlanForm({"plan": 12}, cue="the 1:1 starts late"))
    halves = {"cue": {"value": " the 1:1 starts late\n"}, "response": {"value": "ask first"}}
    given_back = filled_in(view, **halves, day={"selected_date": "2026-12-01"})
    assert read_plan(given_back) == PlanGiven({"plan": 12}, "the 1:1 starts late", "ask first", date(2026, 12, 1))
    assert read_plan(filled_in(view, **halves, day={"selected_date": None})).ask_on is None


def test_words_for_the_coach_come_back(toolkit: Toolkit) -> None:
    assert read_talk(filled_in(talk_view(toolkit.sentences), words={"value": " the list was cut "})) == "the list was cut"
    with pytest.raises(Unreadable):
        read_talk(filled_in(talk_view(toolkit.sentences), words={"value": "  "}))


def test_answers_come_back_and_may_be_skipped(toolkit: Toolkit) -> None:
    agreement = tuple((point.label, point.value) for point in toolkit.scales["agreement5"].points)
    confidence = tuple((point.label, point.value) for point in toolkit.scales["confidence10"].points)
    asked = (Question("a", "One?", agreement), Question("b", "Two?", confidence), Question("c", "Three?", agreement))
    view = survey_view(toolkit.sentences, SurveyForm({"round": 3}, asked, 8))
    chosen = {"item-a": {"selected_option": {"value": "4"}}, "item-b": {"selected_option": {"value": "skip"}}}
    assert read_survey(filled_in(view, **chosen)) == SurveyGiven({"round": 3}, {"a": 4, "b": None, "c": None})
    kinds = [block["element"]["type"] for block in view["blocks"] if block["type"] == "input"]
    assert kinds == ["radio_buttons", "static_select", "radio_buttons"], "eleven points and the skip are too many for radio buttons"
    assert all(block["optional"] for block in view["blocks"] if block["type"] == "input")
    assert first_question(filled_in(view)) == "item-a"


CUE_GIVEN: dict[str, Any] = {"cue": {"value": {"value": "it starts late"}}}
RESPONSE_GIVEN: dict[str, Any] = {"response": {"value": {"value": "ask first"}}}


@pytest.mark.parametrize(
    "state",
    [
        None,
        {},
        {"values": None},
        {"values": {}},  # the words are missing
        {"values": {"cue": None}},
        {"values": {**CUE_GIVEN, "response": {"value": {"value": None}}}},  # left empty
        {"values": {**CUE_GIVEN, "response": {"value": {"value": "  "}}}},
        {"values": {**CUE_GIVEN, **RESPONSE_GIVEN, "day": {"value": {"selected_date": "tomorrow"}}}},
        {"values": {**CUE_GIVEN, **RESPONSE_GIVEN, "day": {"value": {"selected_date": 3}}}},
    ],
)
def test_a_plan_that_is_none_is_refused(state: Any) -> None:
    with pytest.raises(Unreadable):
        read_plan({"state": state, "private_metadata": "{}"})


@pytest.mark.parametrize("about", ["[]", "no JSON", '{"plan": {"a": 1}}', 7])
def test_what_is_not_ours_is_refused(about: Any) -> None:
    state = {"values": CUE_GIVEN | RESPONSE_GIVEN}
    with pytest.raises(Unreadable, match="not ours"):
        read_plan({"state": state, "private_metadata": about})


@pytest.mark.parametrize(
    "values",
    [
        {"other": {"value": {"selected_option": {"value": "1"}}}},
        {"item-a": {"value": {"selected_option": {"value": "-1"}}}},
        {"item-a": {"value": {"selected_option": {"value": "drop"}}}},
        {"item-a": {"value": {"selected_option": {"value": 1}}}},
        {"item-a": {"value": {"selected_option": "1"}}},
        {"item-a": {}},
    ],
)
def test_an_answer_that_was_not_on_offer_is_refused(values: Any) -> None:
    with pytest.raises(Unreadable):
        read_survey({"state": {"values": values}, "private_metadata": json.dumps({"round": 3})})


def test_the_help_names_what_the_command_takes(toolkit: Toolkit, block_faults: Validate) -> None:
    blocks = help_blocks(toolkit.sentences)
    assert [fault for block in blocks for fault in block_faults(block)] == []
    assert "/coach what's my plan" in str(blocks)
