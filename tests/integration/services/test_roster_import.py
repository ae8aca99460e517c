"""Rosters brought in on both databases: all or nothing, twice the same, nobody removed unasked, no address kept."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from bot.content.toolkit import Toolkit
from bot.domain.access import Access, Grant, Role
from bot.services.membership import email_key
from bot.services.rights import erase, export
from bot.services.roles import Actor, RoleRefused, give_role, take_role
from bot.services.roster.drafts import RosterDrafts
from bot.services.roster.importing import LeaversDiffer, RosterRefused
from bot.services.roster.rows import ReadRoster, Report
from bot.storage.access import access_of
from bot.storage.database import Database
from bot.storage.people import add_programme, enrol
from bot.storage.roster import add_cohort, add_forum, add_trust, forums_with, members_of
from bot.storage.tables import Address, Audit, Person, RoleGrant
from tests.conftest import NOON

pytestmark = pytest.mark.anyio

KEY = "a key of the tests"
OPERATOR = Actor("account:tests", None)
TENANT, OBJECT = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-2222-3333-4444-555555555555"


class Roster:
    """The database with two programmes, and what is done to its roster."""

    def __init__(self, database: Database, toolkit: Toolkit) -> None:
        self.database = database
        self.drafts = RosterDrafts(database, toolkit.sentences, lambda: NOON, KEY, "Europe/London")

    async def read(self, *lines: str) -> ReadRoster:
        heads = "E-mail,Name,Programme,Cohort,Forums,Post,Role,Teams tenant,Teams object id"
        return await self.drafts.read("\n".join([heads, *lines]).encode(), lambda *_: None)

    async def bring_in(self, *lines: str, actor: Actor = OPERATOR, may_add: bool = False, leaves: int | None = None) -> Report:
        return await self.drafts.bring_in(await self.read(*lines), actor, lambda *_: None, may_add=may_add, leaves=leaves)

    async def check(self, *lines: str, actor: Actor = OPERATOR, may_add: bool = False) -> Report:
        return await self.drafts.check(await self.read(*lines), actor, lambda *_: None, may_add=may_add)

    async def person(self, email: str) -> Person | None:
        async with self.database.reading() as session:
            return await session.scalar(select(Person).where(Person.email_key == email_key(email, KEY)))

    async def everybody(self) -> Sequence[Person]:
        async with self.database.reading() as session:
            return (await session.scalars(select(Person))).all()


@pytest.fixture
async def roster(database: Database, toolkit: Toolkit) -> Roster:
    async with database.transaction() as session:
        await add_programme(session, "north", "North West board programme")
        await add_programme(session, "fellows", "Darzi Fellows")
        await add_cohort(session, "north", "2026")
        await add_forum(session, "north", "Leeds")
    return Roster(database, toolkit)


def codes(report: Report) -> list[tuple[int, str]]:
    return [(problem.row, problem.code) for problem in report.problems]


def actor(*grants: Grant) -> Actor:
    return Actor("tess", Access(frozenset(grants)))


ANN = "ann@x.uk,Ann,north,2026,Leeds,clinical director,,,"
BEN = f"ben@x.uk,Ben,North West board programme,,,GM,forum lead,{TENANT},{OBJECT}"


async def test_a_roster_is_brought_in_and_the_same_again_changes_nothing(roster: Roster) -> None:
    checked = await roster.check(ANN, BEN)
    assert (checked.added, checked.roles) == (2, 1)
    assert not await roster.everybody(), "a look changes nothing"
    assert (await roster.bring_in(ANN, BEN)).added == 2
    ann, ben = await roster.person("ANN@x.uk"), await roster.person("ben@x.uk")
    assert ann is not None
    assert ben is not None
    assert (ann.name, ann.programme_id, ann.post, ann.consented_at) == ("Ann", "north", "director", None)
    async with roster.database.reading() as session:
        assert [each.title for each in await forums_with(session, ann.id)] == ["Leeds"]
        assert (await access_of(session, ben.id)).grants == {Grant(Role.FORUM_LEAD, "north")}
        (address,) = (await session.scalars(select(Address))).all()
        assert (address.person_id, address.account, address.closed_reason) == (ben.id, TENANT, "never_written")
        before = len((await session.scalars(select(Audit))).all())
    again = await roster.bring_in(ANN, BEN)
    assert (again.added, again.changed, again.unchanged, again.roles) == (0, 0, 2, 0)
    async with roster.database.reading() as session:
        noted = (await session.scalars(select(Audit))).all()
        assert len(noted) == before, "nothing was done, and nothing is on record"
        assert not any("@" in each.subject for each in noted)


async def test_an_empty_cell_leaves_what_is_there_and_another_changes_it(roster: Roster) -> None:
    await roster.bring_in(ANN)
    changed = await roster.bring_in("ann@x.uk,Ann Archer,north,,,,,,")
    ann = await roster.person("ann@x.uk")
    assert ann is not None
    assert (changed.changed, ann.name, ann.cohort_id is None, ann.post) == (1, "Ann Archer", False, "director")


@pytest.mark.parametrize(
    ("line", "code", "reason"),
    [
        ("cy@x.uk,Cy,Nort,,,,,,", "unknown_programme", "a programme that there is not"),
        ("cy@x.uk,Cy,north,2062,,,,,", "unknown_cohort", "a cohort of nobody's"),
        ("cy@x.uk,Cy,north,,Leedz,,,,", "unknown_forums", "a forum of nobody's"),
        ("cy@x.uk,Cy,north,,,astronaut,,,", "unknown_post", "a post that is none"),
        ("cy@x.uk,Cy,north,,,,king,,", "unknown_role", "a role that is none"),
        (f"cy@x.uk,Cy,north,,,,,{TENANT},{OBJECT}", "account_of_another", "Ben's account"),
    ],
)
async def test_one_wrong_row_keeps_the_whole_roster_out(roster: Roster, line: str, code: str, reason: str) -> None:
    await roster.bring_in(BEN)
    with pytest.raises(RosterRefused) as refused:
        await roster.bring_in("dee@x.uk,Dee,north,,,,,,", line)
    assert codes(refused.value.report) == [(3, code)], reason
    assert await roster.person("dee@x.uk") is None, "the row before it is not kept either"


async def test_what_is_new_is_added_where_that_is_agreed(roster: Roster) -> None:
    line = "cy@x.uk,Cy,north,2027,Leeds;York,,,,"
    checked = await roster.check(line, may_add=True)
    assert checked.new == {"cohort": ["2027"], "forum": ["York"]}
    await roster.bring_in(line, may_add=True)
    cy = await roster.person("cy@x.uk")
    assert cy is not None
    async with roster.database.reading() as session:
        assert [each.title for each in await forums_with(session, cy.id)] == ["Leeds", "York"]


async def test_nobody_leaves_unasked_and_then_exactly_as_many_as_were_agreed(roster: Roster) -> None:
    await roster.bring_in(ANN, BEN)
    async with roster.database.transaction() as session:
        await enrol(session, "guest", name="Guest", time_zone="Europe/London", now=NOON, programme_id="north")
    only_ann = await roster.bring_in(ANN)
    assert (only_ann.missing, only_ann.left) == (1, 0), "who has no address can stand in no file"
    with pytest.raises(LeaversDiffer):
        await roster.bring_in(ANN, leaves=2)
    ben = await roster.person("ben@x.uk")
    assert ben is not None
    assert ben.programme_id == "north"
    assert (await roster.bring_in(ANN, leaves=1)).left == 1
    ben = await roster.person("ben@x.uk")
    assert ben is not None
    assert ben.programme_id is None
    async with roster.database.reading() as session:
        assert not (await access_of(session, ben.id)).is_staff, "a role in the programme ends with the place in it"
        assert (await session.scalars(select(RoleGrant))).one().ended_at == NOON, "and stays on record"


async def test_a_programmes_team_reaches_no_further_than_its_programme(roster: Roster) -> None:
    team = actor(Grant(Role.PROGRAMME_TEAM, "north"))
    await roster.bring_in("eve@x.uk,Eve,fellows,,,,,,")
    checked = await roster.check(
        "fay@x.uk,Fay,fellows,,,,,,", "eve@x.uk,Eve,north,,,,,,", "gil@x.uk,Gil,north,,,,administrator,,", BEN, actor=team
    )
    assert codes(checked) == [(2, "unknown_programme"), (3, "elsewhere"), (4, "role_too_wide")]
    assert checked.problems[0].instead != "Darzi Fellows", "which programmes there are besides is not told"
    moved = await roster.bring_in("eve@x.uk,Eve,north,,,,,,")
    assert moved.moved == 1, "whoever keeps both may move somebody"


async def test_roles_are_given_no_wider_than_ones_own_and_the_last_administrator_stays(roster: Roster) -> None:
    admin, lead = Grant(Role.ADMINISTRATOR), Grant(Role.FORUM_LEAD, "north")
    async with roster.database.transaction() as session:
        for name in ("tess", "una"):
            await enrol(session, name, name=name, time_zone="Europe/London", now=NOON)
        await give_role(session, OPERATOR, "una", admin, NOON)
        team = actor(Grant(Role.PROGRAMME_TEAM, "north"))
        assert await give_role(session, team, "una", lead, NOON)
        for who, person, grant, code in (
            (team, "una", admin, "too_wide"),
            (team, "una", Grant(Role.FORUM_LEAD, "fellows"), "too_wide"),
            (actor(lead), "una", lead, "too_wide"),
            (actor(admin), "tess", lead, "own"),
            (OPERATOR, "nobody", lead, "nobody"),
        ):
            with pytest.raises(RoleRefused) as refused:
                await give_role(session, who, person, grant, NOON)
            assert refused.value.code == code
        with pytest.raises(RoleRefused, match="last_administrator"):
            await take_role(session, OPERATOR, "una", admin, NOON)
        await give_role(session, OPERATOR, "tess", admin, NOON)
        await take_role(session, OPERATOR, "una", admin, NOON)
        assert (await access_of(session, "una")).grants == {lead}


async def test_a_great_roster_is_brought_in_by_batches(roster: Roster) -> None:
    told: list[tuple[int, int]] = []
    lines = [f"p{number}@x.uk,Person {number},north,2026,Leeds,,,," for number in range(1_234)]
    report = await roster.drafts.bring_in(await roster.read(*lines), OPERATOR, lambda *step: told.append(step), may_add=False)
    assert report.added == 1_234
    assert told == [(500, 1_234), (1_000, 1_234), (1_234, 1_234)]
    async with roster.database.reading() as session:
        assert len(await members_of(session, 1)) == 1_234


async def test_erasing_leaves_the_place_and_no_more_and_the_export_tells_it(roster: Roster) -> None:
    await roster.bring_in("ann@x.uk,Ann,north,2026,Leeds,clinical director,,,")
    ann = await roster.person("ann@x.uk")
    assert ann is not None
    async with roster.database.transaction() as session:
        trust, _ = await add_trust(session, "Aire Valley")
        (await session.get_one(Person, ann.id)).trust_id = trust.id
    held = await export(roster.database, ann.id)
    assert held is not None
    assert held["roster"] == {
        "programme": "North West board programme",
        "cohort": "2026",
        "trust": "Aire Valley",
        "forums": ["Leeds"],
        "roles": [],
    }
    await erase(roster.database, ann.id)
    left = await roster.person("ann@x.uk")
    assert left is not None
    assert (left.name, left.programme_id, left.trust_id, left.post) == ("Ann", "north", None, None)
    async with roster.database.reading() as session:
        assert [each.title for each in await forums_with(session, ann.id)] == ["Leeds"]
