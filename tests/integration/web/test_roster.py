"""The roster's pages: who may see what, a file looked at before it is imported, roles, meetings and codes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import func, select

from bot.domain.access import Grant, Role
from bot.domain.messages import Said
from bot.storage.access import access_of, grant_role
from bot.storage.people import add_programme, enrol, find_person
from bot.storage.roster import forums_with
from bot.storage.tables import Audit, Forum, JoinCode, Person, RosterDraft
from tests.conftest import NOON
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio

HEAD = "E-mail,Name,Programme,Cohort,Forums\n"


@pytest.fixture
async def keeper(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """Give the administrator's browser, signed in."""
    async with web.visitor(follow_redirects=True) as browser:
        await browser.post("/sign-in", data={"person": "administrator"})
        yield browser


async def upload(browser: httpx.AsyncClient, content: bytes, **options: str) -> httpx.Response:
    return await browser.post("/dashboard/roster/import", files={"file": ("roster.csv", content)}, data=options)


async def forum_of(web: Web) -> int:
    async with web.product.database.reading() as session:
        return (await session.scalars(select(Forum.id).where(Forum.programme_id == "demonstration"))).one()


async def actions(web: Web) -> list[str]:
    async with web.product.database.reading() as session:
        return list(await session.scalars(select(Audit.action).order_by(Audit.id)))


async def test_a_keeper_sees_programmes_forums_and_names_and_that_is_on_record(keeper: httpx.AsyncClient, web: Web) -> None:
    page = (await keeper.get("/dashboard/roster")).text
    for words in ("Clinical Directors&#39; Forum", "Darzi Fellows Programme", "North West board", "A forum lead", "(Europe/London)"):
        assert words in page, words
    forum = (await keeper.get(f"/dashboard/roster/forums/{await forum_of(web)}")).text
    assert "A surgeon" in forum
    entry = (await keeper.get("/dashboard/roster/people/surgeon")).text
    assert "Clinical director" in entry
    assert (await actions(web))[-2:] == ["roster.list", "roster.view"]


async def test_nobody_else_sees_any_of_it(web: Web) -> None:
    paths = ["", "/import", "/programmes/demonstration", "/programmes/demonstration/codes", "/forums/1", "/people/surgeon", "/template.csv"]
    async with web.visitor() as browser:
        for who in ("surgeon", "forum-lead"):
            await browser.post("/sign-in", data={"person": who})
            for path in paths:
                assert (await browser.get(f"/dashboard/roster{path}")).status_code == 403, (who, path)


async def test_a_team_sees_its_own_programme_alone(web: Web) -> None:
    async with web.product.database.transaction() as session:
        await add_programme(session, "north", "North")
        await enrol(session, "norma", name="Norma North", time_zone="Europe/London", now=web.product.clock.now(), programme_id="north")
        await grant_role(session, "nurse-lead", Grant(Role.PROGRAMME_TEAM, "north"), by="tests", now=web.product.clock.now())
    async with web.visitor(follow_redirects=True) as browser:
        await browser.post("/sign-in", data={"person": "nurse-lead"})
        page = (await browser.get("/dashboard/roster")).text
        assert "North" in page
        assert "Demonstration programme" not in page
        assert "Norma North" in (await browser.get("/dashboard/roster/programmes/north")).text
        for path in (
            "people/surgeon",
            "people/administrator",
            "people/nobody",
            "programmes/demonstration",
            f"forums/{await forum_of(web)}",
        ):
            assert (await browser.get(f"/dashboard/roster/{path}")).status_code == 404, path
        refused = await upload(browser, (HEAD + "a@x.uk,Ann,demonstration,,\n").encode())
        assert "not a programme that you look after" in refused.text
        wide = await browser.post("/dashboard/roster/people/norma/roles", data={"grant": "administrator||"})
        assert "wider than yours" in wide.text


async def test_a_file_is_looked_at_then_imported_and_the_same_again_is_nothing(keeper: httpx.AsyncClient, web: Web) -> None:
    content = (HEAD + "Zoe@x.uk,Zoë Archer,demonstration,2026,Clinical Directors' Forum\n").encode("cp1252")
    looked = await upload(keeper, content)
    assert "What would change" in looked.text
    async with web.product.database.reading() as session:
        before = await session.scalar(select(func.count()).select_from(Person))
        draft = (await session.scalars(select(RosterDraft))).one()
        assert "x.uk" not in (draft.content or ""), "addresses are kept nowhere, not even for an hour"
    done = await keeper.post(str(looked.url))
    assert "It is imported" in done.text
    assert "It is imported" in (await keeper.post(str(looked.url))).text, "a second tap changes nothing"
    async with web.product.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Person)) == (before or 0) + 1
        assert (await session.scalars(select(RosterDraft.content))).one() is None
    assert "Everything in the file is on the roster already" in (await upload(keeper, content)).text


