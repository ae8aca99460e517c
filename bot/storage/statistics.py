"""What the programme team sees: counts by week, never a word and never a person."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, distinct, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.storage.tables import Activity, CheckIn, CheckInState, Happening, Person, Plan, Programme, SurveyAnswer

WEEKS = 12


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each thing happened; `people` are those who did anything at all."""

    people: int
    conversations: int
    scenarios_started: int
    scenarios_finished: int
    plans_made: int
    follow_ups_asked: int
    follow_ups_answered: int
    survey_answers: int


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
    """Return the counts of the last weeks and their totals; withheld when fewer people than `smallest_group` are in them."""
    edges = week_starts(now, zone)
    columns: dict[str, list[int]] = {
        "people": await _people(session, edges),
        "conversations": await _happenings(session, edges, Happening.CONVERSATION_STARTED),
        "scenarios_started": await _happenings(session, edges, Happening.SCENARIO_STARTED),
        "scenarios_finished": await _happenings(session, edges, Happening.SCENARIO_FINISHED),
        "plans_made": await _count(session, edges, Plan.made_at),
        "follow_ups_asked": await _count(session, edges, CheckIn.asked_at),
        "follow_ups_answered": await _count(session, edges, CheckIn.answered_at, CheckIn.state == CheckInState.ANSWERED),
        "survey_answers": await _count(session, edges, SurveyAnswer.answered_at, SurveyAnswer.value.is_not(None)),
    }
    weeks = tuple(
        Week(edge.date(), Counts(**{name: column[index] for name, column in columns.items()})) for index, edge in enumerate(edges[:-1])
    )
    totals = {name: sum(column) for name, column in columns.items()}
    totals["people"] = (
        await session.scalar(select(func.count(distinct(Activity.person_id))).where(Activity.at >= edges[0], Activity.at < edges[-1])) or 0
    )
    is_withheld = totals["people"] < smallest_group
    nothing = Counts(**dict.fromkeys(columns, 0))
    return Figures(
        totals=nothing if is_withheld else Counts(**totals),
        weeks=() if is_withheld else weeks,
        counted_at=now,
        is_sample=bool(await session.scalar(select(_sample_people()))),
        is_withheld=is_withheld,
    )


def _sample_people() -> ColumnElement[bool]:
    return exists().where(Person.programme_id == Programme.id, Programme.is_sample.is_(True))


async def _happenings(session: AsyncSession, edges: Sequence[datetime], kind: Happening) -> list[int]:
    return await _count(session, edges, Activity.at, Activity.kind == kind)


async def _count(
    session: AsyncSession,
    edges: Sequence[datetime],
    at: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    *conditions: ColumnElement[bool],
) -> list[int]:
    """Return how many rows fall into each week, in one pass over them."""
    sums = [func.coalesce(func.sum(case((and_(at >= start, at < end), 1), else_=0)), 0) for start, end in itertools.pairwise(edges)]
    row = (await session.execute(select(*sums).where(at >= edges[0], at < edges[-1], *conditions))).one()
    return [int(value) for value in row]


async def _people(session: AsyncSession, edges: Sequence[datetime]) -> list[int]:
    """Return how many different people did anything in each week."""
    counts: list[ScalarSelect[int]] = [
        select(func.count(distinct(Activity.person_id))).where(Activity.at >= start, Activity.at < end).scalar_subquery()
        for start, end in itertools.pairwise(edges)
    ]
    return [int(value) for value in (await session.execute(select(*counts))).one()]
