"""Measures the Slack channel, with Rasa's own Slack connector beside it: one engine, one model, one run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import aiohttp
import yaml
from slack_sdk.signature import SignatureVerifier

from bot.bench.engine import own_engine
from bot.bench.figure import Figure, percentile
from bot.bench.loopback import EngineClock, SlackHost, listening
from bot.bench.product import LINES, Measured, measured_product
from bot.bootstrap import open_database
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.lobby import CONSENT_VERSION
from bot.settings import Settings
from bot.storage.addresses import note_address
from bot.storage.installations import keep_installation
from bot.storage.people import enrol
from bot.storage.tables import Installation

TEAM, TOKEN, SECRET = "T0BENCH", "xoxb-bench", "the benchmark's signing secret"
# People by turns, so that Slack's pace of one message a second and conversation holds nothing up; the first warms up.
TALKERS = 25
# Acknowledgements: events a second, how many of ours and of the connector's, from how many people, and readers that saturate the engine.
RATE, EVENTS, CONNECTORS_EVENTS, CROWD, READERS = 50, 1500, 300, 150, 4
# An event that is not acknowledged after this long counts as if it were then, in seconds; Slack itself waits for three.
GIVE_UP = 10


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds, one a turn: from the signed event to the first answer in Slack, and without what the engine took."""

    ours: Sequence[float]
    added: Sequence[float]
    connectors: Sequence[float]


def place_of(user: str) -> str:
    """Return the conversation in which a person writes to the coach."""
    return f"D-{user}"


class Sender:
    """Slack's side of the Events API: signs events and delivers them to the coach and to Rasa's connector."""

    def __init__(self, http: aiohttp.ClientSession, coach: str, connector: str) -> None:
        self._http, self.coach, self.connector = http, coach, connector

    async def deliver(self, url: str, user: str, text: str) -> float:
        """Deliver one message; return the seconds until it was acknowledged or given up."""
        event = {"type": "message", "channel_type": "im", "user": user, "channel": place_of(user), "text": text, "ts": f"{time.time():.6f}"}
        body = json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": f"Ev{uuid4().hex}", "event": event})
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body) or ""
        headers = {"content-type": "application/json", "x-slack-request-timestamp": timestamp, "x-slack-signature": signature}
        started = time.perf_counter()
        with contextlib.suppress(TimeoutError):
            async with self._http.post(url, data=body, headers=headers) as answer:
                await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"an event was answered with {answer.status}")
        return time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class Setting:
    """The running product with its engine, and what stands on either side."""

    sender: Sender
    host: SlackHost
    clock: EngineClock
    engine: RasaClient
    product: Measured
    # The file in which the engine keeps conversations.
    tracker: Path


async def measure_slack(settings: Settings, names: tuple[str, ...]) -> list[Figure]:
    """Return the figures asked for."""
    from bot.bench.crowd import measure_crowd, measure_history  # noqa: PLC0415 - they build on what is here

    figures: list[Figure] = []
    async with setting_of(settings) as setting:
        if "turn_slack" in names:
            figures += _turn_figures(await _turns(setting))
        if "turn_history" in names:
            figures += [each async for each in measure_history(setting)]
        if "turn_crowd" in names:
            figures += [each async for each in measure_crowd(setting)]
        if "ack_slack" in names:
            figures += _ack_figures(*await _acknowledgements(setting))
    return figures


async def _turns(setting: Setting) -> Times:
    """Take the same conversations through the coach and through Rasa's connector, turn by turn."""
    ours, added, connectors = [], [], []
    for line in LINES:
        for number in range(TALKERS):
            setting.clock.took.clear()
            took = await _turn(setting, setting.sender.coach, f"U{number}", line)
            own = sum(setting.clock.took)
            connector = await _turn(setting, setting.sender.connector, f"R{number}", line)
            if number:
                ours.append(took)
                added.append(took - own)
                connectors.append(connector)
    return Times(ours, added, connectors)


async def _turn(setting: Setting, url: str, user: str, line: str) -> float:
    """Return the seconds from sending a message until the first answer is in Slack."""
    started = time.perf_counter()
    await setting.sender.deliver(url, user, line)
    answered = await setting.host.next_message(place_of(user))
    await setting.host.until_quiet(place_of(user))
    return answered - started


