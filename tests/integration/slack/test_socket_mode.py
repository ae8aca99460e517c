"""Socket Mode, for a trust whose firewall lets nothing in: the coach connects to Slack by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.slack.app import SlackApp
from bot.channels.slack.sending import SlackChannel
from bot.settings import SlackSettings
from tests.integration.web.conftest import Web, open_web
from tests.slack_peer import ALICE, APP_TOKEN, BOT_TOKEN, Talk, workspace

pytestmark = pytest.mark.anyio


@pytest.fixture
async def connected(tmp_path: Path) -> AsyncIterator[tuple[Web, Talk]]:
    """Give the product, connected to a workspace, and Alice's conversation with it."""
    with workspace(tmp_path, None) as slack:
        async for web in open_web(tmp_path / "var", is_demo=True):
            settings = SlackSettings(BOT_TOKEN, "", APP_TOKEN, f"{slack.address}/api")

            async def token_of(_account: str) -> str:
                return BOT_TOKEN

            channel = SlackChannel(token_of, web.product.toolkit.sentences, settings.api_url)
            web.product.postman.serve(channel)
            postman = asyncio.create_task(web.product.postman.run())
            app = SlackApp(web.product, channel, settings)
            handler = await app.connect()
            yield web, Talk(slack, ALICE)
            await handler.close_async()  # type: ignore[no-untyped-call]
            await app.close(5)
            web.product.postman.stop()
            await postman


async def test_a_conversation_by_socket_mode(connected: tuple[Web, Talk]) -> None:
    web, talk = connected
    web.engine.answers["which way is there"] = [{"text": "Which way?", "buttons": [{"title": "Ask first", "payload": "/ask"}]}]

    def converse() -> None:
        talk.say("hello")
        talk.hears("May I keep our conversation?")
        talk.tap("Yes, go ahead")
        talk.hears("You said: hello")
        talk.say("which way is there")
        talk.hears("Which way?")
        talk.tap("Ask first")
        talk.hears("You said: /ask")

    await asyncio.to_thread(converse)
