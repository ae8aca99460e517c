"""Rounds of micro-surveys and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Person, RoundState, SurveyAnswer, SurveyRound


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


async def round_to_answer(session: AsyncSession, person_id: str) -> SurveyRound | None:
    """Return the person's newest round that was asked and is not closed, or none."""
    wanted = select(SurveyRound).where(SurveyRound.person_id == person_id, SurveyRound.state == RoundState.ASKED)
    return await session.scalar(wanted.order_by(SurveyRound.id.desc()).limit(1))


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


async def answered_between(session: AsyncSession, person_id: str, first: datetime, end: datetime) -> bool:
    """Return whether a person answered anything from `first` on and before `end`; what they skipped is no answer."""
    given = (SurveyAnswer.value.is_not(None), SurveyAnswer.answered_at >= first, SurveyAnswer.answered_at < end)
    return bool(await session.scalar(select(exists().where(SurveyAnswer.person_id == person_id, *given))))


@dataclass(frozen=True, slots=True)
class ItemFigure:
    """How many people answered an item, and the mean of their own means."""

    people: int
    mean: float


async def item_figures(
    session: AsyncSession, programme: str | None, instrument: str, first: datetime, end: datetime
) -> dict[str, ItemFigure]:
    """Return the figures of a programme's people, by item, from `first` on and before `end`; each person counts once."""
    own = (
        select(SurveyAnswer.person_id, SurveyAnswer.item, func.avg(SurveyAnswer.value).label("mean"))
        .join(SurveyRound, SurveyRound.id == SurveyAnswer.round_id)
        .join(Person, Person.id == SurveyAnswer.person_id)
        .where(
            or_(SurveyRound.instrument == instrument, SurveyRound.instrument.startswith(f"{instrument}:")),
            Person.programme_id.is_(None) if programme is None else Person.programme_id == programme,
            SurveyAnswer.value.is_not(None),
            SurveyAnswer.answered_at >= first,
            SurveyAnswer.answered_at < end,
        )
        .group_by(SurveyAnswer.person_id, SurveyAnswer.item)
        .subquery()
    )
    rows = await session.execute(select(own.c.item, func.count(), func.avg(own.c.mean)).group_by(own.c.item))
    return {item: ItemFigure(people, float(mean)) for item, people, mean in rows}


async def own_answers(session: AsyncSession, person_id: str, item: str, first: datetime, end: datetime) -> Sequence[int]:
    """Return one person's answers to an item from `first` on and before `end`, oldest first."""
    wanted = (
        select(SurveyAnswer.value)
        .where(
            SurveyAnswer.person_id == person_id,
            SurveyAnswer.item == item,
            SurveyAnswer.value.is_not(None),
            SurveyAnswer.answered_at >= first,
            SurveyAnswer.answered_at < end,
        )
        .order_by(SurveyAnswer.answered_at, SurveyAnswer.id)
    )
    return [value for value in await session.scalars(wanted) if value is not None]


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
    """Close an instrument's rounds that were asked before that moment, about whomever they are."""
    await session.execute(
        update(SurveyRound)
        .where(
            or_(SurveyRound.instrument == instrument, SurveyRound.instrument.startswith(f"{instrument}:")),
            SurveyRound.state == RoundState.ASKED,
            SurveyRound.asked_at < asked_before,
        )
        .values(state=RoundState.CLOSED, closed_at=asked_before)
    )
