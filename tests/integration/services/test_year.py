"""A year of a thousand people, tick by tick, against a count made without any of the code under test."""

from __future__ import annotations

import time as clock
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot.content.library import Library
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.deliveries import Deliveries
from bot.services.feed import Feed
from bot.settings import read_settings
from bot.storage.database import Database
from bot.storage.plans import keep_plan
from bot.storage.tables import CheckIn, CheckInState, Delivery, DeliveryKind, DeliveryState, Person, SurveyRound
from tests.integration.conftest import KEY

pytestmark = pytest.mark.anyio

LONDON = ZoneInfo("Europe/London")
# A Tuesday: every round of a fortnightly survey falls due on one, and in this year none of those is a bank holiday.
# Six of the 26 lie in January, April and July, in which none is asked. The waves come on the third day, in late May, and a year on.
START = datetime(2026, 11, 24, 10, 0, tzinfo=LONDON)
DAYS = 366
TICKS = (time(8, 35), time(12, 35), time(22, 0))
# People by what they do: they answer; they never do; they answer until they say stop; they answer, and make a plan every ten days.
ANSWERING, SILENT, STOPPING, PLANNING = 400, 300, 200, 100
STOP_DAY, PLAN_DAYS = 100, 10
# What a colleague would count with a calendar: 20 fortnights and three waves a year, of which the silent ones meet four before the coach
# asks whether to go on, and five and one lie before the hundredth day; a plan on every tenth day of 366; after each of four quarters
# what came back, for those who answered in it: of whoever stops in March only the first.
EXPECTED = {
    (DeliveryKind.SURVEY, "answering"): ANSWERING * (20 + 3),
    (DeliveryKind.SURVEY, "silent"): SILENT * 4,
    (DeliveryKind.GO_ON, "silent"): SILENT,
    (DeliveryKind.SURVEY, "stopping"): STOPPING * (5 + 1),
    (DeliveryKind.SURVEY, "planning"): PLANNING * (20 + 3),
    (DeliveryKind.CHECK_IN, "planning"): PLANNING * 36,
    (DeliveryKind.REPORT, "answering"): ANSWERING * 4,
    (DeliveryKind.REPORT, "planning"): PLANNING * 4,
    (DeliveryKind.REPORT, "stopping"): STOPPING,
}
LIMIT = 120.0  # seconds


async def no_engine() -> RasaClient:
    raise EngineUnavailable("nobody needs it to be sent something")


async def test_a_year_of_a_thousand_people(tmp_path: Path, library: Library) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'year.db'}", [KEY])
    await database.upgrade()
    sizes = {"answering": ANSWERING, "silent": SILENT, "stopping": STOPPING, "planning": PLANNING}
    async with database.transaction() as session:
        for group, size in sizes.items():
            session.add_all(
                Person(
                    id=f"{group}-{number}",
                    conversation_key=f"{group}-{number}",
                    name="somebody",
                    time_zone="Europe/London",
                    joined_at=START,
                    consent_version=1,
                    consented_at=START,
                )
                for number in range(size)
            )
        await session.flush()
        for number in range(PLANNING):
            for day in range(PLAN_DAYS, DAYS, PLAN_DAYS):
                moment = datetime.combine(START.date() + timedelta(days=day), time(8, 30), LONDON)
                await keep_plan(session, f"planning-{number}", "w", theme=None, scenario=None, check_in_at=moment, now=START)
    deliveries = Deliveries(database, library, read_settings({"COACH_VAR": str(tmp_path)}).file, no_engine, Feed(), lambda: None)
    began = clock.monotonic()
    for day in range(DAYS):
        for wall in TICKS:
            now = datetime.combine(START.date() + timedelta(days=day), wall, LONDON)
            if now >= START:
                await deliveries.tick(now)
                await answer(database, now)
        if day == STOP_DAY:
            async with database.transaction() as session:
                await session.execute(update(Person).where(Person.id.startswith("stopping")).values(stopped_at=START))
    took = clock.monotonic() - began
    async with database.reading() as session:
        reached = (await session.execute(select(Delivery).where(Delivery.sent_at.is_not(None)))).scalars().all()
        unfinished = [each for each in await session.scalars(select(Delivery)) if each.state is DeliveryState.QUEUED]
    await database.close()
    counted = Counter((each.kind, each.person_id.partition("-")[0]) for each in reached)
    assert counted == EXPECTED
    assert unfinished == [], "every row is in a final state"
    assert {each.sent_at.astimezone(LONDON).time() for each in reached if each.sent_at} <= set(TICKS[:2]), "nothing at ten at night"
    assert took < LIMIT


async def answer(database: Database, now: datetime) -> None:
    """Have everybody but the silent ones answer what they have just been sent."""
    async with database.transaction() as session:
        fresh = Delivery.state == DeliveryState.SENT, ~Delivery.person_id.startswith("silent")
        people = (await session.scalars(select(Delivery.person_id).where(*fresh))).all()
        if not people:
            return
        wrote = (now + timedelta(minutes=1)).astimezone(UTC)
        await session.execute(update(Person).where(Person.id.in_(people)).values(last_message_at=wrote))
        rounds = (
            await session.execute(select(Delivery.person_id, Delivery.subject_id).where(*fresh, Delivery.kind == DeliveryKind.SURVEY))
        ).all()
        given = {"next_conversation": [1, 5, wrote.isoformat(), False]}
        await session.execute(update(SurveyRound).where(SurveyRound.id.in_([number for _, number in rounds])).values(answers=given))
        asked = select(Delivery.subject_id).where(*fresh, Delivery.kind == DeliveryKind.CHECK_IN)
        await session.execute(update(CheckIn).where(CheckIn.id.in_(asked)).values(state=CheckInState.ANSWERED))
        await session.execute(update(Delivery).where(*fresh).values(state=DeliveryState.ANSWERED, answered_at=wrote))
