"""A forum with its lead and the programme team."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.content.library import Library
from bot.domain.access import Grant, Role
from bot.settings import read_settings
from bot.storage.access import grant_role
from bot.storage.database import Database
from bot.storage.people import add_programme, enrol
from bot.storage.tables import Forum
from tests.broadcast_stage import NOON, Stage


@pytest.fixture
async def stage(database: Database, library: Library) -> Stage:
    async with database.transaction() as session:
        await add_programme(session, "leeds", "Leeds")
        session.add_all(
            [
                Forum(id=1, programme_id="leeds", title="CD Forum", meets_at=NOON + timedelta(days=2)),
                Forum(id=2, programme_id="leeds", title="Other Forum", meets_at=None),
            ]
        )
        await session.flush()
        for person_id, grant in (("lead", Grant(Role.FORUM_LEAD, "leeds", 1)), ("team", Grant(Role.PROGRAMME_TEAM, "leeds"))):
            await enrol(session, person_id, name=f"The {person_id}", time_zone="Europe/London", now=NOON)
            await grant_role(session, person_id, grant, by="test", now=NOON)
    return Stage(database, library, read_settings({}))
