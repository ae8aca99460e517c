"""The pages on which a forum lead writes, rehearses, sends and follows a broadcast, and sees what came back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import FormData

from bot.bootstrap import Product
from bot.domain.access import Right
from bot.services.broadcasts.refusals import Faulty, Refused
from bot.web.agenda import write_agenda
from bot.web.broadcast_forms import FIELDS, LISTS, read_count, read_draft, ticked_of, values_of
from bot.web.broadcast_sheets import HOME, Sheets
from bot.web.pages import Pages
from bot.web.visitors import Visitors

# How often the figures are looked at while a page shows them, in seconds.
LOOK = 1.0


def writing_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes on which broadcasts are listed and written."""
    router = APIRouter()
    sheets = Sheets(product, pages)
    desk, sentences, words = sheets.desk, sheets.sentences, sheets.words

    @router.get(HOME)
    async def listed(request: Request) -> Response:
        person = await visitors.staff(request, Right.WRITE_BROADCASTS)
        if isinstance(person, Response):
            return person
        rows = [
            {"id": each.id, "title": each.title, "state": words[f"state_{each.state.value}"], "people": each.recipients or ""}
            for each in await desk.drafts.listed(person.id)
        ]
        return sheets.page("broadcasts.html", person, rows=rows, templates=list(product.toolkit.broadcast_templates.values()))

    @router.get(f"{HOME}/new")
    async def new(request: Request, template: str = "") -> Response:
        person = await visitors.staff(request, Right.WRITE_BROADCASTS)
        if isinstance(person, Response):
            return person
        begun = product.toolkit.broadcast_templates.get(template)
        values = {"zone": product.settings.file.time_zone, "kind": "text"}
        if begun is not None:
            values |= {"kind": begun.sends.value, "title": begun.title, "text": begun.text, "thing": begun.thing or ""}
            values["choices"] = "\n".join(begun.choices)
        return await sheets.form(person, values, {}, None, {})

    @router.get(HOME + "/{number}/edit")
    async def edit(request: Request, number: int) -> Response:
        person = await visitors.staff(request, Right.WRITE_BROADCASTS)
        if isinstance(person, Response):
            return person
        try:
            kept = await desk.drafts.get(number, person.id)
            return await sheets.form(person, values_of(kept), ticked_of(kept), number, {})
        except Refused as error:
            return sheets.refused(error, person)

    @router.post(f"{HOME}/choose")
    async def choose(request: Request) -> Response:
        """Show whom what is chosen reaches; a script asks for that part of the page alone."""
        person = await visitors.staff(request, Right.WRITE_BROADCASTS)
        if isinstance(person, Response):
            return person
        given = await request.form()
        values, ticked = _typed(given)
        if "hx-request" not in request.headers:
            return await sheets.form(person, values, ticked, read_count(str(given.get("number", ""))), {})
        if request.headers.get("hx-target") == "reached":
            return sheets.page("broadcast_reached.html", person, **await sheets.headcount(person, values["audience"], ticked))
        return sheets.page("broadcast_whom.html", person, **await sheets.whom(person, values["audience"], ticked))

    @router.post(f"{HOME}/save")
    async def save(request: Request) -> Response:
        person = await visitors.staff(request, Right.WRITE_BROADCASTS)
        if isinstance(person, Response):
            return person
        given = await request.form()
        values, ticked = _typed(given)
        number = read_count(str(given.get("number", "")))
        try:
            draft = read_draft(values, ticked, product.clock.now())
            if number is None:
                kept = await desk.drafts.create(draft, person.id)
            else:
                kept = await desk.drafts.change(number, read_count(values["version"]) or 0, draft, person.id)
        except Faulty as error:
            return await sheets.form(person, values, ticked, number, error.by_field(sentences))
        except Refused as error:
            if error.says == "changed_meanwhile" and number is not None:
                # What was typed stays; saving it again is a decision, once theirs was seen.
                values["version"] = str((await desk.drafts.get(number, person.id)).version)
            return await sheets.form(person, values, ticked, number, {"": error.words(sentences)})
        return RedirectResponse(f"{HOME}/{kept.id}?said=saved", 303)

    return router


