"""What people give the toolkit's editors: whether a scenario was close to their work, and wording to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Closeness, ClosenessAnswer, Guess


async def keep_closeness(
    session: AsyncSession, person_id: str, scenario: str, version: int, answer: ClosenessAnswer, now: datetime
) -> None:
    """Keep an answer, or change the one that this person gave on this version of the scenario."""
    kept = await session.scalar(
        select(Closeness).where(Closeness.person_id == person_id, Closeness.scenario == scenario, Closeness.scenario_version == version)
    )
    if kept is None:
        session.add(Closeness(person_id=person_id, scenario=scenario, scenario_version=version, answer=answer, at=now))
    else:
        kept.answer, kept.at = answer, now


async def has_said_how_close(session: AsyncSession, person_id: str, scenario: str, version: int) -> bool:
    return (
        await session.scalar(
            select(Closeness.id).where(
                Closeness.person_id == person_id, Closeness.scenario == scenario, Closeness.scenario_version == version
            )
        )
        is not None
    )


async def closeness_counts(session: AsyncSession) -> Sequence[tuple[str, int, ClosenessAnswer, int]]:
    """Return how often each answer was given on each version of each scenario."""
    columns = (Closeness.scenario, Closeness.scenario_version, Closeness.answer)
    rows = await session.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
    return [(scenario, version, answer, count) for scenario, version, answer, count in rows]


async def keep_guess(session: AsyncSession, person_id: str, offered: Sequence[str], chosen: str, now: datetime) -> Guess:
    """Keep which theme was chosen of those offered, without a word of what was said."""
    guess = Guess(person_id=person_id, offered=list(offered), chosen=chosen, at=now)
    session.add(guess)
    await session.flush()
    return guess


async def newest_guess(session: AsyncSession, person_id: str) -> Guess | None:
    return await session.scalar(select(Guess).where(Guess.person_id == person_id).order_by(Guess.id.desc()).limit(1))


async def given_wording(session: AsyncSession) -> Sequence[Guess]:
    """Return the guesses whose wording people gave to the editors, oldest first."""
    return (await session.scalars(select(Guess).where(Guess.words.is_not(None)).order_by(Guess.id))).all()
