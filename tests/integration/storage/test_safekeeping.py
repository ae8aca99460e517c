"""Keys, backups and age: what is put under another key, saved, destroyed, put back and thrown away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import LargeBinary, func, insert, make_url, select, type_coerce

from bot.domain.messages import Reply
from bot.services.retention import Retention
from bot.services.rights import PERSONAL, erase, export
from bot.services.safekeeping import BackupUnusable, back_up, restore
from bot.settings import RetentionSettings, SettingError
from bot.storage import messages as kept
from bot.storage.audit import note_action, verify_chain
from bot.storage.database import TRACKER, Database
from bot.storage.people import add_programme, enrol, find_person
from bot.storage.plans import keep_plan, keep_reflection
from bot.storage.rotation import encrypted_columns, rotate
from bot.storage.tables import Installation, Message, Person, Plan, Reflection
from tests.conftest import NOON
from tests.integration.conftest import KEY

pytestmark = pytest.mark.anyio
WORDS = "the GM has cut my list again"


@asynccontextmanager
async def reopened(database: Database, *keys: str, url: str | None = None, erasures: Path | None = None) -> AsyncIterator[Database]:
    opened = Database(url or database._engine.url.render_as_string(hide_password=False), keys, lasting_key=KEY, erasures=erasures)
    try:
        yield opened
    finally:
        await opened.close()


async def fill(database: Database, *people: str, words: str = WORDS) -> None:
    await database.make_tracker_table()
    for name in people:
        async with database.transaction() as session:
            person = await enrol(session, name, name=f"{name} Archer", time_zone="Europe/London", now=NOON)
            person.consented_at, person.availability = NOON, {"day_starts": "09:00"}
            await keep_plan(session, name, words, theme=None, scenario=None, check_in_at=NOON, now=NOON)
            await keep_reflection(session, name, asked="Why?", words=words, theme=None, now=NOON)
            await kept.keep_inbound(session, name, channel="web", event_id=name, text=words, choice=None, redactions=[], now=NOON)
            await kept.keep_replies(session, name, [Reply(words)], NOON)
            note_action(session, "account:root", "role.grant", name, NOON)
            key = person.conversation_key
        async with database.tracker() as connection:
            assert connection is not None
            data = database.hide(f'{{"text": "{words}"}}').decode()
            await connection.execute(insert(TRACKER).values(sender_id=key, type_name="user", timestamp=1.0, data=data))


async def other_url(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Return the address of an empty database of the same kind."""
    if database.is_sqlite:
        return f"sqlite+aiosqlite:///{tmp_path / 'other.db'}"
    server, name = request.getfixturevalue("postgres"), f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return make_url(server).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


async def test_everything_is_put_under_the_newest_key_and_the_old_one_is_needed_no_more(database: Database) -> None:
    await fill(database, "anna", "bella")
    async with database.transaction() as session:
        session.add(Installation(account="T1", is_enterprise_install=False, scopes="", bot_token="xoxb-1", installed_at=NOON))
    newest = Fernet.generate_key().decode()
    async with reopened(database, newest, KEY) as both:
        rotation = rotate(both)
        await anext(rotation)
        await rotation.aclose()  # ended after its first table
        tables = {each.table: each async for each in rotate(both)}
        assert {"person", "message", "plan", "reflection", "installation", "events (the engine's)"} <= tables.keys()
        assert sum([each.renewed async for each in rotate(both)]) == 0, "a second time there is nothing left to do"
    async with reopened(database, newest) as alone:
        held = await export(alone, "anna")
        assert held is not None
        assert held["plan"][0]["words"] == WORDS
        async with alone.reading() as session:
            assert await session.scalar(select(Installation.bot_token)) == "xoxb-1"
            for table, hidden in encrypted_columns():
                for column in hidden:
                    for value in await session.scalars(select(type_coerce(column, LargeBinary)).where(column.is_not(None))):
                        assert alone.cipher.is_newest(bytes(value)), f"{table.name}.{column.name}"
        async with alone.tracker() as connection:
            assert connection is not None
            for data in (await connection.execute(select(TRACKER.c.data))).scalars():
                assert WORDS in alone.cipher.show(data.encode())
    async with reopened(database, Fernet.generate_key().decode()) as stranger:
        with pytest.raises(InvalidToken):
            [each async for each in rotate(stranger)]


