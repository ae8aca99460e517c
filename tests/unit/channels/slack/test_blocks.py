"""A message as Slack blocks: whatever it holds, Slack takes it, and what is cut says so."""

from __future__ import annotations

import html
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from slack_sdk.models.blocks import Block

from bot.channels.slack.blocks import (
    BLOCKS,
    FALLBACK_TEXT,
    OPTIONS,
    SECTION_TEXT,
    blocks_of,
    escape,
    fallback_of,
    fitted,
    settled_blocks_of,
)
from bot.content.preview import preview
from bot.content.toolkit import Toolkit
from bot.domain.messages import SURVEY, Offered, value_of
from tests.unit.channels.slack.conftest import Validate

# What Slack gives a meaning to, and what takes more room once it is escaped, comes often.
texts = some.text(some.one_of(some.sampled_from("&<>\n.? *_`~:|@#"), some.characters(exclude_categories=["Cs"])), max_size=400)
long_texts = some.builds(lambda text, times: text * times, texts, some.integers(1, 60))
labels = some.text(min_size=1, max_size=120).filter(str.strip)
messages = some.builds(
    lambda text, names, form: Offered(7, text, tuple((name, value_of(7, index)) for index, name in enumerate(names)), form),
    some.one_of(texts, long_texts),
    some.one_of(some.lists(labels, max_size=30), some.lists(labels.map(lambda label: label[:5]), min_size=90, max_size=230)),
    some.sampled_from([None, SURVEY]),
)


def check(blocks: list[dict[str, Any]], block_faults: Validate) -> None:
    """Hold the schema of Slack's types, the lengths that its SDK knows, and the number of blocks, which neither knows."""
    assert 1 <= len(blocks) <= BLOCKS
    for block in blocks:
        assert block_faults(block) == []
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
    names = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(set(names)) == len(names)
    for block in (each for each in blocks if each["type"] == "actions"):
        actions = [element["action_id"] for element in block["elements"]]
        assert len(set(actions)) == len(actions)
        for element in block["elements"]:
            assert len(element.get("options", [])) <= OPTIONS


@settings(max_examples=60, deadline=None)
@given(messages)
def test_slack_takes_every_message(block_faults: Validate, message: Offered) -> None:
    blocks = blocks_of(message, "Pick one", "posting-12", form_label="In a window")
    check(blocks, block_faults)
    assert blocks[0]["block_id"] == "posting-12"
    elements = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    opening = [element for element in elements if element["action_id"].startswith("window-")]
    values = [each["value"] for element in elements if element not in opening for each in element.get("options", [element])]
    assert values == [value for _, value in message.choices], "no choice is lost"
    assert len(opening) == (1 if message.form and message.choices else 0)


@settings(max_examples=40, deadline=None)
@given(messages, some.one_of(some.none(), texts))
def test_a_settled_message_has_nothing_to_press(block_faults: Validate, message: Offered, chosen: str | None) -> None:
    blocks = settled_blocks_of(message, chosen)
    check(blocks, block_faults)
    assert {block["type"] for block in blocks} <= {"section", "context"}
    assert (blocks[-1]["type"] == "context") == bool(chosen)


@settings(deadline=None)
@given(some.one_of(texts, long_texts))
def test_no_words_are_lost_between_sections(text: str) -> None:
    sections = [block["text"]["text"] for block in blocks_of(Offered(1, text), "Pick one")]
    assert all(len(section) <= SECTION_TEXT for section in sections)
    said = "".join(html.unescape(section) for section in sections)
    assert "".join(said.split()) == "".join(html.unescape(escape(text)).split())


@settings(deadline=None)
@given(long_texts, some.integers(10, 5000))
def test_what_is_cut_says_so_and_breaks_no_character(text: str, longest: int) -> None:
    cut = fitted(text, longest)
    assert len(cut) <= longest
    assert not any(character in cut for character in "<>")
    assert "&" not in cut.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert cut == escape(text) or cut.endswith("\u2026")


@given(texts)
def test_the_fallback_is_plain_text_within_its_limit(text: str) -> None:
    assert len(fallback_of(Offered(1, text * 40))) <= FALLBACK_TEXT


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One sentence. " * 300, "One sentence."),  # between sentences
        ("A line of its own\n" * 300, "A line of its own"),  # between lines
        ("word " * 1000, "word"),  # between words, when there is no sentence's end
        ("x" * 4000, "x" * SECTION_TEXT),  # anywhere, when there is no word's end
        ("&" * 1000, "&amp;" * (SECTION_TEXT // 5)),  # never within an escaped character
    ],
)
def test_where_a_long_text_is_split(text: str, first: str) -> None:
    assert blocks_of(Offered(1, text), "Pick one")[0]["text"]["text"].endswith(first)


def test_a_text_beyond_fifty_blocks_says_that_it_goes_on() -> None:
    blocks = blocks_of(Offered(1, "One sentence. " * 20_000, (("Go on", "1.0"),)), "Pick one")
    assert len(blocks) == BLOCKS
    assert blocks[-2]["text"]["text"].endswith("\u2026")
    assert blocks[-1]["type"] == "actions"


def test_slack_takes_everything_that_the_toolkit_holds(toolkit: Toolkit, block_faults: Validate) -> None:
    for document in toolkit.documents:
        for reply in preview(toolkit, document[1]):
            choices = tuple((choice.label, value_of(3, index)) for index, choice in enumerate(reply.choices))
            check(blocks_of(Offered(3, reply.text, choices), toolkit.sentences["choice.pick"]), block_faults)


def test_the_schema_knows_what_slack_does_not_take(block_faults: Validate) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}
    assert block_faults(section) == []
    assert block_faults({**section, "colour": "red"})
    assert block_faults({"type": "section", "text": {"type": "markdown", "text": "Hello"}})
    assert block_faults({"type": "nothing"})
