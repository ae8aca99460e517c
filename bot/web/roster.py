"""The roster's pages: programmes, their people and forums, and codes to join by; names and places, and nothing that anybody wrote."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.bootstrap import Product
from bot.domain.access import Grant, Right, Role
from bot.domain.posts import Post
from bot.domain.wording import say_moment
from bot.services.roles import Actor, RoleRefused, give_role, take_role
from bot.services.roster.keeping import PAGE, ForumLine, NotPossible, NotTheirs
from bot.storage import roster as storage
from bot.storage.tables import Forum
from bot.web.pages import Pages
from bot.web.visitors import Visitor, Visitors

Short = Annotated[str, Form(max_length=120)]
# The zones that are offered for a meeting first; any other can be typed.
ZONES = ("Europe/London", "Europe/Dublin", "Europe/Paris")


class RosterPages:
    """Guards the roster's pages, and says what was done or why not."""

    def __init__(self, product: Product, pages: Pages, visitors: Visitors) -> None:
        self.product, self.pages, self.visitors = product, pages, visitors
        self.sentences = product.toolkit.sentences
        self.words = self.sentences.group("roster_pages")

    async def keeper(self, request: Request) -> Visitor | Response:
        """Return who is signed in and keeps a roster; or what they are told who do not."""
        return await self.visitors.staff(request, Right.MANAGE_ROSTER)

    def render(self, request: Request, person: Visitor, template: str, status: int = 200, **values: object) -> Response:
        said, problem = (request.query_params.get(name, "") for name in ("said", "problem"))
        return self.pages.render(
            template,
            status,
            person=person,
            path="/dashboard/roster",
            text=self.words,
            said=self.words.get(f"said_{said}", ""),
            problem=self.words.get(f"problem_{problem}", ""),
            say_meeting=self.say_meeting,
            **values,
        )

    def say_meeting(self, forum: ForumLine) -> str:
        if forum.meets_at is None:
            return self.words["no_meeting"]
        return self.words["meets"].format(moment=say_moment(forum.meets_at), zone=forum.time_zone)

    def not_theirs(self, person: Visitor) -> Response:
        words = self.pages.words
        return self.pages.render("notice.html", 404, person=person, heading=words["not_found_heading"], text=words["not_found_text"])

    async def act(self, request: Request, back: str, said: str, do: Callable[[Actor], Awaitable[object]]) -> Response:
        """Do something to the roster and go back to the page, with what was done or why it cannot be."""
        person = await self.keeper(request)
        if isinstance(person, Response):
            return person
        try:
            await do(actor_of(person))
        except NotTheirs:
            return self.not_theirs(person)
        except (NotPossible, RoleRefused) as error:
            return RedirectResponse(f"{back}?problem={error.code}", 303)
        return RedirectResponse(f"{back}?said={said}", 303)


def actor_of(person: Visitor) -> Actor:
    """Return the signed-in person as who changes the roster."""
    return Actor(person.id, person.access)


