"""The readers of outside text with what nobody would write; `make fuzz` gives them a million."""

from __future__ import annotations

import random

import pytest
from fuzz import Reader, readers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from bot.channels.slack.blocks import blocks_of
from bot.channels.teams.activities import Unreadable, read_activity
from bot.domain.messages import Offered

READERS = list(readers())
KEYS = some.sampled_from(["from", "conversation", "value", "id", "text"])
ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=40),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(KEYS, inner),
    max_leaves=12,
)


@pytest.mark.parametrize("reader", READERS, ids=[each.name for each in READERS])
def test_each_reader_takes_odd_input(reader: Reader) -> None:
    for number in range(25 if reader.share < 0.01 else 300):
        given_to_it = reader.make(random.Random(f"suite:{number}"))
        try:
            reader.read(given_to_it)
        except reader.raises:
            continue


@given(ANYTHING)
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_an_activity_is_read_or_refused(body: object) -> None:
    try:
        read_activity(body)
    except Unreadable:
        return


@given(some.text(max_size=4000))
@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_nothing_that_is_shown_in_slack_is_markup(text: str) -> None:
    for block in blocks_of(Offered(1, text), "Choose"):
        assert "<" not in block["text"]["text"]
