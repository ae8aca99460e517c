"""The windows that open over Slack, for a plan and for a micro-survey, and what somebody filled in: pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.channels.questions import LONGEST_HALF, Question
from bot.channels.slack.blocks import OPTION_TEXT, OPTIONS, SECTION_TEXT, Block, fitted, plain
from bot.content.toolkit import Sentences
from bot.domain.messages import PLAN, SKIP, SURVEY

# By these, PLAN and SURVEY Slack says which window was sent.
TALK, NOTE = "talk", "note"

# Slack's published limits, in characters unless they say otherwise.
TITLE = 24
PRIVATE_METADATA = 3000
LABEL = 2000
RADIO_BUTTONS = 10  # options
VIEW_BLOCKS = 100  # blocks of one view
# As long as each half of a plan may be, and what somebody writes to the coach, in characters.
LONGEST_WORDS = 3000

# The one action of each input: its block says which input it is.
_FIELD = "value"
CUE, RESPONSE, DAY, WORDS = "cue", "response", "day", "words"
_ITEM = "item-"

View = dict[str, Any]
About = Mapping[str, str | int]


class Unreadable(Exception):
    """Raised when what Slack says was filled in is none of our windows, or lacks what it must hold."""


@dataclass(frozen=True, slots=True)
class PlanForm:
    """What the plan's window begins with. `about` comes back with the answer: ids only, for Slack keeps it in the clear."""

    about: About
    example: str | None = None
    cue: str = ""
    response: str = ""
    ask_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlanGiven:
    """What somebody wrote into the plan's window; without `ask_on` the coach does not ask how it went."""

    about: About
    cue: str
    response: str
    ask_on: date | None


@dataclass(frozen=True, slots=True)
class SurveyForm:
    """One round of a micro-survey, with the smallest number of people whose answers are shown together."""

    about: About
    questions: tuple[Question, ...]
    smallest: int


@dataclass(frozen=True, slots=True)
class SurveyGiven:
    """The answers by item; none for an item that was skipped or left alone."""

    about: About
    answers: Mapping[str, int | None]


def plan_view(sentences: Sentences, form: PlanForm) -> View:
    """Return the window in which a plan is written. Raises ValueError when `about` is longer than Slack keeps."""
    day: Block = {"type": "datepicker", "action_id": _FIELD}
    if form.ask_on:
        day["initial_date"] = form.ask_on.isoformat()
    blocks = [
        _input(CUE, sentences["slack.plan_cue"], _text(form.cue, LONGEST_HALF, has_focus=True), hint=sentences["slack.plan_cue_hint"]),
        _input(RESPONSE, sentences["slack.plan_response"], _text(form.response, LONGEST_HALF), hint=sentences["slack.plan_response_hint"]),
    ]
    if form.example:
        blocks.append(_note(sentences.say("form.plan_example", example=form.example)))
    blocks.append(_input(DAY, sentences["slack.plan_day"], day, hint=sentences["slack.plan_day_hint"], is_optional=True))
    return _modal(sentences, PLAN, blocks, form.about)


def read_plan(view: Mapping[str, Any]) -> PlanGiven:
    """Return what was written into the plan's window. Raises Unreadable."""
    day = _field(view, DAY, is_optional=True).get("selected_date")
    try:
        ask_on = date.fromisoformat(day) if day else None
    except (TypeError, ValueError):
        raise Unreadable("the day is none") from None
    return PlanGiven(_about(view), _words(view, CUE)[:LONGEST_HALF], _words(view, RESPONSE)[:LONGEST_HALF], ask_on)


def survey_view(sentences: Sentences, form: SurveyForm) -> View:
    """Return the window with one round's questions. Raises ValueError when `about` is longer than Slack keeps."""
    blocks = [_section(sentences.say("survey.begin", count=len(form.questions)))]
    for question in form.questions[: VIEW_BLOCKS - 2]:
        element = _answers(sentences, question.answers)
        blocks.append(_input(f"{_ITEM}{question.item}", question.text, element, hint=question.ends, is_optional=True))
    blocks.append(_note(sentences.say("form.survey_purpose", smallest=form.smallest)))
    return _modal(sentences, SURVEY, blocks, form.about)


def read_survey(view: Mapping[str, Any]) -> SurveyGiven:
    """Return the answers that were chosen. Raises Unreadable."""
    answers: dict[str, int | None] = {}
    for block_id in _values(view):
        chosen = _field(view, block_id).get("selected_option") or {}
        value = chosen.get("value", SKIP) if isinstance(chosen, Mapping) else None
        if not block_id.startswith(_ITEM) or not isinstance(value, str) or (value != SKIP and not value.isdecimal()):
            raise Unreadable("an answer is none of those on offer")
        answers[block_id.removeprefix(_ITEM)] = None if value == SKIP else int(value)
    return SurveyGiven(_about(view), answers)


