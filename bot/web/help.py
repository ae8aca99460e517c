"""What can be typed, and who sees what, in the coach's own words, so that the page and the chat never differ."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bot.bootstrap import Product
from bot.content.access import say_access
from bot.web.pages import Pages
from bot.web.visitors import Visitors


def help_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the route of the help page, which needs no sign-in."""
    router = APIRouter()
    say = product.toolkit.sentences.say

    @router.get("/help")
    async def show_help(request: Request) -> Response:
        return pages.render(
            "help.html",
            person=await visitors.person_of(request),
            path="/help",
            what_to_type=say("aside.help"),
            access=say_access(product.toolkit.sentences, product.settings.file.dashboard.smallest_group),
            access_text=product.toolkit.sentences["your_data.sees_text"],
            who_sees=say("aside.who_sees", smallest=product.settings.file.dashboard.smallest_group),
        )

    return router
