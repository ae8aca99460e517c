"""Filing answers: out of the rounds, under pseudonyms, in no order, and only once enough people's are filed together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.quarter import Quarter
from bot.domain.surveys import Subject
from bot.storage.surveys import pseudonym_of
from bot.storage.tables import FiledAnswer, SurveyRound

# So many rows are written by one statement.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """One answer that is not filed yet."""

    survey_round: SurveyRound
    item: str
    version: int
    value: int


async def file_answers(session: AsyncSession, before: datetime, quarter: Quarter, smallest: int, in_waves: Sequence[str]) -> int:
    """File the answers that were given before a moment, as of a quarter; return how many.

    Answers to one item, in one wave of an instrument that is asked in waves, are filed together once so many people's wait: else what
    is new in the table would be told from what was answered. Those of fewer people wait, encrypted with their round.
    """
    unfiled = select(SurveyRound).where(SurveyRound.is_filed.is_(False), SurveyRound.due_at < before)
    waiting: defaultdict[tuple[str, int | None, str], list[Waiting]] = defaultdict(list)
    rounds = (await session.scalars(unfiled)).all()
    for survey_round in rounds:
        instrument = Subject.named(survey_round.instrument).instrument
        wave = survey_round.number if instrument in in_waves else None
        for item, (version, value, at, is_filed) in (survey_round.answers or {}).items():
            if value is not None and not is_filed and datetime.fromisoformat(at) < before:
                waiting[instrument, wave, item].append(Waiting(survey_round, item, version, value))
    filed: list[dict[str, object]] = []
    for (instrument, wave, item), answers in waiting.items():
        if len({each.survey_round.person_id for each in answers}) < smallest:
            continue
        for each in answers:
            filed.append(
                {
                    "pseudonym": pseudonym_of(session, each.survey_round, item),
                    "instrument": instrument,
                    "wave": wave,
                    "quarter": str(quarter),
                    "item": item,
                    "item_version": each.version,
                    "value": each.value,
                }
            )
            kept = dict(each.survey_round.answers or {})
            kept[item] = [each.version, None, kept[item][2], True]
            each.survey_round.answers = kept
    # By pseudonym, which is as good as shuffled: rows that are written one after another lie so on the disk.
    filed.sort(key=lambda row: str(row["pseudonym"]))
    for start in range(0, len(filed), BATCH):
        await session.execute(insert(FiledAnswer), filed[start : start + BATCH])
    for survey_round in rounds:
        given = (survey_round.answers or {}).values()
        # One that may still be answered is looked at again.
        is_over = survey_round.closed_at is not None and survey_round.closed_at < before
        survey_round.is_filed = is_over and all(value is None for _, value, _, _ in given)
    await session.flush()
    return len(filed)


async def filed_values(
    session: AsyncSession, instrument: str, item: str, wave: int | None, quarter: Quarter | None = None
) -> dict[str, int]:
    """Return the filed answers to an item by their pseudonyms: of one wave, or of one quarter."""
    wanted = select(FiledAnswer.pseudonym, FiledAnswer.value).where(FiledAnswer.instrument == instrument, FiledAnswer.item == item)
    wanted = wanted.where(FiledAnswer.wave.is_(None) if wave is None else FiledAnswer.wave == wave)
    if quarter is not None:
        wanted = wanted.where(FiledAnswer.quarter == str(quarter))
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def rounds_about(session: AsyncSession, instrument: str) -> list[tuple[str, int]]:
    """Return person and number of all rounds of an instrument."""
    wanted = select(SurveyRound.person_id, SurveyRound.number).where(SurveyRound.instrument == instrument)
    return [(row[0], row[1]) for row in await session.execute(wanted)]
