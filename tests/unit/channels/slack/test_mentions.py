"""What somebody asks of the coach in a channel: only what is the same for everybody is answered there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.bootstrap import Product, open_product
from bot.channels.slack.mentions import Mentions
from bot.channels.slack.sending import SlackChannel
from bot.settings import read_settings

pytestmark = pytest.mark.anyio


async def token_of(_account: str) -> None:
    return None


@pytest.fixture
async def product(tmp_path: Path) -> AsyncIterator[Product]:
    async with open_product(read_settings({"COACH_VAR": str(tmp_path)}), lambda _: None) as opened:
        yield opened


async def test_what_is_answered_to_whom(product: Product) -> None:
    mentions = Mentions(product, SlackChannel(token_of, product.toolkit.sentences))
    for words, said, is_for_all in [
        ("", "Everything else has its place under Messages", True),
        ("who sees this?", "never see what you write", True),
        ("is there any evidence for this", "tests", True),
        ("what are you?", "I am software", True),
        ("a question for us", "A question for everyone here", True),
        ("please give us a question", "A question for everyone here", True),
        ("can we have another question for the forum please", "A question for everyone here", True),
        ("who sees this, my medical director shouts at me", "stays between us", False),  # more than a question
        ("question my medical director about the list", "stays between us", False),
        ("hello", "stays between us", False),
        ("the GM has cut my list again", "stays between us", False),
        ("delete everything", "stays between us", False),
        ("I want to kill myself", "Samaritans", False),
    ]:
        text, for_all = mentions._answer_to(words)
        assert said in text, words
        assert for_all == is_for_all, words
