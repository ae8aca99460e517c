"""Cards: whatever is said, Microsoft's schema takes them, nothing is lost, and nothing is shown that was not said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from jsonschema import Draft6Validator  # type: ignore[import-untyped]

from bot.channels.teams.cards import (
    LONGEST_TEXT,
    MOST_BUTTONS,
    Card,
    card_of,
    escape,
    parts_of,
    settled_card_of,
    summary_of,
)
from bot.channels.teams.home import card_of_home
from bot.content.preview import preview
from bot.content.toolkit import Toolkit
from bot.domain.availability import Availability
from bot.domain.messages import Offered, value_of
from bot.services.home import Home, Kept

# Teams refuses a message above 100 KB, counted in UTF-16.
LIMIT = 100_000

SCHEMA = Draft6Validator(json.loads(resources.files("adaptive_cards").joinpath("schemas/schema-1.5.json").read_text(encoding="utf-8")))

texts = some.text(some.one_of(some.sampled_from("\\*_[]`#~-+> \n1.)"), some.characters(exclude_categories=["Cs"])), max_size=4000)
labels = some.text(min_size=1, max_size=60).filter(str.strip)
messages = some.builds(
    lambda text, names: Offered(7, text, tuple((name, value_of(7, index)) for index, name in enumerate(names))),
    texts,
    some.lists(some.one_of(labels, some.sampled_from(["0", "1", "10"])), max_size=40),
)


HOURS = Availability(time(7), time(21), frozenset(range(5)))


def faults(card: Card) -> list[str]:
    return [f"{list(error.path)}: {error.message[:200]}" for error in SCHEMA.iter_errors(card)]


def parts(thing: Any) -> Iterator[dict[str, Any]]:
    """Give every element and action of a card, but not what stands in for an action."""
    if isinstance(thing, dict):
        if "type" in thing:
            yield thing
        for key, each in thing.items():
            yield from parts(each) if key not in ("fallback", "refresh") else ()
    elif isinstance(thing, list):
        for each in thing:
            yield from parts(each)


def values(card: Card) -> list[str]:
    """Return the values that can be chosen on a card, in order."""
    found = []
    for part in parts(card):
        found += [option["value"] for option in part.get("choices", [])]
        if part["type"] == "Action.Execute" and "choice" in part["data"]:
            found.append(part["data"]["choice"])
    return found


@settings(max_examples=150, deadline=None)
@given(messages)
def test_microsofts_schema_takes_every_message(message: Offered) -> None:
    card = card_of(message, "Pick one", "Send")
    assert faults(card) == []
    assert card["version"] == "1.5"
    assert values(card) == [value for _, value in message.choices], "no choice is lost, and they stay in their order"
    assert all(len(part["actions"]) == 1 for part in parts(card) if part["type"] == "ActionSet"), "Teams cuts what is side by side"
    assert len(json.dumps(card).encode("utf-16-le")) < LIMIT


@settings(max_examples=60, deadline=None)
@given(messages)
def test_who_knows_no_execute_submits_the_same(message: Offered) -> None:
    for action in (part for part in parts(card_of(message, "Pick one", "Send")) if part["type"] == "Action.Execute"):
        fallback = action["fallback"]
        assert fallback["type"] == "Action.Submit"
        assert fallback["data"] == {"verb": action["verb"], **action["data"]}


@settings(max_examples=60, deadline=None)
@given(messages, some.one_of(some.none(), texts))
def test_a_settled_message_has_nothing_to_tap(message: Offered, chosen: str | None) -> None:
    card = settled_card_of(message, chosen)
    assert faults(card) == []
    assert {part["type"] for part in parts(card)} == {"AdaptiveCard", "TextBlock"}


@settings(deadline=None)
@given(texts)
def test_every_word_is_in_the_card_as_it_was_said(text: str) -> None:
    shown = "\n".join(part["text"] for part in card_of(Offered(1, text), "", "")["body"])
    assert "".join(shown.replace("\\", "").split()) == "".join(text.replace("\\", "").split())


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("*not* bold", "\\*not\\* bold"),
        ("[no](link)", "\\[no\\](link)"),
        ("# no heading", "\\# no heading"),
        ("- no list", "\\- no list"),
        ("> no quote", "\\> no quote"),
        ("well-known - twice", "well-known - twice"),
        ("1. a step stays a step", "1. a step stays a step"),
        ("snake_case", "snake\\_case"),
    ],
)
def test_what_looks_like_markdown_is_none(said: str, written: str) -> None:
    assert escape(said) == written


def test_a_rating_stands_in_rows_with_the_choice_to_skip_beneath() -> None:
    choices = (*((str(number), f"7.{number}") for number in range(11)), ("Skip this one", "7.11"))
    card = card_of(Offered(7, "How far?", choices), "", "")
    rows = [[column for column in part["columns"] if column["items"]] for part in parts(card) if part["type"] == "ColumnSet"]
    assert [[column["selectAction"]["title"] for column in row] for row in rows] == [list("0123"), list("4567"), ["8", "9", "10"]]
    assert card["body"][-1]["actions"][0]["title"] == "Skip this one"


def test_a_label_that_a_phone_would_cut_goes_on_in_a_new_line() -> None:
    choices = (("Ask what drove it, agree a notice rule", "7.0"), ("Something else", "7.1"))
    rows = card_of(Offered(7, "Which?", choices), "", "")["body"][1:]
    assert [row["type"] for row in rows] == ["Container", "Container"], "all of one look"
    assert all(row["items"][0]["wrap"] for row in rows)


def test_many_choices_are_a_list() -> None:
    choices = tuple((f"Topic {number}", f"7.{number}") for number in range(MOST_BUTTONS + 1))
    card = card_of(Offered(7, "Which?", choices), "Pick one", "Send")
    assert [part["type"] for part in parts(card)][-3:] == ["Input.ChoiceSet", "ActionSet", "Action.Execute"]


@settings(deadline=None)
@given(some.text(some.sampled_from("word. \n\U0001f600"), max_size=900), some.integers(2, 200))
def test_parts_lose_nothing_and_keep_the_limit(text: str, longest: int) -> None:
    cut = parts_of(text, longest)
    assert all(len(part.encode("utf-16-le")) <= 2 * longest for part in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


def test_a_long_text_is_cut_after_a_sentence() -> None:
    first, *_ = parts_of("A sentence of some length. " * 3000)
    assert first.endswith("length.")
    assert len(first) > LONGEST_TEXT // 2


@given(some.text(max_size=2000))
def test_a_notification_is_short(text: str) -> None:
    assert len(summary_of(Offered(1, text))) <= 400


def test_microsofts_schema_takes_everything_that_the_toolkit_holds(toolkit: Toolkit) -> None:
    for _, name in toolkit.documents:
        for reply in preview(toolkit, name):
            choices = tuple((choice.label, value_of(3, index)) for index, choice in enumerate(reply.choices))
            assert (
                faults(card_of(Offered(3, reply.text, choices), toolkit.sentences["choice.pick"], toolkit.sentences["choice.send"])) == []
            )


@settings(max_examples=60, deadline=None)
@given(plan=some.one_of(some.none(), texts), is_stopped=some.booleans(), count=some.integers(0, 3))
def test_microsofts_schema_takes_every_home_card(toolkit: Toolkit, plan: str | None, is_stopped: bool, count: int) -> None:
    at = datetime(2026, 12, 4, 8, 30, tzinfo=UTC)
    kept = [Kept(at, "What would nobody miss?", "A reflection that stays out of a card")] * count
    home = Home(plan, at if plan else None, kept, HOURS, None, is_stopped, [], [])
    card = card_of_home(toolkit.sentences, home, "29:anna")
    assert faults(card) == []
    assert "stays out of a card" not in json.dumps(card)
    assert card["refresh"]["userIds"] == ["29:anna"]
    assert len(json.dumps(card).encode("utf-16-le")) < LIMIT


def test_a_strangers_home_card_shows_nothing_of_anybody(toolkit: Toolkit) -> None:
    card = card_of_home(toolkit.sentences, None, "29:anna")
    assert faults(card) == []
    assert {part["type"] for part in parts(card)} == {"AdaptiveCard", "TextBlock"}


def test_the_schema_knows_what_is_no_card() -> None:
    card = card_of(Offered(1, "Hello", (("Yes", "1.0"),)), "", "")
    assert faults(card) == []
    assert faults({**card, "body": [{"type": "TextBlock", "text": 7}]})
    assert faults({**card, "body": [{"type": "Textblock", "text": "Hello"}]})
    assert faults({**card, "body": [{"type": "ActionSet", "actions": [{"type": "Action.Nothing"}]}]})
