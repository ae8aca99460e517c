"""The one web application: chat, dashboard, health, and later the channels that call in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.middleware import Middleware

from bot.bootstrap import Product
from bot.services.sample import Demonstration
from bot.web.broadcasts import results_router, sending_router, writing_router
from bot.web.browsers import FORM_TOKEN, TAB, Browsers, check_form
from bot.web.charts import ChartRenderer
from bot.web.chat import chat_router
from bot.web.dashboard import dashboard_router
from bot.web.demo import demo_router
from bot.web.health import health_router
from bot.web.help import help_router
from bot.web.home import home_router
from bot.web.invited import invited_router
from bot.web.join import join_router
from bot.web.limits import BodyLimit, RateLimit
from bot.web.metrics import metrics_router
from bot.web.pages import STATIC, Pages, SameOrigin, SecurityHeaders
from bot.web.providers import SignIn
from bot.web.queue import queue_router
from bot.web.rights import rights_router
from bot.web.roster import roster_router
from bot.web.roster_import import roster_import_router
from bot.web.sign_in import SignInPages, sign_in_router
from bot.web.visitors import Visitors

if TYPE_CHECKING:
    from bot.channels.slack.app import SlackApp
    from bot.channels.teams.app import TeamsApp


def build_app(
    product: Product,
    demonstration: Demonstration | None,
    *,
    is_https: bool,
    slack: SlackApp | None = None,
    teams: TeamsApp | None = None,
    sign_in: SignIn | None = None,
) -> FastAPI:
    """Return the application; `demonstration` opens its unsafe sign-in and its clock, `slack` and `teams` answer their platforms.

    `sign_in` names the identity providers; without any, personal links sign people in.
    """
    pages = Pages(product.toolkit.sentences.group("web"), is_demo=demonstration is not None)
    visitors = Visitors(product, pages, demonstration, sign_in)
    own = SignInPages(product, pages, visitors, demonstration, is_https=is_https)
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(check_form)],
        middleware=[
            Middleware(SecurityHeaders, is_https=is_https),
            Middleware(RateLimit),
            Middleware(BodyLimit),
            Middleware(SameOrigin),
            Middleware(Browsers, key=product.settings.session_key, is_https=is_https),
        ],
    )
    app.include_router(sign_in_router(own))
    app.include_router(chat_router(product, pages, visitors))
    app.include_router(dashboard_router(product, pages, visitors, ChartRenderer()))
    app.include_router(queue_router(product, pages, visitors))
    for of_broadcasts in (writing_router, sending_router, results_router):
        app.include_router(of_broadcasts(product, pages, visitors))
    app.include_router(help_router(product, pages, visitors))
    app.include_router(home_router(product, pages, visitors))
    app.include_router(rights_router(product, pages, visitors))
    app.include_router(invited_router(product, pages, visitors))
    app.include_router(join_router(product, pages, visitors))
    app.include_router(roster_import_router(product, pages, visitors))
    app.include_router(roster_router(product, pages, visitors))
    app.include_router(health_router(product))
    app.include_router(metrics_router(product))
    if demonstration is not None:
        app.include_router(demo_router(product, pages, visitors))
    if slack is not None and product.settings.slack:
        # Bolt takes 20 MB, which an installation without Slack need not.
        from bot.web.installing import install_router  # noqa: PLC0415
        from bot.web.slack import slack_router  # noqa: PLC0415

        if product.settings.slack.signing_secret:
            app.include_router(slack_router(slack, product.settings.slack.signing_secret))
        if slack.flow is not None:
            app.include_router(install_router(product, pages, visitors, slack.flow))
    if teams is not None:
        # Microsoft's SDK takes 40 MB, which an installation without Teams need not.
        from bot.web.tab import tab_router  # noqa: PLC0415
        from bot.web.teams import teams_router  # noqa: PLC0415

        app.include_router(teams_router(teams))
        app.include_router(tab_router(product, pages, visitors, teams))
        app.include_router(home_router(product, pages, visitors, TAB))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.exception_handler(403)
    async def not_sent(request: Request, error: Exception) -> Response:
        """Say what to do with a form that was not made for this browser; a script keeps the words and says so itself."""
        if isinstance(error, HTTPException) and error.detail == FORM_TOKEN:
            return Response(status_code=401) if "hx-request" in request.headers else own.say("form", 403)
        return Response(status_code=403)

    @app.exception_handler(404)
    async def not_found(request: Request, _error: Exception) -> Response:
        words = pages.words
        return pages.render(
            "notice.html",
            404,
            person=await visitors.person_of(request),
            heading=words["not_found_heading"],
            text=words["not_found_text"],
        )

    return app
