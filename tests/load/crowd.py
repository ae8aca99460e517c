"""People who think, type, go away in the middle of something and come back; bounded in time and in what they say."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field

import aiohttp
from sqlalchemy import func, select

from bot.bench.product import LINES
from bot.storage.tables import Inbound, InboundState, Message, Posting, PostingState, Side
from tests.load.fleet import Fleet
from tests.load.slack import PATIENCE, place_of

# Seconds: to think before a line, and to be away when one goes; the share of lines after which somebody goes.
THINKING, AWAY, GOES = (0.2, 1.5), (4.0, 12.0), 0.08


@dataclass
class Crowd:
    """What was said and how soon it was answered: the events' ids, and seconds from sending to the first answer."""

    fleet: Fleet
    random: random.Random
    events: list[str] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)

    async def talk(self, people: int, until: float, most: int = 10**9) -> None:
        """Have people talk until the moment (by the monotonic clock), at most so many lines each."""
        limit = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=limit, connector=aiohttp.TCPConnector(limit=0)) as http:
            await asyncio.gather(*(self._person(http, f"U{number}", until, most) for number in range(people)))

    async def _person(self, http: aiohttp.ClientSession, user: str, until: float, most: int) -> None:
        for number in range(most):
            await asyncio.sleep(self.random.uniform(*(AWAY if self.random.random() < GOES else THINKING)))
            if time.monotonic() > until:
                return
            heard, started = len(self.fleet.slack.said[place_of(user)]), time.perf_counter()
            # The number keeps two lines from being taken for one that was sent twice.
            line = f"{LINES[number % len(LINES)]}" + (f" ({number})" if number % len(LINES) == 0 else "")
            self.events.append(await self.fleet.slack.deliver(http, self.fleet.addresses, user, line))
            while len(self.fleet.slack.said[place_of(user)]) == heard:
                if time.perf_counter() - started > 120:
                    raise AssertionError(f"{user} had no answer within two minutes")
                await asyncio.sleep(0.02)
            self.turns.append(time.perf_counter() - started)

    async def settle(self, limit: float) -> None:
        """Wait until nothing is under way any more."""
        end = time.monotonic() + limit
        while True:
            async with self.fleet.database.reading() as session:
                waiting = await session.scalar(select(func.count()).where(Inbound.state == InboundState.WAITING))
                going = await session.scalar(select(func.count()).where(Posting.state.in_((PostingState.QUEUED, PostingState.SENDING))))
            if not waiting and not going:
                return
            assert time.monotonic() < end, f"{waiting} messages and {going} postings are still under way"
            await asyncio.sleep(0.5)

    async def check(self) -> None:
        """Assert that each event was kept and answered once, and each answer said once."""
        async with self.fleet.database.reading() as session:
            kept = (await session.scalars(select(Inbound.event_id).where(Inbound.state == InboundState.ANSWERED))).all()
            rows = (await session.execute(select(Posting.id, Posting.state))).all()
            said = await session.scalar(select(func.count()).where(Message.side == Side.COACH))
        posted = {row[0]: row[1] for row in rows}
        assert sorted(kept) == sorted(self.events), "an event was lost, or taken for two"
        told = [posting for messages in self.fleet.slack.said.values() for posting, _ in messages]
        assert sorted(told) == sorted(posted), "an answer was lost, or said twice"
        assert len(posted) == said
        assert set(posted.values()) == {PostingState.SENT}
