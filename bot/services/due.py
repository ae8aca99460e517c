"""What falls due: check-ins, rounds of instruments, returns to reflections, digests and reports become deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.domain.quarter import Quarter
from bot.domain.surveys import Subject
from bot.services.rounds import schedule_rounds, take_due_round
from bot.settings import SettingsFile
from bot.storage.deliveries import NewDelivery, queue, replace_older
from bot.storage.hours import DIGEST, hours_of, next_digest
from bot.storage.plans import close_unanswered, take_due_check_ins
from bot.storage.schedules import consenting_without, due_schedules, schedule
from bot.storage.surveys import answered_between, close_rounds
from bot.storage.tables import DeliveryKind, Person, Reflection, Schedule

# So many rows are read at once, so that memory stays flat however many are due.
BATCH = 1000
# And so many people are given their first rounds at once: each of them takes several rows, and on SQLite everybody else waits.
_ENROLS = 50
# How long after a reflection was to be looked at again it still makes sense to.
_RETURN_STANDS = timedelta(days=7)


# The source under which a report on a quarter's answers is scheduled and delivered.
REPORT = "report"
# A digest that is later than the end of Tuesday is about a week that is half over.
_DIGEST_STANDS = timedelta(hours=36)
_REPORT_STANDS = timedelta(days=14)


class Due:
    """Turns moments that have come into deliveries. Each step is one transaction, and what was queued is never queued again."""

    def __init__(self, library: Library, settings: SettingsFile) -> None:
        self._toolkit = library.common
        self._asked = [self._toolkit.instruments[name] for name in settings.survey.instruments]
        self._settings = settings

    async def close_what_is_over(self, session: AsyncSession, now: datetime) -> None:
        """Close check-ins and rounds that were asked and had their time."""
        await close_unanswered(session, now - timedelta(days=self._settings.follow_up.check_in_closes_after_days))
        for instrument in self._toolkit.instruments.values():
            await close_rounds(session, now - timedelta(days=instrument.closes_after_days), instrument.id)

    async def enrol(self, session: AsyncSession, now: datetime) -> int:
        """Schedule the first round of every instrument, and the first report, for people who have none yet; return how many."""
        added = 0
        for instrument in self._asked:
            for person in await consenting_without(session, Subject(instrument.id).source, _ENROLS):
                await schedule_rounds(session, person, instrument, self._settings, now)
                added += 1
        for person in await consenting_without(session, REPORT, _ENROLS):
            quarter = Quarter.of(now.astimezone(ZoneInfo(person.time_zone)).date())
            due_at = self._reported_at(quarter, person)
            await schedule(session, person.id, DeliveryKind.REPORT, REPORT, number=quarter.index, due_at=due_at)
            added += 1
        return added

    async def queue_check_ins(self, session: AsyncSession, now: datetime) -> tuple[int, list[tuple[str, DeliveryKind]]]:
        """Queue check-ins whose moment has come; return how many were looked at, and person and kind of the new deliveries."""
        closes_after = timedelta(days=self._settings.follow_up.check_in_closes_after_days)
        check_ins = await take_due_check_ins(session, now, BATCH)
        wanted = [
            NewDelivery(
                each.person_id,
                DeliveryKind.CHECK_IN,
                source=f"plan:{each.plan_id}",
                # A check-in that was put off to another moment is another occurrence.
                occurrence=f"{each.id}:{each.due_at.isoformat()}",
                subject_id=each.id,
                due_at=each.due_at,
                expires_at=each.due_at + closes_after,
            )
            for each in check_ins
        ]
        return len(check_ins), await queue(session, wanted, now)

    async def queue_scheduled(self, session: AsyncSession, now: datetime) -> tuple[int, list[tuple[str, DeliveryKind]]]:
        """Queue what was scheduled for a moment that has come, and schedule what follows it."""
        entries = await due_schedules(session, now, BATCH)
        wanted: list[NewDelivery] = []
        for entry, person in entries:
            if entry.kind is DeliveryKind.SURVEY:
                wanted += await take_due_round(session, self._toolkit, self._settings, entry, person, now)
            elif entry.kind is DeliveryKind.REFLECTION:
                wanted += await self._return(session, entry, now)
            elif entry.kind is DeliveryKind.DIGEST:
                wanted += self._digest(entry, person, now)
            elif entry.kind is DeliveryKind.REPORT:
                wanted += await self._report(session, entry, person, now)
        await session.flush()
        await replace_older(session, wanted)
        return len(entries), await queue(session, wanted, now)

    async def _return(self, session: AsyncSession, entry: Schedule, now: datetime) -> list[NewDelivery]:
        """Return the delivery that comes back to a reflection, and move the entry on to the next return, if there is one."""
        reflection = await session.get(Reflection, int(entry.source.partition(":")[2]))
        days = self._settings.follow_up.reflection_returns_after_days
        number, due_at = entry.number, entry.due_at
        if reflection is None or number >= len(days):
            await session.delete(entry)
        else:
            entry.number, entry.due_at = number + 1, reflection.kept_at + timedelta(days=days[number])
        if reflection is None or due_at + _RETURN_STANDS <= now:
            return []
        source = f"reflection:{reflection.id}"
        return [NewDelivery(entry.person_id, DeliveryKind.REFLECTION, source, str(number), reflection.id, due_at, due_at + _RETURN_STANDS)]

    def _digest(self, entry: Schedule, person: Person, now: datetime) -> list[NewDelivery]:
        """Return this week's digest, and move the entry on to next Monday."""
        due_at, zone = entry.due_at, ZoneInfo(person.time_zone)
        entry.number, entry.due_at = entry.number + 1, next_digest(now, zone, self._settings)
        expires_at = due_at + _DIGEST_STANDS
        if person.stopped_at is not None or expires_at <= now:
            return []
        day = due_at.astimezone(zone).date().isoformat()
        return [NewDelivery(person.id, DeliveryKind.DIGEST, DIGEST, day, 0, due_at, expires_at)]

    async def _report(self, session: AsyncSession, entry: Schedule, person: Person, now: datetime) -> list[NewDelivery]:
        """Return what came back in a quarter, for one of those who answered in it, and move the entry on to the next quarter."""
        quarter, zone, due_at = Quarter.at(entry.number), ZoneInfo(person.time_zone), entry.due_at
        following = max(quarter.after, Quarter.of(now.astimezone(zone).date()))
        entry.number, entry.due_at = following.index, self._reported_at(following, person)
        expires_at = due_at + _REPORT_STANDS
        if person.stopped_at is not None or expires_at <= now:
            return []
        if not await answered_between(session, person.id, quarter.starts(zone), quarter.after.starts(zone)):
            return []
        return [NewDelivery(person.id, DeliveryKind.REPORT, REPORT, str(quarter), quarter.index, due_at, expires_at)]

    def _reported_at(self, quarter: Quarter, person: Person) -> datetime:
        """Return when a quarter is reported on: on the first day after it, at the hour of the person's surveys."""
        at = hours_of(person, self._settings).survey_at or self._settings.survey.ask_at
        return quarter.after.starts(ZoneInfo(person.time_zone), at)
