"""The whole product as real processes: the demonstration with its engine, and `coach` commands beside it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO, Any, TypeVar
from zoneinfo import ZoneInfo

import holidays
import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bootstrap import open_database, open_product
from bot.channels.terminal import Terminal
from bot.rasa.engine import free_port
from bot.services.rights import erase, export
from bot.settings import ROOT, read_settings
from bot.storage.database import Database
from bot.storage.demonstration import clock_offset
from tests.acceptance.leavings import look_through
from tests.leaks import Leaks, files_left
from tests.playground import Playground, playground
from tests.slack_peer import Workspace, workspace

T = TypeVar("T")
COACH = ROOT / ".venv" / "bin" / "coach"
START_LIMIT = 240.0  # seconds


@dataclass
class Running:
    """The running demonstration: its address, its folder, and how to run commands beside it."""

    address: str
    var: Path
    process: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.var)

    def coach(self, *arguments: str, text: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one `coach` command to its end."""
        return subprocess.run(
            [COACH, *arguments],
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            check=check,
            timeout=180,
        )

    def held(self, person: str) -> dict[str, Any]:
        """Return what `coach export` prints of somebody, without starting a process for it; empty when there is nobody."""
        return self._with_database(lambda database: export(database, person)) or {}

    def erase(self, person: str) -> bool:
        """Do what `coach erase` does, without starting a process for it; return whether there was anybody."""
        return self._with_database(lambda database: erase(database, person))

    def look_through(self, leaks: Leaks) -> list[str]:
        """Return what is wrong with the database that was left; raises ChainBroken."""
        return self._with_database(lambda database: look_through(database, leaks))

    def transact(self, work: Callable[[AsyncSession], Coroutine[Any, Any, None]]) -> None:
        """Write to the database what nobody could say or tap."""

        async def write(database: Database) -> None:
            async with database.transaction() as session:
                await work(session)

        self._with_database(write)

    def _with_database(self, use: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
        async def run() -> T:
            database = open_database(read_settings(self.environment))
            try:
                return await use(database)
            finally:
                await database.close()

        return asyncio.run(run())

    @property
    def engine_pid(self) -> int:
        """Return the process id of the engine's child process."""
        pids = (Path("/proc") / str(self.process.pid) / "task" / str(self.process.pid) / "children").read_text().split()
        return next(int(pid) for pid in pids if "serve.py" in (Path("/proc") / pid / "cmdline").read_text())


def environment(var: Path) -> dict[str, str]:
    # Whatever the date of the test: the fortnightly survey alone, and in every month.
    written = (ROOT / "config" / "settings.yml").read_text()
    settings = var / "of-the-tests.yml"
    settings.write_text(written.replace("[fortnightly, waves]", "[fortnightly]").replace("[1, 4, 7]", "[]"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COACH_", "SLACK_", "CONNECTIONS__"))}
    return kept | {"COACH_VAR": str(var), "COACH_SETTINGS": str(settings), "NO_COLOR": "1"}


class Chat:
    """One person at a terminal, in lines of JSON as a script writes and reads them; `end` returns when the terminal has ended."""

    def __init__(self, to_coach: IO[str], from_coach: IO[str], end: Callable[[], None]) -> None:
        self._to_coach, self._from_coach, self._end = to_coach, from_coach, end
        self.offered: dict[str, str] = {}
        self.said = ""
        self.pending = self._until_done()

    def say(self, text: str) -> str:
        """Write a message; return all that answers it."""
        return self.send({"text": text})

    def choose(self, label: str) -> str:
        """Tap the choice with this label, of those offered last."""
        return self.send({"choose": self.offered[label]})

    def send(self, line: dict[str, Any]) -> str:
        self._to_coach.write(json.dumps(line) + "\n")
        self._to_coach.flush()
        return self._until_done()

    def close(self) -> None:
        if not self._to_coach.closed:
            self._to_coach.close()
            self._end()
            self._from_coach.close()

    def _until_done(self) -> str:
        texts = []
        while line := self._from_coach.readline():
            message = json.loads(line)
            if message.get("done"):
                break
            texts.append(message.get("text") or message.get("error"))
            if message.get("choices"):
                self.offered = {choice["label"]: choice["value"] for choice in message["choices"]}
        else:
            raise AssertionError("the chat ended")
        self.said = "\n".join(texts)
        return self.said


def chat_command(running: Running, person: str) -> Chat:
    """Run `coach chat --json` for one person, as a script does."""
    process = subprocess.Popen(
        [COACH, "chat", "--person", person, "--json"],
        env=running.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None

    def end() -> None:
        assert process.stderr is not None
        process.wait(timeout=30)
        process.stderr.close()
        assert process.returncode == 0

    return Chat(process.stdin, process.stdout, end)


class Terminals:
    """The product, opened once beside the running demonstration as `coach chat` opens it, with any number of terminals.

    A process for each conversation would take seconds to start, and there are a hundred.
    """

    def __init__(self, running: Running) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="terminals")
        self._thread.start()
        self._opened = AsyncExitStack()
        self._product = self._run(self._opened.enter_async_context(open_product(read_settings(running.environment), lambda _: None)))

    def open(self, person: str) -> Chat:
        """Sit somebody down at a terminal; it ends with what they write."""
        self._run(self._set_clock())
        heard, to_coach = os.pipe()
        from_coach, said = os.pipe()
        source, out = os.fdopen(heard, "r", encoding="utf-8"), os.fdopen(said, "w", encoding="utf-8")

        async def sit() -> None:
            with source, out:
                await self._product.engine.client()
                await Terminal(self._product, person, out, as_json=True).run(source)

        sitting = asyncio.run_coroutine_threadsafe(sit(), self._loop)
        return Chat(
            os.fdopen(to_coach, "w", encoding="utf-8"), os.fdopen(from_coach, "r", encoding="utf-8"), lambda: sitting.result(timeout=30)
        )

    def close(self) -> None:
        self._run(self._opened.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _set_clock(self) -> None:
        """Take the demonstration's clock as it is now, as a process that starts now would."""
        async with self._product.database.reading() as session:
            self._product.clock.offset = await clock_offset(session)

    def _run(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(timeout=60)


def working_day(days: int) -> date:
    """Return the first working day that is at least so many days ahead: what nobody asked for comes on no other."""
    england = holidays.country_holidays("GB", subdiv="ENG")
    day = datetime.now(ZoneInfo("Europe/London")).date() + timedelta(days=days)
    while day.weekday() > 4 or day in england:
        day += timedelta(days=1)
    return day


@pytest.fixture(scope="session")
def demo_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def slack(tmp_path_factory: pytest.TempPathFactory, demo_port: int) -> Iterator[Workspace]:
    """Give the Slack workspace in which the demonstration is installed."""
    with workspace(tmp_path_factory.mktemp("slack"), f"http://127.0.0.1:{demo_port}/slack/events") as opened:
        yield opened


@pytest.fixture(scope="session")
def teams(tmp_path_factory: pytest.TempPathFactory, demo_port: int) -> Iterator[Playground]:
    """Give the Agents Playground in which the demonstration is installed."""
    with playground(tmp_path_factory.mktemp("teams"), f"http://127.0.0.1:{demo_port}/api/messages") as opened:
        yield opened


@pytest.fixture(scope="session")
def running(
    tmp_path_factory: pytest.TempPathFactory, demo_port: int, slack: Workspace, teams: Playground, leaks: Leaks
) -> Iterator[Running]:
    """Give the demonstration, started as its users start it, and end it as they do; then look through what all tests left in it."""
    with demonstration(tmp_path_factory.mktemp("var"), demo_port, slack, teams) as started:
        yield started
    for secret in [file.read_text() for file in (started.var / "keys").iterdir()]:
        leaks.hide(secret)
    left = started.look_through(leaks)
    assert not left, f"the tests left {'; '.join(left)}"
    places = leaks.found(files_left([started.var]))
    assert not places, f"words or secrets of the tests stand in: {', '.join(places)}"


@contextmanager
def demonstration(var: Path, port: int, slack: Workspace, teams: Playground | None = None) -> Iterator[Running]:
    """Run the demonstration with a folder and a Slack workspace of its own, and perhaps a Teams."""
    # The model was trained before the tests; an empty folder would only train it again.
    (var / "models").symlink_to(ROOT / "var" / "models")
    log = (var / "demo.log").open("wb")
    process = subprocess.Popen(
        [COACH, "demo", "--no-browser", "--port", str(port)],
        env=environment(var) | slack.environment | (teams.environment if teams else {}),
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
    )
    given = Running(f"http://127.0.0.1:{port}", var, process)
    try:
        until(lambda: process.poll() is not None or answers(given), START_LIMIT)
        assert process.poll() is None, (var / "demo.log").read_text()
        yield given
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        log.close()


def answers(running: Running) -> bool:
    try:
        return httpx.get(f"{running.address}/health/ready", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def until(condition: Callable[[], bool], limit: float) -> None:
    """Wait until the condition holds; fail after `limit` seconds."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def terminals(running: Running) -> Iterator[Terminals]:
    """Give terminals beside the running demonstration."""
    opened = Terminals(running)
    yield opened
    opened.close()


@pytest.fixture
def chat(terminals: Terminals) -> Iterator[Callable[[str], Chat]]:
    """Give a function that opens a chat for a person."""
    opened: list[Chat] = []

    def open_chat(person: str) -> Chat:
        opened.append(terminals.open(person))
        return opened[-1]

    yield open_chat
    for each in opened:
        each.close()


@pytest.fixture
def talking(chat: Callable[[str], Chat]) -> Callable[[str], Chat]:
    """Give a function that opens a chat in which the person has agreed."""

    def open_chat(person: str) -> Chat:
        opened = chat(person)
        opened.choose("Yes, go ahead")
        return opened

    return open_chat