def first_question(view: Mapping[str, Any]) -> str:
    """Return the id of a survey window's first question, beside which a fault of the whole is said."""
    return next((str(block_id) for block_id in _values(view)), "")


def talk_view(sentences: Sentences, words: str = "") -> View:
    """Return the window in which somebody writes to the coach from anywhere; with `words` of their own to begin with."""
    label, hint = ("slack.reflect_words", "slack.reflect_words_hint") if words else ("slack.talk_words", "slack.talk_words_hint")
    blocks = [_input(WORDS, sentences[label], _text(words, LONGEST_WORDS, has_focus=True), hint=sentences[hint])]
    return _modal(sentences, TALK, blocks, {})


def read_talk(view: Mapping[str, Any]) -> str:
    """Return what somebody wrote to the coach. Raises Unreadable."""
    return _words(view, WORDS)[:LONGEST_WORDS]


def note_view(sentences: Sentences, text: str) -> View:
    """Return a window that only says something."""
    return {
        "type": "modal",
        "callback_id": NOTE,
        "title": plain(sentences["slack.note_title"], TITLE),
        "close": plain(sentences["slack.note_close"], TITLE),
        "blocks": [_section(text)],
    }


def help_blocks(sentences: Sentences) -> list[Block]:
    """Return what /coach says of itself: one line for each thing that it takes."""
    lines = [text for key, text in sentences.group("slack").items() if key.startswith("help_")]
    return [_section("\n".join(lines))]


def _modal(sentences: Sentences, name: str, blocks: Sequence[Block], about: About) -> View:
    kept = json.dumps(dict(about), separators=(",", ":"))
    if len(kept) > PRIVATE_METADATA:
        raise ValueError(f"what the {name} is about has {len(kept)} characters; Slack keeps {PRIVATE_METADATA}")
    return {
        "type": "modal",
        "callback_id": name,
        "title": plain(sentences[f"slack.{name}_title"], TITLE),
        "submit": plain(sentences[f"slack.{name}_submit"], TITLE),
        "close": plain(sentences["slack.window_close"], TITLE),
        "private_metadata": kept,
        "blocks": list(blocks),
    }


def _text(words: str, longest: int, *, has_focus: bool = False) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": _FIELD, "multiline": True, "max_length": longest}
    element |= {"initial_value": words[:longest]} if words else {}
    return element | ({"focus_on_load": True} if has_focus else {})


def _answers(sentences: Sentences, answers: Sequence[tuple[str, int]]) -> Block:
    """Return radio buttons, or a list for more answers than Slack has buttons; an answer that was chosen can be taken back."""
    points = [(label, str(value)) for label, value in answers][: OPTIONS - 1]
    options = [{"text": plain(label, OPTION_TEXT), "value": value} for label, value in [*points, (sentences["choice.skip"], SKIP)]]
    if len(options) <= RADIO_BUTTONS:
        return {"type": "radio_buttons", "action_id": _FIELD, "options": options}
    placeholder = plain(sentences["choice.pick"], OPTION_TEXT)
    return {"type": "static_select", "action_id": _FIELD, "placeholder": placeholder, "options": options}


def _input(name: str, label: str, element: Block, *, hint: str | None = None, is_optional: bool = False) -> Block:
    block: Block = {"type": "input", "block_id": name, "label": plain(label, LABEL), "element": element, "optional": is_optional}
    return block | ({"hint": plain(hint, LABEL)} if hint else {})


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": fitted(text, SECTION_TEXT)}}


def _note(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": fitted(text, SECTION_TEXT)}]}


def _values(view: Mapping[str, Any]) -> Mapping[str, Any]:
    state = view.get("state")
    values = state.get("values") if isinstance(state, Mapping) else None
    if not isinstance(values, Mapping):
        raise Unreadable("nothing was filled in")
    return values


def _field(view: Mapping[str, Any], name: str, *, is_optional: bool = False) -> Mapping[str, Any]:
    block = _values(view).get(name, {})
    field = block.get(_FIELD) if isinstance(block, Mapping) else None
    if isinstance(field, Mapping):
        return field
    if is_optional:
        return {}
    raise Unreadable(f"'{name}' is missing")


def _words(view: Mapping[str, Any], name: str) -> str:
    words = _field(view, name).get("value")
    if not isinstance(words, str) or not words.strip():
        raise Unreadable("there are no words")
    return words.strip()


def _about(view: Mapping[str, Any]) -> About:
    try:
        about = json.loads(view.get("private_metadata") or "{}")
    except (TypeError, ValueError):
        raise Unreadable("what it is about is not ours") from None
    if not isinstance(about, dict) or not all(isinstance(each, str | int) for each in about.values()):
        raise Unreadable("what it is about is not ours")
    return about
