"""Who is looking at a page: somebody whose browser has a session, begun by an identity provider, a link or the demonstration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bootstrap import Product
from bot.domain.access import Access, Right
from bot.services.sample import Demonstration
from bot.services.sessions import Sessions, SignedOut, Way
from bot.storage.people import find_person
from bot.storage.sessions import end_session
from bot.storage.tables import PersonKind
from bot.web.browsers import TAB, browser_of
from bot.web.navigation import Place, first_page_of, places_of
from bot.web.pages import Pages
from bot.web.providers import SignIn

# How long a personal link can be used to sign in, in seconds.
TICKET_LASTS = 14 * 24 * 3600
# Under this name a browser keeps which page somebody asked for before they signed in, for so many seconds.
WAY_BACK, WAY_BACK_LASTS = "coach-way-back", 600


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone signed in."""

    id: str
    name: str
    access: Access
    kind: PersonKind = PersonKind.PARTICIPANT

    @property
    def places(self) -> Sequence[Place]:
        """Where they may go, for the header of their pages."""
        return places_of(self.kind, self.access)

    @property
    def first_page(self) -> str:
        return first_page_of(self.kind)


def ticket_for(session_key: str, person_id: str) -> str:
    """Return a signed ticket that signs this person in."""
    return _signer(session_key).dumps(person_id)


def invitation(session_key: str, address: str, person_id: str) -> str:
    """Return the personal link with which a person signs in at `address`."""
    return f"{address}/sign-in?{urlencode({'ticket': ticket_for(session_key, person_id)})}"


def _signer(session_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(session_key, salt="sign-in")


class Visitors:
    """Tells who is signed in, signs in and out; `demonstration` is none outside the demo."""

    def __init__(self, product: Product, pages: Pages, demonstration: Demonstration | None, sign_in: SignIn | None = None) -> None:
        self._product, self._pages, self._demonstration = product, pages, demonstration
        self.sign_in = sign_in or SignIn()
        self.sessions = Sessions(product.database, product.settings.file.sign_in)

    async def person_of(self, request: Request) -> Visitor | None:
        """Return who is signed in, or none."""
        found = await self.sessions.find(browser_of(request).secret)
        return Visitor(found.person.id, found.person.name, found.access, found.person.kind) if found else None

    async def is_gone(self, request: Request) -> bool:
        """Return whether whoever asked for a stream has been signed out since."""
        return await self.sessions.is_over(browser_of(request).secret)

    async def begin(
        self, session: AsyncSession, request: Request, person_id: str, way: Way, *, provider: str | None = None, id_token: str | None = None
    ) -> None:
        """Sign somebody in, in the caller's transaction: the browser has a new secret from here on, and no other session."""
        browser = browser_of(request)
        await end_session(session, browser.secret)
        await self.sessions.begin(session, browser.renew(), person_id, way, provider=provider, id_token=id_token)

    async def welcome(self, request: Request, person_id: str) -> Response:
        """Return where somebody goes who has just signed in: the page that they asked for, else their own first one."""
        async with self._product.database.reading() as session:
            person = await find_person(session, person_id)
        way_back = _local(unquote(request.cookies.get(WAY_BACK, "")))
        answer = RedirectResponse(way_back or first_page_of(person.kind if person else PersonKind.PARTICIPANT), 303)
        answer.delete_cookie(WAY_BACK)
        return answer

    async def end(self, request: Request, *, everywhere: bool = False) -> SignedOut | None:
        """Sign this browser out, or whoever uses it out of all of theirs; the browser has a new secret from here on."""
        browser = browser_of(request)
        ending = self.sessions.end_everywhere if everywhere else self.sessions.end
        ended = await ending(browser.secret)
        browser.renew()
        return ended

    def ask_to_sign_in(self, request: Request) -> Response:
        """Return what somebody who is not signed in is told; where there is a page for it, they come back when they are."""
        if request.url.path.startswith(TAB):
            # Whoever was signed in a moment ago and is not any more keeps no cookie: asking again would go on for ever.
            return RedirectResponse(f"{TAB}?without=cookies" if "begun" in request.query_params else TAB, 303)
        if self._demonstration is not None or self.sign_in.providers:
            answer = RedirectResponse("/sign-in", 303)
            if request.method == "GET":
                answer.set_cookie(WAY_BACK, quote(request.url.path), max_age=WAY_BACK_LASTS, httponly=True, samesite="lax")
            return answer
        words = self._pages.words
        return self._pages.render("notice.html", 401, heading=words["no_access_heading"], text=words["no_access_text"])

    async def participant(self, request: Request) -> Visitor | Response:
        """Return who is signed in and takes part; or what they are told who are not signed in, or only work here."""
        person = await self.person_of(request)
        if person is None:
            return self.ask_to_sign_in(request)
        if person.kind is PersonKind.STAFF:
            words = self._product.toolkit.sentences.group("sign_in")
            base = TAB if request.url.path.startswith(TAB) else ""
            return self._pages.render("no_part.html", 403, person=person, base=base, sign_in_words=words)
        return person

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

    def read_ticket(self, ticket: str) -> str | None:
        """Return whom a personal link signs in, none when it is not ours or too old."""
        try:
            person_id = _signer(self._product.settings.session_key).loads(ticket, max_age=TICKET_LASTS)
        except BadSignature:
            return None
        return person_id if isinstance(person_id, str) else None


def _local(path: str) -> str | None:
    """Return a path of ours, none for anything that leads elsewhere."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if is_ours else None
