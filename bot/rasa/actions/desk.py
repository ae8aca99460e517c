"""What every action works with; apart from the actions, which take long to import."""

from __future__ import annotations

from dataclasses import dataclass

from bot.content.library import Library
from bot.domain.clock import Clock
from bot.settings import SettingsFile
from bot.storage.database import Database


@dataclass(frozen=True)
class Desk:
    """What every action works with."""

    database: Database
    library: Library
    clock: Clock
    settings: SettingsFile
