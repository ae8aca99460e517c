"""One message as Slack blocks and as an Adaptive Card: within the limits, and with nothing lost."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as some
from slack_sdk.models.blocks import Block
from typer.testing import CliRunner

from bot.channels.slack import blocks as slack_blocks
from bot.channels.teams import cards as teams_cards
from bot.commands import app
from bot.commands.content import Shape
from bot.content.preview import preview
from bot.content.toolkit import Toolkit
from bot.domain.messages import Offered, value_of

labels = some.text(min_size=1, max_size=120).filter(str.strip)
messages = some.builds(
    lambda text, names: Offered(7, text, tuple((name, value_of(7, index)) for index, name in enumerate(names))),
    some.text(max_size=9000),
    some.lists(labels, max_size=40),
)


@given(messages)
def test_blocks_keep_slacks_limits_and_lose_no_choice(message: Offered) -> None:
    blocks = slack_blocks.blocks_of(message, "Pick one")
    assert 1 <= len(blocks) <= slack_blocks.BLOCKS
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()
    values = [
        element["value"]
        for block in blocks
        if block["type"] == "actions"
        for element in (block["elements"][0]["options"] if block["elements"][0]["type"] == "static_select" else block["elements"])
    ]
    assert values == [value for _, value in message.choices]


@given(some.text(max_size=500))
def test_nobody_is_mentioned_in_slack(text: str) -> None:
    for block in slack_blocks.blocks_of(Offered(1, f"<!channel> <@U123> {text}"), "Pick one"):
        assert "<" not in block["text"]["text"]


@given(messages)
def test_a_card_holds_every_choice_and_a_fallback(message: Offered) -> None:
    card = teams_cards.card_of(message, "Pick one", "Send")
    assert card["version"] == "1.5"
    text = json.dumps(card)
    assert all(json.dumps(value) in text for _, value in message.choices)
    for action in [*card.get("actions", []), *(a for part in card["body"] for a in part.get("actions", []))]:
        assert action["type"] == "Action.Execute"
        assert action["fallback"]["data"]["verb"] == action["verb"]


def test_everything_in_the_toolkit_can_be_shown(toolkit: Toolkit) -> None:
    for things in (
        toolkit.scenarios,
        toolkit.techniques,
        toolkit.lessons,
        toolkit.structures,
        toolkit.prompts,
        toolkit.items,
        toolkit.instruments,
        toolkit.themes,
        toolkit.signposts,
    ):
        for thing in things:
            replies = preview(toolkit, thing)
            assert replies, thing
            for reply in replies:
                assert all(choice.payload.startswith("/") for choice in reply.choices)
    assert preview(toolkit, "nothing") == []


def test_a_thing_can_be_previewed_in_every_shape(toolkit: Toolkit) -> None:
    label = toolkit.scenarios["list_cut"].options[0].label
    shown = {shape: CliRunner().invoke(app, ["content", "preview", "list_cut", "--as", shape]).output for shape in Shape}
    assert f"[ {label} ]" in shown[Shape.TEXT]
    assert f'<button class="choice" type="submit" name="choice" value="3.0">{label}</button>' in shown[Shape.WEB]
    assert '"type": "actions"' in shown[Shape.SLACK]
    assert '"type": "AdaptiveCard"' in shown[Shape.TEAMS]
