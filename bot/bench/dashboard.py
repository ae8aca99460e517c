"""Measures the programme team's pages over a large installation's year, and over a tenth of one."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
from cryptography.fernet import Fernet
from sqlalchemy import make_url, text

from bot.bench.delivery import database_server
from bot.bench.figure import Figure, percentile
from bot.bench.product import end, until_up
from bot.bench.year import ANSWERED, DONE, Year
from bot.bootstrap import open_database
from bot.content.library import load_library
from bot.content.toolkit import Toolkit
from bot.domain.access import Grant, Role
from bot.rasa.engine import free_port
from bot.services.publishing import Publishing
from bot.settings import ROOT, Settings, read_settings
from bot.storage.access import grant_role
from bot.storage.encryption import Cipher
from bot.storage.people import enrol
from bot.web.visitors import ticket_for

# People of the installation whose pages are to be fast, and of one of a tenth of that.
SIZES = (1_000, 10_000)
ROUNDS = 40
GOAL = 200.0
PAGES = {
    "use": "/dashboard?programme=*",
    "use_split": "/dashboard?programme=g3&split=post",
    "quality": "/dashboard/view/quality?programme=*",
    "change": "/dashboard/view/change?programme=*",
    "change_split": "/dashboard/view/change?programme=*&split=cohort",
    "csv": "/dashboard/view/change.csv?programme=*",
    "xlsx": "/dashboard/view/use.xlsx?programme=*",
}
# What the page on use would ask first if it counted for itself: how many people did anything, month by month.
COUNTING = "SELECT date_trunc('month', at) AS month, count(DISTINCT person_id) FROM activity GROUP BY month ORDER BY month"


async def measure_dashboard(settings: Settings) -> list[Figure]:
    """Return how long pages, pictures and telling take; on PostgreSQL, which the figures are promised for."""
    times: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, database_server(Path(folder)) as (kind, url):
        if kind != "PostgreSQL":
            raise RuntimeError("the dashboard is measured on PostgreSQL: 'make setup-test' brings it")
        for size in SIZES:
            times[size] = await _measure_size(settings, Path(folder), url, size)
    small, large = (times[size] for size in SIZES)
    of = f"{SIZES[1]:,} people, {SIZES[1] * ANSWERED:,} answers, {SIZES[1] * DONE:,} things done, PostgreSQL"
    figures = [
        Figure(
            f"dashboard_{name}_p95",
            large[name],
            "ms",
            f"{of}; p95 of {ROUNDS} requests one by one over HTTP; baseline: a tenth of that",
            small[name],
            min(GOAL, max(round(small[name] * 2, 1), 20.0)),
        )
        for name in PAGES
    ]
    counted = f"{of}; the slowest page; baseline: counting active people by month instead, one statement"
    figures.append(Figure("dashboard_slowest_page", max(large[name] for name in PAGES), "ms", counted, large["counting"], GOAL))
    for name, how in (
        ("pictures", "all pictures of the three pages, drawn for the first time, s"),
        ("report", "the programme report as PDF, pictures drawn before"),
        ("month", "telling of one month, in the tick after it is over"),
    ):
        figures.append(Figure(f"dashboard_{name}", large[name], "s", f"{of}; {how}; baseline: a tenth of that", small[name]))
    return figures


async def _measure_size(settings: Settings, folder: Path, server: str, size: int) -> dict[str, float]:
    now, port, var = datetime.now(UTC), free_port(), folder / f"var{size}"
    var.mkdir()
    name = f"dashboard_{size}"
    await asyncio.to_thread(_create, server, name)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("COACH_", "SLACK_", "CONNECTIONS__"))},
        "COACH_VAR": str(var),
        "COACH_DATABASE_URL": make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False),
        "COACH_SECRET_KEY": Fernet.generate_key().decode(),
        "COACH_ADDRESS": f"http://127.0.0.1:{port}",
        # Nobody talks to the coach here.
        "COACH_RASA_URL": f"http://127.0.0.1:{free_port()}",
        "COACH_ACTIONS_TOKEN": "nobody calls this, not once",
        "COACH_ACTIONS_PORT": str(free_port()),
    }
    own = replace(read_settings(environment), file=settings.file)
    toolkit = load_library(own.content, own.programmes).common
    told = await _fill(own, toolkit, size, now)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve", "--role", "web", "--port", str(port)),
        env=environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await until_up(f"http://127.0.0.1:{port}/health/live", process)
        async with _signed_in(own, port) as web:
            return {**told, **await _pages(web)}
    finally:
        await end(process)


def _create(server: str, name: str) -> None:
    import psycopg  # noqa: PLC0415 - only where there is a server

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')


async def _fill(settings: Settings, toolkit: Toolkit, size: int, now: datetime) -> dict[str, float]:
    """Fill the database, and tell of every month; return how long the last month and plain counting took."""
    database = open_database(settings)
    try:
        await database.upgrade()
        cipher = Cipher(settings.secret_keys, settings.pseudonym_key)
        await asyncio.to_thread(Year(settings.database_url, toolkit, cipher, size, now).fill)
        async with database.transaction() as session:
            await enrol(session, "team", name="Team", time_zone="Europe/London", now=now)
            await grant_role(session, "team", Grant(Role.PROGRAMME_TEAM), by="bench", now=now)
        started = time.perf_counter()
        months = await Publishing(database, toolkit, settings.file).publish(now)
        month = round((time.perf_counter() - started) / months, 1)
        times = []
        for _ in range(5):
            started = time.perf_counter()
            async with database.reading() as session:
                (await session.execute(text(COUNTING))).all()
            times.append((time.perf_counter() - started) * 1000)
        return {"month": month, "counting": round(min(times), 1)}
    finally:
        await database.close()


@asynccontextmanager
async def _signed_in(settings: Settings, port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as web:

        def carry_cookie(answer: httpx.Response) -> httpx.Response:
            """Keep the cookie by hand: it is for https, which a proxy before the product would speak."""
            for given in answer.headers.get_list("set-cookie"):
                if "coach=" in given:
                    web.headers["cookie"] = given.split(";")[0]
            return answer

        page = carry_cookie(await web.get("/help"))
        token = re.search(r'<meta name="form-token" content="(\w+)">', page.text)
        data, headers = {"ticket": ticket_for(settings.session_key, "team")}, {"x-form-token": token[1] if token else ""}
        carry_cookie(await web.post("/sign-in/link", data=data, headers=headers))
        yield web


async def _pages(web: httpx.AsyncClient) -> dict[str, float]:
    found: dict[str, float] = {}
    pictures: set[str] = set()
    for name, path in PAGES.items():
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            answer = await web.get(path)
            times.append((time.perf_counter() - started) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{path} answered {answer.status_code}")
        found[name] = round(percentile(times, 0.95), 1)
        pictures |= {each.replace("&amp;", "&") for each in re.findall(r'src="(/dashboard/charts/[^"]+)"', answer.text)}
    for name, paths in (("pictures", sorted(pictures)), ("report", ["/dashboard/report/programme.pdf?programme=*"])):
        started = time.perf_counter()
        for path in paths:
            (await web.get(path)).raise_for_status()
        found[name] = round(time.perf_counter() - started, 1)
    return found
