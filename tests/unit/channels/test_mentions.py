"""What somebody asks of the coach where others read along: only what is the same for everybody is answered there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.bootstrap import Product, open_product
from bot.channels.mentions import answer_in_public
from bot.settings import read_settings

pytestmark = pytest.mark.anyio


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    async with open_product(read_settings({"COACH_VAR": str(tmp_path)}), lambda _: None) as opened:
        yield opened


@pytest.mark.parametrize("channel", ["slack", "teams"])
async def test_what_is_answered_to_whom(product: Product, channel: str) -> None:
    for words, said, is_for_all in [
        ("", "has its place", True),
        ("who sees this?", "never see what you write", True),
        ("is there any evidence for this", "tests", True),
        ("what are you?", "I am software", True),
        ("a question for us", "for everyone here", True),
        ("please give us a question", "for everyone here", True),
        ("can we have another question for the forum please", "for everyone here", True),
        ("who sees this, my medical director shouts at me", "stays between us", False),  # more than a question
        ("question my medical director about the list", "stays between us", False),
        ("hello", "has its place", True),  # nobody's own
        ("thanks, everyone", "has its place", True),
        ("help", "has its place", True),
        ("thanks for nothing, my general manager lied to me again", "stays between us", False),
        ("the GM has cut my list again", "stays between us", False),
        ("delete everything", "stays between us", False),
        ("I want to kill myself", "Samaritans", False),
    ]:
        text, for_all = answer_in_public(product, channel, words)
        assert said in text, words
        assert for_all == is_for_all, words


async def test_todays_question_is_the_same_until_another_is_asked_for(product: Product) -> None:
    todays = {answer_in_public(product, "slack", "a question for us")[0] for _ in range(5)}
    others = {answer_in_public(product, "slack", "another question please")[0] for _ in range(20)}
    assert len(todays) == 1
    assert not todays & others
