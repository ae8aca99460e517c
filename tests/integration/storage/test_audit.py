"""The record of what the staff did: whole through concurrent writing, and telling of every kind of tampering."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.storage.audit import Anchor, ChainBroken, actions_about, note_action, verify_chain
from bot.storage.chain import HEAD, chain_key, seal
from bot.storage.database import Database, migration_config
from bot.storage.tables import Audit, Setting
from tests.conftest import NOON

pytestmark = pytest.mark.anyio

# What an administrator of the database would do first: nothing of ours stands in the way of one.
UNLOCK = {
    "sqlite": ("DROP TRIGGER audit_is_append_only_update", "DROP TRIGGER audit_is_append_only_delete"),
    "postgresql": ("ALTER TABLE audit DISABLE TRIGGER audit_is_append_only",),
}


async def fill(database: Database, count: int = 5) -> Anchor:
    for number in range(count):
        async with database.transaction() as session:
            note_action(session, "administrator", "roster.change", f"anna {number}", NOON + timedelta(minutes=number))
    async with database.reading() as session:
        found = await verify_chain(session)
    assert found is not None
    return found


async def tamper(database: Database, *statements: object) -> None:
    async with database.transaction() as session:
        for each in UNLOCK["sqlite" if database.is_sqlite else "postgresql"]:
            await session.execute(text(each))
        for statement in statements:
            await session.execute(statement)  # type: ignore[call-overload]


async def problem_of(database: Database, *anchors: Anchor) -> str:
    async with database.reading() as session:
        with pytest.raises(ChainBroken) as found:
            await verify_chain(session, anchors)
    return str(found.value)


async def test_nothing_recorded_is_whole(database: Database) -> None:
    async with database.reading() as session:
        assert await verify_chain(session) is None


async def test_twenty_at_once_make_one_chain(database: Database) -> None:
    async def act(number: int) -> None:
        async with database.transaction() as session:
            note_action(session, f"somebody {number}", "a.one", "x", NOON)
            note_action(session, f"somebody {number}", "a.two", "y", NOON)

    await asyncio.gather(*(act(number) for number in range(20)))
    async with database.reading() as session:
        found = await verify_chain(session)
        actions = list(await session.scalars(select(Audit.action).order_by(Audit.id)))
    assert found is not None
    assert found.number == 40
    assert actions == ["a.one", "a.two"] * 20, "what one transaction did stands together, in its order"


async def test_what_was_rolled_back_leaves_no_gap(database: Database) -> None:
    await fill(database, 2)

    async def fail() -> None:
        async with database.transaction() as session:
            note_action(session, "somebody", "a.lost", "x", NOON)
            await session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await fill(database, 1)).number == 3


@pytest.mark.parametrize("verb", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
async def test_the_database_itself_refuses_to_change_the_past(database: Database, verb: str) -> None:
    await fill(database)
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(text(verb))
    await fill(database, 1)


FORGED = {"at": NOON, "actor": "a", "action": "b", "subject": "c"}
TAMPERINGS = [
    ("who did it is changed", [update(Audit).where(Audit.id == 3).values(actor="somebody else")], "entry 3 "),
    ("when is changed by a second", [update(Audit).where(Audit.id == 2).values(at=NOON + timedelta(minutes=1, seconds=1))], "entry 2 "),
    ("one in the middle is taken out", [delete(Audit).where(Audit.id == 3)], "entry 4 "),
    ("the newest is taken off", [delete(Audit).where(Audit.id == 5)], "entries after 4 are gone"),
    ("all are taken out", [delete(Audit)], "every entry is gone"),
    (
        "one is put in, sealed with a key of the forger's own",
        [insert(Audit).values(id=6, digest=seal(chain_key("guessed"), "", 6, NOON, "a", "b", "c"), **FORGED)],
        "entry 6 ",
    ),
    ("one is put in without a seal", [insert(Audit).values(id=6, **FORGED)], "entry 6 "),
    ("the newest and its mark are taken off", [delete(Audit).where(Audit.id == 5), delete(Setting).where(Setting.key == HEAD)], "are gone"),
]


@pytest.mark.parametrize(("statements", "problem"), [row[1:] for row in TAMPERINGS], ids=[row[0] for row in TAMPERINGS])
async def test_tampering_is_found(database: Database, statements: list[object], problem: str) -> None:
    await fill(database)
    await tamper(database, *statements)
    assert problem in await problem_of(database)


async def test_only_an_anchor_kept_elsewhere_finds_a_chain_that_was_put_back(database: Database) -> None:
    early = await fill(database, 3)
    late = await fill(database, 2)
    mark = update(Setting).where(Setting.key == HEAD).values(value=str(early))
    await tamper(database, delete(Audit).where(Audit.id > 3), mark)
    async with database.reading() as session:
        assert await verify_chain(session, [early]) == early
    assert "entry 5, of which there is an anchor, is gone" in await problem_of(database, early, late)


async def test_an_anchor_that_was_made_of_another_entry_is_not_met(database: Database) -> None:
    await fill(database, 3)
    assert "entry 2 is not the one" in await problem_of(database, Anchor(2, "0" * 64))


async def test_a_person_is_shown_what_concerns_them_and_no_one_elses(database: Database) -> None:
    async with database.transaction() as session:
        for actor, subject in [
            ("administrator", "anna programme_team"),
            ("administrator", "anna"),
            ("administrator", "annabel"),
            ("administrator", "an_a"),
            ("anna", "anna"),
        ]:
            note_action(session, actor, "roster.change", subject, NOON)
    async with database.reading() as session:
        assert [each.subject for each in await actions_about(session, "anna", 10)] == ["anna", "anna programme_team"]
        assert [each.subject for each in await actions_about(session, "an_a", 10)] == ["an_a"], "an underscore is no wildcard"


async def test_what_was_recorded_before_there_was_a_chain_is_chained(database: Database) -> None:
    def to(connection: Connection, revision: str, *, up: bool) -> None:
        config = migration_config()
        config.attributes["connection"] = connection
        (command.upgrade if up else command.downgrade)(config, revision)

    await fill(database, 3)
    async with database._engine.begin() as connection:
        await connection.run_sync(to, "0009-1", up=False)
        await connection.execute(text("UPDATE audit SET actor = 'administrator'"))
    await database.upgrade()
    async with database.reading() as session:
        found = await verify_chain(session)
    assert found is not None
    assert found.number == 3
    await fill(database, 1)
