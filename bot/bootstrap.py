"""Builds everything once, in one place, and takes it down again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.content.check import check_references
from bot.content.toolkit import Toolkit, load_toolkit
from bot.domain.clock import Clock
from bot.rasa.actions.turn import Desk
from bot.rasa.engine import tracker_settings
from bot.rasa.link import EngineLink
from bot.services.conversation import Conversation
from bot.services.deliveries import Deliveries
from bot.services.feed import Feed
from bot.services.lobby import Lobby
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.demonstration import clock_offset
from bot.understanding.safety import SafetyNet


@dataclass(frozen=True)
class Product:
    """Everything that a command or a channel works with."""

    settings: Settings
    toolkit: Toolkit
    database: Database
    clock: Clock
    feed: Feed
    lobby: Lobby
    net: SafetyNet
    engine: EngineLink
    conversation: Conversation
    deliveries: Deliveries


def open_database(settings: Settings) -> Database:
    """Return the database that the settings name; the embedded one's trackers are in a file beside it."""
    tracker = tracker_settings(settings.database_url, settings.var)
    tracker_url = f"sqlite+aiosqlite:///{tracker['COACH_TRACKER_DB']}" if tracker["COACH_TRACKER_DIALECT"] == "sqlite" else None
    return Database(settings.database_url, settings.secret_keys, tracker_url)


@asynccontextmanager
async def open_product(settings: Settings, say: Callable[[str], None], *, at: datetime | None = None) -> AsyncIterator[Product]:
    """Build the product and close it afterwards; raises FileError when the content cannot be used.

    `at` sets the clock to another moment. The embedded database is brought up to date here; any other one is not.
    """
    toolkit = load_toolkit(settings.content)
    check_references(toolkit, settings.file)
    database = open_database(settings)
    if settings.is_embedded:
        await database.upgrade()
    clock = Clock()
    if at is not None:
        clock.offset = at - clock.now()
    else:
        async with database.reading() as session:
            clock.offset = await clock_offset(session)
    net = SafetyNet(tuple(toolkit.safety_rules.values()))
    feed = Feed()
    lobby = Lobby(
        toolkit, net, timedelta(minutes=settings.file.conversation.hold_before_consent_minutes), settings.file.dashboard.smallest_group
    )
    engine = EngineLink(settings, toolkit, Desk(database, toolkit, clock, settings.file), say)
    try:
        yield Product(
            settings=settings,
            toolkit=toolkit,
            database=database,
            clock=clock,
            feed=feed,
            lobby=lobby,
            net=net,
            engine=engine,
            conversation=Conversation(database, toolkit, clock, settings.file, engine.client, feed, lobby, net),
            deliveries=Deliveries(database, toolkit, settings.file, engine.client, feed),
        )
    finally:
        await engine.close()
        await database.close()
