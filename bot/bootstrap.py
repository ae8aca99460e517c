"""Builds everything once, in one place, and takes it down again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.content.check import check_references
from bot.content.library import Library, load_library
from bot.content.redaction import Redactor
from bot.content.toolkit import Toolkit
from bot.domain.clock import Clock
from bot.rasa.actions.desk import Desk
from bot.rasa.engine import tracker_settings
from bot.rasa.link import EngineLink
from bot.services.broadcasts.desk import Broadcasts
from bot.services.conversation import Conversation
from bot.services.counterparts import Counterparts
from bot.services.deliveries import Deliveries
from bot.services.feed import Feed
from bot.services.joining import Joining
from bot.services.lobby import Lobby, check_consent
from bot.services.pacing import Pacing
from bot.services.postman import Postman
from bot.services.queue import Queue
from bot.services.rights_desk import RightsDesk
from bot.services.roster.drafts import RosterDrafts
from bot.services.roster.keeping import Roster
from bot.services.stopwatch import Stopwatch
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.demonstration import clock_offset
from bot.storage.tables import Person
from bot.understanding.safety import SafetyNet


@dataclass(frozen=True)
class Product:
    """Everything that a command or a channel works with."""

    settings: Settings
    library: Library
    database: Database
    clock: Clock
    feed: Feed
    lobby: Lobby
    net: SafetyNet
    redactor: Redactor
    engine: EngineLink
    postman: Postman
    counterparts: Counterparts
    conversation: Conversation
    deliveries: Deliveries
    queue: Queue
    roster: Roster
    roster_drafts: RosterDrafts
    joining: Joining
    stopwatch: Stopwatch
    broadcasts: Broadcasts

    @property
    def toolkit(self) -> Toolkit:
        """The content that all programmes have in common."""
        return self.library.common


def open_database(settings: Settings) -> Database:
    """Return the database that the settings name; the embedded one's trackers are in a file beside it."""
    tracker = tracker_settings(settings.database_url, settings.var)
    tracker_url = f"sqlite+aiosqlite:///{tracker['COACH_TRACKER_DB']}" if tracker["COACH_TRACKER_DIALECT"] == "sqlite" else None
    return Database(
        settings.database_url,
        settings.secret_keys,
        tracker_url,
        lasting_key=settings.pseudonym_key,
        erasures=settings.var / "erasures.txt",
    )


@asynccontextmanager
async def open_product(settings: Settings, say: Callable[[str], None], *, at: datetime | None = None) -> AsyncIterator[Product]:
    """Build the product and close it afterwards; raises FileError when the content cannot be used.

    `at` sets the clock to another moment. The embedded database is brought up to date here; any other one is not.
    """
    library = load_library(settings.content, settings.programmes)
    check_references(library, settings.file)
    toolkit = library.common
    check_consent(toolkit)
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
    redactor = Redactor(tuple(toolkit.identifiers.values()))
    feed = Feed()
    lobby = Lobby(
        toolkit, net, timedelta(minutes=settings.file.conversation.hold_before_consent_minutes), settings.file.dashboard.smallest_group
    )

    pacing = Pacing(settings.file)

    def hold(person: Person) -> timedelta:
        """Return how long somebody is not to be written to."""
        now = clock.now()
        return (pacing.opens_at(person, now) or now) - now

    postman = Postman(database, hold=hold)
    counterparts = Counterparts(library, settings.file, settings.pseudonym_key, settings.address)
    joining = Joining(database, toolkit.sentences, settings.pseudonym_key, settings.file.time_zone)
    engine = EngineLink(settings, Desk(database, library, clock, settings.file), say)
    broadcasts = Broadcasts.open(database, library, settings.file, clock.now, postman.wake)
    deliveries = Deliveries(database, library, settings.file, engine.client, feed, postman.wake, broadcasts.sending)
    stopwatch = Stopwatch()
    try:
        yield Product(
            settings=settings,
            library=library,
            database=database,
            clock=clock,
            feed=feed,
            lobby=lobby,
            net=net,
            redactor=redactor,
            engine=engine,
            postman=postman,
            counterparts=counterparts,
            conversation=Conversation(
                database,
                library,
                clock,
                settings.file,
                engine.client,
                feed,
                lobby,
                net,
                redactor,
                counterparts,
                joining,
                postman.wake,
                RightsDesk(database, settings.file.dashboard.smallest_group, settings.address),
                stopwatch,
                broadcasts.replies,
            ),
            deliveries=deliveries,
            queue=Queue(database, clock.now, postman.wake),
            roster=Roster(database, clock.now, settings.file.time_zone),
            roster_drafts=RosterDrafts(database, toolkit.sentences, clock.now, settings.pseudonym_key, settings.file.time_zone),
            joining=joining,
            stopwatch=stopwatch,
            broadcasts=broadcasts,
        )
    finally:
        await engine.close()
        await database.close()
