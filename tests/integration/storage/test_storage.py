"""The storage's promises, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from bot.domain.messages import Choice, Reply
from bot.services.rights import ON_THE_ROSTER, PERSONAL, erase, export
from bot.storage import messages as kept
from bot.storage.database import Database
from bot.storage.people import enrol, find_person
from bot.storage.plans import answer_check_in, find_check_in, keep_plan, keep_reflection, newest_plan, take_due_check_ins
from bot.storage.surveys import find_or_add_round, keep_answer, next_item
from bot.storage.tables import Base, Message, Outcome, Plan
from tests.conftest import NOON
from tests.integration.conftest import KEY

pytestmark = pytest.mark.anyio


async def person_in(database: Database, person_id: str = "anna") -> str:
    async with database.transaction() as session:
        await enrol(session, person_id, name="Anna Archer", time_zone="Europe/London", now=NOON)
    return person_id


async def test_migrations_make_exactly_the_tables_that_the_code_has(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    assert await database.is_current()
    async with database.reading() as session:
        connection = await session.connection()
        assert await connection.run_sync(differences) == []


async def test_moments_come_back_as_the_same_instant_in_utc(database: Database) -> None:
    await person_in(database)
    there = datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    async with database.transaction() as session:
        await keep_plan(session, "anna", "words", theme=None, scenario=None, check_in_at=there, now=NOON)
    async with database.transaction() as session:
        assert await take_due_check_ins(session, there - timedelta(seconds=1), 10) == []
        check_in = (await take_due_check_ins(session, there, 10))[0]
        assert check_in.due_at == there
        assert check_in.due_at.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    await person_in(database)
    with pytest.raises(Exception, match="a moment needs a time zone"):
        async with database.transaction() as session:
            await keep_plan(session, "anna", "w", theme=None, scenario=None, check_in_at=None, now=datetime(2026, 1, 1))


async def test_words_are_unreadable_in_the_database_and_come_back_whole(database: Database) -> None:
    await person_in(database)
    words = "the GM has cut my list \u2014 \u00e9\U0001f600"
    async with database.transaction() as session:
        await keep_plan(session, "anna", words, theme="gm_trust", scenario=None, check_in_at=None, now=NOON)
        await keep_reflection(session, "anna", asked="Why?", words=words, theme=None, now=NOON)
    async with database.reading() as session:
        for table, column in (("plan", "words"), ("reflection", "words"), ("reflection", "asked"), ("person", "name")):
            raw = bytes((await session.execute(text(f"SELECT {column} FROM {table}"))).scalar_one())
            assert b"the GM" not in raw
            assert b"Why" not in raw
            assert b"Anna" not in raw
        plan = await newest_plan(session, "anna")
        assert plan is not None
        assert plan.words == words


async def test_words_need_the_right_key(database: Database, tmp_path: Path) -> None:
    await person_in(database)
    stranger = Database(database._engine.url.render_as_string(hide_password=False), [Fernet.generate_key().decode()])
    rotated = Database(database._engine.url.render_as_string(hide_password=False), [Fernet.generate_key().decode(), KEY])
    try:
        with pytest.raises(InvalidToken):
            async with stranger.reading() as session:
                await find_person(session, "anna")
        async with rotated.reading() as session:
            person = await find_person(session, "anna")
            assert person is not None
            assert person.name == "Anna Archer"
    finally:
        await stranger.close()
        await rotated.close()


async def test_an_event_is_kept_once(database: Database) -> None:
    await person_in(database)

    async def keep() -> None:
        async with database.transaction() as session:
            await kept.keep_inbound(session, "anna", channel="web", event_id="e1", text="hello", choice=None, redactions=[], now=NOON)

    results = await asyncio.gather(*(keep() for _ in range(5)), return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert all(result is None or isinstance(result, IntegrityError) for result in results)
    async with database.reading() as session:
        assert len((await session.scalars(select(Message))).all()) == 1


async def test_choices_close_when_taken_or_overtaken(database: Database) -> None:
    await person_in(database)
    choices = (Choice("One", "/a"), Choice("Two", "/b"))
    async with database.transaction() as session:
        first = (await kept.keep_replies(session, "anna", [Reply("Which?", choices)], NOON))[0]
        assert await kept.open_choice(session, "anna", first.id, 1) == choices[1]
        assert await kept.open_choice(session, "anna", first.id, 2) is None
        assert await kept.open_choice(session, "somebody else", first.id, 1) is None
        second = kept.said_by_coach("anna", Reply("And which?", choices), NOON, stays_open=True)
        session.add(second)
        await session.flush()
        assert await kept.open_choice(session, "anna", first.id, 1) is None
        await kept.keep_replies(session, "anna", [Reply("By the way.")], NOON)
        assert await kept.open_choice(session, "anna", second.id, 0) == choices[0]
        await kept.take_choice(session, second.id, 0)
        assert await kept.open_choice(session, "anna", second.id, 1) is None


async def test_a_survey_goes_item_by_item_and_answers_can_be_changed(database: Database) -> None:
    await person_in(database)
    async with database.transaction() as session:
        survey_round = await find_or_add_round(session, "anna", "fortnightly", 1, [("a", 1), ("b", 2)], NOON)
        assert await next_item(session, survey_round) == ("a", 1)
        await keep_answer(session, survey_round, "a", 1, 4, NOON)
        await keep_answer(session, survey_round, "a", 1, 2, NOON)
        assert await next_item(session, survey_round) == ("b", 2)
        await keep_answer(session, survey_round, "b", 2, None, NOON)
        assert await next_item(session, survey_round) is None


async def test_a_check_in_is_its_owners_alone(database: Database) -> None:
    await person_in(database)
    await person_in(database, "bella")
    async with database.transaction() as session:
        await keep_plan(session, "anna", "words", theme=None, scenario=None, check_in_at=NOON, now=NOON)
        check_in = (await take_due_check_ins(session, NOON, 10))[0]
        assert await find_check_in(session, check_in.id, "bella") is None
        found = await find_check_in(session, check_in.id, "anna")
        assert found is not None
        answer_check_in(*found, Outcome.PARTLY, 6, NOON)
    async with database.transaction() as session:
        assert await take_due_check_ins(session, NOON, 10) == []


async def test_everything_of_a_person_is_exported_and_erased_and_nobody_elses(database: Database) -> None:
    for name in ("anna", "bella"):
        await person_in(database, name)
        async with database.transaction() as session:
            await keep_plan(session, name, f"{name}'s plan", theme=None, scenario=None, check_in_at=NOON, now=NOON)
            await keep_reflection(session, name, asked="Why?", words=f"{name}'s words", theme=None, now=NOON)
            await kept.keep_inbound(
                session, name, channel="web", event_id=name, text=f"{name} writes", choice=None, redactions=[], now=NOON
            )
    held = await export(database, "anna")
    assert held is not None
    assert held["plan"][0]["words"] == "anna's plan"
    assert held["message"][0]["text"] == "anna writes"
    assert "bella" not in str(held)
    assert await erase(database, "anna")
    async with database.reading() as session:
        for table in PERSONAL:
            assert (await session.scalars(select(table).where(table.person_id == "anna"))).all() == [], table.__tablename__
        assert len((await session.scalars(select(Plan))).all()) == 1
        person = await find_person(session, "anna")
        assert person is not None
        assert person.consented_at is None
    assert not await erase(database, "nobody")


async def test_every_table_about_a_person_is_among_those_erased() -> None:
    about = {name for name, table in Base.metadata.tables.items() if "person_id" in table.columns}
    assert about == {table.__tablename__ for table in (*PERSONAL, *ON_THE_ROSTER)}