async def test_what_is_wrong_is_told_by_row_and_can_be_downloaded(keeper: httpx.AsyncClient) -> None:
    looked = await upload(keeper, (HEAD + "zoe,Zoë,demonstration,,\nb@x.uk,+Ben,Demonstration program,,\n").encode())
    assert "This is not an e-mail address" in looked.text
    report = await keeper.get(f"{looked.url}/problems.csv")
    assert report.headers["content-disposition"] == 'attachment; filename="roster-problems.csv"'
    assert report.text.splitlines()[1].startswith("2,E-mail,")
    assert "zoe" not in report.text, "no address is repeated"
    broken = await upload(keeper, b"PK\x03\x04 nonsense")
    assert "The workbook cannot be read" in broken.text
    assert "larger than 20 MB" in (await upload(keeper, b"x" * (20 * 1024 * 1024 + 10_001))).text
    assert "Choose a file first" in (await keeper.post("/dashboard/roster/import", data={"may_add": "yes"})).text


async def test_a_draft_is_its_makers_alone(keeper: httpx.AsyncClient, team: httpx.AsyncClient) -> None:
    looked = await upload(keeper, (HEAD + "zoe@x.uk,Zoë,demonstration,,\n").encode())
    assert (await team.get(looked.url.path)).headers["location"].endswith("problem=draft_gone")
    assert (await team.post(looked.url.path)).headers["location"].endswith("problem=draft_gone")


async def test_who_is_not_in_the_file_leaves_only_by_their_number(keeper: httpx.AsyncClient, web: Web) -> None:
    both = await upload(keeper, (HEAD + "a@x.uk,Ann,demonstration,,\nb@x.uk,Ben,demonstration,,\n").encode())
    await keeper.post(str(both.url))
    one = await upload(keeper, (HEAD + "a@x.uk,Ann,demonstration,,\n").encode())
    assert "Take out of their programme the 1" in one.text
    wrong = await keeper.post(str(one.url), data={"leave": "yes", "count": "7"})
    assert "The number was not the same" in wrong.text
    assert "Taken out" in (await keeper.post(str(one.url), data={"leave": "yes", "count": "1"})).text
    assert "roster.left" in await actions(web)


async def test_a_draft_is_forgotten_after_an_hour(keeper: httpx.AsyncClient, web: Web) -> None:
    looked = await upload(keeper, (HEAD + "zoe@x.uk,Zoë,demonstration,,\n").encode())
    web.product.clock.offset += timedelta(hours=1, minutes=1)
    assert "more than an hour ago" in (await keeper.get(str(looked.url))).text
    await web.product.roster_drafts.forget_old()
    async with web.product.database.reading() as session:
        assert (await session.scalars(select(RosterDraft))).all() == []


async def test_progress_is_streamed_until_the_outcome(keeper: httpx.AsyncClient) -> None:
    looked = await upload(keeper, (HEAD + "a@x.uk,Ann,demonstration,,\n").encode())
    events = (await keeper.get(f"{looked.url}/events")).text
    assert "event: outcome" in events
    assert "What would change" in events
    assert "event: done" in events


MEETINGS = [
    ("2027-06-03T17:30", "Europe/London", "It is kept", "a Thursday to come"),
    ("2020-06-03T17:30", "Europe/London", "still to come", "past"),
    ("2027-03-28T01:30", "Europe/London", "clocks go forward", "an hour that London skips"),
    ("2027-03-28T01:30", "Europe/Paris", "It is kept", "and Paris does not"),
    ("2027-06-03T17:30", "Leeds", "time zone such as", "no zone"),
    ("soon", "Europe/London", "a day and a time", "no moment"),
]


