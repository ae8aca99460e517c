"""The product under measurement: a demonstration of its own, in a folder of its own, used over HTTP as people use it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from bot.bootstrap import open_database
from bot.rasa.client import RasaClient
from bot.rasa.engine import free_port
from bot.settings import Settings, read_settings
from bot.storage.people import find_person
from bot.web.visitors import ticket_for

# One conversation from a challenge to a kept plan; it can be gone through any number of times.
LINES = (
    "the GM has cut my theatre list again, found out from the scrub nurse",
    "he has to hit the elective numbers",
    "the first one",
    "make it a plan",
    "If Tuesday's 1:1 starts with the list, I ask what drove the cut",
    "in two weeks",
    "who sees this?",
    "thanks",
)
# The first message of all: not the first line above, for the same words again at once are taken for a second tap.
FIRST = "nobody believes the figures that I am to sign"
# What the page's stream says when the coach is not at work any more.
AT_REST = "data: <span></span>"
START_LIMIT = 300.0  # seconds
END_LIMIT = 30.0
# A turn that takes longer than this has failed, in seconds.
TURN_LIMIT = 60.0


class Measured:
    """A running demonstration and a browser's worth of connections to it."""

    def __init__(self, address: str, settings: Settings, process: asyncio.subprocess.Process) -> None:
        self.address, self.settings, self.process = address, settings, process

    @asynccontextmanager
    async def visitor(self, person: str) -> AsyncIterator[Visit]:
        """Sign in by somebody's personal link and follow the conversation."""
        async with httpx.AsyncClient(base_url=self.address, timeout=60, trust_env=False) as web:
            # Signing in gives the browser a new cookie, and with it its forms another token.
            ticket = ticket_for(self.settings.session_key, person)
            await web.post("/sign-in/link", data={"ticket": ticket}, headers=await self._token(web))
            web.headers.update(await self._token(web))
            await web.post("/chat/messages", data={"event_id": uuid4().hex, "choice": "consent.yes"})
            page = await web.get("/chat")
            after = max((int(found) for found in re.findall(r'id="m(-?\d+)"', page.text)), default=0)
            async with web.stream("GET", f"/chat/events?after={after}") as stream:
                yield Visit(web, stream)

    @staticmethod
    async def _token(web: httpx.AsyncClient) -> dict[str, str]:
        """Return the header that stands for the token in a page's forms."""
        found = re.search(r'<meta name="form-token" content="(\w+)">', (await web.get("/help")).text)
        return {"x-form-token": found[1] if found else ""}

    async def engine(self) -> RasaClient:
        """Return a client of the engine itself."""
        noted = json.loads((self.settings.var / "engine.json").read_text())
        return RasaClient(noted["url"], noted["token"], 60)

    async def conversation_key(self, person_id: str) -> str:
        database = open_database(self.settings)
        try:
            async with database.reading() as session:
                person = await find_person(session, person_id)
        finally:
            await database.close()
        assert person is not None
        return person.conversation_key

    def memory(self, pid: int) -> float:
        """Return a process's resident memory, in MB."""
        status = Path(f"/proc/{pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    def processor(self, pid: int) -> float:
        """Return the processor's time that a process has taken, in seconds."""
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def engine_pid(self) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next(int(pid) for pid in children if "serve.py" in Path(f"/proc/{pid}/cmdline").read_text())


class Visit:
    """One person's page: messages go out by its form and come in by its stream."""

    def __init__(self, web: httpx.AsyncClient, stream: httpx.Response) -> None:
        self._web, self._lines = web, stream.aiter_lines()

    async def say(self, text: str) -> float:
        """Send a message and return the seconds until the coach's first answer stands on the page."""
        async with asyncio.timeout(TURN_LIMIT):
            return await self._say(text)

    async def _say(self, text: str) -> float:
        started = time.perf_counter()
        sending = asyncio.create_task(
            self._web.post("/chat/messages", data={"event_id": uuid4().hex, "text": text}, headers={"hx-request": "true"})
        )
        taken = None
        async for line in self._lines:
            if taken is None and line.startswith("data:") and "entry--coach" in line:
                taken = time.perf_counter() - started
            # What else answers this message is not to be taken for the answer to the next one.
            if taken is not None and line.strip() == AT_REST:
                await sending
                return taken
        raise RuntimeError("the stream of messages ended")


@asynccontextmanager
async def measured_product(var: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[tuple[Measured, float]]:
    """Start a demonstration whose models are those of `var`; give it, with the seconds until it was ready.

    `more` is added to its environment.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder)
        (own / "models").symlink_to(var / "models")
        environment = {**os.environ, "COACH_VAR": folder, **(more or {})}
        environment.pop("COACH_DATABASE_URL", None)
        port = free_port()
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "demo",
            "--no-browser",
            "--port",
            str(port),
            env=environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            await until_up(f"{address}/health/ready", process)
            yield Measured(address, read_settings(environment), process), time.perf_counter() - started
        finally:
            await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """Have the product end; one that does not is killed, which its figures do not change."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), END_LIMIT)
    except TimeoutError:
        print(f"the product under measurement did not end within {END_LIMIT:.0f} s and was killed", file=sys.stderr)
        process.kill()
        await process.wait()


async def until_up(address: str, process: asyncio.subprocess.Process) -> None:
    """Wait until this page of a process answers; raises RuntimeError when it never does."""
    limit = time.monotonic() + START_LIMIT
    async with httpx.AsyncClient(trust_env=False, timeout=10) as web:
        while time.monotonic() < limit and process.returncode is None:
            with contextlib.suppress(httpx.HTTPError):
                if (await web.get(address)).status_code == 200:
                    return
            await asyncio.sleep(0.1)
    raise RuntimeError("the product under measurement did not start: run 'coach demo' or 'coach serve' to see why")
