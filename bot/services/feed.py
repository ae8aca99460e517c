"""A nudge for whoever shows a person's conversation that there is something new to read."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Feed:
    """Wakes waiting readers of this process; readers of other processes notice by looking again after a while."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def publish(self, person_id: str) -> None:
        for event in self._waiting.get(person_id, ()):
            event.set()

    async def wait(self, person_id: str, seconds: float) -> None:
        """Return when something new was published for the person, or after that many seconds."""
        event = asyncio.Event()
        self._waiting[person_id].add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting[person_id].discard(event)
            if not self._waiting[person_id]:
                del self._waiting[person_id]
