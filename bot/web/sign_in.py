"""Signing in and out: at an identity provider, by a personal link, by a link to come back by, and unsafely in the demonstration."""

from __future__ import annotations

import hmac
import logging
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.bootstrap import Product
from bot.domain.clock import real_time
from bot.domain.wording import say_moment
from bot.services.recognition import Account, recognise_account
from bot.services.return_links import ReturnLinks
from bot.services.sample import Demonstration
from bot.services.sessions import SignedOut, Way
from bot.storage.audit import note_action
from bot.storage.people import find_person
from bot.storage.sessions import keep_attempt, use_attempt
from bot.web.browsers import browser_of
from bot.web.navigation import staff_places_of
from bot.web.pages import Pages, policy
from bot.web.visitors import Visitors

if TYPE_CHECKING:
    from bot.web.openid import OpenID

log = logging.getLogger(__name__)

# How long somebody may take at their provider, in seconds; and the cookie that ties their coming back to the browser that left.
ATTEMPT_LASTS = 600
ATTEMPT = "coach-signing-in"


class SignInPages:
    """The pages for it; `providers` are ready to be asked, by their ids."""

    def __init__(self, product: Product, pages: Pages, visitors: Visitors, demonstration: Demonstration | None, *, is_https: bool) -> None:
        self.product, self.pages, self.visitors, self.demonstration = product, pages, visitors, demonstration
        self.words = product.toolkit.sentences.group("sign_in")
        self.links = ReturnLinks(product.settings.pseudonym_key)
        self.providers: dict[str, OpenID] = {}
        self.attempt = f"__Host-{ATTEMPT}" if is_https else ATTEMPT
        self.is_https = is_https
        if visitors.sign_in.providers:
            from bot.web.openid import OpenID  # noqa: PLC0415 - half a second, which an installation without a provider need not wait

            address = product.settings.address or "http://127.0.0.1:8000"
            self.providers = {each.entry.id: OpenID(each, address) for each in visitors.sign_in.providers}

    def say(self, key: str, status: int, **values: str) -> Response:
        """Return a page that says one thing."""
        return self.pages.render(
            "notice.html", status, heading=self.words[f"{key}_heading"], text=self.words[f"{key}_text"].format(**values)
        )

    def unknown(self, account: Account) -> Response:
        """Return what somebody is told who is not on the roster: whom they ask, and what that person needs to know."""
        contact = self.visitors.sign_in.contact
        asked = {"subject": self.words["ask_subject"], "body": self.words["ask_body"].format(reference=account.reference)}
        link = f"mailto:{quote(contact)}?{urlencode(asked, quote_via=quote)}" if contact else ""
        return self.pages.render("ask_access.html", 403, sign_in_words=self.words, contact=contact, link=link, reference=account.reference)

    async def leave(self, ended: SignedOut | None) -> Response:
        """Return where somebody goes who has signed out here: to their provider, to do so there too, else to our own page."""
        provider = self.providers.get(ended.provider) if ended and ended.provider else None
        url = await provider.sign_out_url(ended.id_token) if provider and ended else None
        return RedirectResponse(url or "/sign-in", 303)


def return_address(product: Product, request: Request, secret: str) -> str:
    """Return the link that somebody keeps, as others reach our pages, else as they do themselves."""
    return f"{product.settings.address or str(request.base_url).rstrip('/')}/return/{secret}"


def sign_in_router(own: SignInPages) -> APIRouter:
    """Return the routes for signing in and out."""
    router = APIRouter()
    for routes in (_link_routes, _provider_routes, _sign_out_routes, _staff_routes):
        routes(router, own)
    if own.demonstration is not None:
        _unsafe_routes(router, own, own.demonstration)
    return router


def _link_routes(router: APIRouter, own: SignInPages) -> None:
    @router.get("/sign-in")
    async def sign_in_page(request: Request, ticket: str | None = None) -> Response:
        if ticket is not None:
            return await confirm(own.visitors.read_ticket(ticket), {"ticket": ticket}, "/sign-in/link")
        if own.demonstration is None and not own.providers:
            return own.visitors.ask_to_sign_in(request)
        return own.pages.render(
            "sign_in.html",
            people=own.demonstration.people if own.demonstration else (),
            providers=own.visitors.sign_in.providers,
            sign_in_words=own.words,
        )

    @router.get("/return/{secret}")
    async def return_page(secret: str) -> Response:
        async with own.product.database.reading() as session:
            owner = await own.links.owner(session, secret)
        return await confirm(owner.id if owner else None, {"secret": secret}, "/sign-in/return")

    async def confirm(person_id: str | None, carried: dict[str, str], address: str) -> Response:
        """Ask whether somebody goes on as whoever a link is for: a link that another sent signs nobody in by itself."""
        async with own.product.database.reading() as session:
            person = await find_person(session, person_id) if person_id else None
        if person is None:
            return own.pages.render("notice.html", 400, heading=own.pages.words["ticket_heading"], text=own.pages.words["ticket_text"])
        return own.pages.render("go_on.html", sign_in_words=own.words, name=person.name, carried=carried, address=address)

    @router.post("/sign-in/link")
    async def by_link(request: Request, ticket: str = Form(max_length=500)) -> Response:
        person_id = own.visitors.read_ticket(ticket)
        async with own.product.database.transaction() as session:
            person = await find_person(session, person_id) if person_id else None
            if person is not None:
                await own.visitors.begin(session, request, person.id, Way.LINK)
        return await own.visitors.welcome(request, person.id) if person else await confirm(None, {}, "")

    @router.post("/sign-in/return")
    async def by_return_link(request: Request, secret: str = Form(max_length=100)) -> Response:
        async with own.product.database.transaction() as session:
            person = await own.links.use(session, secret, real_time())
            if person is not None:
                await own.visitors.begin(session, request, person.id, Way.RETURN_LINK)
        return await own.visitors.welcome(request, person.id) if person else await confirm(None, {}, "")


