"""A person's own data: what is kept, a copy of it, correcting and deleting one thing, who sees it, who looked, and being counted."""

from __future__ import annotations

import asyncio
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from bot.bootstrap import Product
from bot.content.access import say_access
from bot.domain.wording import say_day
from bot.services import rights
from bot.services.rights_desk import say_actions, say_answer, say_kind
from bot.services.takeaway import pack
from bot.storage.audit import actions_about
from bot.storage.people import find_person
from bot.storage.surveys import answers_of, rounds_of
from bot.storage.tables import Plan, Reflection
from bot.web.pages import Pages
from bot.web.visitors import Visitors

# The longest correction, in characters.
LONGEST = 10_000
# So many of the staff's actions are listed.
LOOKED = 50

Short = Annotated[str, Form(max_length=40)]


class OwnData:
    """Shows the page of whoever is signed in, and nobody else's."""

    def __init__(self, product: Product, pages: Pages, visitors: Visitors) -> None:
        self.product, self.pages, self.visitors = product, pages, visitors
        self.sentences, self.smallest = product.toolkit.sentences, product.settings.file.dashboard.smallest_group
        self.words = self.sentences.group("your_data")

    async def show(self, request: Request, status: int = 200, *, said: str = "", problem: str = "") -> Response:
        """Return the page, with what was done or what is wrong."""
        visitor = await self.visitors.person_of(request)
        if visitor is None:
            return self.visitors.ask_to_sign_in(request)
        async with self.product.database.reading() as session:
            person = await find_person(session, visitor.id)
            if person is None:
                return self.visitors.ask_to_sign_in(request)
            zone = ZoneInfo(person.time_zone)
            reflections = (
                await session.scalars(select(Reflection).where(Reflection.person_id == person.id).order_by(Reflection.id.desc()))
            ).all()
            plans = (await session.scalars(select(Plan).where(Plan.person_id == person.id).order_by(Plan.id.desc()))).all()
            toolkit = self.product.library.of(person.programme_id)
            given = [
                (each, answer)
                for each in await rounds_of(session, person.id)
                for answer in await answers_of(session, [each])
                if answer.value is not None
            ]
            looked = say_actions(self.sentences, list(await actions_about(session, person.id, LOOKED)), zone)
        held = await rights.count_held(self.product.database, person.id)
        return self.pages.render(
            "your_data.html",
            status,
            person=visitor,
            path="/home/data",
            text=self.words,
            said=said,
            problem=problem,
            held=[(say_kind(self.sentences, name), count) for name, count in held.items()],
            entries=[
                *(("reflection", each.id, each.words, say_day(each.kept_at.astimezone(zone))) for each in reflections),
                *(("plan", each.id, each.words, say_day(each.made_at.astimezone(zone))) for each in plans),
            ],
            answers=[
                (f"{rights.ANSWER}{answer.item}", each.id, say_answer(toolkit, answer), say_day(answer.answered_at.astimezone(zone)))
                for each, answer in given
            ],
            access=say_access(self.sentences, self.smallest),
            access_text=self.words["sees_text"],
            looked=looked,
            consented=say_day(person.consented_at.astimezone(zone)) if person.consented_at else "",
            version=person.consent_version,
            has_objected=person.objected_at is not None,
            smallest=self.smallest,
        )


def rights_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes of the page; each reads and changes only what is the signed-in person's own."""
    router, own, database = APIRouter(), OwnData(product, pages, visitors), product.database

    @router.get("/home/data")
    async def page(request: Request, said: str = "") -> Response:
        return await own.show(request, said=own.words.get(f"said_{said}", ""))

    @router.get("/home/export.zip")
    async def download(request: Request) -> Response:
        """Give everything that is held about the person as a file to read, with their reflections for an appraisal."""
        visitor = await visitors.person_of(request)
        held = await rights.export(database, visitor.id) if visitor else None
        if visitor is None or held is None:
            return visitors.ask_to_sign_in(request)
        zone = ZoneInfo(held["person"]["time_zone"])
        toolkit = product.library.of(held["person"]["programme_id"])
        packed = await asyncio.to_thread(pack, held, toolkit, zone, product.clock.now())
        headers = {"Content-Disposition": 'attachment; filename="coach-export.zip"'}
        return Response(packed, media_type="application/zip", headers=headers)

    @router.post("/home/data/{kind}/{number}")
    async def change(
        request: Request, kind: str, number: int, action: Short, words: Annotated[str, Form(max_length=LONGEST)] = ""
    ) -> Response:
        """Correct or delete one thing."""
        visitor = await visitors.person_of(request)
        if visitor is None:
            return visitors.ask_to_sign_in(request)
        if action != "delete" and not words.strip():
            return await own.show(request, 400, problem=own.words["change_empty"])
        # No database numbers its rows so far.
        if not 0 < number < 2**31:
            return await own.show(request, 404, problem=own.words["change_gone"])
        try:
            if action == "delete":
                await rights.delete_one(database, visitor.id, kind, number)
            else:
                await rights.correct(
                    database, visitor.id, kind, number, product.redactor.redact(words.strip(), product.clock.now().date()).text
                )
        except rights.NotTheirs:
            return await own.show(request, 404, problem=own.words["change_gone"])
        return RedirectResponse(f"/home/data?said={'deleted' if action == 'delete' else 'corrected'}", 303)

    @router.post("/home/counting")
    async def counting(request: Request, action: Short) -> Response:
        """Object to being counted, or take that back."""
        visitor = await visitors.person_of(request)
        if visitor is None:
            return visitors.ask_to_sign_in(request)
        await rights.object_to_counting(database, visitor.id, product.clock.now() if action == "object" else None)
        return RedirectResponse(f"/home/data?said={'objected' if action == 'object' else 'counted'}", 303)

    return router
