"""The page that an invitation to rate leads to: who invites, what is asked, who sees it, and a yes or a no.

Whoever has no place yet gets one, with a link to keep: the invitation's own code cannot be used again, and others know it.
"""

from __future__ import annotations

from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.bootstrap import Product
from bot.domain.clock import real_time
from bot.domain.surveys import COUNTERPART
from bot.services.counterparts import Refusal
from bot.services.return_links import ReturnLinks
from bot.services.sessions import Way
from bot.storage.people import enrol, find_person
from bot.storage.tables import PersonKind
from bot.web.pages import Pages
from bot.web.sign_in import return_address
from bot.web.visitors import Visitors


def invited_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes of an invitation. Whoever is not signed in gets a place of their own, which serves this one purpose."""
    router = APIRouter()
    sentences = product.toolkit.sentences
    words = sentences.group("invited")
    links = ReturnLinks(product.settings.pseudonym_key)

    def refuse(refusal: Refusal) -> Response:
        return pages.render("notice.html", 404, heading=words["refused_heading"], text=sentences[f"counterpart.refused_{refusal.value}"])

    @router.get("/invited/{code}")
    async def page(request: Request, code: str) -> Response:
        async with product.database.reading() as session:
            found = await product.counterparts.look_up(session, code, product.clock.now())
        if isinstance(found, Refusal):
            return refuse(found)
        instrument = product.toolkit.instruments[COUNTERPART]
        return pages.render(
            "invited.html",
            person=await visitors.person_of(request),
            words_here=words,
            name=found[1].name,
            code=code,
            items=[product.toolkit.items[item].text for item in instrument.items_of(1)],
            smallest=product.settings.file.dashboard.smallest_group,
        )

    @router.post("/invited/{code}")
    async def accept(request: Request, code: str) -> Response:
        visitor = await visitors.person_of(request)
        now = product.clock.now()
        async with product.database.transaction() as session:
            rater = await find_person(session, visitor.id) if visitor else None
            secret = ""
            if rater is None:
                found = await product.counterparts.look_up(session, code, now)
                if isinstance(found, Refusal):
                    return refuse(found)
                rater = await enrol(
                    session,
                    f"counterpart-{uuid4().hex[:12]}",
                    name=words["their_name"],
                    time_zone=found[1].time_zone,
                    now=now,
                    programme_id=found[1].programme_id,
                    kind=PersonKind.COUNTERPART,
                )
            accepted = await product.counterparts.accept(session, rater, code, now)
            if isinstance(accepted, Refusal):
                return refuse(accepted)
            await product.counterparts.begin(session, rater, now)
            if visitor is None:
                secret = await links.make(session, rater.id, real_time())
                await visitors.begin(session, request, rater.id, Way.INVITATION)
        product.feed.publish(rater.id)
        if secret:
            return pages.render("keep_link.html", words_here=words, link=return_address(product, request, secret))
        return RedirectResponse("/chat#latest", 303)

    return router
