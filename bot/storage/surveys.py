"""Rounds of micro-surveys and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import RoundState, SurveyAnswer, SurveyRound


async def find_or_add_round(
    session: AsyncSession,
    person_id: str,
    instrument: str,
    number: int,
    items: Sequence[tuple[str, int]],
    due_at: datetime,
) -> SurveyRound:
    """Return a round, added with these items when it is new; `items` are item ids with the version of their wording."""
    wanted = select(SurveyRound).where(
        SurveyRound.person_id == person_id, SurveyRound.instrument == instrument, SurveyRound.number == number
    )
    if (found := await session.scalar(wanted)) is not None:
        return found
    survey_round = SurveyRound(
        person_id=person_id,
        instrument=instrument,
        number=number,
        due_at=due_at,
        items=[{"item": item, "version": version} for item, version in items],
    )
    session.add(survey_round)
    await session.flush()
    return survey_round


async def find_round(session: AsyncSession, round_id: int, person_id: str) -> SurveyRound | None:
    return await session.scalar(select(SurveyRound).where(SurveyRound.id == round_id, SurveyRound.person_id == person_id))


async def answers_in(session: AsyncSession, round_id: int) -> Sequence[SurveyAnswer]:
    return (await session.scalars(select(SurveyAnswer).where(SurveyAnswer.round_id == round_id).order_by(SurveyAnswer.id))).all()


async def next_item(session: AsyncSession, survey_round: SurveyRound) -> tuple[str, int] | None:
    """Return the first item of an open round that was neither answered nor skipped, with its version; none at the end."""
    if survey_round.state is RoundState.CLOSED:
        return None
    answered = {answer.item for answer in await answers_in(session, survey_round.id)}
    return next(((entry["item"], entry["version"]) for entry in survey_round.items if entry["item"] not in answered), None)


async def keep_answer(
    session: AsyncSession,
    survey_round: SurveyRound,
    item: str,
    version: int,
    value: int | None,
    now: datetime,
) -> None:
    """Keep an answer, or change it; none is a skipped item."""
    answer = await session.scalar(select(SurveyAnswer).where(SurveyAnswer.round_id == survey_round.id, SurveyAnswer.item == item))
    if answer is None:
        answer = SurveyAnswer(
            person_id=survey_round.person_id,
            round_id=survey_round.id,
            item=item,
            item_version=version,
            answered_at=now,
        )
        session.add(answer)
    answer.value, answer.answered_at = value, now
    await session.flush()


async def newest_answer(session: AsyncSession, person_id: str) -> tuple[SurveyAnswer, SurveyRound] | None:
    row = (
        await session.execute(
            select(SurveyAnswer, SurveyRound)
            .join(SurveyRound, SurveyRound.id == SurveyAnswer.round_id)
            .where(SurveyAnswer.person_id == person_id)
            .order_by(SurveyAnswer.answered_at.desc(), SurveyAnswer.id.desc())
            .limit(1)
        )
    ).first()
    return (row[0], row[1]) if row else None


async def close_rounds(session: AsyncSession, asked_before: datetime, instrument: str) -> None:
    """Close an instrument's rounds that were asked before that moment."""
    await session.execute(
        update(SurveyRound)
        .where(
            SurveyRound.instrument == instrument,
            SurveyRound.state == RoundState.ASKED,
            SurveyRound.asked_at < asked_before,
        )
        .values(state=RoundState.CLOSED, closed_at=asked_before)
    )
