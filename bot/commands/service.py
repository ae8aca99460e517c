"""`coach serve`, `coach demo` and `coach invite`: the product as it runs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bot.bootstrap import Product, open_database, open_product
from bot.channels.teams.settings import read_teams_settings
from bot.commands.teams import open_teams, say_teams
from bot.commands.voice import progress
from bot.services.conversation import UnknownPerson
from bot.services.publishing import Publishing
from bot.services.retention import Retention
from bot.services.sample import read_demonstration, set_up
from bot.settings import SettingError, read_settings
from bot.storage.people import find_person
from bot.tracing import start_tracing
from bot.web.providers import read_sign_in

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.channels.slack.app import SlackApp

# Where pages are served when nothing else is said.
PORT = 8000
# How long a process that is asked to stop may take to finish what it is sending, in seconds.
DRAIN = 8


class ServiceRole(StrEnum):
    WEB = "web"
    WORKER = "worker"
    ALL = "all"


def add_to(app: typer.Typer) -> None:
    app.command()(demo)
    app.command()(serve)
    app.command()(invite)


def demo(
    port: Annotated[int, typer.Option(help="Where the web pages answer.")] = 8000,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """Run the whole product on this machine, with sample data and an unsafe sign-in."""
    import uvloop  # noqa: PLC0415 - what serves is imported by what serves: other commands begin in half the time

    _set_up_logs()
    uvloop.run(_demo(port, opens_browser=not no_browser))


async def _demo(port: int, *, opens_browser: bool) -> None:
    from bot.web.app import build_app  # noqa: PLC0415 - see demo

    settings = read_settings()
    if not settings.is_embedded:
        raise SettingError("COACH_DATABASE_URL is set: the demonstration fills a database of its own; unset it, or use 'coach serve'")
    teams_settings, sign_in = read_teams_settings(), read_sign_in()
    demonstration = read_demonstration()
    address = settings.address or f"http://127.0.0.1:{port}"
    async with open_product(replace(settings, address=address), progress) as product:
        await set_up(product.database, product.toolkit, demonstration, settings.file.time_zone, product.clock.now())
        # More than a year's figures of the sample programmes, once, while the engine starts: a tick would be held up by them.
        publishing = Publishing(product.database, product.toolkit, settings.file)
        await asyncio.gather(publishing.publish(product.clock.now()), product.engine.client())
        async with (
            _slack(product) as slack,
            open_teams(product, teams_settings, DRAIN) as teams,
            _serving(
                build_app(product, demonstration, is_https=False, slack=slack, teams=teams, sign_in=sign_in), "127.0.0.1", port
            ) as stopped,
        ):
            print(
                f"\n  Chat       {address}/chat\n  Dashboard  {address}/dashboard\n  Clock      {address}/demo\n"
                f"  Slack      {_say_slack(slack, address)}\n"
                f"  Teams      {say_teams(teams_settings, address)}\n\n  Ctrl-C stops everything.\n",
                flush=True,
            )
            async with _working(product, ServiceRole.ALL, tick_every=5):
                if opens_browser:
                    with contextlib.suppress(webbrowser.Error):
                        await asyncio.to_thread(webbrowser.open, f"{address}/chat")
                await stopped.wait()


def serve(
    role: Annotated[ServiceRole, typer.Option(help="What this process does.")] = ServiceRole.ALL,
    host: Annotated[str, typer.Option(help="The address to listen on; put a TLS proxy in front.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(help="The port to listen on, 8000 when left out; a worker gives its health and metrics there; left out, none."),
    ] = None,
) -> None:
    """Run the product."""
    import uvloop  # noqa: PLC0415 - see demo

    _set_up_logs()
    uvloop.run(_serve(role, host, port))


async def _serve(role: ServiceRole, host: str, port: int | None) -> None:
    settings, teams_settings, sign_in = read_settings(), read_teams_settings(), read_sign_in()
    if sign_in.providers and settings.address is None:
        raise SettingError("COACH_ADDRESS is missing: identity providers send people back to it, such as https://coach.example.nhs.uk")
    start_tracing(role.value)
    async with open_product(settings, progress) as product:
        if not await product.database.is_current():
            raise SettingError("the database lacks migrations: run 'coach db upgrade'")
        await product.engine.client()
        async with (
            _slack(product) as slack,
            open_teams(product, teams_settings, DRAIN) as teams,
            _working(product, role),
        ):
            if role is ServiceRole.WORKER and port is None:
                await _stop_event().wait()
            elif role is ServiceRole.WORKER:
                from bot.web.health import watch_app  # noqa: PLC0415 - see demo

                async with _serving(watch_app(product), host, port or 0) as stopped:
                    progress(f"health and metrics on http://{host}:{port}")
                    await stopped.wait()
            else:
                from bot.web.app import build_app  # noqa: PLC0415 - see demo

                app = build_app(product, None, is_https=True, slack=slack, teams=teams, sign_in=sign_in)
                async with _serving(app, host, port or PORT) as stopped:
                    progress(f"listening on http://{host}:{port or PORT}")
                    await stopped.wait()


def invite(
    person: Annotated[str, typer.Option(help="The person's id on the roster.")],
    address: Annotated[str, typer.Option(help="Where people reach the web chat.")] = "http://127.0.0.1:8000",
) -> None:
    """Print the personal link with which someone signs in to the web chat, good for two weeks."""
    print(asyncio.run(_invite(person, address)))


async def _invite(person_id: str, address: str) -> str:
    settings = read_settings()
    database = open_database(settings)
    try:
        async with database.reading() as session:
            if await find_person(session, person_id) is None:
                raise UnknownPerson(person_id)
    finally:
        await database.close()
    from bot.web.visitors import invitation  # noqa: PLC0415 - see demo

    return invitation(settings.session_key, address.rstrip("/"), person_id)


@contextlib.asynccontextmanager
async def _serving(app: FastAPI, host: str, port: int) -> AsyncIterator[asyncio.Event]:
    """Serve the application; the event given is set when a signal asks to stop."""
    import uvicorn  # noqa: PLC0415 - see demo

    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    stopped = _stop_event()
    task = asyncio.create_task(server.serve(), name="web server")
    # All that start-up made stays for good: looking through it again and again would stop everything for a tenth of a second each time.
    gc.collect()
    gc.freeze()
    # And nearly all that is made for a turn is gone again before anybody looks.
    gc.set_threshold(20_000, 20, 20)
    # SQLite works in a thread of its own; by itself Python lets it begin after as long as five milliseconds, at each statement.
    sys.setswitchinterval(0.0005)
    while not server.started:
        if task.done():
            raise SettingError(f"port {port} cannot be used: choose another with --port")
        await asyncio.sleep(0.02)
    try:
        yield stopped
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def _slack(product: Product) -> AsyncIterator[SlackApp | None]:
    """Give the Slack app, connected when it uses Socket Mode; none when no Slack is set up."""
    settings = product.settings.slack
    if settings is None:
        yield None
        return

    from bot.channels.slack.app import open_slack  # noqa: PLC0415 - Bolt takes 20 MB, which an installation without Slack need not

    async with open_slack(product, settings, DRAIN) as app:
        yield app


def _say_slack(slack: SlackApp | None, address: str) -> str:
    if slack is None:
        return "set SLACK_BOT_TOKEN with SLACK_SIGNING_SECRET or SLACK_APP_TOKEN; docs/slack.md"
    way_in = "connected by Socket Mode" if slack.uses_socket_mode else f"{address}/slack/events, to be reached over HTTPS"
    return f"{way_in}; installed at {address}/slack/install" if slack.flow else way_in


@contextlib.asynccontextmanager
async def _working(product: Product, role: ServiceRole, *, tick_every: int | None = None) -> AsyncIterator[None]:
    """Post what is queued, and tick unless another role does; at the end, finish what is being sent and start nothing new."""
    from bot.scheduler import TICK, Ticker, start_scheduler  # noqa: PLC0415 - see demo

    postman = asyncio.create_task(product.postman.run(), name="postman")
    retention = Retention(product.database, product.settings.file.retention)
    ticker = Ticker(product.database, product.deliveries, retention) if role is not ServiceRole.WEB else None
    scheduler = start_scheduler(product, ticker, tick_every=tick_every or TICK)
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        if ticker:
            await ticker.stop()
        product.postman.stop()
        await asyncio.wait({postman}, timeout=DRAIN)
        postman.cancel()


def _stop_event() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def _set_up_logs() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # It would say whenever something comes that nobody listens to.
    logging.getLogger("slack_bolt").setLevel(logging.ERROR)
    # It would name conversations, and in an error what a token's answer held.
    logging.getLogger("microsoft_agents").setLevel(logging.CRITICAL)
    # It would say whenever a tick takes longer than until the next, which the next makes up for.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    for name in ("rasa_sdk", "httpx", "httpcore", "uvicorn", "aiosqlite", "alembic", "msal"):
        logging.getLogger(name).setLevel(logging.WARNING)
