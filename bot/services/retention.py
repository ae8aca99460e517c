"""Keeps nothing longer than it may be kept: once a day what is too old goes, and after a change of the rules only the day after."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.settings import RetentionSettings, SettingError
from bot.storage.audit import verify_chain
from bot.storage.database import Database
from bot.storage.retention import BATCH, KINDS, count_old, delete_old, trackers_in_use
from bot.storage.tables import Setting

log = logging.getLogger(__name__)

# Under this name a setting holds the day of the last run and the rules that it had.
_LAST = "retention.last"


@dataclass(frozen=True, slots=True)
class Old:
    """How much of one kind is too old, in one programme or in all others; `days` is how long it may be kept."""

    kind: str
    programme: str | None
    days: int
    count: int


class Retention:
    """Deletes what is too old. What it did is logged in numbers."""

    def __init__(self, database: Database, rules: RetentionSettings) -> None:
        self._database, self._rules = database, rules
        own = [(f"retention.programmes.{name}", days) for name, days in rules.programmes.items()]
        for where, named in [("retention.days", rules.days), *own]:
            if unknown := sorted(named.keys() - KINDS.keys()):
                raise SettingError(f"{where} names '{unknown[0]}', which is no kind of thing: write one of {', '.join(KINDS)}")

    def _each(self) -> Iterator[tuple[str, str | None, int, list[str]]]:
        """Give each rule: kind, programme or none for all others, days, and those programmes that have a rule of their own for it."""
        own = self._rules.programmes
        for kind in KINDS:
            for programme, days in own.items():
                if kind in days:
                    yield kind, programme, days[kind], []
            if kind in self._rules.days:
                yield kind, None, self._rules.days[kind], [name for name, days in own.items() if kind in days]

    async def look(self, now: datetime) -> list[Old]:
        """Return what would go, and delete nothing."""
        async with self._database.reading() as session:
            return [
                Old(kind, programme, days, await count_old(session, kind, now - timedelta(days=days), programme, others))
                for kind, programme, days, others in self._each()
            ]

    async def apply(self, now: datetime) -> list[Old]:
        """Delete what is too old, a batch in each transaction, and return how much it was."""
        done = []
        for kind, programme, days, others in self._each():
            count, deleted = 0, BATCH
            while deleted == BATCH:
                async with self._database.transaction() as session:
                    deleted = await delete_old(session, kind, now - timedelta(days=days), programme, others)
                count += deleted
            done.append(Old(kind, programme, days, count))
        async with self._database.reading() as session:
            used = await trackers_in_use(session)
        # Such as one that a turn wrote to while its person was being erased.
        if forgotten := await self._database.forget_trackers_but(used):
            log.info("retention: %d conversation(s) of nobody forgotten by the engine", forgotten)
        return done

    async def run_daily(self, now: datetime) -> list[Old] | None:
        """Do the day's work unless it was done; with rules that are new it only reports. Return what went, none when nothing was due."""
        rules = hashlib.sha256(json.dumps(self._rules.model_dump(), sort_keys=True).encode()).hexdigest()[:16]
        today = now.date()
        async with self._database.transaction() as session:
            last = await session.get(Setting, _LAST)
            day, _, earlier = (last.value if last else "").partition(" ")
            # A day that lies ahead was written before the clock was put back.
            if day == today.isoformat() or (day and date.fromisoformat(day) > today and earlier == rules):
                return None
            await session.merge(Setting(key=_LAST, value=f"{today.isoformat()} {rules}"))
            newest = await verify_chain(session)
        if newest is not None:
            # In whatever gathers the logs, where the database's administrators cannot reach it.
            log.info("audit anchor %s", newest)
        if earlier != rules:
            for each in await self.look(now):
                if each.count:
                    log.warning("retention: from tomorrow on %d of %s older than %d days go", each.count, each.kind, each.days)
            return None
        done = await self.apply(now)
        for each in done:
            if each.count:
                log.info("retention: %d of %s older than %d days deleted", each.count, each.kind, each.days)
        return done
