from __future__ import annotations

import pytest

from bot.domain.access import Grant, Right, Role
from bot.storage.access import access_of, end_role, grant_role
from bot.storage.database import Database
from bot.storage.people import add_programme, enrol
from bot.storage.tables import RoleGrant
from tests.conftest import NOON

pytestmark = pytest.mark.anyio


async def test_a_role_is_given_once_and_ends_on_record(database: Database) -> None:
    async with database.transaction() as session:
        await add_programme(session, "north", "North")
        await enrol(session, "tess", name="Tess", time_zone="Europe/London", now=NOON)
        team = Grant(Role.PROGRAMME_TEAM, "north")
        assert await grant_role(session, "tess", team, by="ann", now=NOON)
        assert not await grant_role(session, "tess", team, by="ann", now=NOON)
    async with database.reading() as session:
        assert (await access_of(session, "tess")).may(Right.SEE_STATISTICS, "north")
    async with database.transaction() as session:
        assert await end_role(session, "tess", team, now=NOON)
        assert not await end_role(session, "tess", team, now=NOON)
    async with database.reading() as session:
        assert not (await access_of(session, "tess")).is_staff
        kept = await session.get_one(RoleGrant, 1)
        assert (kept.granted_by, kept.ended_at) == ("ann", NOON)
