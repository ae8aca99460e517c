"""Measures broadcasts: how fast they are queued and go out to a sink, and how close to a platform's rate they stay below it."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import update

from bot.bench.delivery import NOW, database_server, fill_with_people, open_empty, peak_memory
from bot.bench.figure import Figure
from bot.bench.sink import Sink
from bot.content.library import load_library
from bot.domain.access import Grant, Role
from bot.domain.broadcasts import Audience, BroadcastKind
from bot.domain.channel import Address, NotNow, Pace
from bot.domain.messages import Offered
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.broadcasts.desk import Broadcasts
from bot.services.broadcasts.drafting import Draft
from bot.services.broadcasts.rehearsing import RATES
from bot.services.broadcasts.tracking import Line
from bot.services.deliveries import Deliveries
from bot.services.feed import Feed
from bot.services.postman import Postman
from bot.settings import Settings
from bot.storage.access import grant_role
from bot.storage.database import Database
from bot.storage.people import add_programme, enrol
from bot.storage.tables import Person

# So long a platform's rate is watched, in seconds.
WATCHED = 20.0
# What the fastest commercial sender publishes, in messages a minute.
PUBLISHED = {"slack": 525, "teams": 2500}


class Limited(Sink):
    """A platform that refuses whatever comes faster than it permits: so many a second, and so many at once."""

    def __init__(self, rate: float, burst: int) -> None:
        super().__init__()
        self._rate, self._burst, self._free_at = rate, burst, 0.0
        self.refused = 0

    def paces(self, to: Address) -> Sequence[Pace]:
        return [Pace(f"sink:{to.account}", self._rate, self._burst)]

    async def send(self, to: Address, message: Offered, posting_id: int) -> str:
        now = time.monotonic()
        # A tenth of a second is what a network may bunch together.
        if self._free_at - now > (self._burst + 2) / self._rate:
            self.refused += 1
            raise NotNow("ratelimited", timedelta(seconds=1))
        self._free_at = max(self._free_at, now) + 1 / self._rate
        return await super().send(to, message, posting_id)


async def measure_broadcast(settings: Settings) -> list[Figure]:
    """Return the figures of broadcasts, on PostgreSQL where its wheel is installed, else on SQLite."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, database_server(Path(folder)) as (kind, url):
        figures += [each async for each in _sent(settings, kind, url)]
        figures += [each async for each in _queued(settings, kind, url)]
        figures += [each async for each in _paced(settings, kind, url)]
    return figures


async def _begun(settings: Settings, database: Database, size: int, sink: Sink) -> tuple[Broadcasts, Deliveries, Postman, int]:
    """Fill a database with people, and send a broadcast to all of them; return its number too."""
    await fill_with_people(database, size, due=0, each_to_another=True)
    async with database.transaction() as session:
        await add_programme(session, "bench", "Bench")
        await enrol(session, "lead", name="Lead", time_zone="Europe/London", now=NOW)
        await grant_role(session, "lead", Grant(Role.FORUM_LEAD, "bench"), by="bench", now=NOW)
        await enrol(session, "team", name="Team", time_zone="Europe/London", now=NOW)
        await grant_role(session, "team", Grant(Role.PROGRAMME_TEAM, "bench"), by="bench", now=NOW)
        await session.execute(update(Person).where(Person.id.not_in(["lead", "team"])).values(programme_id="bench"))
    library = load_library(settings.content, settings.programmes)
    postman = Postman(database, [sink])
    broadcasts = Broadcasts.open(database, library, settings.file, lambda: NOW, postman.wake)

    async def no_engine() -> RasaClient:
        raise EngineUnavailable("not needed to send")

    deliveries = Deliveries(database, library, settings.file, no_engine, Feed(), postman.wake, broadcasts.sending)
    draft = Draft(BroadcastKind.POLL, "Bench", "{first_name}, which first?", Audience("bench"), "Europe/London", None, ("Time", "Money"))
    kept = await broadcasts.drafts.create(draft, "lead")
    await broadcasts.drafts.approve(kept.id, 1, "team")
    return broadcasts, deliveries, postman, kept.id


async def _sent(settings: Settings, kind: str, url: str) -> AsyncIterator[Figure]:
    size, sink = 10_000, Sink()
    async with open_empty(url, "broadcast_sent") as database:
        broadcasts, deliveries, postman, number = await _begun(settings, database, size, sink)
        before, started = peak_memory(), time.perf_counter()
        await broadcasts.sending.send(number, 1, "lead", size)
        await deliveries.dispatch(NOW + timedelta(minutes=2))
        while await postman.send_due():
            pass
        took = time.perf_counter() - started
        track = await broadcasts.tracking.track(number, "lead")
        if sink.taken != size or track.lines[Line.SENT] != size:
            raise RuntimeError(f"{sink.taken} of {size} arrived")
        how = f"{kind}: from 'send' until {size:,} messages are with a sink and marked, one process, without the time to undo"
        yield Figure("broadcast_10000", round(took, 1), "s", how, goal=15.0)
        yield Figure(
            "broadcast_memory_growth", round(peak_memory() - before, 1), "MB", f"{kind}: growth of the peak resident memory meanwhile"
        )


async def _queued(settings: Settings, kind: str, url: str) -> AsyncIterator[Figure]:
    size = 100_000
    async with open_empty(url, "broadcast_queued") as database:
        broadcasts, _, _, number = await _begun(settings, database, size, Sink())
        started = time.perf_counter()
        sent = await broadcasts.sending.send(number, 1, "lead", size)
        took = time.perf_counter() - started
        if sent.recipients != size:
            raise RuntimeError(f"{sent.recipients} of {size} were queued")
        yield Figure("broadcast_queue_100000", round(took, 1), "s", f"{kind}: from 'send' until {size:,} deliveries are queued", goal=20.0)


async def _paced(settings: Settings, kind: str, url: str) -> AsyncIterator[Figure]:
    for platform, burst in (("slack", 40), ("teams", 5)):
        rate, size = RATES[platform], int(RATES[platform] * WATCHED * 2) + burst
        sink = Limited(rate, burst)
        async with open_empty(url, f"broadcast_{platform}") as database:
            broadcasts, deliveries, postman, number = await _begun(settings, database, size, sink)
            await broadcasts.sending.send(number, 1, "lead", size)
            await deliveries.dispatch(NOW + timedelta(minutes=2))
            running = asyncio.create_task(postman.run())
            # The first burst is no steady state.
            await asyncio.sleep(burst / rate + 1)
            began, taken = datetime.now(UTC), sink.taken
            await asyncio.sleep(WATCHED)
            share = (sink.taken - taken) / (datetime.now(UTC) - began).total_seconds() / rate * 100
            postman.stop()
            with contextlib.suppress(asyncio.CancelledError):
                await running
        a_minute = round(share / 100 * rate * 60)
        published = f"published elsewhere {PUBLISHED[platform]}/min"
        how = f"{kind}: emulated here at {rate:g}/s, {WATCHED:g} s of steady sending, {a_minute}/min; {published}"
        yield Figure(f"broadcast_{platform}_rate", round(share, 1), "%", how, goal=95.0, at_least=True)
        yield Figure(f"broadcast_{platform}_refused", float(sink.refused), "429s", f"{kind}: refusals meanwhile", goal=0.0)