def roster_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes of the roster, for whoever keeps one."""
    router, own = APIRouter(), RosterPages(product, pages, visitors)

    @router.get("/dashboard/roster")
    async def overview(request: Request) -> Response:
        person = await own.keeper(request)
        if isinstance(person, Response):
            return person
        programmes = await product.roster.programmes(person.access)
        return own.render(request, person, "roster.html", programmes=programmes, may_add=person.access.may(Right.MANAGE_ROSTER))

    @router.post("/dashboard/roster/programmes")
    async def add_programme(request: Request, programme_id: Short, title: Short) -> Response:
        return await own.act(request, "/dashboard/roster", "added", lambda actor: product.roster.add_programme(actor, programme_id, title))

    for routes in (_programme_routes, _forum_routes, _person_routes, _code_routes):
        routes(router, own)
    return router


def _programme_routes(router: APIRouter, own: RosterPages) -> None:
    product = own.product

    @router.get("/dashboard/roster/programmes/{programme_id}")
    async def programme(request: Request, programme_id: str, page: int = 1) -> Response:
        person = await own.keeper(request)
        if isinstance(person, Response):
            return person
        try:
            line, people = await product.roster.programme(actor_of(person), programme_id, page - 1)
        except NotTheirs:
            return own.not_theirs(person)
        return own.render(
            request,
            person,
            "roster_programme.html",
            programme=line,
            people=people,
            page=max(page, 1),
            pages_in_all=max(1, -(-line.people // PAGE)),
        )

    @router.post("/dashboard/roster/programmes/{programme_id}/{kind}")
    async def add_part(request: Request, programme_id: str, kind: str, title: Short) -> Response:
        if kind not in ("cohort", "forum", "trust"):
            return Response(status_code=404)
        back = f"/dashboard/roster/programmes/{programme_id}"
        return await own.act(request, back, "added", lambda actor: product.roster.add_part(actor, kind, programme_id, title))


def _forum_routes(router: APIRouter, own: RosterPages) -> None:
    product = own.product

    @router.get("/dashboard/roster/forums/{forum_id}")
    async def forum(request: Request, forum_id: int) -> Response:
        person = await own.keeper(request)
        if isinstance(person, Response):
            return person
        try:
            programme, line, people = await product.roster.forum(actor_of(person), forum_id)
        except NotTheirs:
            return own.not_theirs(person)
        zones = list(dict.fromkeys([line.time_zone, *ZONES]))
        return own.render(request, person, "roster_forum.html", programme=programme, forum=line, people=people, zones=zones)

    @router.post("/dashboard/roster/forums/{forum_id}")
    async def set_meeting(request: Request, forum_id: int, meets_at: Short = "", time_zone: Short = "Europe/London") -> Response:
        async def do(actor: Actor) -> None:
            try:
                local = datetime.fromisoformat(meets_at).replace(tzinfo=None) if meets_at else None
            except ValueError:
                raise NotPossible("no_moment") from None
            await product.roster.set_meeting(actor, forum_id, local, time_zone)

        return await own.act(request, f"/dashboard/roster/forums/{forum_id}", "kept", do)


def _person_routes(router: APIRouter, own: RosterPages) -> None:
    product = own.product

    @router.get("/dashboard/roster/people/{person_id}")
    async def entry(request: Request, person_id: str) -> Response:
        person = await own.keeper(request)
        if isinstance(person, Response):
            return person
        try:
            shown = await product.roster.entry(actor_of(person), person_id)
        except NotTheirs:
            return own.not_theirs(person)
        async with product.database.reading() as session:
            cohorts = await storage.cohorts_of(session, shown.programme or "")
            forums = await storage.forums_of(session, shown.programme or "")
            trusts = await storage.trusts(session)
        grants = [
            (_grant_value(each), own.words[f"role_{each.role.value}"], _say_scope(own, each, forums))
            for each in shown.grants
            if person.access.may_give(each)
        ]
        offers = [Grant(role, shown.programme, None) for role in Role]
        offers += [Grant(Role.FORUM_LEAD, shown.programme, each.id) for each in forums]
        offers += [Grant(Role.ADMINISTRATOR)]
        gives = (
            []
            if person.id == person_id
            else [
                (_grant_value(each), f"{own.words[f'role_{each.role.value}']}, {_say_scope(own, each, forums)}")
                for each in offers
                if person.access.may_give(each) and each not in shown.grants
            ]
        )
        return own.render(
            request,
            person,
            "roster_person.html",
            entry=shown,
            cohorts=cohorts,
            forums=forums,
            trusts=trusts,
            grants=grants,
            gives=gives,
            posts=list(Post),
            joined=f"{shown.joined_at.astimezone(product.settings.zone):%-d %B %Y}",
        )

    @router.post("/dashboard/roster/people/{person_id}")
    async def change(request: Request, person_id: str, cohort: Short = "", trust: Short = "", post: Short = "") -> Response:
        form = await request.form()

        async def do(actor: Actor) -> None:
            try:
                forums = frozenset(int(str(each)) for each in form.getlist("forums"))
                chosen = (int(cohort) if cohort else None, Post(post) if post else None)
            except ValueError:
                raise NotPossible("is_gone") from None
            await product.roster.change_place(actor, person_id, cohort=chosen[0], trust=trust or None, post=chosen[1], forums=forums)

        return await own.act(request, f"/dashboard/roster/people/{person_id}", "kept", do)

    @router.post("/dashboard/roster/people/{person_id}/leave")
    async def leave(request: Request, person_id: str, confirm: Short = "") -> Response:
        async def do(actor: Actor) -> None:
            if not confirm:
                raise NotPossible("not_confirmed")
            await product.roster.take_out(actor, person_id)

        done = await own.act(request, f"/dashboard/roster/people/{person_id}", "left", do)
        is_out = done.headers.get("location", "").endswith("?said=left")
        return RedirectResponse("/dashboard/roster?said=left", 303) if is_out else done

    @router.post("/dashboard/roster/people/{person_id}/roles")
    async def change_role(request: Request, person_id: str, grant: Short, action: Short = "give") -> Response:
        async def do(actor: Actor) -> None:
            wanted = _read_grant(grant)
            # Whoever may not see the entry may not change it either.
            await product.roster.entry(actor, person_id)
            async with product.database.transaction() as session:
                change = take_role if action == "end" else give_role
                await change(session, actor, person_id, wanted, product.clock.now())

        return await own.act(request, f"/dashboard/roster/people/{person_id}", "role", do)


def _code_routes(router: APIRouter, own: RosterPages) -> None:
    product = own.product

    async def show(request: Request, programme_id: str, made: str = "") -> Response:
        person = await own.keeper(request)
        if isinstance(person, Response):
            return person
        actor = actor_of(person)
        line = next((each for each in await product.roster.programmes(person.access) if each.id == programme_id), None)
        if line is None:
            return own.not_theirs(person)
        async with product.database.reading() as session:
            cohorts, forums = await storage.cohorts_of(session, programme_id), await storage.forums_of(session, programme_id)
        now = product.clock.now()
        listed = [
            (each, own.words["until"].format(moment=say_moment(each.expires_at.astimezone(product.settings.zone))))
            for each in await product.joining.listed(actor, programme_id, now)
        ]
        link = f"{product.settings.address}/join/{made}" if made and product.settings.address else ""
        return own.render(
            request, person, "roster_codes.html", programme=line, cohorts=cohorts, forums=forums, codes=listed, made=made, link=link
        )

    @router.get("/dashboard/roster/programmes/{programme_id}/codes")
    async def codes(request: Request, programme_id: str) -> Response:
        return await show(request, programme_id)

    @router.post("/dashboard/roster/codes/{programme_id}")
    async def make(
        request: Request,
        programme_id: str,
        most_uses: Annotated[int, Form()],
        days: Annotated[int, Form()],
        cohort: Short = "",
        forum: Short = "",
    ) -> Response:
        made: list[str] = []

        async def do(actor: Actor) -> None:
            try:
                parts = (int(cohort) if cohort else None, int(forum) if forum else None)
            except ValueError:
                raise NotPossible("is_gone") from None
            now = product.clock.now()
            made.append(await product.joining.make(actor, programme_id, *parts, most_uses=most_uses, days=days, now=now))

        answer = await own.act(request, f"/dashboard/roster/programmes/{programme_id}/codes", "made", do)
        # The code is shown on this one page and kept nowhere.
        return await show(request, programme_id, made[0]) if made else answer

    @router.post("/dashboard/roster/codes/{programme_id}/{code_id}")
    async def end(request: Request, programme_id: str, code_id: int) -> Response:
        back = f"/dashboard/roster/programmes/{programme_id}/codes"
        return await own.act(request, back, "ended", lambda actor: product.joining.end(actor, code_id, product.clock.now()))


def _grant_value(grant: Grant) -> str:
    return "|".join([grant.role.value, grant.programme or "", str(grant.forum or "")])


def _read_grant(text: str) -> Grant:
    role, _, rest = text.partition("|")
    programme, _, forum = rest.partition("|")
    try:
        return Grant(Role(role), programme or None, int(forum) if forum else None)
    except ValueError:
        raise NotPossible("is_gone") from None


def _say_scope(own: RosterPages, grant: Grant, forums: Sequence[Forum]) -> str:
    if grant.programme is None:
        return own.words["everywhere"]
    title = next((each.title for each in forums if each.id == grant.forum), "") if grant.forum else ""
    return own.words["in_forum"].format(forum=title) if title else own.words["in_programme"]
