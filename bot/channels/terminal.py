"""The terminal: a conversation in lines of text, or in lines of JSON for scripts."""

from __future__ import annotations

import asyncio
import json
import textwrap
from typing import Any, TextIO
from uuid import uuid4

from bot.bootstrap import Product
from bot.channels.conversation_view import ConversationView
from bot.domain.messages import Offered, Said

NAME = "terminal"
WIDTH = 78
# How long one line of input waits for an answer that the engine owes, in seconds, before the next line is read.
PATIENCE = 60.0


class Terminal:
    """One person at one terminal. With `as_json`, standard output is the protocol and nothing else."""

    def __init__(self, product: Product, person_id: str, out: TextIO, *, as_json: bool) -> None:
        self._product, self._person_id, self._out, self._as_json = product, person_id, out, as_json
        self._view = ConversationView(product, person_id)
        self._seen = -(10**12)
        self._offered: list[tuple[str, str]] = []

    async def run(self, source: TextIO) -> None:
        """Show what waits, then answer one line after another until the input ends."""
        await self._begin()
        while line := await asyncio.to_thread(source.readline):
            if line.strip():
                await self._take(line)
        self._product.lobby.leave(self._person_id, self._product.clock.now())

    async def _begin(self) -> None:
        """Show what came while nobody was looking: messages after the person's own last one."""
        shown = await self._view.shown(after=self._seen, limit=200)
        last_own = max((index for index, each in enumerate(shown) if not each.is_from_coach), default=-1)
        for each in shown[last_own + 1 :]:
            self._show(each.message, is_open=each.is_open)
        if shown:
            self._seen = shown[-1].message.id
        if self._as_json:
            self._write({"done": True})

    async def _take(self, line: str) -> None:
        said = self._read(line)
        if said is None:
            return
        await self._product.conversation.receive(self._person_id, said, may_join=self._product.settings.is_embedded)
        answering = asyncio.create_task(self._answer())
        while not answering.done():
            await asyncio.wait({answering}, timeout=0.2)
            await self._show_new()
        await answering
        await self._show_new()
        if self._as_json:
            self._write({"done": True})

    async def _answer(self) -> None:
        """Have everything that waits answered, trying again while the engine is away."""
        loop = asyncio.get_running_loop()
        limit, pause = loop.time() + PATIENCE, 0.5
        while True:
            await self._product.conversation.answer(self._person_id)
            if not await self._product.conversation.is_waiting(self._person_id) or loop.time() > limit:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def _show_new(self) -> None:
        for each in await self._view.shown(after=self._seen, limit=200):
            self._seen = each.message.id
            if each.is_from_coach:
                self._show(each.message, is_open=True)

    def _read(self, line: str) -> Said | None:
        """Return what a line says; a faulty one is answered with a sentence and changes nothing."""
        event_id = uuid4().hex
        if not self._as_json:
            text = line.rstrip("\n")
            labels = {label for label, _ in self._offered}
            # A rating's choices are numbers themselves: then a number means itself, not a place in the list.
            if text.strip() not in labels and text.strip().isdigit() and 0 < int(text) <= len(self._offered):
                return Said(NAME, event_id, choice=self._offered[int(text) - 1][1])
            return Said(NAME, event_id, text=text)
        try:
            said = json.loads(line)
            text, choice = said.get("text"), said.get("choose")
            if (text is None) == (choice is None) or not isinstance(text, str | None) or not isinstance(choice, str | None):
                raise ValueError
        except (ValueError, AttributeError):
            self._write({"error": 'Write one JSON object a line: {"text": "..."} or {"choose": "..."}'})
            self._write({"done": True})
            return None
        return Said(NAME, event_id, text=text, choice=choice)

    def _show(self, message: Offered, *, is_open: bool) -> None:
        choices = message.choices if is_open else ()
        if self._as_json:
            self._write(
                {
                    "text": message.text,
                    "choices": [{"label": label, "value": value} for label, value in choices],
                    "id": message.id,
                }
            )
            return
        for paragraph in message.text.split("\n"):
            self._out.write(textwrap.fill(paragraph, WIDTH, initial_indent="  ", subsequent_indent="  ") + "\n")
        self._offered = list(choices)
        for number, (label, _) in enumerate(choices, start=1):
            self._out.write(f"    {number}  {label}\n")
        self._out.write("\n")
        self._out.flush()

    def _write(self, line: dict[str, Any]) -> None:
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._out.flush()
