"""Bringing a roster in on the page: choose a file, see what is wrong or would change, and only then import it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.datastructures import UploadFile

from bot.bootstrap import Product
from bot.services.roster.drafts import CHECKED, CHECKING, IMPORTED, IMPORTING, UNREADABLE
from bot.services.roster.file import LARGEST
from bot.services.roster.rows import Report, problems_csv, say_problem, template_csv, template_workbook
from bot.storage.tables import RosterDraft
from bot.web.pages import Pages
from bot.web.roster import RosterPages, actor_of
from bot.web.visitors import Visitor, Visitors

# How long a form waits for the work to be done before the page shows how far it is, in seconds.
PATIENCE = 2.0
# How often that is told, in seconds.
_EVERY = 0.4
# What a form adds to the file itself, in bytes.
_AROUND = 10_000
# So many problems are shown on the page; the file has all of them.
MOST_SHOWN = 50


def roster_import_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes of importing, for whoever keeps a roster."""
    router, own = APIRouter(), RosterPages(product, pages, visitors)
    drafts = product.roster_drafts

    async def found(request: Request, draft_id: str) -> tuple[Visitor, RosterDraft] | Response:
        person = await own.keeper(request)
        if isinstance(person, Response):
            return person
        draft = await drafts.find(draft_id, actor_of(person))
        return (person, draft) if draft is not None else RedirectResponse("/dashboard/roster/import?problem=draft_gone", 303)

    @router.get("/dashboard/roster/import/{draft_id}")
    async def look(request: Request, draft_id: str) -> Response:
        answer = await found(request, draft_id)
        if isinstance(answer, Response):
            return answer
        person, draft = answer
        return own.render(request, person, "roster_draft.html", **_shown(own, draft, product))

    @router.get("/dashboard/roster/import/{draft_id}/events")
    async def events(request: Request, draft_id: str) -> Response:
        """Stream how far the work is, and at the end what came of it."""
        answer = await found(request, draft_id)
        if isinstance(answer, Response):
            return Response(status_code=204)
        person, _ = answer

        async def stream() -> AsyncIterator[ServerSentEvent]:
            while (draft := await drafts.find(draft_id, actor_of(person))) is not None:
                shown = _shown(own, draft, product)
                yield ServerSentEvent(pages.text("roster_outcome.html", text=own.words, **shown).replace("\n", " "), event="outcome")
                if shown["state"] not in (CHECKING, IMPORTING):
                    yield ServerSentEvent("", event="done")
                    return
                await anyio.sleep(_EVERY)

        return EventSourceResponse(stream(), ping=20)

    @router.get("/dashboard/roster/import/{draft_id}/problems.csv")
    async def problems(request: Request, draft_id: str) -> Response:
        answer = await found(request, draft_id)
        if isinstance(answer, Response):
            return answer
        if answer[1].state != CHECKED:
            return Response(status_code=404)
        return _file(problems_csv(Report.of_json(answer[1].report or {}), own.sentences), "roster-problems.csv")

    @router.post("/dashboard/roster/import/{draft_id}")
    async def confirm(
        request: Request,
        draft_id: str,
        leave: Annotated[str, Form(max_length=10)] = "",
        count: Annotated[str, Form(max_length=10)] = "",
    ) -> Response:
        answer = await found(request, draft_id)
        if isinstance(answer, Response):
            return answer
        person, draft = answer
        leaves = None
        if leave:
            if draft.state != CHECKED or count.strip() != str(Report.of_json(draft.report or {}).missing):
                return RedirectResponse(f"/dashboard/roster/import/{draft_id}?problem=count_differs", 303)
            leaves = int(count)
        await drafts.confirm(draft, actor_of(person), leaves)
        await drafts.wait(draft_id, PATIENCE)
        return RedirectResponse(f"/dashboard/roster/import/{draft_id}", 303)

    _choosing_routes(router, own)
    return router


def _choosing_routes(router: APIRouter, own: RosterPages) -> None:
    drafts = own.product.roster_drafts

    @router.get("/dashboard/roster/import")
    async def page(request: Request) -> Response:
        person = await own.keeper(request)
        return person if isinstance(person, Response) else own.render(request, person, "roster_import.html")

    @router.post("/dashboard/roster/import")
    async def upload(request: Request) -> Response:
        # Only whoever keeps a roster has anything read, and no more of it than a roster is.
        person = await own.keeper(request)
        if isinstance(person, Response):
            return person
        length = request.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST + _AROUND:
            return RedirectResponse("/dashboard/roster/import?problem=too_large", 303)
        async with request.form(max_files=1, max_fields=5) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                return RedirectResponse("/dashboard/roster/import?problem=no_file", 303)
            content = await file.read()
            may_add = bool(form.get("may_add"))
        draft_id = await drafts.begin(content, actor_of(person), may_add=may_add)
        await drafts.wait(draft_id, PATIENCE)
        return RedirectResponse(f"/dashboard/roster/import/{draft_id}", 303)

    @router.get("/dashboard/roster/template.{kind}")
    async def template(request: Request, kind: str) -> Response:
        person = await own.keeper(request)
        if isinstance(person, Response):
            return person
        if kind not in ("csv", "xlsx"):
            return Response(status_code=404)
        programmes = await own.product.roster.programmes(person.access)
        name = programmes[0].title if programmes else own.words["no_programme"]
        content = (template_workbook if kind == "xlsx" else template_csv)(own.sentences, name)
        return _file(content, f"roster.{kind}")


def _shown(own: RosterPages, draft: RosterDraft, product: Product) -> dict[str, Any]:
    """Return what the page says of a draft: how far it is, or what came of it."""
    step = product.roster_drafts.step(draft)
    held = draft.report or {}
    report = Report.of_json(held) if step.state in (CHECKED, IMPORTED) else None
    return {
        "state": step.state,
        "draft": draft,
        "report": report,
        "done": step.done,
        "total": step.total,
        "unreadable": own.sentences.say(f"roster_file.file_{held['code']}", row=held["row"]) if step.state == UNREADABLE else "",
        "problems": [say_problem(each, own.sentences) for each in report.problems[:MOST_SHOWN]] if report else [],
        "rest": max(0, len(report.problems) + report.more - MOST_SHOWN) if report else 0,
        "heads": [own.sentences[f"roster_file.report_{name}"] for name in ("row", "column", "problem", "remedy")],
    }


def _file(content: bytes, name: str) -> Response:
    kind = "text/csv; charset=utf-8" if name.endswith(".csv") else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
