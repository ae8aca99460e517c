"""A person's own page: what is kept for them, when the coach writes first, whom they invited, and their rights."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bootstrap import Product
from bot.content.hours import say_availability, say_need, say_outside
from bot.domain.availability import MIDNIGHT, Availability, Change
from bot.domain.clock import real_time
from bot.domain.messages import Reply
from bot.domain.wording import say_day, say_moment
from bot.services.home import read_home
from bot.services.return_links import NoLinkForStaff, ReturnLinks
from bot.services.rights import erase, export
from bot.storage.hours import NoDayLeft, OutsideHours, change_hours, hours_of, keep_hours, resume, snooze, stop
from bot.storage.people import find_person
from bot.storage.return_links import return_link_of
from bot.storage.tables import Person, Relation
from bot.understanding.availability import understand_availability
from bot.understanding.zones import find_zone
from bot.web.pages import Pages
from bot.web.sign_in import return_address
from bot.web.visitors import Visitors

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# The most messages a week that can be chosen on the page; more can be said in the chat.
MOST_A_WEEK = 7
QUIET_FOR = timedelta(days=7)

Act = Callable[[AsyncSession, Person], Awaitable[str]]
Short = Annotated[str, Form(max_length=40)]


class Refused(Exception):
    """Raised when what was entered cannot be kept; says in one sentence why and what to write."""


class OwnPage:
    """Shows the page, and does what is asked for on it to the signed-in person's own things."""

    def __init__(self, product: Product, pages: Pages, visitors: Visitors, base: str = "") -> None:
        """`base` is where the page stands inside another, such as a tab; without it, the page is one of the web's own."""
        self.product, self.pages, self.visitors, self.base = product, pages, visitors, base
        self.links = ReturnLinks(product.settings.pseudonym_key)
        self.sentences, self.settings = product.toolkit.sentences, product.settings.file
        self.words = self.sentences.group("home")

    async def show(self, request: Request, status: int = 200, invitation: Sequence[Reply] = (), **shown: str) -> Response:
        """Return the page of whoever is signed in; `shown` are what was done (`said`), a `problem`, and what was entered."""
        visitor = await self.visitors.participant(request)
        if isinstance(visitor, Response):
            return visitor
        async with self.product.database.reading() as session:
            home = await read_home(session, visitor.id, self.settings, self.product.clock.now())
            link = await return_link_of(session, visitor.id)
        if home is None:
            return self.pages.render(
                "notice.html", base=self.base, person=visitor, path="/home", heading=self.words["heading"], text=self.words["not_yet"]
            )
        return self.pages.render(
            "home.html",
            status,
            person=visitor,
            path="/home",
            base=self.base,
            link_made=say_day(link.made_at.astimezone(self.product.settings.zone)) if link else "",
            may_have_link=not visitor.access.is_staff,
            home=home,
            home_words=self.words,
            invitation=[reply.text for reply in invitation],
            asked_at=say_moment(home.asked_at) if home.asked_at else "",
            snoozed=say_moment(home.snoozed_until) if home.snoozed_until else "",
            in_words=say_availability(self.sentences, home.hours).splitlines(),
            survey_at=home.hours.survey_at or self.settings.survey.ask_at,
            days=[(number, self.sentences[f"availability.{name}"]) for number, name in enumerate(DAYS)],
            labels=sorted({block.label for block in home.hours.busy} | {days.label for days in home.hours.away}),
            reflections=[(say_day(kept.at), kept) for kept in home.reflections],
            invited=[(self.sentences[f"counterpart.{each.relation.value}"], each.has_accepted) for each in home.invited],
            place_post=self.sentences[f"roster_pages.post_{post.value}"] if home.place and (post := home.place.line.post) else "",
            place_roles=", ".join(self.sentences[f"roster_pages.role_{each.role.value}"] for each in home.place.grants)
            if home.place
            else "",
            most=MOST_A_WEEK,
            smallest=self.settings.dashboard.smallest_group,
            **shown,
        )

    async def act(self, request: Request, do: Act, **entered: str) -> Response:
        """Do something to the signed-in person's own things and show the page anew, with what was done or what is wrong."""
        visitor = await self.visitors.participant(request)
        if isinstance(visitor, Response):
            return visitor
        try:
            async with self.product.database.transaction() as session:
                person = await find_person(session, visitor.id)
                if person is None or person.consented_at is None:
                    return RedirectResponse(f"{self.base}/home", 303)
                said = await do(session, person)
        except Refused as refused:
            return await self.show(request, 400, (), problem=str(refused), **entered)
        except OutsideHours as wrong:
            return await self.show(request, 400, (), problem=say_outside(self.sentences, wrong.at, wrong.hours), **entered)
        except NoDayLeft:
            return await self.show(request, 400, (), problem=self.sentences["availability.no_day_left"], **entered)
        return RedirectResponse(f"{self.base}/home?said={said}", 303)


