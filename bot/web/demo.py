"""The demonstration's clock: moving it on runs the scheduler, so that what falls due can be seen without waiting."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from bot.bootstrap import Product
from bot.domain.surveys import Cadence
from bot.domain.timing import DayHours
from bot.domain.wording import say_moment
from bot.storage.demonstration import move_clock
from bot.storage.people import consenting_people
from bot.storage.tables import CheckIn, CheckInState, Person
from bot.web.pages import Pages
from bot.web.visitors import Visitors

_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}


def demo_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes of the demonstration's clock."""
    router = APIRouter()
    words = pages.words
    zone = product.settings.zone

    async def due_next() -> list[tuple[datetime, str]]:
        """Return what will be due, soonest first: the moment, and whom it is for."""
        now = product.clock.now()
        instrument = product.toolkit.instruments[product.settings.file.survey.instrument]
        async with product.database.reading() as session:
            rows = (
                await session.execute(
                    select(CheckIn, Person)
                    .join(Person, Person.id == CheckIn.person_id)
                    .where(CheckIn.state == CheckInState.DUE, CheckIn.due_at > now)
                    # As the scheduler has it: nobody who said stop is written to.
                    .where(Person.consented_at.is_not(None), Person.stopped_at.is_(None))
                )
            ).all()
            due = [(row[0].due_at, words["clock_due_check_in"].format(name=row[1].name)) for row in rows]
            for person in await consenting_people(session):
                assert person.consented_at is not None
                cadence = Cadence(instrument.every_days, product.settings.file.survey.ask_at)
                own_zone = ZoneInfo(person.time_zone)
                number = cadence.latest_due(person.consented_at, own_zone, now) + 1
                next_at = cadence.due_at(number, person.consented_at, own_zone)
                due.append((next_at, words["clock_due_survey"].format(name=person.name)))
        hours = DayHours(product.settings.file.follow_up.day_starts, product.settings.file.follow_up.day_ends)
        return sorted((hours.next_moment(at, zone), what) for at, what in due)

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
        offset = product.clock.offset
        if step == "reset":
            offset = timedelta()
        elif step == "next":
            if upcoming := await due_next():
                offset += upcoming[0][0] - product.clock.now() + timedelta(minutes=1)
        else:
            offset += _STEPS.get(step, timedelta())
        product.clock.offset = offset
        async with product.database.transaction() as session:
            await move_clock(session, offset)
        await product.deliveries.tick(product.clock.now())
        return RedirectResponse("/demo", 303)

    return router


def _say_offset(offset: timedelta) -> str:
    hours = round(offset.total_seconds() / 3600)
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days else f"{hours} h"
