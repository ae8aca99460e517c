"""The page of one's own as a tab in Teams: signed in by Teams itself, in a frame that only Teams may show."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from bot.bootstrap import Product
from bot.channels.teams.app import TeamsApp
from bot.channels.teams.tokens import Forged
from bot.domain.clock import real_time
from bot.services.recognition import recognise_account
from bot.services.sessions import Way
from bot.storage.audit import note_action
from bot.web.browsers import TAB
from bot.web.pages import Pages
from bot.web.visitors import Visitors

log = logging.getLogger(__name__)


def tab_router(product: Product, pages: Pages, visitors: Visitors, teams: TeamsApp) -> APIRouter:
    """Return the routes of the tab, besides those of the page that it shows."""
    router = APIRouter(prefix=TAB)
    words = product.toolkit.sentences.group("tab")

    @router.get("")
    async def begin(without: str = "") -> Response:
        """Have the tab ask Teams who looks at it; `without` cookies there is nothing to ask."""
        return pages.render("tab.html", base=TAB, tab_words=words, problem=words["no_cookies"] if without else "")

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        """Sign in whoever the token in the header is of: 401 for any that proves nothing, 403 for whoever is on no roster."""
        now = real_time()
        try:
            account = await teams.tab.check(request.headers.get("authorization"))
        except Forged as error:
            log.warning("a sign-in in the tab was refused: %s", error)
            return Response(status_code=401)
        async with product.database.transaction() as session:
            person = await recognise_account(session, account, product.settings.pseudonym_key, now)
            if person is None:
                note_action(session, "nobody", "sign_in.unknown", "teams", now)
                return JSONResponse({"say": words["unknown"].format(reference=account.reference)}, 403)
            await visitors.begin(session, request, person.id, Way.TEAMS)
        return JSONResponse({"next": f"{TAB}/home?begun=1"})

    return router