async def _acknowledgements(setting: Setting) -> tuple[list[float], list[float]]:
    """Return how long the acknowledgements of the coach and of Rasa's connector take while the engine has more than it can do."""

    async def read_on() -> None:
        while True:
            try:
                await setting.engine.parse(LINES[0])
            except EngineUnavailable:
                await asyncio.sleep(0.1)

    readers = [asyncio.create_task(read_on()) for _ in range(READERS)]
    try:
        ours = await _deliver(setting.sender, setting.sender.coach, "U", EVENTS)
        return ours, await _deliver(setting.sender, setting.sender.connector, "R", CONNECTORS_EVENTS)
    finally:
        for reader in readers:
            reader.cancel()


async def _deliver(sender: Sender, url: str, kind: str, events: int) -> list[float]:
    """Deliver events at their rate, whether or not those before are acknowledged."""
    sent, began = [], time.perf_counter()
    for number in range(events):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        words = f"message {number} of the crowd: {LINES[number % len(LINES)]}"
        sent.append(asyncio.create_task(sender.deliver(url, f"{kind}{number % CROWD}", words)))
    return list(await asyncio.gather(*sent))


def _turn_figures(times: Times) -> Iterator[Figure]:
    how = f"{len(times.ours)} turns of {TALKERS - 1} people, from a signed event until the first answer is in Slack; "
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        both = [round(percentile(each, share) * 1000, 1) for each in (times.ours, times.connectors)]
        yield Figure(f"turn_slack_{name}", both[0], "ms", how + "baseline: Rasa's own Slack connector, by turns with it", both[1])
    for name, share, goal in (("p50", 0.5, None), ("p95", 0.95, 40.0)):
        took = round(percentile(times.added, share) * 1000, 1)
        yield Figure(f"turn_slack_added_{name}", took, "ms", how + "without what the engine took, actions included", goal=goal)


def _ack_figures(ours: Sequence[float], connectors: Sequence[float]) -> Iterator[Figure]:
    how = (
        f"{len(ours)} signed events at {RATE}/s from {CROWD} people in a workspace installed by OAuth, the engine saturated; "
        f"baseline: {len(connectors)} to Rasa's own Slack connector after them, given up after {GIVE_UP} s"
    )
    for name, share, goal in (("p50", 0.5, None), ("p95", 0.95, None), ("p99", 0.99, 100.0)):
        both = [round(percentile(each, share) * 1000, 1) for each in (ours, connectors)]
        yield Figure(f"ack_slack_{name}", both[0], "ms", how, both[1], goal)


@asynccontextmanager
async def setting_of(settings: Settings) -> AsyncIterator[Setting]:
    """Start an engine that has both channels, and the product in front of it."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        host = SlackHost()
        slack_url = await stack.enter_async_context(listening(host, "/api/{method}"))
        credentials = folder / "credentials.yml"
        connector = {"slack_token": TOKEN, "slack_signing_secret": SECRET, "slack_host": f"{slack_url}/api/"}
        credentials.write_text(yaml.safe_dump({"rest": None, "local_slack.LocalSlack": connector}))
        measured = await stack.enter_async_context(own_engine(settings, folder, credentials))
        clock = EngineClock(measured.address.url)
        stack.push_async_callback(clock.close)
        more = {
            **measured.environment,
            "COACH_RASA_URL": await stack.enter_async_context(listening(clock, "/{path:.*}")),
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": "none",
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{slack_url}/api",
        }
        product, _ = await stack.enter_async_context(measured_product(settings.var, more))
        await _fill(product.settings)
        connections, limit = aiohttp.TCPConnector(limit=0), aiohttp.ClientTimeout(total=GIVE_UP)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connections, timeout=limit))
        connector_url = f"{measured.address.url}/webhooks/slack/webhook"
        sender = Sender(http, f"{product.address}/slack/events", connector_url)
        yield Setting(sender, host, clock, measured.client, product, folder / "tracker.db")


async def _fill(settings: Settings) -> None:
    """Install the app and put people on the roster who have agreed: U... use the coach, R... Rasa's connector, which knows them by that."""
    database = open_database(settings)
    try:
        now = datetime.now(UTC)
        async with database.transaction() as session:
            bench = Installation(account=TEAM, team_id=TEAM, is_enterprise_install=False, scopes="", bot_token=TOKEN, installed_at=now)
            await keep_installation(session, bench)
            for number in range(CROWD):
                for user in (f"U{number}", f"R{number}"):
                    person = await enrol(session, user, name=user, time_zone=settings.file.time_zone, now=now)
                    person.consented_at, person.consent_version = now, CONSENT_VERSION
                    if user.startswith("R"):
                        person.conversation_key = user
                    else:
                        await note_address(session, user, channel="slack", account=TEAM, user=user, place=place_of(user), now=now)
    finally:
        await database.close()
