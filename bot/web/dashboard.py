"""The programme team's page: use over time, in charts and tables, without anybody's words."""

from __future__ import annotations

import logging
from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from bot.bootstrap import Product
from bot.domain.access import Right
from bot.domain.wording import say_moment
from bot.storage.statistics import WEEKS, Figures, weekly_figures
from bot.web.charts import CHARTS, ChartFailed, ChartRenderer, weekly_chart
from bot.web.pages import Pages
from bot.web.visitors import Visitors

log = logging.getLogger(__name__)


def dashboard_router(product: Product, pages: Pages, visitors: Visitors, renderer: ChartRenderer) -> APIRouter:
    """Return the dashboard's routes, for whoever may see statistics."""
    router = APIRouter()
    words = pages.words

    async def figures() -> Figures:
        settings = product.settings
        async with product.database.reading() as session:
            return await weekly_figures(session, product.clock.now(), settings.zone, settings.file.dashboard.smallest_group)

    @router.get("/dashboard")
    async def dashboard(request: Request) -> Response:
        person = await visitors.staff(request, Right.SEE_STATISTICS)
        if isinstance(person, Response):
            return person
        counted = await figures()
        names = list(asdict(counted.totals))
        return pages.render(
            "dashboard.html",
            person=person,
            path="/dashboard",
            figures=counted,
            measures=names,
            totals=asdict(counted.totals),
            rows=[{"week": f"{week.starts.day} {week.starts:%b %Y}", **asdict(week.counts)} for week in counted.weeks],
            charts=[{"name": chart.name, "title": words[chart.title], "measures": chart.measures} for chart in CHARTS],
            counted=words["dashboard_counted"].format(moment=say_moment(counted.counted_at.astimezone(product.settings.zone)), weeks=WEEKS),
            few=words["dashboard_few_means"].format(few=words["dashboard_few"], smallest=product.settings.file.dashboard.smallest_group),
            withheld=words["dashboard_withheld"].format(smallest=product.settings.file.dashboard.smallest_group),
        )

    @router.get("/dashboard/charts/{name}.svg")
    async def chart(request: Request, name: str, narrow: bool = False) -> Response:
        person = await visitors.staff(request, Right.SEE_STATISTICS)
        if isinstance(person, Response):
            return person
        wanted = next((each for each in CHARTS if each.name == name), None)
        counted = await figures()
        if wanted is None or counted.is_withheld:
            return Response(status_code=404)
        # The present week, the last one, would look like a plunge: it is not over.
        drawn = weekly_chart(wanted, counted.weeks[:-1], words, is_narrow=narrow)
        try:
            picture = await renderer.svg(drawn)
        except ChartFailed as error:
            log.error("a chart could not be drawn: %s", error)  # the page's table still has its figures
            return Response(status_code=503)
        return Response(picture, media_type="image/svg+xml")

    return router
