"""The programme team's pages: use, quality and change, in pictures and tables, to read, to take away and to print."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Request, Response

from bot.bootstrap import Product
from bot.domain.access import Right
from bot.domain.disclosure import POLICY
from bot.domain.wording import say_moment
from bot.services.publishing import SPLITS
from bot.services.research import codebook, research_rows
from bot.services.views.reading import VIEWS, NoSuchSplit, NotTheirs, Shelf, read_view, shelf_of
from bot.services.views.section import Section, View
from bot.storage.audit import note_action
from bot.web.charts import ChartFailed, ChartRenderer
from bot.web.exports import COLUMNS, as_csv, as_xlsx, dictionary, rows_of
from bot.web.pages import Pages
from bot.web.report import write_report
from bot.web.visitors import Visitor, Visitors

log = logging.getLogger(__name__)
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Dashboard:
    """Reads views for whoever may see them, and records that they did."""

    def __init__(self, product: Product, pages: Pages, visitors: Visitors, renderer: ChartRenderer) -> None:
        self.product, self.pages, self.visitors, self.renderer = product, pages, visitors, renderer
        self.words = product.toolkit.sentences.group("statistics")
        self.few = {"smallest": max(POLICY.smallest, product.settings.file.dashboard.smallest_group), "raised_by": POLICY.raised_by}

    def say(self, key: str, **values: object) -> str:
        return self.product.toolkit.sentences.say(f"statistics.{key}", **{**self.few, **values})

    async def read(
        self, request: Request, names: Sequence[str], programme: str, split: str, what: str | None
    ) -> tuple[Visitor, Shelf, list[View]] | Response:
        """Return who asks, what they may see, and the views; or what they are told instead. With `what` it is recorded."""
        visitor = await self.visitors.staff(request, Right.SEE_STATISTICS)
        if isinstance(visitor, Response):
            return visitor
        now, zone = self.product.clock.now(), self.product.settings.zone
        async with self.product.database.reading() as session:
            shelf = await shelf_of(session, visitor.access)
            try:
                views = [await read_view(session, self.product.toolkit, shelf, name, programme, split, now, zone) for name in names]
            except NotTheirs:
                heading, text = self.say("not_yours_heading"), self.say("not_yours_text")
                return self.pages.render("notice.html", 403, person=visitor, heading=heading, text=text)
            except NoSuchSplit:
                heading, text = self.say("why_split").capitalize(), self.say("bad_split")
                return self.pages.render("notice.html", 400, person=visitor, heading=heading, text=text)
        if what is not None:
            await self.note(visitor, f"figures.{what}", " ".join([*names, shelf.choose(programme), split]).strip(), now)
        return visitor, shelf, views

    async def note(self, visitor: Visitor, action: str, subject: str, now: datetime) -> None:
        async with self.product.database.transaction() as session:
            note_action(session, visitor.id, action, subject, now)

    async def picture(self, view: View, name: str, *, is_narrow: bool) -> bytes | None:
        """Return the picture of one section, none where it has none; raises ChartFailed."""
        from bot.web.pictures import draw  # noqa: PLC0415 - a sixth of a second, needed by no process that draws nothing

        sections = {each.name: each for each in view.sections}
        section = sections.pop(name, None)
        drawn = draw(section, is_narrow=is_narrow) if section else None
        if drawn is None:
            return None
        if (kept := self.renderer.kept(drawn)) is not None:
            return kept
        # Whoever sees one soon sees the others of its page: one process draws them all in little more than the time it starts in.
        others = [made for each in sections.values() if (made := draw(each, is_narrow=is_narrow)) is not None]
        return (await self.renderer.svgs([drawn, *others]))[0]

    def whys(self, figures: Section | View) -> str:
        """Return in one sentence why figures of a section, or headlines of a view, are withheld, or nothing."""
        reasons = f"{self.say('or')} ".join(self.say(f"why_{why}") for why in figures.whys)
        return self.say("withheld_means", reasons=reasons) if reasons else ""


def dashboard_router(product: Product, pages: Pages, visitors: Visitors, renderer: ChartRenderer) -> APIRouter:
    """Return the dashboard's routes, for whoever may see statistics."""
    router, board = APIRouter(), Dashboard(product, pages, visitors, renderer)

    @router.get("/dashboard")
    async def dashboard(request: Request, programme: str = "", split: str = "") -> Response:
        return await page(request, "use", programme, split)

    @router.get("/dashboard/view/{name}.{kind}")
    async def taken_away(request: Request, name: str, kind: str, programme: str = "", split: str = "") -> Response:
        return (
            await export(request, name, kind, programme, split) if name in VIEWS and kind in {"csv", "xlsx"} else Response(status_code=404)
        )

    @router.get("/dashboard/view/{name}")
    async def view_page(request: Request, name: str, programme: str = "", split: str = "") -> Response:
        return await page(request, name, programme, split) if name in VIEWS else Response(status_code=404)

    async def page(request: Request, name: str, programme: str, split: str) -> Response:
        """Show one view."""
        found = await board.read(request, [name], programme, split, "view")
        if isinstance(found, Response):
            return found
        visitor, shelf, (view,) = found
        chosen = shelf.choose(programme)
        return pages.render(
            "dashboard.html",
            person=visitor,
            path="/dashboard",
            say=board.words,
            few=board.few,
            view=view,
            views=VIEWS,
            programme=chosen,
            split=split,
            splits=SPLITS if name != "quality" else (),
            programmes=[(each, board.words["everybody"] if each == "*" else shelf.titles[each]) for each in shelf.programmes],
            drawn={section.name for section in view.sections if section.has_picture},
            whys={section.name: board.whys(section) for section in view.sections} | {"": board.whys(view)},
            why=lambda rule: board.say(f"why_{rule}"),
            is_sample=shelf.has_sample,
            may_research=visitor.access.may(Right.EXPORT_RESEARCH),
            limits=[board.say(f"limits_{name}"), board.say("limits_all")],
        )

    async def export(request: Request, name: str, kind: str, programme: str, split: str) -> Response:
        found = await board.read(request, [name], programme, split, f"export_{kind}")
        if isinstance(found, Response):
            return found
        views, file = found[2], f'attachment; filename="{name}.{kind}"'
        if kind == "csv":
            written = as_csv(COLUMNS, rows_of(views))
            return Response(written, media_type="text/csv; charset=utf-8", headers={"Content-Disposition": file})
        written = as_xlsx(views, board.words, dictionary(board.words))
        return Response(written, media_type=_XLSX, headers={"Content-Disposition": file})

    @router.get("/dashboard/charts/{view}/{name}.svg")
    async def chart(request: Request, view: str, name: str, programme: str = "", split: str = "", narrow: bool = False) -> Response:
        if view not in VIEWS:
            return Response(status_code=404)
        found = await board.read(request, [view], programme, split, None)
        if isinstance(found, Response):
            return found
        try:
            picture = await board.picture(found[2][0], name, is_narrow=narrow)
        except ChartFailed as error:
            log.error("a chart could not be drawn: %s", error)  # the page's table still has its figures
            return Response(status_code=503)
        if picture is None:
            return Response(status_code=404)
        return Response(picture, media_type="image/svg+xml")

    @router.get("/dashboard/report/programme.pdf")
    async def report(request: Request, programme: str = "") -> Response:
        found = await board.read(request, VIEWS, programme, "", "report")
        if isinstance(found, Response):
            return found
        made = say_moment(product.clock.now().astimezone(product.settings.zone))
        written = await write_report(found[2], board.say, board.whys, made, renderer)
        return Response(written, media_type="application/pdf", headers={"Content-Disposition": 'inline; filename="programme-report.pdf"'})

    @router.get("/dashboard/research/{name}.csv")
    async def research(request: Request, name: str) -> Response:
        visitor = await visitors.staff(request, Right.EXPORT_RESEARCH)
        if isinstance(visitor, Response):
            return visitor
        if not visitor.access.may(Right.EXPORT_RESEARCH):
            return pages.render("notice.html", 403, heading=board.say("not_yours_heading"), text=board.say("not_yours_text"))
        if name == "codebook":
            columns, rows = codebook(product.toolkit)
        elif name == "answers":
            async with product.database.reading() as session:
                columns, rows = await research_rows(session, product.toolkit, board.few["smallest"])
            if not rows:
                return pages.render(
                    "notice.html", 200, person=visitor, heading=board.say("not_yours_heading"), text=board.say("research_few")
                )
        else:
            return Response(status_code=404)
        await board.note(visitor, f"figures.research_{name}", "*", product.clock.now())
        file = f'attachment; filename="research-{name}.csv"'
        return Response(as_csv(columns, iter(rows)), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": file})

    return router
