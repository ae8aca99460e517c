"""Looking through what a run left finds an erasure that forgot something, a broken audit and words in plain."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot.services.rights import erase
from bot.storage.audit import ChainBroken, note_action
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.plans import keep_reflection
from bot.storage.tables import Activity, Happening
from tests.acceptance.leavings import look_through
from tests.conftest import NOON
from tests.leaks import Leaks

pytestmark = pytest.mark.anyio

WORDS = "nobody may read what stands here of the waiting list"


async def leave(database: Database) -> None:
    async with database.transaction() as session:
        for person in ("anna", "ben"):
            await enrol(session, person, name=person, time_zone="Europe/London", now=NOON)
            await keep_reflection(session, person, asked="Why?", words=WORDS, theme=None, now=NOON)
        note_action(session, "account:admin", "person.export", "anna", datetime.now(UTC))
    assert await erase(database, "anna", by="account:admin")


async def test_what_was_left_in_order_has_no_fault(database: Database) -> None:
    await leave(database)
    leaks = Leaks()
    assert await look_through(database, leaks) == []
    leaks.log(f"could not answer: {WORDS}", "bot.somewhere:7")
    assert leaks.found() == ["bot.somewhere:7"], "what others wrote is looked for in the logs"


async def test_an_erasure_that_forgot_something_is_found(database: Database) -> None:
    await leave(database)
    async with database.transaction() as session:
        session.add(Activity(person_id="anna", kind=Happening.REFLECTION_KEPT, at=NOON))
    assert await look_through(database, Leaks()) == ["of anna, who was erased, ['activity']"]


async def test_a_broken_audit_is_found(database: Database) -> None:
    await leave(database)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM setting WHERE key = 'audit.head'"))
    with pytest.raises(ChainBroken):
        await look_through(database, Leaks())
