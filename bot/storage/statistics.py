"""What the programme team sees: counts by week, never a word and never a person."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.storage.tables import Activity, CheckIn, CheckInState, Happening, Person, PersonKind, Plan, Programme, SurveyAnswer

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each thing happened, or none where too few people did it; `people` are those who did anything at all."""

    people: int | None
    conversations: int | None
    scenarios_started: int | None
    scenarios_finished: int | None
    plans_made: int | None
    follow_ups_asked: int | None
    follow_ups_answered: int | None
    survey_answers: int | None


@dataclass(frozen=True, slots=True)
class Week:
    """The counts of one week, which starts on that Monday."""

    starts: date
    counts: Counts


@dataclass(frozen=True, slots=True)
class Figures:
    """Totals and weeks. `is_sample` says that sample data are among them; with too few people, `is_withheld`."""

    totals: Counts
    weeks: tuple[Week, ...]
    counted_at: datetime
    is_sample: bool
    is_withheld: bool


def week_starts(now: datetime, zone: ZoneInfo, weeks: int = WEEKS) -> list[datetime]:
    """Return the first moments of the last `weeks` weeks, the present one included, and the end of the present one."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return [datetime.combine(monday - timedelta(weeks=back), time(), zone) for back in range(weeks - 1, -2, -1)]


async def weekly_figures(session: AsyncSession, now: datetime, zone: ZoneInfo, smallest_group: int) -> Figures:
    """Return the counts of the last weeks and their totals.

    A figure about fewer people than `smallest_group` is withheld, and so is as much beside it as is needed for the weeks that are
    withheld to be about that many people together: else the total less the others would tell.
    """
    edges = week_starts(now, zone)
    columns = {
        "people": await _happenings(session, edges, None),
        "conversations": await _happenings(session, edges, Happening.CONVERSATION_STARTED),
        "scenarios_started": await _happenings(session, edges, Happening.SCENARIO_STARTED),
        "scenarios_finished": await _happenings(session, edges, Happening.SCENARIO_FINISHED),
        "plans_made": await _weekly(session, edges, Plan.person_id, Plan.made_at),
        "follow_ups_asked": await _weekly(session, edges, CheckIn.person_id, CheckIn.asked_at),
        "follow_ups_answered": await _weekly(
            session, edges, CheckIn.person_id, CheckIn.answered_at, CheckIn.state == CheckInState.ANSWERED
        ),
        "survey_answers": await _weekly(session, edges, SurveyAnswer.person_id, SurveyAnswer.answered_at, SurveyAnswer.value.is_not(None)),
    }
    shown = {name: withheld(weeks, smallest_group, by_people=name == "people") for name, weeks in columns.items()}
    weeks = tuple(
        Week(edge.date(), Counts(**{name: cells[index] for name, (_, cells) in shown.items()})) for index, edge in enumerate(edges[:-1])
    )
    totals = {name: total for name, (total, _) in shown.items()}
    is_withheld = totals["people"] is None
    return Figures(
        totals=Counts(**(dict.fromkeys(columns) if is_withheld else totals)),
        weeks=() if is_withheld else weeks,
        counted_at=now,
        is_sample=bool(await session.scalar(select(_sample_people()))),
        is_withheld=is_withheld,
    )


# For one week and one measure, how often each person did it.
ByPerson = dict[str, int]


def withheld(weeks: Sequence[ByPerson], smallest_group: int, *, by_people: bool = False) -> tuple[int | None, list[int | None]]:
    """Return the total and the weeks' figures, none where one is withheld; with `by_people` the people are what is counted."""

    def figure(people: ByPerson) -> int:
        return len(people) if by_people else sum(people.values())

    everybody: ByPerson = {}
    for week in weeks:
        for person, count in week.items():
            everybody[person] = everybody.get(person, 0) + count
    if len(everybody) < smallest_group:
        return None, [None] * len(weeks)
    hidden = {index for index, week in enumerate(weeks) if 0 < len(week) < smallest_group}
    while hidden and len(set().union(*(weeks[index] for index in hidden))) < smallest_group:
        rest = [index for index in range(len(weeks)) if index not in hidden and weeks[index]]
        if not rest:
            break
        hidden.add(min(rest, key=lambda index: len(weeks[index])))
    return figure(everybody), [None if index in hidden else figure(week) for index, week in enumerate(weeks)]


def _sample_people() -> ColumnElement[bool]:
    return exists().where(Person.programme_id == Programme.id, Programme.is_sample.is_(True))


async def _happenings(session: AsyncSession, edges: Sequence[datetime], kind: Happening | None) -> list[ByPerson]:
    return await _weekly(session, edges, Activity.person_id, Activity.at, *([Activity.kind == kind] if kind else []))


async def _weekly(
    session: AsyncSession,
    edges: Sequence[datetime],
    person: InstrumentedAttribute[str],
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    *conditions: ColumnElement[bool],
) -> list[ByPerson]:
    """Return, for each week, how many rows each person has in it."""
    weeks: list[ByPerson] = []
    # Whoever was invited to rate somebody takes no part themselves, and must not make a small group look larger.
    # Nor does whoever objected to being counted.
    ours = person.not_in(select(Person.id).where(or_(Person.kind == PersonKind.COUNTERPART, Person.objected_at.is_not(None))))
    for start, end in itertools.pairwise(edges):
        rows = await session.execute(select(person, func.count()).where(at >= start, at < end, ours, *conditions).group_by(person))
        weeks.append({row[0]: int(row[1]) for row in rows})
    return weeks
