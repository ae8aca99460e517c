"""Rounds of micro-surveys, and a person's own answers to them, wherever those are kept by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.encryption import cipher_in
from bot.storage.tables import FiledAnswer, RoundState, SurveyRound

# What stands of an answer in its round: version, value (none once it is filed, or when it was skipped), moment, and whether it is filed.
Kept = tuple[int, int | None, str, bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `value` is none when the person skipped the item."""

    item: str
    item_version: int
    value: int | None
    answered_at: datetime


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


async def answers_in(session: AsyncSession, round_id: int) -> Sequence[Answer]:
    """Return the answers that were given in a round, oldest first."""
    survey_round = await session.get(SurveyRound, round_id)
    return [] if survey_round is None else await answers_of(session, [survey_round])


async def answers_of(session: AsyncSession, rounds: Sequence[SurveyRound]) -> list[Answer]:
    """Return the answers that were given in one person's rounds, oldest first; filed ones are found by their pseudonyms."""
    kept = [(each, item, *entry) for each in rounds for item, entry in (each.answers or {}).items()]
    filed = {pseudonym_of(session, each, item): None for each, item, _, _, _, is_filed in kept if is_filed}
    values = await values_of(session, list(filed))
    answers = [
        Answer(item, version, values.get(pseudonym_of(session, each, item)) if is_filed else value, datetime.fromisoformat(at))
        for each, item, version, value, at, is_filed in kept
    ]
    return sorted(answers, key=lambda answer: answer.answered_at)


async def values_of(session: AsyncSession, pseudonyms: Sequence[str]) -> dict[str, int]:
    """Return the filed values behind pseudonyms; those behind which there is none are left out."""
    found: dict[str, int] = {}
    for start in range(0, len(pseudonyms), 500):
        wanted = select(FiledAnswer.pseudonym, FiledAnswer.value).where(FiledAnswer.pseudonym.in_(pseudonyms[start : start + 500]))
        found |= {row[0]: row[1] for row in await session.execute(wanted)}
    return found


def pseudonym_of(session: AsyncSession, survey_round: SurveyRound, item: str) -> str:
    """Return what stands for one answer: nobody ties it to its person, or to another answer of theirs, without the key."""
    return cipher_in(session).pseudonym("answer", survey_round.person_id, survey_round.instrument, survey_round.number, item)


async def next_item(session: AsyncSession, survey_round: SurveyRound) -> tuple[str, int] | None:
    """Return the first item of an open round that was neither answered nor skipped, with its version; none at the end."""
    if survey_round.state is RoundState.CLOSED:
        return None
    answered = survey_round.answers or {}
    return next(((entry["item"], entry["version"]) for entry in survey_round.items if entry["item"] not in answered), None)


async def keep_answer(
    session: AsyncSession,
    survey_round: SurveyRound,
    item: str,
    version: int,
    value: int | None,
    now: datetime,
) -> None:
    """Keep an answer, or change it; none is a skipped item. What is filed already is changed where it is."""
    before = (survey_round.answers or {}).get(item)
    is_filed = bool(before and before[3])
    if is_filed:
        filed = FiledAnswer.pseudonym == pseudonym_of(session, survey_round, item)
        if value is None:
            await session.execute(delete(FiledAnswer).where(filed))
            is_filed = False
        else:
            await session.execute(update(FiledAnswer).where(filed).values(value=value, item_version=version))
    entry: Kept = (version, None if is_filed else value, now.isoformat(), is_filed)
    survey_round.answers = {**(survey_round.answers or {}), item: list(entry)}
    await session.flush()


async def forget_answers(session: AsyncSession, rounds: Sequence[SurveyRound]) -> None:
    """Delete what was answered in rounds, filed or not; the rounds are the caller's to delete."""
    for survey_round in rounds:
        filed = [pseudonym_of(session, survey_round, item) for item, entry in (survey_round.answers or {}).items() if entry[3]]
        await session.execute(delete(FiledAnswer).where(FiledAnswer.pseudonym.in_(filed)))
        survey_round.answers = None
    await session.flush()


async def rounds_of(session: AsyncSession, person_id: str, limit: int = 500) -> Sequence[SurveyRound]:
    """Return a person's rounds, the newest first."""
    wanted = select(SurveyRound).where(SurveyRound.person_id == person_id).order_by(SurveyRound.id.desc()).limit(limit)
    return (await session.scalars(wanted)).all()


async def answered_between(session: AsyncSession, person_id: str, first: datetime, end: datetime) -> bool:
    """Return whether a person answered anything from `first` on and before `end`; what they skipped is no answer."""
    for survey_round in await rounds_of(session, person_id):
        for _, value, at, is_filed in (survey_round.answers or {}).values():
            if (is_filed or value is not None) and first <= datetime.fromisoformat(at) < end:
                return True
    return False


async def own_answers(session: AsyncSession, person_id: str, item: str, first: datetime, end: datetime) -> Sequence[int]:
    """Return one person's answers to an item from `first` on and before `end`, oldest first."""
    answers = await answers_of(session, [each for each in await rounds_of(session, person_id) if item in (each.answers or {})])
    return [each.value for each in answers if each.item == item and each.value is not None and first <= each.answered_at < end]


async def newest_answer(session: AsyncSession, person_id: str) -> tuple[Answer, SurveyRound] | None:
    """Return the answer that a person gave or changed last, with its round; of the rounds of the last months."""
    found = [
        (answer, survey_round)
        for survey_round in await rounds_of(session, person_id, 6)
        for answer in await answers_of(session, [survey_round])
    ]
    return max(found, key=lambda pair: pair[0].answered_at, default=None)


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
