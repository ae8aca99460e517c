"""The whole product as real processes: the demonstration with its engine, and `coach` commands beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import httpx
import pytest

from bot.rasa.engine import free_port
from bot.settings import ROOT
from tests.playground import Playground, playground
from tests.slack_peer import Workspace, workspace

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
    """`coach chat --json` for one person, as a script uses it."""

    def __init__(self, running: Running, person: str) -> None:
        self._process = subprocess.Popen(
            [COACH, "chat", "--person", person, "--json"],
            env=running.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
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
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")
        self._process.stdin.flush()
        return self._until_done()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._process.stdout.close()
        self._process.stderr.close()
        assert self._process.returncode == 0

    def _until_done(self) -> str:
        texts = []
        assert self._process.stdout is not None
        while line := self._process.stdout.readline():
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
def running(tmp_path_factory: pytest.TempPathFactory, demo_port: int, slack: Workspace, teams: Playground) -> Iterator[Running]:
    """Give the demonstration, started as its users start it, and end it as they do."""
    with demonstration(tmp_path_factory.mktemp("var"), demo_port, slack, teams) as started:
        yield started


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


@pytest.fixture
def chat(running: Running, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Chat]]:
    """Give a function that opens a chat for a person."""
    opened: list[Chat] = []

    def open_chat(person: str) -> Chat:
        opened.append(Chat(running, person))
        return opened[-1]

    yield open_chat
    for each in opened:
        if each._process.poll() is None:
            each.close()


@pytest.fixture
def talking(chat: Callable[[str], Chat]) -> Callable[[str], Chat]:
    """Give a function that opens a chat in which the person has agreed."""

    def open_chat(person: str) -> Chat:
        opened = chat(person)
        opened.choose("Yes, go ahead")
        return opened

    return open_chat
