"""Rounds of micro-surveys: when each falls due for a person, and what it asks; about themselves, or about who invited them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.schema import Instrument
from bot.content.toolkit import Toolkit
from bot.domain.surveys import COUNTERPART, Cadence, Subject
from bot.settings import SettingsFile
from bot.storage.counterparts import counterpart_named
from bot.storage.deliveries import NewDelivery
from bot.storage.hours import hours_of
from bot.storage.schedules import is_scheduled, schedule
from bot.storage.surveys import find_or_add_round
from bot.storage.tables import Counterpart, DeliveryKind, Person, RoundState, Schedule, SurveyRound

# When what has no next time falls due.
NEVER = datetime(9000, 1, 1, tzinfo=UTC)


def cadence_for(instrument: Instrument, person: Person, settings: SettingsFile) -> Cadence:
    """Return when an instrument is asked of a person: at the hour that they chose, or the installation's."""
    ask_at = hours_of(person, settings).survey_at or settings.survey.ask_at
    return Cadence(instrument.every_days, ask_at, instrument.after_days)


async def schedule_rounds(session: AsyncSession, person: Person, instrument: Instrument, settings: SettingsFile, now: datetime) -> None:
    """Schedule the round of an instrument that is due next for a person who agreed."""
    assert person.consented_at is not None
    cadence, zone = cadence_for(instrument, person, settings), ZoneInfo(person.time_zone)
    latest = cadence.latest_due(person.consented_at, zone, now)
    # One that fell due while nobody ticked is asked as long as it would still be open.
    closes_after = timedelta(days=instrument.closes_after_days)
    newest = cadence.due_at(latest, person.consented_at, zone) if latest else None
    number = latest if newest is not None and newest + closes_after > now else latest + 1
    due_at = cadence.due_at(number, person.consented_at, zone) or NEVER
    await schedule(session, person.id, DeliveryKind.SURVEY, Subject(instrument.id).source, number=number, due_at=due_at)


async def open_first_round(
    session: AsyncSession, toolkit: Toolkit, settings: SettingsFile, rater: Person, counterpart: Counterpart, now: datetime
) -> SurveyRound | None:
    """Open the first round about a counterpart and schedule the ones after it; none when that was done before."""
    subject = Subject(COUNTERPART, counterpart.id)
    if counterpart.accepted_at is None or await is_scheduled(session, rater.id, subject.source):
        return None
    instrument = toolkit.instruments[subject.instrument]
    opened = await open_round(session, toolkit, rater.id, subject, 1, now, now)
    cadence = cadence_for(instrument, rater, settings)
    due_at = cadence.due_at(2, counterpart.accepted_at, ZoneInfo(rater.time_zone)) or NEVER
    await schedule(session, rater.id, DeliveryKind.SURVEY, subject.source, number=2, due_at=due_at)
    return opened


async def open_round(
    session: AsyncSession, toolkit: Toolkit, person_id: str, subject: Subject, number: int, due_at: datetime, now: datetime
) -> SurveyRound:
    """Return a round that is being asked from now on, made when it is not there yet."""
    items = [(item, toolkit.items[item].version) for item in toolkit.instruments[subject.instrument].items_of(number)]
    opened = await find_or_add_round(session, person_id, subject.name, number, items, due_at)
    opened.state, opened.asked_at = RoundState.ASKED, now
    return opened


async def take_due_round(
    session: AsyncSession, toolkit: Toolkit, settings: SettingsFile, entry: Schedule, person: Person, now: datetime
) -> list[NewDelivery]:
    """Return the delivery of a round that has fallen due, if anybody is to be asked, and move its entry on to the round after it."""
    subject = Subject.named(entry.source)
    instrument = toolkit.instruments.get(subject.instrument)
    rated = await counterpart_named(session, subject)
    since = person.consented_at if subject.counterpart is None else rated and rated[0].accepted_at
    if instrument is None or person.consented_at is None or since is None:
        await session.delete(entry)
        return []
    number, due_at, zone = entry.number, entry.due_at, ZoneInfo(person.time_zone)
    cadence = cadence_for(instrument, person, settings)
    # Rounds that passed unasked are not caught up: nobody is asked twice about the same fortnight.
    entry.number = max(number, cadence.latest_due(since, zone, now)) + 1
    # An entry whose last wave is over stays, so that nobody is enrolled anew.
    entry.due_at = cadence.due_at(entry.number, since, zone) or NEVER
    if due_at.astimezone(zone).month in settings.survey.not_in_months:
        if instrument.every_days is not None:
            return []  # the next one comes in a fortnight
        due_at = _after_the_months(due_at, cadence, zone, settings.survey.not_in_months)
    expires_at = due_at + timedelta(days=instrument.closes_after_days)
    is_asked = subject.counterpart is not None or instrument.id in settings.survey.instruments
    # Nobody is asked for what no figure may count.
    is_wanted = is_asked and hours_of(person, settings).wants_surveys and person.objected_at is None
    if person.stopped_at is not None or expires_at <= now or not is_wanted:
        return []
    return [NewDelivery(person.id, DeliveryKind.SURVEY, entry.source, str(number), 0, due_at, expires_at)]


def _after_the_months(due_at: datetime, cadence: Cadence, zone: ZoneInfo, months: frozenset[int]) -> datetime:
    """Return the first moment after months in which no survey of ours is asked."""
    day = due_at.astimezone(zone).date()
    while day.month in months:
        day += timedelta(days=1)
    return datetime.combine(day, cadence.ask_at, zone)