def _provider_routes(router: APIRouter, own: SignInPages) -> None:
    @router.get("/sign-in/with/{name}")
    async def begin(name: str) -> Response:
        """Send somebody to their provider; what has to match when they come back is kept here, and in their browser."""
        provider = own.providers.get(name)
        if provider is None:
            return own.say("no_provider", 404)
        from bot.web.openid import Refused  # noqa: PLC0415 - see above

        try:
            url, kept = await provider.begin()
        except Refused as error:
            log.error("nobody can sign in at %s: %s", name, error)
            return own.say("unavailable", 502)
        state, now = kept.pop("state"), real_time()
        async with own.product.database.transaction() as session:
            await keep_attempt(session, state, name, kept, now, now + timedelta(seconds=ATTEMPT_LASTS))
        answer = RedirectResponse(url, 303)
        answer.set_cookie(own.attempt, state, max_age=ATTEMPT_LASTS, httponly=True, samesite="lax", secure=own.is_https)
        return answer

    @router.get("/sign-in/back/{name}")
    async def finish(request: Request, name: str, state: str = "", code: str = "", error: str = "") -> Response:
        """Take somebody in who comes back from their provider: in the browser that left, once, and soon enough."""
        provider = own.providers.get(name)
        if provider is None:
            return own.say("no_provider", 404)
        answer = await _come_back(own, request, provider, state, code, error)
        answer.delete_cookie(own.attempt, secure=own.is_https, httponly=True, samesite="lax")
        return answer


async def _come_back(own: SignInPages, request: Request, provider: OpenID, state: str, code: str, error: str) -> Response:
    from bot.web.openid import Refused  # noqa: PLC0415 - see above

    name, now = provider.provider.entry.id, real_time()
    if not state or not hmac.compare_digest(state.encode(), request.cookies.get(own.attempt, "").encode()):
        return own.say("stale", 400)
    async with own.product.database.transaction() as session:
        kept = await use_attempt(session, state, name, now)
    if kept is None:
        return own.say("stale", 400)
    if error or not code:
        return own.say("cancelled", 400)
    try:
        account, id_token = await provider.finish(code, kept)
    except Refused as refused:
        log.warning("a sign-in at %s was refused: %s", name, refused)
        async with own.product.database.transaction() as session:
            note_action(session, "nobody", "sign_in.refused", name, now)
        return own.say("refused", 401)
    async with own.product.database.transaction() as session:
        person = await recognise_account(session, account, own.product.settings.pseudonym_key, now)
        if person is None:
            note_action(session, "nobody", "sign_in.unknown", name, now)
            return own.unknown(account)
        await own.visitors.begin(session, request, person.id, Way.OPENID, provider=name, id_token=id_token)
    return await own.visitors.welcome(request, person.id)


def _sign_out_routes(router: APIRouter, own: SignInPages) -> None:
    @router.get("/sign-out")
    async def sign_out_page(request: Request) -> Response:
        """Show where somebody is signed in, with a way out of this place and out of all."""
        person = await own.visitors.person_of(request)
        if person is None:
            return RedirectResponse("/sign-in", 303)
        zone = own.product.settings.zone
        devices = [
            own.words["device_this" if each.is_this else "device"].format(
                way=own.words[f"way_{each.way.value}"], moment=say_moment(each.began_at.astimezone(zone))
            )
            for each in await own.visitors.sessions.devices(person.id, browser_of(request).secret)
        ]
        page = own.pages.render("sign_out.html", person=person, path="/sign-out", sign_in_words=own.words, devices=devices)
        if own.providers:
            # The form may end at the provider, which signs somebody out too.
            ends = [urlsplit(await each.sign_out_url(None) or "") for each in own.providers.values()]
            page.headers["Content-Security-Policy"] = policy(
                form_action=" ".join(f"{end.scheme}://{end.netloc}" for end in ends if end.netloc)
            )
        return page

    @router.post("/sign-out")
    async def sign_out(request: Request, where: str = Form("here", max_length=20)) -> Response:
        return await own.leave(await own.visitors.end(request, everywhere=where == "everywhere"))


def _staff_routes(router: APIRouter, own: SignInPages) -> None:
    @router.get("/")
    async def first_page(request: Request) -> Response:
        person = await own.visitors.person_of(request)
        return RedirectResponse(person.first_page if person else "/chat", 303)

    @router.get("/staff")
    async def staff_page(request: Request) -> Response:
        """Show what somebody who works here may do, in a line each."""
        person = await own.visitors.person_of(request)
        if person is None:
            return own.visitors.ask_to_sign_in(request)
        places = [(each.address, own.pages.words[each.name], own.words[f"about_{each.name}"]) for each in staff_places_of(person.access)]
        return own.pages.render("staff.html", person=person, path="/staff", sign_in_words=own.words, places=places)


def _unsafe_routes(router: APIRouter, own: SignInPages, demonstration: Demonstration) -> None:
    known = {person.id for person in demonstration.people}

    @router.post("/sign-in")
    async def unsafe_sign_in(request: Request, person: str = Form(max_length=120)) -> Response:
        """Sign in as any of the demonstration's people, without proof; this route exists in the demo only."""
        if person not in known:
            return RedirectResponse("/sign-in", 303)
        async with own.product.database.transaction() as session:
            await own.visitors.begin(session, request, person, Way.UNSAFE)
        return await own.visitors.welcome(request, person)
