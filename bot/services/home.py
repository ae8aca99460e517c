"""What a person sees of their own on one page: plans, reflections, when the coach writes first, and whom they invited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.availability import Availability
from bot.services.roster.keeping import Entry, entry_of
from bot.settings import SettingsFile
from bot.storage.counterparts import counterparts_of, rated_by
from bot.storage.hours import hours_of
from bot.storage.people import find_person
from bot.storage.plans import newest_open_plan, reflections_of, waiting_check_in
from bot.storage.tables import Relation

# So many of the newest reflections are shown.
REFLECTIONS = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """One reflection that the person kept, with what was asked."""

    at: datetime
    asked: str
    words: str


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody whom the person invited to rate, and whether they accepted."""

    relation: Relation
    has_accepted: bool


@dataclass(frozen=True, slots=True)
class Home:
    """One person's own page; moments are in their own zone."""

    plan: str | None
    asked_at: datetime | None
    reflections: Sequence[Kept]
    hours: Availability
    snoozed_until: datetime | None
    is_stopped: bool
    invited: Sequence[Invited]
    rates: Sequence[str]
    time_zone: str = ""
    # What the roster holds of them, which its keepers see; only the web page shows it.
    place: Entry | None = None


async def read_home(session: AsyncSession, person_id: str, settings: SettingsFile, now: datetime) -> Home | None:
    """Return what a person's page shows; none for whoever has not agreed to anything being kept."""
    person = await find_person(session, person_id)
    if person is None or person.consented_at is None:
        return None
    zone = ZoneInfo(person.time_zone)
    plan = await newest_open_plan(session, person_id)
    check_in = await waiting_check_in(session, plan) if plan else None
    snoozed = person.snoozed_until if person.snoozed_until and person.snoozed_until > now else None
    kept = await reflections_of(session, person_id, REFLECTIONS)
    return Home(
        plan=plan.words if plan else None,
        asked_at=check_in.due_at.astimezone(zone) if check_in else None,
        reflections=[Kept(each.kept_at.astimezone(zone), each.asked, each.words) for each in kept],
        hours=hours_of(person, settings),
        time_zone=person.time_zone,
        snoozed_until=snoozed.astimezone(zone) if snoozed else None,
        is_stopped=person.stopped_at is not None,
        invited=[Invited(each.relation, each.rater_id is not None) for each in await counterparts_of(session, person_id)],
        rates=[inviter.name for _, inviter in await rated_by(session, person_id)],
        place=await entry_of(session, person),
    )
