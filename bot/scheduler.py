"""APScheduler with one job that looks for what is due; everything due lives in the database, and one process at a time ticks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.bootstrap import Product
from bot.rasa.client import EngineUnavailable
from bot.services.deliveries import Deliveries, Step
from bot.services.retention import Retention
from bot.storage.audit import ChainBroken
from bot.storage.database import Database
from bot.storage.leases import give_back_lease, take_lease

log = logging.getLogger(__name__)

# How often due work is looked for, and unanswered messages are tried again, in seconds.
TICK = 30
RETRY = 3
# And how often what is kept for an hour alone is looked through.
FORGET = 300
# A process that ticks and dies is followed by another after this long. Two that tick at once do no harm, they are only in vain.
LEASE = timedelta(seconds=75)
_NAME = "tick"


class Ticker:
    """Ticks while no other process on this database does."""

    def __init__(self, database: Database, deliveries: Deliveries, retention: Retention | None = None) -> None:
        self._database, self._deliveries, self._retention = database, deliveries, retention
        self._holder = uuid4().hex

    async def tick(self, now: datetime) -> Sequence[Step]:
        """Tick at `now` if it is this process's turn, by the real clock; return what was done."""
        async with self._database.transaction() as session:
            is_ours = await take_lease(session, _NAME, self._holder, datetime.now(UTC), LEASE)
        if not is_ours:
            return ()
        if self._retention is not None:
            try:
                await self._retention.run_daily(now)
            except ChainBroken as error:
                log.critical("the audit is broken: %s", error)
        return await self._deliveries.tick(now)

    async def stop(self) -> None:
        """Leave ticking to others at once."""
        async with self._database.transaction() as session:
            await give_back_lease(session, _NAME, self._holder)


def start_scheduler(product: Product, ticker: Ticker | None, *, tick_every: int = TICK) -> AsyncIOScheduler:
    """Start ticking, and whatever every process does now and then; the caller shuts the scheduler down, and stops the ticker.

    Without a ticker it is others that tick.
    """

    async def tick() -> None:
        product.lobby.forget_old(product.clock.now())
        for step in await ticker.tick(product.clock.now()) if ticker else ():
            log.info("%s: %s", step.kind.value, step.what)

    async def find_themes() -> None:
        try:
            # The engine may wait for its model; what nobody has looked at yet is looked at the next time.
            while await product.broadcasts.results.find_themes(await product.engine.client()):
                pass
        except EngineUnavailable as error:
            log.info("answers to broadcasts wait for the engine: %s", error)

    scheduler = AsyncIOScheduler()
    # A tick that is late or still running is not made up for: the next one finds whatever is due.
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(tick, IntervalTrigger(seconds=tick_every), id="tick", **options)
    scheduler.add_job(product.conversation.take_up_held, IntervalTrigger(seconds=RETRY), id="take up held words", **options)
    if ticker is not None:
        scheduler.add_job(product.conversation.answer_everyone, IntervalTrigger(seconds=RETRY), id="answer what waits", **options)
        scheduler.add_job(product.roster_drafts.forget_old, IntervalTrigger(seconds=FORGET), id="forget rosters that wait", **options)
        scheduler.add_job(find_themes, IntervalTrigger(seconds=tick_every), id="themes of answers", **options)
    scheduler.start()
    return scheduler
