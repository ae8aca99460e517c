"""A message's turn with the engine: what it is told before, how long it may take, and what it said to an attempt whose answer was lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.messages import Reply
from bot.rasa.client import RasaClient
from bot.services.intake import SAID, Waiting, as_words
from bot.services.stopwatch import Stage, Stopwatch
from bot.storage import deliveries
from bot.storage import messages as kept
from bot.storage.database import Database
from bot.storage.tables import DeliveryKind

# How long after a process was last known to be answering a message another takes it over, and how often, in seconds, it lets it be known.
LEASE = timedelta(seconds=45)
_PROLONG_AFTER = 10.0
# So many turns are with the engine at once: it answers no more side by side, and what waits here does not run out of its time there.
_AT_ONCE = 8
# The intent with which the engine learns that something was asked, and what its entity is called.
_TRIGGERS = {
    DeliveryKind.CHECK_IN: ("EXTERNAL_check_in", "check_in"),
    DeliveryKind.REMINDER: ("EXTERNAL_check_in", "check_in"),
    DeliveryKind.SURVEY: ("EXTERNAL_survey", "survey_round"),
}


class Turns:
    """Takes messages to the engine; `patience` is after how many seconds an answer is slow."""

    def __init__(self, database: Database, engine: Callable[[], Awaitable[RasaClient]], stopwatch: Stopwatch, patience: float) -> None:
        self._database, self._engine, self._stopwatch, self._patience = database, engine, stopwatch, patience
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def take(self, waiting: Waiting, text: str, when_slow: Callable[[], Awaitable[None]]) -> Sequence[Reply]:
        """Return the engine's replies, calling `when_slow` when they take long; raises EngineUnavailable."""
        asking, began = asyncio.create_task(self._turn(waiting, text)), time.perf_counter()
        try:
            done, _ = await asyncio.wait({asking}, timeout=self._patience)
            if not done:
                await when_slow()
            while not done:
                done, _ = await asyncio.wait({asking}, timeout=_PROLONG_AFTER)
                if not done:
                    async with self._database.transaction() as session:
                        await kept.prolong_claim(session, waiting.inbound.id, waiting.attempt, datetime.now(UTC), LEASE)
            return asking.result()
        finally:
            asking.cancel()
            self._stopwatch.note(waiting.inbound.channel, Stage.ENGINE, time.perf_counter() - began)

    async def _turn(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        """Take the turn through the engine once there is room: more turns at once would only make each of them slower."""
        async with self._turns:
            return await self._turn_now(waiting, text)

    async def _turn_now(self, waiting: Waiting, text: str) -> Sequence[Reply]:
        if text.startswith(SAID):
            async with self._database.reading() as session:
                text = as_words(await kept.words_of(session, waiting.person.id, int(text.removeprefix(SAID))))
        engine = await self._engine()
        key, inbound = waiting.person.conversation_key, waiting.inbound.id
        await self._tell(engine, waiting)
        # An earlier attempt may have reached the engine although its answer never reached us.
        if waiting.attempt > 1 and (said := await engine.recall(key, inbound)):
            return said
        return await engine.send(key, text, inbound)

    async def _tell(self, engine: RasaClient, waiting: Waiting) -> None:
        """Let the engine know what was said of the coach's own accord since the person last wrote, so that it expects the answer.

        Only the last of it: the choices of what came before say themselves what they are about.
        """
        if not waiting.untold:
            return
        if asked := [delivery for delivery in waiting.untold if delivery.kind in _TRIGGERS]:
            intent, subject = _TRIGGERS[asked[-1].kind]
            await engine.trigger(waiting.person.conversation_key, intent, {subject: asked[-1].subject_id})
        async with self._database.transaction() as session:
            await deliveries.mark_told(session, [delivery.id for delivery in waiting.untold])
