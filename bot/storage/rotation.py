"""Putting everything that is encrypted under the newest key, a few rows at a time, while the product runs."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass

from sqlalchemy import Column, LargeBinary, Table, func, or_, select, type_coerce, update

from bot.storage.database import TRACKER, Database
from bot.storage.encryption import ENCRYPTED
from bot.storage.tables import Base

BATCH = 200  # rows


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one table is: so many rows were looked at of so many, and so many values put under the newest key."""

    table: str
    looked_at: int
    rows: int
    renewed: int


def encrypted_columns() -> Iterator[tuple[Table, list[Column[object]]]]:
    """Give each table that has encrypted columns with those, found by their types so that none is forgotten."""
    for table in Base.metadata.sorted_tables:
        if hidden := [column for column in table.columns if isinstance(column.type, ENCRYPTED)]:
            yield table, hidden


async def rotate(database: Database) -> AsyncGenerator[Progress, None]:
    """Renew every value that is not under the newest key, and give the progress after each batch.

    One that was ended goes on where it was when run again, since what is renewed is passed over. A value that changed meanwhile is
    left to whoever changed it, who wrote with the newest key.
    """
    for table, hidden in encrypted_columns():
        async for progress in _rotate_table(database, table, hidden):
            yield progress
    async for progress in _rotate_tracker(database):
        yield progress


async def _rotate_table(database: Database, table: Table, hidden: list[Column[object]]) -> AsyncIterator[Progress]:
    key = list(table.primary_key.columns)
    raw = [type_coerce(column, LargeBinary).label(column.name) for column in hidden]
    async with database.reading() as session:
        rows = await session.scalar(select(func.count()).select_from(table)) or 0
    looked_at = renewed = 0
    last: tuple[object, ...] | None = None
    while True:
        async with database.transaction() as session:
            wanted = select(*key, *raw).order_by(*key).limit(BATCH)
            if last is not None:
                wanted = wanted.where(_after(key, last))
            batch = (await session.execute(wanted)).all()
            for row in batch:
                for column, value in zip(hidden, row[len(key) :], strict=True):
                    if value is None or database.cipher.is_newest(bytes(value)):
                        continue
                    unchanged = type_coerce(column, LargeBinary) == value
                    same = [each == own for each, own in zip(key, row, strict=False)]
                    changed = update(table).where(*same, unchanged)
                    # The value is encrypted already, so it must not pass through the column's own type.
                    fresh = type_coerce(database.cipher.renew(bytes(value)), LargeBinary)
                    await session.execute(changed.values({column.name: fresh}))
                    renewed += 1
        if not batch:
            break
        last, looked_at = tuple(batch[-1][: len(key)]), looked_at + len(batch)
        yield Progress(table.name, looked_at, max(rows, looked_at), renewed)


async def _rotate_tracker(database: Database) -> AsyncIterator[Progress]:
    """Renew the engine's own table, whose `data` is the same encryption as text."""
    async with database.tracker() as connection:
        if connection is None:
            return
        rows = await connection.scalar(select(func.count()).select_from(TRACKER)) or 0
    looked_at = renewed = last = 0
    while True:
        async with database.tracker() as connection:
            assert connection is not None
            wanted = select(TRACKER.c.id, TRACKER.c.data).where(TRACKER.c.id > last).order_by(TRACKER.c.id).limit(BATCH)
            batch = (await connection.execute(wanted)).all()
            for number, data in batch:
                if data is not None and not database.cipher.is_newest(data.encode()):
                    fresh = database.cipher.renew(data.encode()).decode()
                    await connection.execute(update(TRACKER).where(TRACKER.c.id == number).values(data=fresh))
                    renewed += 1
        if not batch:
            break
        last, looked_at = batch[-1][0], looked_at + len(batch)
        yield Progress("events (the engine's)", looked_at, max(rows, looked_at), renewed)


def _after(key: list[Column[object]], last: tuple[object, ...]):  # type: ignore[no-untyped-def]  # a condition, of types that say nothing
    """Return what holds for rows whose key comes after `last`."""
    return or_(
        *(
            # The columns before are the same, this one is greater.
            (key[index] > last[index]) if index == 0 else ((key[index] > last[index]) & _same(key[:index], last[:index]))
            for index in range(len(key))
        )
    )


def _same(key: list[Column[object]], last: tuple[object, ...]):  # type: ignore[no-untyped-def]  # see above
    condition = key[0] == last[0]
    for column, value in zip(key[1:], last[1:], strict=True):
        condition = condition & (column == value)
    return condition
