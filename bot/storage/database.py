"""The database: one engine, sessions whose caller owns the transaction, and migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, Text, delete, event, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker, create_async_engine

from bot.storage import embedded
from bot.storage.chain import ChainedSession, give_chain_key
from bot.storage.encryption import Cipher, give_cipher

# The table in which Rasa's SQLTrackerStore keeps conversations.
_TRACKER_METADATA = MetaData()
TRACKER = Table(
    "events",
    _TRACKER_METADATA,
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255), nullable=False, index=True),
    Column("type_name", String(255), nullable=False),
    Column("timestamp", Float),
    Column("intent_name", String(255)),
    Column("action_name", String(255)),
    Column("data", Text),
)
MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """Where everything is kept. Close it when done.

    `lasting_key` seals what is recorded and hashes who was erased, the oldest of the keys where none is given; `erasures` is a file
    beside the database in which erasures are noted too, so that they outlive it.
    """

    def __init__(
        self, url: str, keys: Sequence[str], tracker_url: str | None = None, *, lasting_key: str = "", erasures: Path | None = None
    ) -> None:
        self._tracker_url = tracker_url
        self.lasting_key, self.erasures = lasting_key or keys[-1], erasures
        self._engine = create_async_engine(
            url,
            pool_pre_ping=not url.startswith("sqlite"),
            hide_parameters=True,
            # So many rows a statement: longer ones the driver parses anew each time, which takes longer than running them.
            insertmanyvalues_page_size=20,
            connect_args={"async_creator_fn": embedded.connect} if url.startswith("sqlite") else {},
        )
        self._keys, self._cipher = keys, Cipher(keys, self.lasting_key)
        give_cipher(self._engine.dialect, self._cipher)
        give_chain_key(self._engine.dialect, self.lasting_key)
        if self.is_sqlite:
            event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self._engine.sync_engine, "begin", _begin_sqlite)
        else:
            event.listen(self._engine.sync_engine, "connect", _prepare_postgresql)
        self._writing, self._others_writing = asyncio.Lock(), asyncio.Lock()
        self._readers = async_sessionmaker(self._engine, expire_on_commit=False, sync_session_class=ChainedSession)
        writing = self._engine.execution_options(coach_writes=True)
        self._writers = async_sessionmaker(writing, expire_on_commit=False, sync_session_class=ChainedSession)

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def transaction(self, *, is_urgent: bool = False) -> AsyncIterator[AsyncSession]:
        """Give a session that commits when the block ends and rolls back when it raises.

        An urgent one, for which somebody's acknowledgement waits, goes before the others of this process.
        """
        async with self._in_line(is_urgent=is_urgent), self._writers() as session, session.begin():
            yield session

    @asynccontextmanager
    async def _in_line(self, *, is_urgent: bool) -> AsyncIterator[None]:
        """Wait for one's turn: SQLite has one writer at a time and lets others look again after longer and longer pauses."""
        if not self.is_sqlite:
            yield
            return
        # Of the others only one at a time stands where the urgent ones do.
        async with nullcontext() if is_urgent else self._others_writing, self._writing:
            yield

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Give a session for reading; nothing written in it is kept."""
        async with self._readers() as session:
            yield session

    def beside(self) -> Database:
        """Return another one on the same address and keys, for the event loop of another thread; the caller closes it there."""
        url = self._engine.url.render_as_string(hide_password=False)
        return Database(url, self._keys, self._tracker_url, lasting_key=self.lasting_key, erasures=self.erasures)

    async def upgrade(self) -> None:
        """Run the migrations that this database lacks."""
        async with self._engine.begin() as connection:
            await connection.run_sync(_upgrade)

    async def is_current(self) -> bool:
        """Return whether every migration of this version has been run; a later version may have run more, beside which this one goes on."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(_is_current)

    async def forget_tracker(self, conversation_key: str) -> None:
        """Delete what the engine remembers of one conversation; its HTTP API has no way to."""
        async with self.tracker() as connection:
            if connection is not None:
                await connection.execute(delete(TRACKER).where(TRACKER.c.sender_id == conversation_key))

    async def forget_trackers_but(self, used: Collection[str]) -> int:
        """Delete what the engine remembers of conversations that are nobody's; return how many they were."""
        async with self.tracker() as connection:
            if connection is None:
                return 0
            known = set((await connection.execute(select(TRACKER.c.sender_id).distinct())).scalars())
            # Names that are not ours are those of people who tried the engine itself.
            strays = [name for name in known - set(used) if len(name) == 32]
            for name in strays:
                await connection.execute(delete(TRACKER).where(TRACKER.c.sender_id == name))
            return len(strays)

    @asynccontextmanager
    async def tracker(self) -> AsyncIterator[AsyncConnection | None]:
        """Give a transaction on the engine's own table, wherever it is; none while there is no such table."""
        engine = create_async_engine(self._tracker_url) if self._tracker_url else self._engine
        try:
            async with engine.begin() as connection:
                yield connection if await connection.run_sync(lambda sync: inspect(sync).has_table(TRACKER.name)) else None
        finally:
            if engine is not self._engine:
                await engine.dispose()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection]:
        """Give a writing transaction below the tables' own types, for putting back what was saved."""
        async with self._engine.execution_options(coach_writes=True).begin() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """Give a reading transaction that sees everything as it was at one moment."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        async with self._engine.connect() as connection:
            yield await connection.execution_options(**options)

    async def revision(self) -> str:
        """Return the newest migration that was run."""
        async with self._engine.connect() as connection:
            return ",".join(await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads()))

    async def make_tracker_table(self) -> None:
        """Make the engine's table as it would itself, where it has not run yet."""
        engine = create_async_engine(self._tracker_url) if self._tracker_url else self._engine
        try:
            async with engine.begin() as connection:
                await connection.run_sync(_TRACKER_METADATA.create_all)
        finally:
            if engine is not self._engine:
                await engine.dispose()

    @property
    def cipher(self) -> Cipher:
        return self._cipher

    def hide(self, words: str) -> bytes:
        """Return words as they stand in the database."""
        return self._cipher.hide(words)

    async def scrub(self) -> None:
        """Leave nothing that was deleted in the embedded database's files; while somebody reads, that waits for the next time."""
        if self.is_sqlite:
            async with self._engine.connect() as connection:
                # Outside a transaction, which the driver would begin.
                plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
                await plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def analyse(self) -> None:
        """Have the database count its rows anew, as it does by itself now and then; after a great many were added at once."""
        async with self._engine.begin() as connection:
            await connection.exec_driver_sql("ANALYZE")

    async def close(self) -> None:
        await self._engine.dispose()


def migration_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection) -> None:
    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _is_current(connection: Connection) -> bool:
    scripts = ScriptDirectory.from_config(migration_config())
    known = {script.revision for script in scripts.walk_revisions()}
    found = set(MigrationContext.configure(connection).get_current_heads())
    return bool(found) and (found == set(scripts.get_heads()) or not found <= known)


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the write lock at once: taking it later fails when another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("coach_writes") else "BEGIN")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # Nobody's queue is on a disk that turns any more. By its own figure the server reads a whole queue and sorts it for the first few.
    cursor = connection.cursor()
    cursor.execute("SET random_page_cost = 1.1")
    cursor.close()
    connection.commit()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, below
    cursor = connection.cursor()
    # Readers do not wait for the one writer, and a second writer waits instead of failing. What is deleted is overwritten.
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
