"""A copy of the whole database in one encrypted file, and putting it back; who was erased since stays erased.

The file is a first line that anybody can read, then one encrypted line for each batch of rows, then one that says how many there were.
The engine's conversations are in it too. It works from SQLite to PostgreSQL and back, because it knows rows and no database's own format.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Column, Date, Enum, LargeBinary, String, Table, column, func, insert, select, text
from sqlalchemy import table as plain_table
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.services.rights import erase, was_erased
from bot.storage.audit import note_action
from bot.storage.database import TRACKER, Database
from bot.storage.encryption import ENCRYPTED
from bot.storage.erasures import all_erasures, read_erasures
from bot.storage.tables import Base, Moment, Person

FORMAT = "coach-backup 1"
BATCH = 500  # rows
_TRACKER = "#tracker"


class BackupUnusable(Exception):
    """Raised with one line that says what is wrong with a backup or with where it is to go."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was saved or put back: rows, tables that had some, and people who were erased again."""

    rows: int
    tables: int
    erased_again: int = 0


async def back_up(database: Database, target: Path, now: datetime) -> Kept:
    """Write everything into a new file that only its owner reads. Raises BackupUnusable when it exists."""
    revision = await database.revision()
    rows = tables = 0
    partial = target.with_suffix(target.suffix + ".partial")
    try:
        with open(partial, "xb", opener=_private) as file:  # noqa: ASYNC230 - the command does nothing else meanwhile
            head = {"format": FORMAT, "revision": revision, "made_at": now.isoformat()}
            file.write(json.dumps(head).encode() + b"\n")
            async for name, batch in _everything(database):
                tables += not batch[0]
                rows += len(batch[1])
                file.write(database.hide(json.dumps({"table": name, "rows": batch[1]})) + b"\n")
            file.write(database.hide(json.dumps({"end": rows})) + b"\n")
        # A link, unlike a renaming, never takes another file's place.
        os.link(partial, target)
    except FileExistsError:
        raise BackupUnusable(f"{target} exists: name a new file") from None
    finally:
        partial.unlink(missing_ok=True)
    return Kept(rows, tables)


async def restore(database: Database, source: Path, *, by: str) -> Kept:
    """Put a backup into an empty database, then erase anew who was erased since. Raises BackupUnusable and changes nothing."""
    head, lines = _open(source)
    revision = await database.revision()
    if head.get("revision") != revision:
        raise BackupUnusable(
            f"{source} is of revision {head.get('revision')} and the database of {revision}: restore it with the "
            "version of coach that made it, then upgrade"
        )
    async with database.reading() as session:
        if await session.scalar(select(func.count()).select_from(Person)):
            raise BackupUnusable("the database is not empty: restore into a new one, so that nothing is lost by mistake")
    # Read to its end before anything is written: a file that was cut off is found now.
    for _ in _batches(database, lines, source):
        pass
    rows, names, tracker = 0, set(), []
    async with database.connection() as connection:
        for name, batch in _batches(database, lines, source):
            rows += len(batch)
            names.add(name)
            if name == _TRACKER:
                tracker += batch
                continue
            table = Base.metadata.tables[name]
            columns = {each.name: each for each in table.columns}
            values = [{key: _read(columns[key], value) for key, value in row.items()} for row in batch]
            await connection.execute(insert(_raw(table)), values)
        if not database.is_sqlite:
            await _move_sequences(connection)
    await _restore_tracker(database, tracker)
    return Kept(rows, len(names), await _erase_again(database, by))


async def _erase_again(database: Database, by: str) -> int:
    """Erase whoever was erased after what the backup has of them; return how many they were."""
    async with database.reading() as session:
        erased = await all_erasures(session)
        people = (await session.execute(select(Person.id, Person.consented_at))).all()
    for key, at in read_erasures(database.erasures).items():
        erased[key] = max(at, erased.get(key, at))
    again = [person_id for person_id, since in people if was_erased(database.lasting_key, person_id, erased, since)]
    for person_id in again:
        await erase(database, person_id, by=by)
    async with database.transaction() as session:
        note_action(session, by, "backup.restore", f"{len(again)} erased again", datetime.now(UTC))
    return len(again)


