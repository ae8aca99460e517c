"""Rasa as a child process: started on a loopback port with a token, restarted when it dies, stopped on exit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import secrets
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.rasa.client import RasaClient
from bot.rasa.model import DIALOGUES, PYTHON, verify

log = logging.getLogger(__name__)

# Starting reads a gigabyte of libraries; on a cold disk of a busy machine that has taken two minutes.
START_LIMIT = 240.0  # seconds
# How the engine marks the log lines that hold nobody's words (dialogues/serve.py).
LOG_PREFIX = "engine: "
LONGEST_PAUSE = 30.0  # seconds between attempts to restart


class EngineFailed(Exception):
    """Raised with one sentence when the engine cannot be started."""


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where an engine answers, and the token of its API."""

    url: str
    token: str | None


def free_port() -> int:
    """Return a loopback port that nobody uses now.

    It lies below those that the system gives to outgoing connections, one of which might take it before it is listened on.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port


def tracker_settings(database_url: str, var: Path) -> dict[str, str]:
    """Return where the engine keeps its trackers: beside the embedded database, or in the same PostgreSQL."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        folder = Path(url.database).parent if url.database else var
        return {
            "COACH_TRACKER_DIALECT": "sqlite",
            "COACH_TRACKER_DB": str(folder / "tracker.db"),
            "COACH_TRACKER_HOST": "",
            "COACH_TRACKER_USER": "",
            "COACH_TRACKER_PASSWORD": "",
        }
    host = f"{url.host or 'localhost'}:{url.port}" if url.port else (url.host or "localhost")
    return {
        "COACH_TRACKER_DIALECT": "postgresql",
        "COACH_TRACKER_DB": url.database or "",
        "COACH_TRACKER_HOST": host,
        "COACH_TRACKER_USER": url.username or "",
        "COACH_TRACKER_PASSWORD": url.password or "",
    }


class EngineProcess:
    """The engine's child process, kept running until `stop`."""

    def __init__(
        self,
        model: Path,
        actions_url: str,
        actions_token: str,
        tracker: Mapping[str, str],
        keys: Sequence[str],
        encoder: Path,
        say: Callable[[str], None],
        credentials: Path | None = None,
    ) -> None:
        self.address = EngineAddress(f"http://127.0.0.1:{free_port()}", secrets.token_hex(24))
        self._model = model
        self._say = say
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("COACH_", "SLACK_", "CONNECTIONS__"))},
            **tracker,
            "COACH_TRACKER_KEYS": ",".join(keys),
            "COACH_MODEL": str(model),
            # Checked by the engine itself, immediately before it loads the file.
            "COACH_MODEL_SHA256": verify(model) if model.exists() else "",
            "COACH_ENCODER": str(encoder),
            "COACH_ENGINE_PORT": self.address.url.rpartition(":")[2],
            "COACH_ENGINE_TOKEN": self.address.token or "",
            "COACH_ENGINE_PARENT": str(os.getpid()),
            "COACH_ENGINE_CREDENTIALS": str(credentials or ""),
            "COACH_ACTIONS_URL": actions_url,
            "COACH_ACTIONS_TOKEN": actions_token,
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "PYTHONWARNINGS": "ignore",
        }
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._first_lines: deque[str] = deque(maxlen=12)
        self._has_answered = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the engine and wait until a model answers; raises EngineFailed."""
        started = time.monotonic()
        await self._launch()
        await self._until_ready()
        self._say(f"the dialogue engine answers after {time.monotonic() - started:.0f} s")
        self._keeper = asyncio.create_task(self._keep_running(), name="engine keeper")

    async def stop(self) -> None:
        """Stop the engine for good."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        process = self._process
        if process and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), 5)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    async def _launch(self) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we stop the engine once its last turn is done.
        self._process = await asyncio.create_subprocess_exec(
            str(PYTHON),
            "serve.py",
            cwd=DIALOGUES,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        self._listener = asyncio.create_task(self._listen(self._process), name="engine listener")

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Pass on the engine's own log lines; all else that it prints may quote people and is dropped.

        What it prints before it has ever answered is kept for the case that it fails: nobody has said a word yet.
        """
        assert process.stderr is not None
        while line := await process.stderr.readline():
            text = line.decode(errors="replace").rstrip()
            if text.startswith(LOG_PREFIX):
                log.warning("%s", text)
            elif not self._has_answered:
                self._first_lines.append(text)

    async def _until_ready(self) -> None:
        client = RasaClient(self.address.url, self.address.token, timeout=5)
        limit = time.monotonic() + START_LIMIT
        try:
            while time.monotonic() < limit:
                if self._process is None or self._process.returncode is not None:
                    printed = "\n".join(self._first_lines)
                    raise EngineFailed(f"the dialogue engine stopped while starting; it printed:\n{printed}")
                if await client.is_ready():
                    self._has_answered = True
                    self._first_lines.clear()
                    return
                await asyncio.sleep(0.2)
        finally:
            await client.close()
        raise EngineFailed(f"the dialogue engine did not answer within {START_LIMIT:.0f} s")

    async def _keep_running(self) -> None:
        pause = 1.0
        while True:
            assert self._process is not None
            code = await self._process.wait()
            log.warning("the dialogue engine ended with code %s: restarting it in %.0f s", code, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            await self._launch()
            with contextlib.suppress(EngineFailed):
                await self._until_ready()
                log.warning("the dialogue engine answers again")
                pause = 1.0
