"""Which of Slack's events, interactions and commands goes where; each is acknowledged before anything slow is done."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.bootstrap import Product
from bot.channels.slack import broadcast_views
from bot.channels.slack.agent import AgentView
from bot.channels.slack.broadcasting import Broadcasting
from bot.channels.slack.buttons import Buttons
from bot.channels.slack.home import Home
from bot.channels.slack.inbox import Inbox
from bot.channels.slack.markup import read_words
from bot.channels.slack.mentions import Mentions
from bot.channels.slack.origin import Payload, account_of, coach_of, sender_of, text_at, user_of
from bot.channels.slack.sending import NAME, SlackChannel
from bot.channels.slack.views import TALK, help_blocks
from bot.channels.slack.windows import Windows
from bot.domain.messages import PLAN, SURVEY
from bot.services.membership import Membership

# The shortcuts, as config/slack-manifest.yml names them.
TALK_SHORTCUT, REFLECT_SHORTCUT = "talk", "reflect_on_this"
# A message with one of these subtypes is still what somebody wrote to the coach; an edit, a deletion or a notice is not.
_WRITTEN = ("", "file_share")
# An event that is not kept after this long, in seconds, is not acknowledged; Slack waits for three.
_LONGEST_WAIT = 2.0


def listen(app: AsyncApp, product: Product, channel: SlackChannel, membership: Membership, inbox: Inbox) -> None:
    """Register everything that the coach answers to in Slack."""
    sentences = product.toolkit.sentences
    home, agent = Home(product, channel, membership), AgentView(channel, sentences)
    windows = Windows(product, channel, membership, inbox, home)
    buttons, mentions = Buttons(sentences, inbox, home, windows), Mentions(product, channel)

    broadcasts = Broadcasting(product, channel, membership, windows)

    async def take_message(event: Payload, body: Payload, next_: Callable[[], Awaitable[None]]) -> None:
        """Take in what somebody wrote before it is acknowledged: what is not kept by then Slack delivers again."""
        if text_at(event, "channel_type") != "im" or event.get("bot_id") or text_at(event, "subtype") not in _WRITTEN:
            await next_()
            return
        ts = text_at(event, "ts")
        if (sender := sender_of(body, text_at(event, "user"), text_at(event, "channel"))) is not None:
            words = read_words(text_at(event, "text"), sentences["slack.somebody"], coach_of(body))
            is_safe = inbox.take(sender, text_at(body, "event_id") or ts, text=words, ts=text_at(event, "thread_ts") or ts)
            async with asyncio.timeout(_LONGEST_WAIT):
                await is_safe.wait()
        await next_()

    @app.event("message", middleware=[take_message])
    async def message() -> None:
        """Leave it at that: a message is taken in by now."""

    @app.event("app_mention")
    async def mention(event: Payload, body: Payload) -> None:
        await mentions.answer(event, body)

    @app.event("app_home_opened")
    async def opened(event: Payload, body: Payload) -> None:
        sender = sender_of(body, text_at(event, "user"), text_at(event, "channel"))
        if sender is not None and text_at(event, "tab") == "home":
            await home.publish(sender, was_answered=False)
        elif sender is not None and text_at(event, "tab") == "messages":
            person_id = await membership.known(NAME, sender.account, sender.user)
            state = await home.read(person_id) if person_id else None
            await agent.suggest(sender, has_plan=bool(state and state.plan))

    @app.command("/coach")
    async def command(ack: AsyncAck, body: Payload) -> None:
        text = read_words(text_at(body, "text"), sentences["slack.somebody"])
        if text.casefold() in ("", "help"):
            await ack(text=sentences["slack.command_help"], blocks=help_blocks(sentences))
            return
        if broadcasts.is_asked_for(text):
            await ack()
            await broadcasts.open(body, text)
            return
        await ack(sentences["slack.command_answered"])
        if (sender := await inbox.sender(account_of(body), user_of(body))) is not None:
            inbox.take(sender, f"command:{text_at(body, 'trigger_id')}", text=text)

    app.action(re.compile(f"^{broadcast_views.ACT}"))(broadcasts.press)
    app.action(re.compile(""))(buttons.press)
    app.shortcut({"type": "shortcut", "callback_id": TALK_SHORTCUT})(windows.open_talk)
    app.shortcut({"type": "message_action", "callback_id": REFLECT_SHORTCUT})(windows.open_reflection)
    app.view(broadcast_views.WRITE)(broadcasts.write)
    app.view(broadcast_views.SHEET)(broadcasts.send)
    app.view(PLAN)(windows.take_plan)
    app.view(SURVEY)(windows.take_survey)
    app.view(TALK)(windows.take_talk)
