"""If-then plans, their check-ins, and reflections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import CheckIn, CheckInState, Outcome, Plan, PlanState, Reflection

# A check-in that has not been asked yet.
TO_BE_ASKED = (CheckInState.DUE, CheckInState.QUEUED)

# What is said so soon after a plan was kept is said of it: a day is the day on which to ask, "forget it" means the plan.
JUST_NOW = timedelta(hours=2)


async def keep_plan(
    session: AsyncSession,
    person_id: str,
    words: str,
    *,
    theme: str | None,
    scenario: str | None,
    check_in_at: datetime | None,
    now: datetime,
    tried_since: datetime | None = None,
) -> Plan:
    """Keep a plan, with one check-in when a moment for it is given; one that was kept `tried_since` in the same words is that plan."""
    if tried_since is not None:
        kept = select(Plan).where(Plan.person_id == person_id, Plan.made_at >= tried_since, Plan.state == PlanState.OPEN)
        if (same := next((plan for plan in await session.scalars(kept) if plan.words == words), None)) is not None:
            return same
    plan = Plan(person_id=person_id, words=words, theme=theme, scenario=scenario, made_at=now)
    session.add(plan)
    await session.flush()
    if check_in_at is not None:
        session.add(CheckIn(person_id=person_id, plan_id=plan.id, due_at=check_in_at))
    return plan


async def newest_plan(session: AsyncSession, person_id: str) -> Plan | None:
    return await session.scalar(select(Plan).where(Plan.person_id == person_id).order_by(Plan.id.desc()).limit(1))


async def find_plan(session: AsyncSession, plan_id: int, person_id: str) -> Plan | None:
    """Return a person's own plan, or none."""
    return await session.scalar(select(Plan).where(Plan.id == plan_id, Plan.person_id == person_id))


async def newest_open_plan(session: AsyncSession, person_id: str) -> Plan | None:
    wanted = select(Plan).where(Plan.person_id == person_id, Plan.state == PlanState.OPEN)
    return await session.scalar(wanted.order_by(Plan.id.desc()).limit(1))


async def check_in_to_answer(session: AsyncSession, plan: Plan, now: datetime) -> CheckIn:
    """Return the check-in of an open plan that an early answer is for, leaving its day as it is; made when it has none."""
    found = await session.scalar(
        select(CheckIn)
        .where(CheckIn.plan_id == plan.id, CheckIn.state.in_([*TO_BE_ASKED, CheckInState.ASKED]))
        .order_by(CheckIn.id.desc())
        .limit(1)
    )
    if found is None:
        # Already asked, in effect: the person brought it up, and nothing is to be sent about it.
        found = CheckIn(person_id=plan.person_id, plan_id=plan.id, due_at=now, state=CheckInState.ASKED, asked_at=now)
        session.add(found)
        await session.flush()
    return found


async def move_overdue(session: AsyncSession, person_id: str, now: datetime, due_at: datetime) -> None:
    """Give check-ins that fell due while the coach was silent another moment, so that what was agreed still stands."""
    await session.execute(
        update(CheckIn)
        .where(CheckIn.person_id == person_id, CheckIn.state.in_(TO_BE_ASKED), CheckIn.due_at <= now)
        .values(due_at=due_at, state=CheckInState.DUE)
    )


async def waiting_check_in(session: AsyncSession, plan: Plan) -> CheckIn | None:
    """Return the plan's check-in that is still to be asked, or none."""
    wanted = select(CheckIn).where(CheckIn.plan_id == plan.id, CheckIn.state.in_(TO_BE_ASKED))
    return await session.scalar(wanted.order_by(CheckIn.id.desc()).limit(1))


async def check_ins_until(session: AsyncSession, person_id: str, end: datetime) -> Sequence[tuple[CheckIn, Plan]]:
    """Return a person's check-ins that are still to be asked before that moment, the first of them first, with their plans."""
    rows = await session.execute(
        select(CheckIn, Plan)
        .join(Plan, Plan.id == CheckIn.plan_id)
        .where(CheckIn.person_id == person_id, CheckIn.state.in_((CheckInState.DUE, CheckInState.QUEUED)), CheckIn.due_at < end)
        .order_by(CheckIn.due_at, CheckIn.id)
    )
    return [(check_in, plan) for check_in, plan in rows]


async def move_check_in(session: AsyncSession, plan: Plan, due_at: datetime) -> CheckIn:
    """Give a plan's check-in another moment; one that was asked already is asked again then."""
    check_in = await waiting_check_in(session, plan)
    if check_in is None:
        check_in = CheckIn(person_id=plan.person_id, plan_id=plan.id, due_at=due_at)
        session.add(check_in)
    check_in.due_at, check_in.state = due_at, CheckInState.DUE
    plan.state, plan.closed_at = PlanState.OPEN, None
    await session.flush()
    return check_in


@dataclass(frozen=True, slots=True)
class DueCheckIn:
    """A check-in whose moment has come."""

    id: int
    person_id: str
    plan_id: int
    due_at: datetime


