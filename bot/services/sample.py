"""The demonstration's people, and sample programmes with made-up weeks of use, marked as such wherever they are shown."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.domain.access import Grant, Role
from bot.domain.posts import Post
from bot.domain.surveys import items_of_round
from bot.services.lobby import CONSENT_VERSION
from bot.services.sample_measures import closed_round, measure_sample
from bot.settings import ROOT, Section
from bot.storage.access import grant_role
from bot.storage.database import Database
from bot.storage.people import add_programme, enrol, find_person
from bot.storage.roster import add_cohort, add_forum, add_trust, join_forum
from bot.storage.tables import (
    Activity,
    CheckIn,
    CheckInState,
    ForumMember,
    Happening,
    Outcome,
    Person,
    PersonKind,
    Plan,
    PlanState,
)
from bot.yaml_files import read_yaml

# Plans with the check-ins that ask about them.
Made = list[tuple[Plan, CheckIn]]
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


class ForumEntry(Section):
    """A forum of a programme; its lead and its members are people of the demonstration."""

    title: str
    lead: str | None = None
    members: tuple[str, ...] = ()


class ProgrammeEntry(Section):
    """A programme with its cohorts and forums, and the trusts that its people work in."""

    id: str
    title: str
    cohorts: tuple[str, ...] = ()
    trusts: tuple[str, ...] = ()
    forums: tuple[ForumEntry, ...] = ()


class SampleProgramme(ProgrammeEntry):
    """A programme with that many made-up people."""

    people: int = Field(ge=1, le=500)


class Demonstration(Section):
    """config/demonstration.yml."""

    people: tuple[DemonstrationPerson, ...] = Field(min_length=1)
    programme: ProgrammeEntry
    sample_programmes: tuple[SampleProgramme, ...]
    sample_weeks: int = Field(ge=1, le=120)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a programme consists of, by ids."""

    cohorts: Sequence[int]
    trusts: Sequence[str]
    forums: Sequence[int]


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
        parts = await _add_parts(session, demonstration.programme, time_zone, now)
        for number, entry in enumerate(demonstration.people):
            if entry.kind is PersonKind.PARTICIPANT and (person := await find_person(session, entry.id)) is not None:
                person.cohort_id = person.cohort_id or parts.cohorts[number % len(parts.cohorts)]
                person.trust_id = person.trust_id or parts.trusts[number % len(parts.trusts)]
        # The same seed every time: the sample looks the same on every machine.
        dice = random.Random(65)
        for programme in demonstration.sample_programmes:
            if await add_programme(session, programme.id, programme.title, is_sample=True):
                parts = await _add_parts(session, programme, time_zone, now)
                people: list[Person] = []
                made: Made = []
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
                    _seat(session, person, number, parts)
                    person.consent_version, person.consented_at = CONSENT_VERSION, joined
                    # Nothing is ever sent to them.
                    person.stopped_at = joined
                    _live(session, toolkit, person, dice, now, made)
                    people.append(person)
                await session.flush()
                for plan, check_in in made:
                    check_in.plan_id = plan.id
                    session.add(check_in)
                await measure_sample(session, toolkit, people, dice, now)


async def _add_parts(session: AsyncSession, programme: ProgrammeEntry, time_zone: str, now: datetime) -> Parts:
    """Add what a programme consists of, as far as it is not there; each forum meets on the Thursday of the week after this."""
    cohorts = [(await add_cohort(session, programme.id, title))[0].id for title in programme.cohorts]
    trusts = [(await add_trust(session, title))[0].id for title in programme.trusts]
    forums = []
    local = now.astimezone(ZoneInfo(time_zone))
    meets_at = (local + timedelta(days=10 - local.weekday())).replace(hour=17, minute=30, second=0, microsecond=0)
    for entry in programme.forums:
        forum, is_new = await add_forum(session, programme.id, entry.title)
        forums.append(forum.id)
        if not is_new:
            continue
        forum.meets_at, forum.time_zone = meets_at, time_zone
        for member in entry.members:
            await join_forum(session, forum.id, member)
        if entry.lead is not None:
            await grant_role(session, entry.lead, Grant(Role.FORUM_LEAD, programme.id, forum.id), by="demonstration", now=now)
    return Parts(cohorts, trusts, forums)


def _seat(session: AsyncSession, person: Person, number: int, parts: Parts) -> None:
    """Give a made-up person a place, each next one another."""
    person.cohort_id = parts.cohorts[number % len(parts.cohorts)] if parts.cohorts else None
    person.trust_id = parts.trusts[number % len(parts.trusts)] if parts.trusts else None
    person.post = list(Post)[number % len(Post)]
    if parts.forums:
        session.add(ForumMember(forum_id=parts.forums[number % len(parts.forums)], person_id=person.id))


def _live(session: AsyncSession, toolkit: Toolkit, person: Person, dice: random.Random, now: datetime, made: Made) -> None:
    """Make up one person's weeks; the check-ins of `made` are to be added once their plans have numbers."""
    keenness = dice.random()
    scenarios = list(toolkit.scenarios.values())
    instrument = next(each for each in toolkit.instruments.values() if not each.after_days)
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
        note(Happening.CHALLENGE_HEARD, 0)
        note(Happening.SCENARIO_STARTED, 1)
        if dice.random() < 0.75:
            note(Happening.SCENARIO_FINISHED, 4)
            if dice.random() < 0.6:
                _plan(session, person, scenario.theme, scenario.id, at + timedelta(minutes=6), dice, now, made)
        if number % 2 == 0:
            names = items_of_round(number, instrument.rotating, instrument.rotating_per_round, instrument.anchor)
            items = [(item, toolkit.items[item].version) for item in names]
            answers = {}
            for item, version in items:
                if dice.random() < 0.85:
                    points = toolkit.scales[toolkit.items[item].scale].points
                    value = points[min(len(points) - 1, max(0, round(dice.gauss(len(points) * 0.55, len(points) * 0.2))))].value
                    answers[item] = [version, value, (at + timedelta(minutes=2)).isoformat(), False]
            session.add(closed_round(person.id, instrument.id, number, items, answers, at))


def _plan(
    session: AsyncSession,
    person: Person,
    theme: str,
    scenario: str,
    at: datetime,
    dice: random.Random,
    now: datetime,
    made: Made,
) -> None:
    due = at + timedelta(days=dice.choice([7, 7, 14]))
    has_when, is_over = dice.random() < 0.85, due < now
    plan = Plan(person_id=person.id, words="A sample plan", theme=theme, scenario=scenario, made_at=at)
    plan.state, plan.closed_at = (PlanState.CLOSED, due) if is_over else (PlanState.OPEN, None)
    session.add(plan)
    if has_when and is_over:
        answered = dice.random() < 0.7
        made.append(
            (
                plan,
                CheckIn(
                    person_id=person.id,
                    due_at=due,
                    asked_at=due,
                    state=CheckInState.ANSWERED if answered else CheckInState.UNANSWERED,
                    answered_at=due + timedelta(hours=dice.randint(0, 30)) if answered else None,
                    outcome=dice.choices(list(Outcome), [5, 3, 2])[0] if answered else None,
                    rating=dice.randint(2, 9) if answered else None,
                ),
            )
        )
