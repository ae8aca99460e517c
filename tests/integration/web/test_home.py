"""A person's own page, and the page that an invitation leads to."""

from __future__ import annotations

import re
from datetime import datetime, time

import httpx
import pytest
from sqlalchemy import delete, func, select

from bot.domain.access import Grant, Role
from bot.domain.availability import Availability
from bot.domain.messages import Said
from bot.storage.access import grant_role
from bot.storage.plans import keep_plan, keep_reflection
from bot.storage.tables import Counterpart, Message, Person, PersonKind, ReturnLink, Schedule, WebSession
from tests.browsers import follow
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio

HOURS = {"starts": "08:00", "ends": "19:00", "survey_at": "17:00", "weekly_cap": "2", "days": ["0", "2"], "digest": "yes"}


async def person_of(web: Web, name: str = "surgeon") -> Person:
    async with web.product.database.reading() as session:
        return await session.get_one(Person, name)


async def hours_of_surgeon(web: Web) -> Availability:
    kept = (await person_of(web)).availability
    assert kept is not None
    return Availability.from_json(kept)


async def test_whoever_is_not_signed_in_is_asked_to(web: Web, closed_web: Web) -> None:
    async with web.visitor() as browser, closed_web.visitor() as stranger:
        for path in ("/home", "/home/export"):
            assert (await browser.get(path)).headers["location"] == "/sign-in"
            assert (await stranger.get(path)).status_code == 401
        for path in ("/home/quiet", "/home/erase"):
            assert (await browser.post(path, data={"action": "week", "confirm": "yes"})).headers["location"] == "/sign-in"
            assert (await stranger.post(path, data={"action": "week", "confirm": "yes"})).status_code == 401


async def test_without_consent_there_is_nothing_to_see_or_change(web: Web) -> None:
    async with web.visitor() as browser:
        await browser.post("/sign-in", data={"person": "surgeon"})
        assert "Open the chat first" in (await browser.get("/home")).text
        await browser.post("/home/hours", data=HOURS)
    assert (await person_of(web)).availability is None


async def test_the_page_shows_what_is_the_persons_own(web: Web, surgeon: httpx.AsyncClient) -> None:
    now = web.product.clock.now()
    async with web.product.database.transaction() as session:
        await keep_plan(session, "surgeon", "If <the list> is cut, I ask why", theme=None, scenario=None, check_in_at=now, now=now)
        await keep_reflection(session, "surgeon", asked="What would nobody miss?", words="The Friday meeting", theme=None, now=now)
    page = (await surgeon.get("/home")).text
    assert "If &lt;the list&gt; is cut, I ask why" in page
    assert "I come back to it on" in page
    assert "The Friday meeting" in page


async def test_hours_are_kept_as_the_form_has_them(web: Web, surgeon: httpx.AsyncClient) -> None:
    done = await surgeon.post("/home/hours", data=HOURS, follow_redirects=True)
    assert "Saved." in done.text
    hours = await hours_of_surgeon(web)
    assert (hours.day_starts, hours.day_ends, hours.survey_at) == (time(8), time(19), time(17))
    assert (hours.working_days, hours.weekly_cap, hours.wants_digest) == (frozenset({0, 2}), 2, True)
    assert "A digest of your week comes on Mondays" in done.text
    async with web.product.database.reading() as session:
        assert "digest" in list(await session.scalars(select(Schedule.source).where(Schedule.person_id == "surgeon")))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"starts": "half past"}, "hours and minutes"),
        ({"starts": "19:00", "ends": "08:00"}, "earlier"),
        ({"days": []}, "no day"),
        ({"survey_at": "19:30"}, "19:30 is outside your hours, 08:00 to 19:00"),
        ({"time_zone": "Atlantis"}, "That time zone is not known"),
    ],
)
async def test_wrong_hours_change_nothing(web: Web, surgeon: httpx.AsyncClient, wrong: dict[str, str | list[str]], says: str) -> None:
    answer = await surgeon.post("/home/hours", data=HOURS | wrong)
    assert answer.status_code == 400
    assert says in answer.text
    assert (await person_of(web)).availability is None


