"""The demonstration's people, and sample programmes with made-up weeks of use, marked as such wherever they are shown."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.domain.access import Grant, Role
from bot.domain.posts import Post
from bot.domain.surveys import items_of_round
from bot.services.lobby import CONSENT_VERSION
from bot.settings import ROOT, Section
from bot.storage.access import grant_role
from bot.storage.database import Database
from bot.storage.people import add_programme, enrol, find_person
from bot.storage.plans import keep_plan
from bot.storage.surveys import find_or_add_round
from bot.storage.tables import (
    Activity,
    CheckIn,
    CheckInState,
    Happening,
    Outcome,
    Person,
    PersonKind,
    PlanState,
    RoundState,
    SurveyAnswer,
)
from bot.yaml_files import read_yaml

DEMONSTRATION_FILE = ROOT / "config" / "demonstration.yml"


class DemonstrationPerson(Section):
    """Someone to sign in as."""

    id: str
    name: str
    about: str
    kind: PersonKind = PersonKind.PARTICIPANT
    post: Post | None = None
    # The roles they have in all programmes.
    roles: tuple[Role, ...] = ()


class ProgrammeEntry(Section):
    """A programme by id and title."""

    id: str
    title: str


class SampleProgramme(ProgrammeEntry):
    """A programme with that many made-up people."""

    people: int = Field(ge=1, le=500)


class Demonstration(Section):
    """config/demonstration.yml."""

    people: tuple[DemonstrationPerson, ...] = Field(min_length=1)
    programme: ProgrammeEntry
    sample_programmes: tuple[SampleProgramme, ...]
    sample_weeks: int = Field(ge=1, le=52)


def read_demonstration(path: Path = DEMONSTRATION_FILE) -> Demonstration:
    """Return what the demonstration sets up; raises FileError."""
    return read_yaml(path).parse(Demonstration)


async def set_up(database: Database, toolkit: Toolkit, demonstration: Demonstration, time_zone: str, now: datetime) -> None:
    """Enrol the demonstration's people and make the sample programmes, unless they are there already."""
    async with database.transaction() as session:
        await add_programme(session, demonstration.programme.id, demonstration.programme.title)
        for entry in demonstration.people:
            if await find_person(session, entry.id) is None:
                await enrol(
                    session,
                    entry.id,
                    name=entry.name,
                    time_zone=time_zone,
                    now=now,
                    programme_id=demonstration.programme.id,
                    kind=entry.kind,
                    post=entry.post,
                )
                for role in entry.roles:
                    await grant_role(session, entry.id, Grant(role), by="demonstration", now=now)
        # The same seed every time: the sample looks the same on every machine.
        dice = random.Random(65)
        for programme in demonstration.sample_programmes:
            if await add_programme(session, programme.id, programme.title, is_sample=True):
                for number in range(1, programme.people + 1):
                    joined = now - timedelta(weeks=demonstration.sample_weeks, days=dice.randint(0, 6), hours=dice.randint(0, 8))
                    person = await enrol(
                        session,
                        f"{programme.id}-{number}",
                        name=f"Sample person {number}",
                        time_zone=time_zone,
                        now=joined,
                        programme_id=programme.id,
                    )
                    person.consent_version, person.consented_at = CONSENT_VERSION, joined
                    # Nothing is ever sent to them.
                    person.stopped_at = joined
                    await _live(session, toolkit, person, dice, now)


async def _live(session: AsyncSession, toolkit: Toolkit, person: Person, dice: random.Random, now: datetime) -> None:
    """Make up one person's weeks."""
    keenness = dice.random()
    scenarios = list(toolkit.scenarios.values())
    instrument = next(iter(toolkit.instruments.values()))
    at = person.joined_at
    number = 0
    while (at := at + timedelta(days=dice.randint(4, 16), hours=dice.randint(-2, 6))) < now:
        number += 1
        if dice.random() > 0.35 + keenness * 0.6:
            continue
        scenario = dice.choice(scenarios)

        def note(kind: Happening, minutes: int, theme: str = scenario.theme, name: str = scenario.id, start: datetime = at) -> None:
            session.add(Activity(person_id=person.id, kind=kind, theme=theme, scenario=name, at=start + timedelta(minutes=minutes)))

        note(Happening.CONVERSATION_STARTED, 0)
        note(Happening.SCENARIO_STARTED, 1)
        if dice.random() < 0.75:
            note(Happening.SCENARIO_FINISHED, 4)
            if dice.random() < 0.6:
                await _plan(session, person, scenario.theme, scenario.id, at + timedelta(minutes=6), dice, now)
        if number % 2 == 0:
            survey_round = await find_or_add_round(
                session,
                person.id,
                instrument.id,
                number,
                [
                    (item, toolkit.items[item].version)
                    for item in items_of_round(number, instrument.rotating, instrument.rotating_per_round, instrument.anchor)
                ],
                at,
            )
            survey_round.state, survey_round.asked_at, survey_round.closed_at = RoundState.CLOSED, at, at
            for entry in survey_round.items:
                if dice.random() < 0.85:
                    points = toolkit.scales[toolkit.items[entry["item"]].scale].points
                    value = points[min(len(points) - 1, max(0, round(dice.gauss(len(points) * 0.55, len(points) * 0.2))))].value
                    session.add(
                        SurveyAnswer(
                            person_id=person.id,
                            round_id=survey_round.id,
                            item=entry["item"],
                            item_version=entry["version"],
                            value=value,
                            answered_at=at + timedelta(minutes=2),
                        )
                    )


async def _plan(
    session: AsyncSession,
    person: Person,
    theme: str,
    scenario: str,
    at: datetime,
    dice: random.Random,
    now: datetime,
) -> None:
    due = at + timedelta(days=dice.choice([7, 7, 14]))
    plan = await keep_plan(session, person.id, "A sample plan", theme=theme, scenario=scenario, check_in_at=None, now=at)
    if due < now:
        answered = dice.random() < 0.7
        session.add(
            CheckIn(
                person_id=person.id,
                plan_id=plan.id,
                due_at=due,
                asked_at=due,
                state=CheckInState.ANSWERED if answered else CheckInState.UNANSWERED,
                answered_at=due + timedelta(hours=dice.randint(0, 30)) if answered else None,
                outcome=dice.choice(list(Outcome)) if answered else None,
                rating=dice.randint(2, 9) if answered else None,
            )
        )
        plan.state, plan.closed_at = PlanState.CLOSED, due
