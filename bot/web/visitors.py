"""Who is looking at a page: a signed cookie, set by a personal link or by the demonstration's unsafe sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer

from bot.bootstrap import Product
from bot.domain.access import Access, Right
from bot.services.sample import Demonstration
from bot.storage.access import access_of
from bot.storage.people import find_person
from bot.web.pages import Pages

# How long a personal link can be used to sign in, in seconds.
TICKET_LASTS = 14 * 24 * 3600
# Under this name a session holds who is signed in.
SESSION_KEY = "person"
# And under this one which page they asked for before they were.
WAY_BACK = "way_back"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone signed in."""

    id: str
    name: str
    access: Access


def ticket_for(session_key: str, person_id: str) -> str:
    """Return a signed ticket that signs this person in."""
    return _signer(session_key).dumps(person_id)


def invitation(session_key: str, address: str, person_id: str) -> str:
    """Return the personal link with which a person signs in at `address`."""
    return f"{address}/sign-in?{urlencode({'ticket': ticket_for(session_key, person_id)})}"


def _signer(session_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(session_key, salt="sign-in")


class Visitors:
    """Tells who is signed in; `demonstration` is none outside the demo."""

    def __init__(self, product: Product, pages: Pages, demonstration: Demonstration | None) -> None:
        self._product, self._pages, self._demonstration = product, pages, demonstration

    async def person_of(self, request: Request) -> Visitor | None:
        """Return who is signed in, or none."""
        person_id = request.session.get(SESSION_KEY)
        if not isinstance(person_id, str):
            return None
        async with self._product.database.reading() as session:
            person = await find_person(session, person_id)
            return Visitor(person.id, person.name, await access_of(session, person.id)) if person else None

    def ask_to_sign_in(self, request: Request) -> Response:
        """Return what somebody who is not signed in is told; where there is a page for it, they come back when they are."""
        if self._demonstration is not None:
            if request.method == "GET":
                request.session[WAY_BACK] = request.url.path
            return RedirectResponse("/sign-in", 303)
        words = self._pages.words
        return self._pages.render("notice.html", 401, heading=words["no_access_heading"], text=words["no_access_text"])

    async def staff(self, request: Request, right: Right) -> Visitor | Response:
        """Return who is signed in and has this right over anything at all; or what they are told who have not.

        Over what they have it is for the page to ask of their `access`.
        """
        person = await self.person_of(request)
        if person is None:
            return self.ask_to_sign_in(request)
        if not person.access.may_somewhere(right):
            words = self._pages.words
            return self._pages.render(
                "notice.html", 403, person=person, heading=words["not_allowed_heading"], text=words["not_allowed_text"]
            )
        return person

    def router(self) -> APIRouter:
        """Return the routes for signing in and out."""
        router = APIRouter()
        words, pages = self._pages.words, self._pages

        @router.get("/sign-in")
        async def sign_in_page(request: Request, ticket: str | None = None) -> Response:
            if ticket is not None:
                try:
                    person_id = _signer(self._product.settings.session_key).loads(ticket, max_age=TICKET_LASTS)
                except BadSignature:
                    return pages.render("notice.html", 400, heading=words["ticket_heading"], text=words["ticket_text"])
                request.session[SESSION_KEY] = person_id
                return RedirectResponse("/chat", 303)
            if self._demonstration is None:
                return self.ask_to_sign_in(request)
            return pages.render("sign_in.html", people=self._demonstration.people)

        @router.get("/sign-out")
        async def sign_out(request: Request) -> Response:
            request.session.clear()
            return RedirectResponse("/sign-in", 303)

        if self._demonstration is not None:
            known = {person.id for person in self._demonstration.people}

            @router.post("/sign-in")
            async def unsafe_sign_in(request: Request, person: str = Form(max_length=120)) -> Response:
                """Sign in as any of the demonstration's people, without proof; this route exists in the demo only."""
                if person not in known:
                    return RedirectResponse("/sign-in", 303)
                way_back = request.session.pop(WAY_BACK, "/chat")
                request.session[SESSION_KEY] = person
                return RedirectResponse(way_back, 303)

        return router
