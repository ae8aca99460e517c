"""What is older than it may be: which kinds there are, how much is too old, and deleting it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import (
    Activity,
    Closeness,
    Delivery,
    DeliveryState,
    Guess,
    Message,
    Person,
    Plan,
    PlanState,
    Reflection,
    RoundState,
    SurveyRound,
)

# Each kind with its table, the moment that counts, and what of it is never too old, such as a plan that is open.
KINDS: Mapping[str, tuple[Any, Any, ColumnElement[bool] | None]] = {
    "message": (Message, Message.at, None),
    "plan": (Plan, Plan.made_at, Plan.state == PlanState.CLOSED),
    "reflection": (Reflection, Reflection.kept_at, None),
    "survey_round": (SurveyRound, SurveyRound.due_at, SurveyRound.state == RoundState.CLOSED),
    "activity": (Activity, Activity.at, None),
    "delivery": (Delivery, Delivery.queued_at, Delivery.state.not_in([DeliveryState.QUEUED, DeliveryState.SENDING])),
    "guess": (Guess, Guess.at, None),
    "closeness": (Closeness, Closeness.at, None),
}
# So many rows are deleted in one statement, so that nobody waits long for the database.
BATCH = 500


async def count_old(session: AsyncSession, kind: str, before: datetime, programme: str | None, others: Sequence[str]) -> int:
    """Return how much of a kind is older than that, in one programme, or where none is named in all but `others`."""
    table = KINDS[kind][0]
    wanted = select(func.count()).select_from(table).where(*_is_old(kind, before, programme, others))
    return await session.scalar(wanted) or 0


async def delete_old(session: AsyncSession, kind: str, before: datetime, programme: str | None, others: Sequence[str]) -> int:
    """Delete one batch of what is older than that and return how much it was."""
    key = KINDS[kind][0].__table__.primary_key.columns
    rows = (await session.execute(select(*key).where(*_is_old(kind, before, programme, others)).limit(BATCH))).all()
    for row in rows:
        await session.execute(delete(KINDS[kind][0]).where(*(column == value for column, value in zip(key, row, strict=True))))
    return len(rows)


async def trackers_in_use(session: AsyncSession) -> set[str]:
    """Return the names under which the engine keeps somebody's conversation."""
    return set(await session.scalars(select(Person.conversation_key)))


def _is_old(kind: str, before: datetime, programme: str | None, others: Sequence[str]) -> list[ColumnElement[bool]]:
    table, at, may_go = KINDS[kind]
    conditions: list[ColumnElement[bool]] = [at < before]
    if may_go is not None:
        conditions.append(may_go)
    if "person_id" in table.__table__.columns:
        if programme is not None:
            conditions.append(table.person_id.in_(select(Person.id).where(Person.programme_id == programme)))
        elif others:
            conditions.append(table.person_id.not_in(select(Person.id).where(Person.programme_id.in_(others))))
    return conditions
