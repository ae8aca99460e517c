"""The demonstration's clock: moving it on runs the scheduler, so that what falls due can be seen without waiting."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.bootstrap import Product
from bot.domain.wording import say_moment
from bot.storage.demonstration import coming_up, move_clock
from bot.web.pages import Pages
from bot.web.visitors import Visitors

_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


# So many things that are due next are listed, and so many moments are stopped at on the way of one move.
MOST_SHOWN = 20
MOST_TICKS = 200


def demo_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes of the demonstration's clock."""
    router = APIRouter()
    words = pages.words
    zone = product.settings.zone

    async def due_next() -> list[tuple[datetime, str]]:
        """Return what will be due, soonest first: the moment, and whom it is for."""
        async with product.database.reading() as session:
            rows = await coming_up(session, product.clock.now(), MOST_SHOWN)
        return [(moment, words[f"clock_due_{kind.value}"].format(name=name)) for moment, kind, name in rows]

    async def run_until(target: datetime | None) -> None:
        """Move the clock to `target`, ticking at each moment on the way; without one, until something is sent."""
        await product.deliveries.tick(product.clock.now())
        for _ in range(MOST_TICKS):
            upcoming = await due_next()
            if not upcoming or (target is not None and upcoming[0][0] >= target):
                break
            product.clock.offset += upcoming[0][0] - product.clock.now() + timedelta(seconds=1)
            steps = await product.deliveries.tick(product.clock.now())
            if target is None and any(step.what == "sent" for step in steps):
                return
        if target is not None:
            product.clock.offset += max(target - product.clock.now(), timedelta())
            await product.deliveries.tick(product.clock.now())

    @router.get("/demo")
    async def clock(request: Request) -> Response:
        offset = product.clock.offset
        return pages.render(
            "demo.html",
            person=await visitors.person_of(request),
            path="/demo",
            now=words["clock_now"].format(moment=say_moment(product.clock.now().astimezone(zone))),
            moved=words["clock_moved"].format(offset=_say_offset(offset)) if offset else words["clock_real"],
            upcoming=[(say_moment(at.astimezone(zone)), what) for at, what in await due_next()],
        )

    @router.post("/demo/clock")
    async def move(step: str = Form(max_length=10)) -> Response:
        if step == "reset":
            product.clock.offset = timedelta()
        else:
            await run_until(product.clock.now() + _STEPS[step] if step in _STEPS else None)
        async with product.database.transaction() as session:
            await move_clock(session, product.clock.offset)
        return RedirectResponse("/demo", 303)

    return router


def _say_offset(offset: timedelta) -> str:
    hours = round(offset.total_seconds() / 3600)
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days else f"{hours} h"
