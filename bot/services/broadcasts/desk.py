"""All that is done with broadcasts, built once and handed to every edge: the pages, Slack, Teams and the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.content.library import Library
from bot.services.broadcasts.agenda import Agendas
from bot.services.broadcasts.choosing import Choosing
from bot.services.broadcasts.drafting import Drafts
from bot.services.broadcasts.rehearsing import Rehearsing
from bot.services.broadcasts.replies import Replies
from bot.services.broadcasts.results import Results
from bot.services.broadcasts.sending import Sending
from bot.services.broadcasts.tracking import Tracking
from bot.settings import SettingsFile
from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Broadcasts:
    """Choosing, drafts, rehearsals, sending, tracking, replies and results."""

    choosing: Choosing
    drafts: Drafts
    rehearsing: Rehearsing
    sending: Sending
    tracking: Tracking
    replies: Replies
    results: Results
    agendas: Agendas

    @classmethod
    def open(
        cls, database: Database, library: Library, settings: SettingsFile, now: Callable[[], datetime], wake_postman: Callable[[], None]
    ) -> Broadcasts:
        results = Results(database, library, settings.dashboard.smallest_group, now)
        return cls(
            Choosing(database),
            Drafts(database, library, now),
            Rehearsing(database, library, settings, now, wake_postman),
            Sending(database, library, settings.broadcast, now, wake_postman),
            Tracking(database),
            Replies(library, now),
            results,
            Agendas(database, library, results, now),
        )
