"""APScheduler with one job that looks for what is due; everything due lives in the database."""

from __future__ import annotations

import logging

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.bootstrap import Product

log = logging.getLogger(__name__)

# How often due work is looked for, and unanswered messages are tried again, in seconds.
TICK = 30
RETRY = 3


def start_scheduler(product: Product, *, tick_every: int = TICK) -> AsyncIOScheduler:
    """Start ticking; the caller shuts the scheduler down."""

    async def tick() -> None:
        product.lobby.forget_old(product.clock.now())
        for step in await product.deliveries.tick(product.clock.now()):
            log.info("%s: %s", step.kind.value, step.what)

    scheduler = AsyncIOScheduler()
    # A tick that is late or still running is not made up for: the next one finds whatever is due.
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    scheduler.add_job(tick, IntervalTrigger(seconds=tick_every), id="tick", **options)
    scheduler.add_job(product.conversation.answer_everyone, IntervalTrigger(seconds=RETRY), id="answer what waits", **options)
    scheduler.start()
    return scheduler