async def _everything(database: Database) -> AsyncIterator[tuple[str, tuple[int, list[dict[str, Any]]]]]:
    """Give every table's rows, parents first, in batches with the number of the batch; all as they were at one moment."""
    async with database.snapshot() as connection:
        for table in Base.metadata.sorted_tables:
            raw, key = _raw(table), [each.name for each in table.primary_key.columns]
            result = await connection.stream(select(raw).order_by(*(raw.c[name] for name in key)))
            number = 0
            async for partition in result.mappings().partitions(BATCH):
                yield table.name, (number, [{name: _written(value) for name, value in row.items()} for row in partition])
                number += 1
    async with database.tracker() as connection:
        if connection is None:
            return
        rows = [dict(row) for row in (await connection.execute(select(TRACKER).order_by(TRACKER.c.id))).mappings()]
    for number, start in enumerate(range(0, len(rows), BATCH)):
        yield _TRACKER, (number, rows[start : start + BATCH])


def _raw(table: Table) -> Any:
    """Return a table whose encrypted columns are bytes and whose enumerations are text, as the database has them."""
    return plain_table(table.name, *(column(each.name, _raw_type(each)) for each in table.columns))


def _raw_type(of: Column[Any]) -> Any:
    if isinstance(of.type, ENCRYPTED):
        return LargeBinary()
    return String() if isinstance(of.type, Enum) else of.type


def _written(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, (bytes, memoryview)) else value


def _read(of: Column[Any], value: Any) -> Any:
    if isinstance(_raw_type(of), LargeBinary) and value is not None:
        return base64.b64decode(value["bytes"])
    if value is not None and isinstance(of.type, Date):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if value is not None and isinstance(of.type, Moment) else value


def _open(source: Path) -> tuple[dict[str, Any], int]:
    """Return the first line of a backup and where the rest begins."""
    try:
        with source.open("rb") as file:
            first = file.readline(4096)
            head = json.loads(first)
    except OSError as error:
        raise BackupUnusable(f"{source} cannot be read: {error.strerror}") from None
    except ValueError:
        raise BackupUnusable(f"{source} is no backup of coach's") from None
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise BackupUnusable(f"{source} is no backup of coach's, or of a format that this version does not know")
    return head, len(first)


def _batches(database: Database, start: int, source: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    rows = 0
    with source.open("rb") as file:
        file.seek(start)
        for number, line in enumerate(file, 2):
            try:
                said = json.loads(database.cipher.show(line.strip()))
            except InvalidToken:
                raise BackupUnusable(f"{source}:{number} was changed, or is encrypted with a key that is not in COACH_SECRET_KEY") from None
            if "end" in said:
                if said["end"] != rows:
                    raise BackupUnusable(f"{source} has {rows} rows of {said['end']}: some lines are missing")
                return
            rows += len(said["rows"])
            yield said["table"], said["rows"]
    raise BackupUnusable(f"{source} was cut off: it does not say its end")


async def _move_sequences(connection: AsyncConnection) -> None:
    """Have PostgreSQL go on numbering after the rows that came with their numbers."""
    for table in Base.metadata.sorted_tables:
        for each in table.primary_key.columns:
            named = {"table": table.name, "column": each.name}
            sequence = await connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), named)
            if sequence:
                highest = await connection.scalar(select(func.coalesce(func.max(each), 0))) or 0
                value = {"sequence": sequence, "value": max(highest, 1), "is_called": highest > 0}
                await connection.execute(text("SELECT setval(:sequence, :value, :is_called)"), value)


async def _restore_tracker(database: Database, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    await database.make_tracker_table()
    async with database.tracker() as connection:
        assert connection is not None
        await connection.execute(insert(TRACKER), rows)
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT setval(pg_get_serial_sequence('events', 'id'), (SELECT max(id) FROM events))"))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
