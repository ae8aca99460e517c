"""SQLite's cursor of our own gives what sqlite3's gives, and fetches it in the same hop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.embedded import Connection, connect

pytestmark = pytest.mark.anyio


@pytest.fixture
async def embedded(tmp_path: Path) -> AsyncIterator[Connection]:
    opened = connect(str(tmp_path / "some.db"))
    await opened
    cursor = opened.cursor()
    await cursor.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
    await cursor.executemany("INSERT INTO thing (name) VALUES (?)", [("a",), ("b",), ("c",)])
    assert cursor.rowcount == 3
    yield opened
    await opened.close()


async def test_rows_come_in_order_by_one_by_some_or_all(embedded: Connection) -> None:
    cursor = embedded.cursor()
    await cursor.execute("SELECT name FROM thing ORDER BY id")
    assert [column[0] for column in cursor.description] == ["name"]
    assert await cursor.fetchone() == ("a",)
    assert await cursor.fetchmany(1) == [("b",)]
    assert await cursor.fetchall() == [("c",)]
    assert await cursor.fetchone() is None


async def test_what_was_written_is_counted_and_known_by_its_id(embedded: Connection) -> None:
    cursor = embedded.cursor()
    await cursor.execute("INSERT INTO thing (name) VALUES (?)", ("d",))
    assert (cursor.lastrowid, cursor.description) == (4, None)
    await cursor.execute("UPDATE thing SET name = name || '!' WHERE id > ?", (2,))
    assert cursor.rowcount == 2


async def test_an_error_is_sqlites_own_and_the_connection_goes_on(embedded: Connection) -> None:
    cursor = embedded.cursor()
    with pytest.raises(sqlite3.IntegrityError):
        await cursor.execute("INSERT INTO thing (name) VALUES (?)", ("a",))
    await cursor.execute("SELECT count(*) FROM thing")
    assert await cursor.fetchall() == [(3,)]


async def test_a_statement_costs_one_hop(embedded: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    hops = 0
    execute = Connection._execute

    async def counted(self: Connection, *work: object) -> object:
        nonlocal hops
        hops += 1
        return await execute(self, *work)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(Connection, "_execute", counted)
    cursor = embedded.cursor()
    await cursor.execute("SELECT name FROM thing")
    await cursor.fetchall()
    await cursor.close()
    assert hops == 1


async def test_the_event_loop_goes_on_while_a_statement_runs(embedded: Connection) -> None:
    cursor = embedded.cursor()
    # Counts until it has been seen to be under way.
    slow = asyncio.create_task(
        cursor.execute("WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300000) SELECT count(*) FROM c")
    )
    turns = 0
    while not slow.done():
        await asyncio.sleep(0.001)
        turns += 1
    await slow
    assert turns > 1
