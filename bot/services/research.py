"""Data for research: answers by wave under names made for research alone, of people who consented; no dates, no groups."""

from __future__ import annotations

from collections import Counter

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.services.change import read_waves
from bot.services.populations import read_populations
from bot.storage.encryption import cipher_in

Row = tuple[str | float | None, ...]


async def research_rows(session: AsyncSession, toolkit: Toolkit, smallest: int) -> tuple[tuple[str, ...], list[Row]]:
    """Return the columns and one row a person, wave and question.

    Left out is whoever answered in a pattern, such as the first wave but not the last, that fewer than `smallest` people share: they
    could be told apart by it. Nothing says in which programme or post somebody is.
    """
    populations, cipher = await read_populations(session), cipher_in(session)
    rows: list[Row] = []
    for instrument in toolkit.instruments.values():
        if not instrument.after_days:
            continue
        waves = await read_waves(session, instrument, populations)
        given: dict[str, list[tuple[int, str, int]]] = {}
        for (item, wave), answers in waves.answers.items():
            for person, value in answers.items():
                given.setdefault(person, []).append((wave, item, value))
        patterns = {person: frozenset((wave, item) for wave, item, _ in each) for person, each in given.items()}
        common = {pattern for pattern, people in Counter(patterns.values()).items() if people >= smallest}
        rows += [
            (cipher.pseudonym("research", person)[:16], instrument.id, wave, item, value)
            for person, each in given.items()
            if patterns[person] in common
            for wave, item, value in each
        ]
    return ("research_id", "instrument", "wave", "item", "value"), sorted(rows, key=str)


def codebook(toolkit: Toolkit) -> tuple[tuple[str, ...], list[Row]]:
    """Return the columns and one row a question: what it measures, its words, its version and its answers."""
    rows: list[Row] = [
        (
            item.id,
            item.measures,
            " ".join(item.text.split()),
            item.version,
            "; ".join(f"{point.value} = {point.label}" for point in toolkit.scales[item.scale].points),
        )
        for item in toolkit.items.values()
    ]
    return ("item", "construct", "wording", "version", "answers"), rows
