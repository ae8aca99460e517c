"""SQLite by one hop a statement: aiosqlite's own cursor goes to its thread and back for opening, executing, fetching and closing each."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import aiosqlite


class Cursor(aiosqlite.Cursor):
    """Runs a statement and fetches all that it returns at once, as SQLAlchemy does by itself."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self._description: Any = None
        self._rowcount = -1
        self._lastrowid: int | None = None

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        await self._connection.run(self._run, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Cursor:
        await self._connection.run(self._run_many, sql, parameters)
        return self

    async def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        taken, self._rows = self._rows[: size or 1], self._rows[size or 1 :]
        return taken

    async def fetchall(self) -> list[Any]:
        taken, self._rows = self._rows, []
        return taken

    async def close(self) -> None:
        self._rows = []

    @property
    def description(self) -> Any:
        return self._description

    @property
    def rowcount(self) -> int:
        return self._rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._lastrowid

    def _run(self, connection: sqlite3.Connection, sql: str, parameters: Any) -> None:
        self._keep(connection.execute(sql, parameters or ()))

    def _run_many(self, connection: sqlite3.Connection, sql: str, parameters: Any) -> None:
        self._keep(connection.executemany(sql, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self._description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self._rowcount, self._lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class Connection(aiosqlite.Connection):
    """A connection whose cursors cost nothing until they execute."""

    def cursor(self) -> Cursor:  # type: ignore[override]  # there is nothing to wait for
        return Cursor(self)

    async def run(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do something with the connection in its own thread."""
        await self._execute(work, self._conn, *arguments)  # type: ignore[no-untyped-call]


def connect(database: str, **options: Any) -> Connection:
    """Return a connection to be awaited, for SQLAlchemy's `async_creator_fn`."""
    connection = Connection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    # A process that ends without closing it does not wait for its thread.
    connection._thread.daemon = True
    return connection