def _typed(given: FormData) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return what was typed into a form, and what was ticked."""
    return {name: str(given.get(name, "")) for name in FIELDS}, {name: [str(each) for each in given.getlist(name)] for name in LISTS}


def sending_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes on which one is rehearsed, sent and followed."""
    router = APIRouter()
    sheets = Sheets(product, pages)
    desk, sentences, words = sheets.desk, sheets.sentences, sheets.words

    @router.get(HOME + "/{number}")
    async def show(request: Request, number: int, said: str = "", as_seen_by: str = "") -> Response:
        person = await visitors.staff(request, Right.WRITE_BROADCASTS)
        if isinstance(person, Response):
            return person
        try:
            return await sheets.whole(
                person, number, said=words.get(said, "") if said in ("saved", "test_sent") else "", as_seen_by=as_seen_by
            )
        except Refused as error:
            return sheets.refused(error, person)

    @router.get(HOME + "/{number}/events")
    async def events(request: Request, number: int) -> Response:
        person = await visitors.staff(request, Right.WRITE_BROADCASTS)
        if isinstance(person, Response):
            return person

        async def stream() -> AsyncIterator[ServerSentEvent]:
            last = ""
            while True:
                try:
                    # Asked anew each time: whoever loses the role sees no more.
                    text = pages.text("broadcast_track.html", w=words, track=sheets.shown(await desk.tracking.track(number, person.id)))
                except Refused:
                    return
                if text != last:
                    yield ServerSentEvent(text, event="track")
                last = text
                await asyncio.sleep(LOOK)

        return EventSourceResponse(stream(), ping=20)

    @router.post(HOME + "/{number}/{action}")
    async def act(request: Request, number: int, action: str) -> Response:
        person = await visitors.staff(request, Right.WRITE_BROADCASTS)
        if isinstance(person, Response):
            return person
        given = {name: str(value) for name, value in (await request.form()).items()}
        try:
            target = await sheets.do(number, action, given, person.id)
        except Refused as error:
            try:
                return await sheets.whole(person, number, problem=error.words(sentences))
            except Refused as second:
                return sheets.refused(second, person)
        if target is None:
            return Response(status_code=404)
        return RedirectResponse(f"{HOME}/{target}", 303)

    return router


def results_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the route of what came back."""
    router = APIRouter()
    sheets = Sheets(product, pages)
    desk, words = sheets.desk, sheets.words

    @router.get(HOME + "/{number}/results")
    async def results(request: Request, number: int) -> Response:
        person = await visitors.staff(request, Right.SEE_BROADCAST_RESULTS)
        if isinstance(person, Response):
            return person
        try:
            found = await desk.results.outcome(number, person.id)
        except Refused as error:
            return sheets.refused(error, person)
        told = words["results_total"].format(count=found.total)
        withheld = words["results_withheld"].format(smallest=found.smallest)
        return sheets.page(
            "broadcast_results.html",
            person,
            found=found,
            heading=words["results_heading"].format(title=found.broadcast.title),
            total=withheld if found.total is None else told,
            themes=[(title, question, words["theme_count"].format(count=count)) for title, question, count in found.themes],
        )

    @router.get(HOME + "/{number}/agenda")
    async def agenda(request: Request, number: int) -> Response:
        person = await visitors.staff(request, Right.SEE_BROADCAST_RESULTS)
        if isinstance(person, Response):
            return person
        try:
            found = await desk.agendas.agenda(number, person.id)
        except Refused as error:
            return sheets.refused(error, person)
        return sheets.page("broadcast_agenda.html", person, a=found, t=sheets.sentences.group("broadcast_agenda"), number=number)

    @router.get(HOME + "/{number}/agenda.pdf")
    async def agenda_pdf(request: Request, number: int) -> Response:
        person = await visitors.staff(request, Right.SEE_BROADCAST_RESULTS)
        if isinstance(person, Response):
            return person
        try:
            found = await desk.agendas.agenda(number, person.id)
        except Refused as error:
            return sheets.refused(error, person)
        await desk.results.note_download(number, person.id, "agenda.pdf")
        given = {"Content-Disposition": f'attachment; filename="agenda-{number}.pdf"'}
        return Response(await write_agenda(found, sheets.sentences), media_type="application/pdf", headers=given)

    return router
