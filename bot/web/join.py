"""The page that a code to join by leads to: what it is, who sees what, a name, and a yes; and then a link of one's own to come back by."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.bootstrap import Product
from bot.domain.clock import real_time
from bot.domain.roster import plain
from bot.services.joining import Offer, Refusal
from bot.services.return_links import ReturnLinks
from bot.services.sessions import Way
from bot.storage.people import find_person
from bot.web.pages import Pages
from bot.web.sign_in import return_address
from bot.web.visitors import Visitors


def join_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes of joining. Whoever is signed in joins as they are; anybody else says a name and is signed in."""
    router = APIRouter()
    sentences = product.toolkit.sentences
    words = sentences.group("joining")
    links = ReturnLinks(product.settings.pseudonym_key)

    def refuse(refusal: Refusal) -> Response:
        status = 429 if refusal is Refusal.TOO_MANY else 409 if refusal is Refusal.ELSEWHERE else 404
        return pages.render("notice.html", status, heading=words["refused_heading"], text=words[f"refused_{refusal.value}"])

    def source(request: Request) -> str:
        return f"web:{request.client.host if request.client else ''}"

    async def show(request: Request, code: str, offer: Offer, status: int = 200, problem: str = "") -> Response:
        place = ", ".join(each for each in (offer.programme, offer.cohort, offer.forum) if each)
        person = await visitors.person_of(request)
        return pages.render("join.html", status, person=person, text=words, place=place, code=code, problem=problem)

    @router.get("/join/{code}")
    async def page(request: Request, code: str) -> Response:
        # A wrong code is counted, so this writes too.
        async with product.database.transaction() as session:
            found = await product.joining.look_up(session, code, source(request), product.clock.now())
        return refuse(found) if isinstance(found, Refusal) else await show(request, code, found)

    @router.post("/join/{code}")
    async def accept(request: Request, code: str, name: Annotated[str, Form(max_length=120)] = "") -> Response:
        visitor, now = await visitors.person_of(request), product.clock.now()
        async with product.database.transaction() as session:
            person = await find_person(session, visitor.id) if visitor else None
            if person is not None:
                joined = await product.joining.join(session, person, code, source(request), now)
                if isinstance(joined, Refusal):
                    return refuse(joined)
                return RedirectResponse("/chat#latest", 303)
            if not plain(name):
                found = await product.joining.look_up(session, code, source(request), now)
                return refuse(found) if isinstance(found, Refusal) else await show(request, code, found, 400, words["name_needed"])
            enrolled = await product.joining.enrol(session, code, source(request), now, name=name)
            if isinstance(enrolled, Refusal):
                return refuse(enrolled)
            secret = await links.make(session, enrolled[0].id, real_time())
            await visitors.begin(session, request, enrolled[0].id, Way.INVITATION)
        return pages.render("keep_link.html", words_here=sentences.group("invited"), link=return_address(product, request, secret))

    return router
