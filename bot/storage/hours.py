"""A person's wishes about when the coach writes first, changed from the chat or a page; they hold for what is queued already."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.availability import Availability, Change
from bot.domain.timing import is_day_for_it
from bot.settings import SettingsFile
from bot.storage.deliveries import cancel_of_kind, cancel_of_source, cancel_queued, look_again
from bot.storage.plans import move_overdue
from bot.storage.postings import withdraw_unsent
from bot.storage.schedules import move_to_hour, move_to_zone, schedule, unschedule
from bot.storage.tables import DeliveryKind, Person

# The source under which a digest of the week is scheduled and delivered, for those who want one.
DIGEST = "digest"
# How long after "start again" what fell due meanwhile is asked about.
SOON = timedelta(hours=1)
NO_LONGER_WANTED = "no longer wanted by the person"


class NoDayLeft(Exception):
    """Raised when a change would leave no day on which anything could arrive; nothing was changed."""


class OutsideHours(Exception):
    """Raised when surveys are to come at an hour outside the person's own day; nothing was changed."""

    def __init__(self, at: time, hours: Availability) -> None:
        super().__init__(f"{at:%H:%M}")
        self.at, self.hours = at, hours


def hours_of(person: Person, settings: SettingsFile) -> Availability:
    """Return the hours of a person, or the installation's."""
    return Availability.from_json(person.availability) if person.availability else settings.follow_up.availability


async def change_hours(session: AsyncSession, person: Person, change: Change, settings: SettingsFile, now: datetime) -> Availability:
    """Make a change of a person's hours and return them as they are from now on. Raises NoDayLeft and OutsideHours."""
    before = hours_of(person, settings)
    hours = before.with_change(change, settings.follow_up.availability)
    if change.survey_at is not None and not hours.is_within_day(change.survey_at):
        raise OutsideHours(change.survey_at, hours)
    await keep_hours(session, person, hours, settings, now)
    return hours


async def keep_hours(session: AsyncSession, person: Person, hours: Availability, settings: SettingsFile, now: datetime) -> None:
    """Keep a person's hours, and have what is scheduled and what waits follow them. Raises NoDayLeft."""
    if not hours.working_days:
        raise NoDayLeft
    before = hours_of(person, settings)
    if hours.time_zone is not None and hours.time_zone != person.time_zone:
        await move_to_zone(session, person, hours.time_zone)
    person.availability = hours.as_json()
    if not hours.wants_surveys:
        await cancel_of_kind(session, person.id, DeliveryKind.SURVEY, NO_LONGER_WANTED)
    if hours.survey_at != before.survey_at:
        at = hours.survey_at or settings.survey.ask_at
        for kind in (DeliveryKind.SURVEY, DeliveryKind.REPORT):
            await move_to_hour(session, person, kind, at)
    if hours.wants_digest and not before.wants_digest:
        due_at = next_digest(now, ZoneInfo(person.time_zone), settings)
        await schedule(session, person.id, DeliveryKind.DIGEST, DIGEST, number=1, due_at=due_at)
    elif before.wants_digest and not hours.wants_digest:
        await unschedule(session, person.id, DIGEST)
        await cancel_of_source(session, person.id, DIGEST, NO_LONGER_WANTED)
    # What waits already is looked at anew, by the hours that hold from now on.
    await look_again(session, person.id, now)


def next_digest(now: datetime, zone: ZoneInfo, settings: SettingsFile) -> datetime:
    """Return the first moment after `now` at which a digest falls due: on a Monday, when check-ins are asked."""
    today = now.astimezone(zone).date()
    monday = today + timedelta(days=-today.weekday() % 7)
    due_at = datetime.combine(monday, settings.follow_up.ask_at, zone)
    return due_at if due_at > now else datetime.combine(monday + timedelta(days=7), settings.follow_up.ask_at, zone)


def snooze(person: Person, until: datetime) -> None:
    """Send nothing of the coach's own accord before that moment; what is queued waits until then."""
    person.snoozed_until = until


async def resume(session: AsyncSession, person: Person, settings: SettingsFile, now: datetime) -> None:
    """End a snooze or a stop. Check-ins that fell due meanwhile are asked in a while, on a working day: nobody named this one."""
    person.snoozed_until = person.stopped_at = None
    # A moment that was not used before: the delivery of the old one was dropped for good.
    hours, holidays = hours_of(person, settings), settings.follow_up.bank_holidays
    opens = hours.next_open(now + SOON, ZoneInfo(person.time_zone), lambda day: is_day_for_it(day, None, hours, holidays))
    await move_overdue(session, person.id, now, opens or now + SOON)
    await look_again(session, person.id, now)


async def stop(session: AsyncSession, person: Person, now: datetime) -> None:
    """Send nothing more of the coach's own accord until the person says otherwise; what is queued is dropped."""
    person.stopped_at = now
    await cancel_queued(session, person.id, "stopped by the person")
    await withdraw_unsent(session, person.id, "stopped by the person")
