"""After an erasure nothing of the person is left in any table or file; a table that is new is looked at like the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Date, Enum, Integer, LargeBinary, Table, insert, select, type_coerce

from bot.services.rights import ON_THE_ROSTER, PERSONAL, erase
from bot.storage.database import TRACKER, Database
from bot.storage.encryption import ENCRYPTED, EncryptedJSON, Number
from bot.storage.people import enrol, find_person
from bot.storage.tables import Base, Moment, Receipt
from tests.conftest import NOON

pytestmark = pytest.mark.anyio

MARK = "quillfeather"
# What refers to somebody in another column than person_id, and how that goes; whoever adds one says it here and in `erase`.
OTHER_REFERENCES = {("counterpart", "rater_id")}
# Where an id stays: the roster's own, what the staff did, and whom a backup has to be freed of (by a hash).
KEPT = {"person", "audit", "erasure", *(table.__tablename__ for table in ON_THE_ROSTER)}


def references() -> set[tuple[str, str]]:
    return {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table.name == "person"
    }


def test_every_reference_to_a_person_is_known_to_the_erasure() -> None:
    unknown = {place for place in references() if place[1] != "person_id"} - OTHER_REFERENCES
    assert unknown == set(), "say in bot/services/rights.py what becomes of it, then here"
    named = {table.name for table in Base.metadata.sorted_tables if "person_id" in table.columns}
    assert named == {table.__tablename__ for table in (*PERSONAL, *ON_THE_ROSTER)}


def made_up(table: Table, made: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a row whose every text is the mark, and whose keys point at rows that were made before."""
    row: dict[str, Any] = {}
    for column in table.columns:
        parent = next(iter(column.foreign_keys), None)
        if column.name == "person_id" or (parent is not None and parent.column.table.name == "person"):
            row[column.name] = "traced"
        elif parent is not None:
            row[column.name] = made.get(parent.column.table.name, {}).get(parent.column.name)
        elif isinstance(column.type, Enum):
            row[column.name] = (column.type.enum_class and next(iter(column.type.enum_class))) or column.type.enums[0]
        elif isinstance(column.type, Moment):
            row[column.name] = NOON
        elif isinstance(column.type, Date):
            row[column.name] = NOON.date()
        elif isinstance(column.type, Number):
            row[column.name] = 7001
        elif isinstance(column.type, Boolean):
            row[column.name] = False
        elif isinstance(column.type, Integer):
            row[column.name] = 7001
        elif isinstance(column.type, EncryptedJSON):
            row[column.name] = {"words": MARK}
        else:
            row[column.name] = [MARK] if column.type.python_type in (list, dict) else MARK
    return row


async def fill(database: Database) -> None:
    made: dict[str, dict[str, Any]] = {}
    await database.make_tracker_table()
    async with database.transaction() as session:
        person = await enrol(session, "traced", name="On the roster", time_zone="Europe/London", now=NOON)
        key = person.conversation_key
        person.consented_at, person.availability = NOON, {"words": MARK}
        await session.flush()
        connection = await session.connection()
        needed = {key.column.table.name for table in Base.metadata.sorted_tables for column in table.columns for key in column.foreign_keys}
        for table in Base.metadata.sorted_tables:
            if table.name == "person" or not ("person_id" in table.columns or table.name in needed):
                continue
            made[table.name] = made_up(table, made)
            # What is everybody's, and what the roster says, stays.
            if "person_id" not in table.columns or table.name in KEPT:
                made[table.name] = {name: "shared" if value == MARK else value for name, value in made[table.name].items()}
            await connection.execute(insert(table).values(made[table.name]))
        session.add(Receipt(channel="web", event_id=f"traced:{MARK}", at=NOON))
    async with database.tracker() as tracker:
        assert tracker is not None
        await tracker.execute(insert(TRACKER).values(sender_id=key, type_name="user", timestamp=1.0, data=database.hide(MARK).decode()))


async def traces(database: Database) -> list[str]:
    """Return every table and column in which the mark or the person's id stands, in plain or encrypted."""
    found = []
    async with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                hidden = isinstance(column.type, ENCRYPTED)
                wanted = select(type_coerce(column, LargeBinary) if hidden else column).where(column.is_not(None))
                for value in (await session.execute(wanted)).scalars():
                    text = database.cipher.show(bytes(value)) if hidden else str(value)
                    if MARK in text or ("traced" in text and table.name not in KEPT):
                        found.append(f"{table.name}.{column.name}")
    async with database.tracker() as tracker:
        assert tracker is not None
        found += [
            "events" for data in (await tracker.execute(select(TRACKER.c.data))).scalars() if MARK in database.cipher.show(data.encode())
        ]
    return found


def files_with_mark(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file() and MARK.encode() in file.read_bytes()]


async def test_nothing_is_left_in_any_table_or_file(database: Database, tmp_path: Path) -> None:
    await fill(database)
    before = await traces(database)
    assert {f"{table.__tablename__}.person_id" for table in PERSONAL} <= set(before), "every table has something to be found"
    assert "events" in before
    assert await erase(database, "traced")
    assert await traces(database) == []
    async with database.reading() as session:
        person = await find_person(session, "traced")
        assert person is not None
        assert (person.consented_at, person.availability, person.last_message_at) == (None, None, None)
    assert files_with_mark(tmp_path) == [], "what is deleted is overwritten"


async def test_what_people_write_stands_in_no_encrypted_column_in_plain(database: Database) -> None:
    await fill(database)
    async with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, ENCRYPTED):
                    for value in await session.scalars(select(type_coerce(column, LargeBinary)).where(column.is_not(None))):
                        assert MARK.encode() not in bytes(value), f"{table.name}.{column.name}"