async def test_the_time_zone_and_the_surveys_are_set_there(web: Web, surgeon: httpx.AsyncClient) -> None:
    assert 'value="Europe/London"' in (await surgeon.get("/home")).text
    await surgeon.post("/home/hours", data=HOURS | {"time_zone": "Europe/London", "surveys_shown": "yes", "surveys": "yes"})
    assert (await hours_of_surgeon(web)).time_zone is None, "what is left as it stands was not named"
    done = await surgeon.post("/home/hours", data=HOURS | {"time_zone": "lisbon", "surveys_shown": "yes"}, follow_redirects=True)
    assert "Lisbon (Europe/Lisbon)" in done.text
    assert (await person_of(web)).time_zone == "Europe/Lisbon"
    hours = await hours_of_surgeon(web)
    assert (hours.time_zone, hours.wants_surveys) == ("Europe/Lisbon", False)
    refused = await surgeon.post("/home/busy", data={"sentence": "surveys at 22:00"})
    assert "22:00 is outside your hours" in refused.text


async def test_busy_times_are_said_in_a_sentence_and_taken_away(web: Web, surgeon: httpx.AsyncClient) -> None:
    await surgeon.post("/home/busy", data={"sentence": "theatre Tuesdays and Thursday mornings"})
    assert [block.label for block in (await hours_of_surgeon(web)).busy] == ["theatre", "theatre"]
    unread = await surgeon.post("/home/busy", data={"sentence": "the list was cut on Tuesday"})
    assert unread.status_code == 400
    assert "could not be read as hours" in unread.text
    assert "the list was cut on Tuesday" in unread.text, "what was typed is not lost"
    asked = await surgeon.post("/home/busy", data={"sentence": "not in clinic please"})
    assert "On which days?" in asked.text
    await surgeon.post("/home/forget", data={"label": "theatre"})
    assert (await hours_of_surgeon(web)).busy == ()


async def test_quiet_stop_and_start_again(web: Web, surgeon: httpx.AsyncClient) -> None:
    await surgeon.post("/home/quiet", data={"action": "week"})
    snoozed = (await person_of(web)).snoozed_until
    assert snoozed is not None
    assert (snoozed - web.product.clock.now()).days in {6, 7}
    page = (await surgeon.get("/home")).text
    assert "Quiet until" in page
    assert "Be quiet for a week" not in page
    await surgeon.post("/home/quiet", data={"action": "stop"})
    assert (await person_of(web)).stopped_at is not None
    await surgeon.post("/home/quiet", data={"action": "resume"})
    person = await person_of(web)
    assert (person.snoozed_until, person.stopped_at) == (None, None)


async def test_the_copy_holds_everything_and_erasing_asks_first(web: Web, surgeon: httpx.AsyncClient) -> None:
    copy = await surgeon.get("/home/export")
    assert "attachment" in copy.headers["content-disposition"]
    assert copy.json()["message"][0]["text"] == "Yes, go ahead"
    assert "Tick the box" in (await surgeon.post("/home/erase", data={})).text
    assert (await person_of(web)).consented_at is not None
    gone = await surgeon.post("/home/erase", data={"confirm": "yes"})
    assert "Everything is deleted" in gone.text
    assert (await person_of(web)).consented_at is None
    async with web.product.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Message).where(Message.person_id == "surgeon")) == 0
    assert (await surgeon.get("/home")).headers["location"] == "/sign-in"


