"""A roster on its way in: read, compared, looked at and imported; between two looks it is kept encrypted, for an hour."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Sentences
from bot.services.membership import email_key
from bot.services.roles import Actor
from bot.services.roster.file import UnreadableFile
from bot.services.roster.importing import LeaversDiffer, RosterImport, RosterRefused
from bot.services.roster.rows import Progress, ReadRoster, Report, labels_of, load, read_roster
from bot.storage.audit import note_action
from bot.storage.database import Database
from bot.storage.tables import RosterDraft, WrongCode

log = logging.getLogger(__name__)

# How long a roster waits to be imported.
LASTS = timedelta(hours=1)
# What a draft can be: the first two are under way.
CHECKING, IMPORTING, CHECKED, IMPORTED, UNREADABLE, STOPPED = "checking", "importing", "checked", "imported", "unreadable", "stopped"


class RosterChanged(Exception):
    """Raised when somebody else changed the roster in between, so that nothing was imported."""


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work on a draft is: rows done, and about how many there are."""

    state: str
    done: int = 0
    total: int = 0


class RosterDrafts:
    """Reads and imports rosters, for pages and commands. Work goes on in this process; what came of it is in the database."""

    def __init__(self, database: Database, sentences: Sentences, now: Callable[[], datetime], key: str, time_zone: str) -> None:
        self._database, self._sentences, self._now = database, sentences, now
        self._key, self._time_zone = key, time_zone
        self._steps: dict[str, Step] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    # At once, for commands

    async def read(self, content: bytes, progress: Progress) -> ReadRoster:
        """Return what a file says; raises UnreadableFile. Other work goes on meanwhile."""
        return await asyncio.to_thread(read_roster, content, self.key_of, labels_of(self._sentences), progress)

    def key_of(self, email: str) -> str:
        """Return the keyed hash under which an e-mail address is kept."""
        return email_key(email, self._key)

    async def check(self, roster: ReadRoster, actor: Actor, progress: Progress, *, may_add: bool) -> Report:
        """Return what a roster would change, and all that is wrong with it; nothing is changed."""
        async with self._database.reading() as session:
            return await self._work(session, roster, actor, may_add=may_add, writes=False).run(load(roster.lines), roster.count, progress)

    async def bring_in(
        self, roster: ReadRoster, actor: Actor, progress: Progress, *, may_add: bool, leaves: int | None = None, source: str = "file"
    ) -> Report:
        """Import a roster, all of it or nothing. Raises RosterRefused, LeaversDiffer and RosterChanged."""
        if not roster.report.is_clean:
            raise RosterRefused(roster.report)
        try:
            async with self._database.transaction() as session:
                work = self._work(session, roster, actor, may_add=may_add, writes=True)
                report = await work.run(load(roster.lines), roster.count, progress, leaves)
                if report.added or report.changed or report.left:
                    what = f"{source}: {report.added} added, {report.changed} changed, {report.left} left"
                    note_action(session, actor.id, "roster.import", what[:120], self._now())
                return report
        except IntegrityError:
            raise RosterChanged from None

    def _work(self, session: AsyncSession, roster: ReadRoster, actor: Actor, *, may_add: bool, writes: bool) -> RosterImport:
        # A report of its own, so that the same roster can be looked at again.
        report = Report.of_json(roster.report.as_json())
        return RosterImport(session, actor, report, now=self._now(), time_zone=self._time_zone, may_add=may_add, writes=writes)

    # In two steps, for pages

    async def begin(self, content: bytes, actor: Actor, *, may_add: bool) -> str:
        """Take a file, begin to read it, and return the draft's id."""
        draft_id, now = uuid4().hex, self._now()
        async with self._database.transaction() as session:
            session.add(RosterDraft(id=draft_id, made_at=now, made_by=actor.id, may_add=may_add, state=CHECKING))
        self._start(draft_id, CHECKING, self._check_draft(draft_id, content, actor, may_add=may_add))
        return draft_id

    async def forget_old(self) -> None:
        """Delete rosters that were not imported within the hour, and wrong codes of longer ago."""
        now = self._now()
        async with self._database.transaction() as session:
            await session.execute(delete(RosterDraft).where(RosterDraft.made_at < now - LASTS))
            await session.execute(delete(WrongCode).where(WrongCode.at < now - LASTS))

    async def find(self, draft_id: str, actor: Actor) -> RosterDraft | None:
        """Return a draft of one's own, or none."""
        async with self._database.reading() as session:
            draft = await session.get(RosterDraft, draft_id)
        return draft if draft is not None and draft.made_by == actor.id and draft.made_at > self._now() - LASTS else None

    def step(self, draft: RosterDraft) -> Step:
        """Return how far the work on a draft is; one that is under way in no process any more has stopped."""
        return self._steps.get(draft.id) or Step(STOPPED if draft.state in (CHECKING, IMPORTING) else draft.state)

    async def confirm(self, draft: RosterDraft, actor: Actor, leaves: int | None) -> bool:
        """Begin to import a draft that was checked; return whether it can be. A second tap changes nothing."""
        if draft.id in self._steps or draft.state != CHECKED or not draft.content or not Report.of_json(draft.report or {}).is_clean:
            return False
        self._start(draft.id, IMPORTING, self._import_draft(draft, actor, leaves))
        return True

    async def wait(self, draft_id: str, seconds: float) -> None:
        """Wait until the work on a draft is done, at most so long."""
        if (task := self._tasks.get(draft_id)) is not None:
            await asyncio.wait({task}, timeout=seconds)

    def _start(self, draft_id: str, state: str, work: Coroutine[Any, Any, None]) -> None:
        self._steps[draft_id] = Step(state)

        async def run() -> None:
            try:
                await work
            except Exception as error:  # whatever it is, its draft must not seem to be under way for ever
                log.error("work on a roster ended: %s", type(error).__name__)
                await self._note(draft_id, STOPPED, None)
            finally:
                self._steps.pop(draft_id, None)
                self._tasks.pop(draft_id, None)

        self._tasks[draft_id] = asyncio.create_task(run())

    async def _check_draft(self, draft_id: str, content: bytes, actor: Actor, *, may_add: bool) -> None:
        def tell(done: int, total: int) -> None:
            self._steps[draft_id] = Step(CHECKING, done, total)

        try:
            # Reading is the first half of the way, comparing the second.
            roster = await self.read(content, lambda done, total: tell(done // 2, total))
        except UnreadableFile as error:
            await self._note(draft_id, UNREADABLE, None, {"code": error.code, "row": error.row})
            return
        report = await self.check(roster, actor, lambda done, total: tell(total // 2 + done // 2, total), may_add=may_add)
        await self._note(draft_id, CHECKED, roster.lines if report.is_clean else None, report.as_json())

    async def _import_draft(self, draft: RosterDraft, actor: Actor, leaves: int | None) -> None:
        def tell(done: int, total: int) -> None:
            self._steps[draft.id] = Step(IMPORTING, done, total)

        lines = draft.content or ""
        checked = Report.of_json(draft.report or {})
        roster = ReadRoster(lines, lines.count("\n"), Report(rows=checked.rows))
        try:
            report = await self.bring_in(roster, actor, tell, may_add=draft.may_add, leaves=leaves)
        except RosterRefused as error:
            await self._note(draft.id, CHECKED, None, error.report.as_json())
        except (LeaversDiffer, RosterChanged):
            # The same once more, with the figures as they are now.
            report = await self.check(roster, actor, tell, may_add=draft.may_add)
            await self._note(draft.id, CHECKED, lines, {**report.as_json()}, has_changed=True)
        else:
            await self._note(draft.id, IMPORTED, None, report.as_json())

    async def _note(
        self, draft_id: str, state: str, lines: str | None, report: Mapping[str, object] | None = None, *, has_changed: bool = False
    ) -> None:
        async with self._database.transaction() as session:
            draft = await session.get(RosterDraft, draft_id)
            if draft is not None:
                draft.state, draft.content = state, lines
                draft.report = dict(report) if report is not None else None
                draft.has_changed = has_changed
