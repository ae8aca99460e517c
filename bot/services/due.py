"""What falls due: check-ins that people agreed to, rounds of instruments, and returns to reflections become deliveries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.content.schema import Instrument
from bot.domain.surveys import Cadence
from bot.settings import SettingsFile
from bot.storage.deliveries import NewDelivery, queue
from bot.storage.plans import close_unanswered, take_due_check_ins
from bot.storage.schedules import consenting_without, due_schedules, schedule
from bot.storage.surveys import close_rounds
from bot.storage.tables import DeliveryKind, Person, Reflection, Schedule

# So many rows are read at once, so that memory stays flat however many are due.
BATCH = 1000
# How long after a reflection was to be looked at again it still makes sense to.
_RETURN_STANDS = timedelta(days=7)


# When what has no next time falls due.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def survey_source(instrument: str) -> str:
    """Return the source under which an instrument's rounds are scheduled and delivered."""
    return f"survey:{instrument}"


class Due:
    """Turns moments that have come into deliveries. Each step is one transaction, and what was queued is never queued again."""

    def __init__(self, library: Library, settings: SettingsFile) -> None:
        self._instruments = library.common.instruments
        self._asked = [self._instruments[name] for name in settings.survey.instruments]
        self._settings = settings

    async def close_what_is_over(self, session: AsyncSession, now: datetime) -> None:
        """Close check-ins and rounds that were asked and had their time."""
        await close_unanswered(session, now - timedelta(days=self._settings.follow_up.check_in_closes_after_days))
        for instrument in self._instruments.values():
            await close_rounds(session, now - timedelta(days=instrument.closes_after_days), instrument.id)

    async def enrol(self, session: AsyncSession, now: datetime) -> int:
        """Schedule the first round of every instrument for people who have none yet; return how many."""
        added = 0
        for instrument in self._asked:
            for person in await consenting_without(session, survey_source(instrument.id), BATCH):
                await self.schedule_rounds(session, person, instrument, now)
                added += 1
        return added

    async def schedule_rounds(self, session: AsyncSession, person: Person, instrument: Instrument, now: datetime) -> None:
        """Schedule the round of an instrument that is due next for a person who agreed."""
        assert person.consented_at is not None
        cadence, zone = self._cadence(instrument), ZoneInfo(person.time_zone)
        latest = cadence.latest_due(person.consented_at, zone, now)
        # One that fell due while nobody ticked is asked as long as it would still be open.
        closes_after = timedelta(days=instrument.closes_after_days)
        newest = cadence.due_at(latest, person.consented_at, zone) if latest else None
        number = latest if newest is not None and newest + closes_after > now else latest + 1
        await schedule(
            session,
            person.id,
            DeliveryKind.SURVEY,
            survey_source(instrument.id),
            number=number,
            due_at=cadence.due_at(number, person.consented_at, zone) or NEVER,
        )

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
                wanted += await self._round(session, entry, person, now)
            elif entry.kind is DeliveryKind.REFLECTION:
                wanted += await self._return(session, entry, now)
        await session.flush()
        return len(entries), await queue(session, wanted, now)

    async def _round(self, session: AsyncSession, entry: Schedule, person: Person, now: datetime) -> list[NewDelivery]:
        """Return the delivery of a round, if anybody is to be asked, and move the entry on to the round after it."""
        instrument = self._instruments.get(entry.source.partition(":")[2])
        if instrument is None or person.consented_at is None:
            await session.delete(entry)
            return []
        number, due_at, zone = entry.number, entry.due_at, ZoneInfo(person.time_zone)
        cadence = self._cadence(instrument)
        # Rounds that passed unasked are not caught up: nobody is asked twice about the same fortnight.
        entry.number = max(number, cadence.latest_due(person.consented_at, zone, now)) + 1
        # An entry whose last wave is over stays, so that nobody is enrolled anew.
        entry.due_at = cadence.due_at(entry.number, person.consented_at, zone) or NEVER
        if due_at.astimezone(zone).month in self._settings.survey.not_in_months:
            if instrument.every_days is not None:
                return []  # the next one comes in a fortnight
            due_at = self._after_the_month(due_at, zone)
        expires_at = due_at + timedelta(days=instrument.closes_after_days)
        if person.stopped_at is not None or expires_at <= now or instrument not in self._asked:
            return []
        return [NewDelivery(person.id, DeliveryKind.SURVEY, entry.source, str(number), 0, due_at, expires_at)]

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

    def _after_the_month(self, due_at: datetime, zone: ZoneInfo) -> datetime:
        """Return the first moment after months in which no survey of ours is asked."""
        day = due_at.astimezone(zone).date()
        while day.month in self._settings.survey.not_in_months:
            day += timedelta(days=1)
        return datetime.combine(day, self._settings.survey.ask_at, zone)

    def _cadence(self, instrument: Instrument) -> Cadence:
        return Cadence(instrument.every_days, self._settings.survey.ask_at, instrument.after_days)