async def test_a_colleague_accepts_an_invitation_by_its_link(web: Web, surgeon: httpx.AsyncClient) -> None:
    page = (await surgeon.post("/home/invite", data={"relation": "general_manager"})).text
    found = re.search(r"([A-Z]{5}-\d{5})", page)
    assert found
    assert found[1] not in (await surgeon.get("/home")).text, "a code is shown once"
    async with web.visitor() as colleague:
        invitation = await colleague.get(f"/invited/{found[1]}")
        assert "three times in a year" in invitation.text
        kept = re.search(r"/return/[\w-]{43}", (await colleague.post(f"/invited/{found[1]}")).text)
        assert kept, "whoever has no other way back is given one"
        async with web.product.database.reading() as session:
            rater = (
                await session.scalars(select(Person).where(Person.kind == PersonKind.COUNTERPART, Person.id.startswith("counterpart-")))
            ).one()
        assert await said_first(web, rater.id) == [], "nothing is asked before they agree"
        await web.product.conversation.receive(rater.id, Said("web", "the colleague agreed", choice="consent.yes"))
        said = await said_first(web, rater.id)
        assert "invited you to say how working together is" in said[-1]
        again = await colleague.get(f"/invited/{found[1]}")
        assert again.status_code == 404
        assert "was used" in again.text
    # Months later, and with another device.
    async with web.product.database.transaction() as session:
        await session.execute(delete(WebSession).where(WebSession.person_id == rater.id))
    async with web.visitor() as phone:
        assert (await follow(phone, kept[0])).headers["location"] == "/chat"
        assert "invited you to say how working together is" in (await phone.get("/chat")).text
        assert (await phone.get(f"/return/{found[1]}")).status_code == 400, "the code, which others know, is no way back"
    assert "Accepted: your general manager" in (await surgeon.get("/home")).text
    await surgeon.post("/home/invitations", data={"action": "end"})
    async with web.product.database.reading() as session:
        ended = (await session.scalars(select(Counterpart.ended_at).where(Counterpart.person_id == "surgeon"))).one()
    assert isinstance(ended, datetime)


async def test_nobody_accepts_their_own_invitation(web: Web, surgeon: httpx.AsyncClient) -> None:
    page = (await surgeon.post("/home/invite", data={"relation": "nurse_lead"})).text
    found = re.search(r"([A-Z]{5}-\d{5})", page)
    assert found
    assert "your own invitation" in (await surgeon.post(f"/invited/{found[1]}")).text
    assert (await surgeon.get("/invited/ABCDE-00000")).status_code == 404


async def said_first(web: Web, person_id: str) -> list[str]:
    async with web.product.database.reading() as session:
        return [each.text for each in await session.scalars(select(Message).where(Message.person_id == person_id).order_by(Message.id))]


async def test_a_link_to_come_back_by_is_shown_once_replaced_and_ended(web: Web, surgeon: httpx.AsyncClient) -> None:
    def link_in(page: str) -> str:
        found = re.search(r"/return/[\w-]{43}", page)
        assert found
        return found[0]

    first = link_in((await surgeon.post("/home/link")).text)
    page = (await surgeon.get("/home")).text
    assert first not in page
    assert "You have one, made on" in page
    async with web.product.database.reading() as session:
        assert (await session.scalars(select(ReturnLink.secret_key))).one() not in first, "the database opens nothing"
    second = link_in((await surgeon.post("/home/link")).text)
    async with web.visitor() as phone:
        assert (await phone.get(first)).status_code == 400, "a new link takes the place of the one before"
        assert (await follow(phone, second)).headers["location"] == "/chat"
        ended = await surgeon.post("/home/link/end", follow_redirects=True)
        assert "opens nothing any more" in ended.text
        assert (await phone.get(second)).status_code == 400
        secret = second.rpartition("/")[2]
        assert (await phone.post("/sign-in/return", data={"secret": secret})).status_code == 400


async def test_whoever_has_a_role_comes_in_by_no_link(web: Web, surgeon: httpx.AsyncClient) -> None:
    made = re.search(r"/return/[\w-]{43}", (await surgeon.post("/home/link")).text)
    assert made
    async with web.product.database.transaction() as session:
        await grant_role(session, "surgeon", Grant(Role.FORUM_LEAD), by="test", now=web.product.clock.now())
    assert "opened by signing in only" in (await surgeon.post("/home/link")).text
    async with web.visitor() as phone:
        assert (await phone.get(made[0])).status_code == 400