def home_router(product: Product, pages: Pages, visitors: Visitors, base: str = "") -> APIRouter:
    """Return the routes of the page, under `base`; each changes only what is the signed-in person's own."""
    router, own = APIRouter(prefix=base), OwnPage(product, pages, visitors, base)

    @router.get("/home")
    async def page(request: Request, said: str = "") -> Response:
        return await own.show(request, said=own.words.get(f"said_{said}", ""))

    for routes in (_hours_routes, _invitation_routes, _link_routes, _rights_routes):
        routes(router, own)
    return router


def _hours_routes(router: APIRouter, own: OwnPage) -> None:
    @router.post("/home/hours")
    async def set_hours(
        request: Request,
        starts: Short,
        ends: Short,
        survey_at: Short,
        weekly_cap: Annotated[int, Form(ge=1, le=MOST_A_WEEK)],
        time_zone: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        """Keep the hours as the form has them; busy times and days away stay as they are."""
        form = await request.form()
        days = frozenset(number for number in range(len(DAYS)) if str(number) in form.getlist("days"))

        async def do(session: AsyncSession, person: Person) -> str:
            hours = hours_of(person, own.settings)
            at = _read_time(survey_at, own.words["wrong_time"])
            changed = replace(
                hours,
                day_starts=_read_time(starts, own.words["wrong_time"]),
                day_ends=_read_time(ends, own.words["wrong_time"]),
                working_days=days,
                weekly_cap=weekly_cap,
                survey_at=None if at == own.settings.survey.ask_at else at,
                wants_digest=bool(form.get("digest")),
                # Whoever sends the form without the box, such as an older page, leaves that as it is.
                wants_surveys=bool(form.get("surveys")) if "surveys_shown" in form else hours.wants_surveys,
            )
            if time_zone.strip():
                changed = _in_zone(changed, time_zone, person.time_zone, own.words["wrong_zone"])
            is_kept = (changed.day_starts, changed.day_ends) == (hours.day_starts, hours.day_ends)
            if changed.day_starts >= changed.day_ends != MIDNIGHT and not is_kept:
                raise Refused(own.words["wrong_order"])
            if changed.wants_surveys and not changed.is_within_day(at):
                raise Refused(say_outside(own.sentences, at, changed))
            await keep_hours(session, person, changed, own.settings, own.product.clock.now())
            return "kept"

        return await own.act(request, do)

    @router.post("/home/busy")
    async def add_busy(request: Request, sentence: Annotated[str, Form(max_length=300)]) -> Response:
        """Change the hours as one sentence says, the same that the chat understands."""

        async def do(session: AsyncSession, person: Person) -> str:
            now = own.product.clock.now()
            change = understand_availability(sentence, now, ZoneInfo(person.time_zone))
            if change is None:
                raise Refused(own.words["not_understood"])
            if change.needs is not None:
                raise Refused(say_need(own.sentences, change.needs, change.about))
            await change_hours(session, person, change, own.settings, now)
            return "kept"

        return await own.act(request, do, sentence=sentence)

    @router.post("/home/forget")
    async def forget(request: Request, label: Short) -> Response:
        async def do(session: AsyncSession, person: Person) -> str:
            await change_hours(session, person, Change(forgets=frozenset({label})), own.settings, own.product.clock.now())
            return "kept"

        return await own.act(request, do)

    @router.post("/home/quiet")
    async def quiet(request: Request, action: Short) -> Response:
        async def do(session: AsyncSession, person: Person) -> str:
            now = own.product.clock.now()
            if action == "resume":
                await resume(session, person, own.settings, now)
            elif action == "stop":
                await stop(session, person, now)
            else:
                day = (now + QUIET_FOR).astimezone(ZoneInfo(person.time_zone)).date()
                snooze(person, datetime.combine(day, own.settings.follow_up.ask_at, ZoneInfo(person.time_zone)))
            return "resumed" if action == "resume" else "quiet"

        return await own.act(request, do)


def _invitation_routes(router: APIRouter, own: OwnPage) -> None:
    @router.post("/home/invite")
    async def invite(request: Request, relation: Relation = Form()) -> Response:
        """Make an invitation; its code is shown on this one page and kept nowhere."""
        made: list[Reply] = []

        async def do(session: AsyncSession, person: Person) -> str:
            made.extend(await own.product.counterparts.invite(session, person, relation, own.product.clock.now()))
            return "invited"

        answer = await own.act(request, do)
        return await own.show(request, invitation=made) if made else answer

    @router.post("/home/invitations")
    async def end_invitations(request: Request, action: Short) -> Response:
        async def do(session: AsyncSession, person: Person) -> str:
            ending = own.product.counterparts.stop_rating if action == "stop_rating" else own.product.counterparts.end_invitations
            await ending(session, person, own.product.clock.now())
            return "ended"

        return await own.act(request, do)


def _link_routes(router: APIRouter, own: OwnPage) -> None:
    @router.post("/home/link")
    async def make_link(request: Request) -> Response:
        """Make a link to come back by; it is shown on this one page, and an earlier one ends."""
        made: list[str] = []

        async def do(session: AsyncSession, person: Person) -> str:
            try:
                made.append(await own.links.make(session, person.id, real_time()))
            except NoLinkForStaff:
                raise Refused(own.words["no_link_for_staff"]) from None
            return "kept"

        answer = await own.act(request, do)
        return await own.show(request, link=return_address(own.product, request, made[0])) if made else answer

    @router.post("/home/link/end")
    async def end_link(request: Request) -> Response:
        async def do(session: AsyncSession, person: Person) -> str:
            await own.links.end(session, person.id, real_time())
            return "link_ended"

        return await own.act(request, do)


def _rights_routes(router: APIRouter, own: OwnPage) -> None:
    @router.get("/home/export")
    async def download(request: Request) -> Response:
        """Give everything that is held about the person as a file."""
        visitor = await own.visitors.person_of(request)
        held = await export(own.product.database, visitor.id) if visitor else None
        if held is None:
            return own.visitors.ask_to_sign_in(request)
        headers = {"Content-Disposition": 'attachment; filename="coach-export.json"'}
        return Response(json.dumps(held, ensure_ascii=False, indent=2), media_type="application/json", headers=headers)

    @router.post("/home/erase")
    async def erase_all(request: Request, confirm: Annotated[str, Form(max_length=10)] = "") -> Response:
        """Delete everything, once the box beside the button was ticked."""
        visitor = await own.visitors.participant(request)
        if isinstance(visitor, Response):
            return visitor
        if not confirm:
            return await own.show(request, 400, problem=own.words["erase_unconfirmed"])
        await erase(own.product.database, visitor.id)
        await own.visitors.end(request)
        return own.pages.render("notice.html", base=own.base, heading=own.words["erased_heading"], text=own.words["erased"])


def _in_zone(hours: Availability, entered: str, present: str, problem: str) -> Availability:
    """Return the hours in the time zone that was entered; one that is left as it stands is none that the person named."""
    zone = find_zone(entered)
    if zone is None:
        raise Refused(problem)
    return hours if zone == present else replace(hours, time_zone=zone)


def _read_time(text: str, problem: str) -> time:
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise Refused(problem) from None