async def test_destroyed_and_restored_it_is_whole_and_the_erased_stay_erased(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file, erasures = tmp_path / "all.backup", tmp_path / "erasures.txt"
    await fill(database, "anna", "bella")
    before = await export(database, "bella")
    saved = await back_up(database, file, NOON)
    assert file.stat().st_mode & 0o77 == 0, "for its owner alone"
    for secret in (WORDS, "anna", "Archer"):
        assert secret.encode() not in file.read_bytes()
    async with reopened(database, KEY, erasures=erasures) as noted:
        await erase(noted, "anna")
    url = await other_url(database, tmp_path, request)  # the old one is gone, with the erasures that it had
    async with reopened(database, KEY, url=url, erasures=erasures) as fresh:
        await fresh.upgrade()
        done = await restore(fresh, file, by="account:root")
        assert (done.rows, done.erased_again) == (saved.rows, 1)
        assert await export(fresh, "bella") == before
        async with fresh.reading() as session:
            for table in PERSONAL:
                assert not (await session.scalars(select(table).where(table.person_id == "anna"))).all(), table.__tablename__
            anna, bella = await find_person(session, "anna"), await find_person(session, "bella")
            assert anna is not None
            assert anna.consented_at is None
            assert bella is not None
            await verify_chain(session)
        async with fresh.tracker() as connection:
            assert connection is not None
            assert list((await connection.execute(select(TRACKER.c.sender_id))).scalars()) == [bella.conversation_key]
        await fill(fresh, "clara")  # numbering goes on after what was put back
        with pytest.raises(BackupUnusable, match="not empty"):
            await restore(fresh, file, by="account:root")


async def test_whoever_came_back_after_being_erased_is_not_erased_again(
    database: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    erasures = tmp_path / "erasures.txt"
    await fill(database, "anna")
    async with reopened(database, KEY, erasures=erasures) as noted:
        await erase(noted, "anna")
        async with noted.transaction() as session:
            person = await find_person(session, "anna")
            assert person is not None
            person.consented_at = NOON + timedelta(days=36_500)
            await keep_plan(session, "anna", "begun anew", theme=None, scenario=None, check_in_at=None, now=NOON)
        await back_up(noted, tmp_path / "later.backup", NOON)
    async with reopened(database, KEY, url=await other_url(database, tmp_path, request), erasures=erasures) as fresh:
        await fresh.upgrade()
        assert (await restore(fresh, tmp_path / "later.backup", by="x")).erased_again == 0


async def test_a_backup_that_is_damaged_changes_nothing(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    await fill(database, "anna")
    await back_up(database, tmp_path / "whole.backup", NOON)
    lines = (tmp_path / "whole.backup").read_bytes().splitlines(keepends=True)
    damages = {
        "cut off": lines[:-1],
        "lines are missing": [lines[0], *lines[2:]],
        "was changed": [lines[0], lines[1][:40] + b"A" + lines[1][41:], *lines[2:]],
        "is no backup": [b"PK\x03\x04 something else"],
        "of revision": [lines[0].replace(b'"revision": "', b'"revision": "x'), *lines[1:]],
        "format": [lines[0].replace(b"coach-backup 1", b"coach-backup 9"), *lines[1:]],
    }
    async with reopened(database, KEY, url=await other_url(database, tmp_path, request)) as fresh:
        await fresh.upgrade()
        for number, (problem, damaged) in enumerate(damages.items()):
            file = tmp_path / f"{number}.backup"
            file.write_bytes(b"".join(damaged))
            with pytest.raises(BackupUnusable, match=problem):
                await restore(fresh, file, by="x")
        with pytest.raises(BackupUnusable, match="cannot be read"):
            await restore(fresh, tmp_path / "nowhere.backup", by="x")
        async with fresh.reading() as session:
            assert await session.scalar(select(func.count()).select_from(Person)) == 0
    with pytest.raises(BackupUnusable, match="exists"):
        await back_up(database, tmp_path / "whole.backup", NOON)


async def test_what_is_too_old_goes_by_kind_and_programme_and_only_the_day_after_the_rules_changed(database: Database) -> None:
    await fill(database, "anna", "bella")
    async with database.transaction() as session:
        await add_programme(session, "short", "Short")
        bella = await find_person(session, "bella")
        assert bella is not None
        bella.programme_id = "short"
    rules = Retention(
        database, RetentionSettings(days={"message": 100, "reflection": 50, "plan": 1}, programmes={"short": {"message": 10}})
    )
    later = NOON + timedelta(days=60)

    async def counts() -> tuple[int, int, int]:
        async with database.reading() as session:
            found = [await session.scalar(select(func.count()).select_from(table)) or 0 for table in (Message, Reflection, Plan)]
        return found[0], found[1], found[2]

    assert {(each.kind, each.programme): each.count for each in await rules.look(later)} == {
        ("message", "short"): 2,
        ("message", None): 0,
        ("reflection", None): 2,
        ("plan", None): 0,
    }, "an open plan is never too old"
    assert await counts() == (4, 2, 2), "looking deletes nothing"
    assert await rules.run_daily(later) is None, "the first day it only says what would go"
    assert await counts() == (4, 2, 2)
    assert await rules.run_daily(later) is None, "and once a day"
    assert await rules.run_daily(later + timedelta(days=1)) is not None
    assert await counts() == (2, 0, 2)
    assert await rules.run_daily(later + timedelta(days=1, hours=5)) is None


async def test_the_engine_forgets_conversations_of_nobody(database: Database) -> None:
    await fill(database, "anna")
    async with database.tracker() as connection:
        assert connection is not None
        await connection.execute(insert(TRACKER).values(sender_id=uuid4().hex, type_name="user", timestamp=1.0, data="x"))
    await Retention(database, RetentionSettings(days={})).apply(NOON)
    async with database.tracker() as connection:
        assert connection is not None
        assert await connection.scalar(select(func.count()).select_from(TRACKER)) == 1


async def test_a_rule_for_an_unknown_kind_stops_the_start(database: Database) -> None:
    with pytest.raises(SettingError, match="'letters', which is no kind"):
        Retention(database, RetentionSettings(days={"letters": 1}))
