"""What people press in Slack: choices under messages and on the home tab, and the buttons that open windows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from slack_bolt.async_app import AsyncAck

from bot.channels.slack.home import HOME_SAYS, Home
from bot.channels.slack.inbox import Inbox
from bot.channels.slack.markup import read_words
from bot.channels.slack.origin import Payload, account_of, part_at, sender_of, text_at, user_of
from bot.channels.slack.windows import Windows
from bot.content.toolkit import Sentences
from bot.domain.messages import Offered


class Buttons:
    """Takes presses in: each is acknowledged first, then a window opens or the conversation goes on."""

    def __init__(self, sentences: Sentences, inbox: Inbox, home: Home, windows: Windows) -> None:
        self._sentences, self._inbox, self._home, self._windows = sentences, inbox, home, windows
        self._opening: Mapping[str, Callable[[Payload], Awaitable[None]]] = {
            "plan": windows.open_plan,
            "survey": windows.open_survey,
            "who_sees": windows.open_who_sees,
        }

    async def press(self, ack: AsyncAck, body: Payload) -> None:
        """Do what the pressed button stands for; one of another time or another app does nothing."""
        await ack()
        actions = body.get("actions")
        pressed = part_at(actions[0]) if isinstance(actions, list) and actions else {}
        kind, _, key = text_at(pressed, "action_id").partition("-")
        if kind == "window" and key in self._opening:
            await self._opening[key](body)
        elif kind == "home" and key in HOME_SAYS:
            await self._take(body, pressed, text=self._sentences[f"slack.home_says_{key}"])
        elif kind == "choose" and (value := text_at(pressed, "value") or text_at(pressed, "selected_option", "value")):
            await self._choose(body, pressed, value)

    async def _choose(self, body: Payload, pressed: Payload, value: str) -> None:
        if (answered := await self._inbox.lobby.label_of(value, await self._windows.known(body))) is not None:
            label, is_news = answered
            if is_news:
                await self._take(body, pressed, choice=value)
            await self._settle(body, label)
            return
        # Looked up first: once the choice is taken, nothing says any more what it stood for.
        window = await self._windows.plan_begun_by(body, value)
        await self._take(body, pressed, choice=value)
        if window is not None:
            await self._windows.open(body, window)

    async def _settle(self, body: Payload, label: str) -> None:
        """Take the choices away from a question for agreement, whichever process put it."""
        place, ts = text_at(body, "channel", "id") or text_at(body, "container", "channel_id"), text_at(body, "message", "ts")
        sender = sender_of(body, user_of(body), place)
        if sender is not None and ts:
            asked = Offered(0, read_words(text_at(body, "message", "text"), self._sentences["slack.somebody"]))
            await self._inbox.lobby.settle(sender, ts, asked, label)

    async def _take(self, body: Payload, pressed: Payload, *, text: str | None = None, choice: str | None = None) -> None:
        user, place = user_of(body), text_at(body, "channel", "id") or text_at(body, "container", "channel_id")
        sender = await self._inbox.sender(account_of(body), user, place)
        if sender is None:
            return
        event_id = ":".join([text_at(pressed, name) for name in ("action_ts", "block_id", "action_id")] + [user])
        if place:
            self._inbox.take(sender, event_id, text=text, choice=choice)
            return
        # Pressed on the home tab, which says where the answer is and then shows what has changed.
        self._inbox.take(sender, event_id, text=text, choice=choice, then=lambda: self._home.publish(sender))
        await self._home.publish(sender)