async def test_a_meeting_is_set_in_a_named_zone(keeper: httpx.AsyncClient, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    # As on the day on which this was written, whatever day it is.
    monkeypatch.setattr(web.product.clock, "offset", NOON - datetime.now(UTC))
    forum = await forum_of(web)
    for at, zone, words, reason in MEETINGS:
        said = await keeper.post(f"/dashboard/roster/forums/{forum}", data={"meets_at": at, "time_zone": zone})
        assert words in said.text, reason


async def test_a_place_and_roles_are_changed_on_the_page(keeper: httpx.AsyncClient, web: Web) -> None:
    path = "/dashboard/roster/people/surgeon"
    assert "It is kept" in (await keeper.post(path, data={"post": "nurse_lead"})).text
    async with web.product.database.reading() as session:
        assert not await forums_with(session, "surgeon"), "a box that is not ticked is a place that ends"
    assert "The roles are changed" in (await keeper.post(f"{path}/roles", data={"grant": "administrator||"})).text
    assert "last administrator" not in (await keeper.post(f"{path}/roles", data={"grant": "administrator||", "action": "end"})).text
    mine = "/dashboard/roster/people/administrator/roles"
    assert "last administrator" in (await keeper.post(mine, data={"grant": "administrator||", "action": "end"})).text
    assert "Nobody gives a role to themselves" in (await keeper.post(mine, data={"grant": "programme_team||"})).text
    assert "Tick the box" in (await keeper.post(f"{path}/leave")).text
    assert "out of the programme" in (await keeper.post(f"{path}/leave", data={"confirm": "yes"})).text
    async with web.product.database.reading() as session:
        assert (await access_of(session, "surgeon")).grants == frozenset()
        assert (await session.get_one(Person, "surgeon")).programme_id is None


async def code_made(keeper: httpx.AsyncClient, uses: int = 2, **parts: str) -> str:
    page = await keeper.post("/dashboard/roster/codes/demonstration", data={"most_uses": str(uses), "days": "14", **parts})
    found = re.search(r"\d{5}-[A-Z]{5}", page.text)
    assert found
    return found[0]


async def test_somebody_joins_by_a_code_on_the_page(keeper: httpx.AsyncClient, web: Web) -> None:
    code = await code_made(keeper, forum=str(await forum_of(web)))
    async with web.product.database.reading() as session:
        assert code not in str((await session.scalars(select(JoinCode.code_key))).all())
    async with web.visitor(follow_redirects=True) as browser:
        page = await browser.get(f"/join/{code.lower()}")
        assert "Demonstration programme, Clinical Directors&#39; Forum" in page.text
        assert "Write your name" in (await browser.post(f"/join/{code}", data={"name": " "})).text
        joined = await browser.post(f"/join/{code}", data={"name": "Jo <b>Joiner</b>"})
        assert "/return/" in joined.text, "a link of their own to keep"
        assert "May I" in (await browser.get("/chat")).text
        await browser.post(f"/join/{code}")
    async with web.product.database.reading() as session:
        assert (await session.scalars(select(JoinCode.uses))).one() == 1, "who is there already takes no use"
        (person,) = [each for each in await session.scalars(select(Person)) if each.name == "Jo <b>Joiner</b>"]
        assert person.consented_at is None
        assert len(await forums_with(session, person.id)) == 1


async def test_a_code_runs_out_ends_and_cannot_be_guessed(keeper: httpx.AsyncClient, web: Web) -> None:
    code = await code_made(keeper, uses=1)
    async with web.visitor(follow_redirects=True) as browser:
        await browser.post(f"/join/{code}", data={"name": "One"})
    async with web.visitor(follow_redirects=True) as browser:
        assert "has run out" in (await browser.post(f"/join/{code}", data={"name": "Two"})).text
        other = await code_made(keeper)
        await keeper.post(f"/dashboard/roster/codes/demonstration/{2}")
        assert "has run out" in (await browser.get(f"/join/{other}")).text
        good = await code_made(keeper)
        for number in range(10):
            assert (await browser.get(f"/join/0000{number}-ABCDE")).status_code == 404
        assert (await browser.get(f"/join/{good}")).status_code == 429, "even a right one waits then"


async def test_a_code_works_in_the_conversation_before_and_after_consent(keeper: httpx.AsyncClient, web: Web) -> None:
    code, product = await code_made(keeper, uses=5), web.product
    async with product.database.transaction() as session:
        for name in ("lena", "mo", "pat"):
            await enrol(session, name, name=name, time_zone="Europe/London", now=product.clock.now())
        await add_programme(session, "north", "North")
        (await session.get_one(Person, "pat")).programme_id = "north"
    await product.conversation.receive("lena", Said("web", "e1", text=f"my code is {code}"))
    shown = [each.text for each in product.lobby.shown_to("lena", product.clock.now())]
    assert "Demonstration programme" in shown[0]
    assert len(shown) == 2, "and then consent is asked"
    await product.conversation.receive("mo", Said("web", "e2", choice="consent.yes"))
    await product.conversation.receive("mo", Said("web", "e3", text=code.replace("-", "").lower()))
    await product.conversation.answer("mo")
    await product.conversation.receive("pat", Said("web", "e4", text=code))
    assert "another programme" in product.lobby.shown_to("pat", product.clock.now())[0].text
    async with product.database.reading() as session:
        places = [(await session.get_one(Person, name)).programme_id for name in ("lena", "mo", "pat")]
        assert places == ["demonstration", "demonstration", "north"]


async def test_an_account_of_nobodys_joins_with_a_code(keeper: httpx.AsyncClient, web: Web) -> None:
    code, product = await code_made(keeper), web.product
    now = product.clock.now()
    assert await product.joining.admit("slack", "T1", "U1", "Uma", "hello", now) is None
    unknown = await product.joining.admit("slack", "T1", "U1", "Uma", "00000-AAAAA", now)
    assert unknown is not None
    assert unknown[0] is None
    joined = await product.joining.admit("slack", "T1", "U1", "Uma", code, now)
    assert joined is not None
    assert joined[0] is not None
    async with product.database.reading() as session:
        person = await find_person(session, joined[0])
        assert person is not None
        assert (person.name, person.programme_id) == ("Uma", "demonstration")


async def test_everybody_sees_their_own_place(surgeon: httpx.AsyncClient) -> None:
    page = (await surgeon.get("/home")).text
    for words in ("Programme: Demonstration programme", "Post: Clinical director", "Forums: Clinical Directors&#39; Forum"):
        assert words in page, words