async def take_due_check_ins(session: AsyncSession, now: datetime, limit: int) -> Sequence[DueCheckIn]:
    """Mark check-ins whose moment has come as queued, and return them; at most `limit` at once."""
    due = (
        select(CheckIn.id, CheckIn.person_id, CheckIn.plan_id, CheckIn.due_at)
        .where(CheckIn.state == CheckInState.DUE, CheckIn.due_at <= now)
        .order_by(CheckIn.due_at, CheckIn.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = [DueCheckIn(*row) for row in await session.execute(due)]
    # By their ids: with the query above as a condition, PostgreSQL reads the whole table.
    await session.execute(
        update(CheckIn)
        .where(CheckIn.id.in_([each.id for each in taken]))
        .values(state=CheckInState.QUEUED)
        .execution_options(synchronize_session=False)
    )
    return taken


async def find_check_in(session: AsyncSession, check_in_id: int, person_id: str) -> tuple[CheckIn, Plan] | None:
    """Return a person's own check-in with its plan, or none."""
    row = (
        await session.execute(
            select(CheckIn, Plan).join(Plan, Plan.id == CheckIn.plan_id).where(CheckIn.id == check_in_id, CheckIn.person_id == person_id)
        )
    ).first()
    return (row[0], row[1]) if row else None


async def asked_check_in(session: AsyncSession, person_id: str) -> tuple[CheckIn, Plan] | None:
    """Return the person's newest check-in that waits for an answer, or none."""
    row = (
        await session.execute(
            select(CheckIn, Plan)
            .join(Plan, Plan.id == CheckIn.plan_id)
            .where(CheckIn.person_id == person_id, CheckIn.state == CheckInState.ASKED)
            .order_by(CheckIn.id.desc())
            .limit(1)
        )
    ).first()
    return (row[0], row[1]) if row else None


async def people_with_open_check_in(session: AsyncSession, people: Sequence[str], since: datetime) -> set[str]:
    """Return those of these people who have a check-in that was asked since then and waits for an answer."""
    is_open = (CheckIn.state == CheckInState.ASKED, CheckIn.asked_at >= since)
    return set(await session.scalars(select(CheckIn.person_id).where(CheckIn.person_id.in_(people), *is_open)))


async def newest_answered_check_in(session: AsyncSession, person_id: str) -> CheckIn | None:
    return await session.scalar(
        select(CheckIn)
        .where(CheckIn.person_id == person_id, CheckIn.state == CheckInState.ANSWERED)
        .order_by(CheckIn.answered_at.desc(), CheckIn.id.desc())
        .limit(1)
    )


def answer_check_in(check_in: CheckIn, plan: Plan, outcome: Outcome, rating: int | None, now: datetime) -> None:
    """Record how a plan went; the plan is closed, and a next step is a plan of its own."""
    check_in.state, check_in.outcome, check_in.rating, check_in.answered_at = CheckInState.ANSWERED, outcome, rating, now
    plan.state, plan.closed_at = PlanState.CLOSED, now


async def close_unanswered(session: AsyncSession, asked_before: datetime) -> int:
    """Close the check-ins that were asked before that moment and have had no answer; return how many."""
    result = await session.execute(
        update(CheckIn).where(CheckIn.state == CheckInState.ASKED, CheckIn.asked_at < asked_before).values(state=CheckInState.UNANSWERED)
    )
    return int(getattr(result, "rowcount", 0))


async def close_unreached(session: AsyncSession, check_ins: Sequence[int]) -> None:
    """Close check-ins whose question did not reach anybody: no answer to them is waited for. Their plans stay open."""
    await session.execute(
        update(CheckIn)
        .where(CheckIn.id.in_(check_ins), CheckIn.state.in_([*TO_BE_ASKED, CheckInState.ASKED]))
        .values(state=CheckInState.UNANSWERED)
        .execution_options(synchronize_session=False)
    )


async def ask_again(session: AsyncSession, check_in_id: int, now: datetime) -> None:
    """Wait for an answer to a check-in from `now` on, since its question goes out once more."""
    await session.execute(
        update(CheckIn)
        .where(CheckIn.id == check_in_id, CheckIn.state == CheckInState.UNANSWERED)
        .values(state=CheckInState.ASKED, asked_at=now)
        .execution_options(synchronize_session=False)
    )


async def cancel_check_ins(session: AsyncSession, plan: Plan) -> None:
    await session.execute(
        update(CheckIn)
        .where(CheckIn.plan_id == plan.id, CheckIn.state.in_([*TO_BE_ASKED, CheckInState.ASKED]))
        .values(state=CheckInState.CANCELLED)
    )


async def count_reflections(session: AsyncSession, person_id: str) -> int:
    return await session.scalar(select(func.count()).where(Reflection.person_id == person_id)) or 0


async def reflections_of(session: AsyncSession, person_id: str, limit: int) -> Sequence[Reflection]:
    """Return the newest reflections that a person kept, the newest first."""
    wanted = select(Reflection).where(Reflection.person_id == person_id).order_by(Reflection.id.desc()).limit(limit)
    return (await session.scalars(wanted)).all()


async def find_reflection(session: AsyncSession, person_id: str, reflection_id: int | None) -> Reflection | None:
    """Return one of the person's own reflections, the newest when none is named; none when there is none."""
    wanted = select(Reflection).where(Reflection.person_id == person_id)
    if reflection_id is not None:
        wanted = wanted.where(Reflection.id == reflection_id)
    return await session.scalar(wanted.order_by(Reflection.id.desc()).limit(1))


async def keep_reflection(
    session: AsyncSession,
    person_id: str,
    *,
    asked: str,
    words: str,
    theme: str | None,
    now: datetime,
    tried_since: datetime | None = None,
) -> Reflection:
    """Keep a reflection; one that was kept `tried_since` in the same words is that reflection."""
    if tried_since is not None:
        kept = select(Reflection).where(Reflection.person_id == person_id, Reflection.kept_at >= tried_since)
        if (same := next((each for each in await session.scalars(kept) if each.words == words), None)) is not None:
            return same
    reflection = Reflection(person_id=person_id, asked=asked, words=words, theme=theme, kept_at=now)
    session.add(reflection)
    await session.flush()
    return reflection
