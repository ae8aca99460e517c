"""A section of a view: one table with its picture. Every number in it was told by `bot.services.releases`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.services.releases import EVERYBODY
from bot.storage.releases import releases_of


class Picture(StrEnum):
    """How a section's table is drawn."""

    NONE = "none"
    LINES = "lines"
    BARS = "bars"
    HEAT = "heat"
    INTERVALS = "intervals"
    WAVES = "waves"
    MULTIPLES = "multiples"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure: as text, as a number where it is drawn, with its interval where it has one; or why it is withheld."""

    text: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    why: str | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A table whose rows begin with their names; `title`, `note` and `nothing` (what an empty one says) are sentences.

    `scales` are the lowest and the highest answer that there is to each row, where the rows are questions.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    picture: Picture = Picture.NONE
    note: str = ""
    nothing: str = ""
    scales: tuple[tuple[float, float], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing at all is told in it."""
        return all(cell.value is None for _, cells in self.rows for cell in cells)

    @property
    def has_picture(self) -> bool:
        """Return whether there is something to draw."""
        return self.picture is not Picture.NONE and not self.is_empty

    @property
    def whys(self) -> tuple[str, ...]:
        """Return the rules by which figures in it are withheld."""
        return tuple(dict.fromkeys(cell.why for _, cells in self.rows for cell in cells if cell.why))


@dataclass(frozen=True, slots=True)
class View:
    """One page: headline figures, and sections. `programme` is what it is about, by title."""

    name: str
    programme: str
    headlines: tuple[tuple[str, Cell], ...]
    sections: tuple[Section, ...]
    period: str

    @property
    def whys(self) -> tuple[str, ...]:
        """Return the rules by which headline figures are withheld."""
        return tuple(dict.fromkeys(cell.why for _, cell in self.headlines if cell.why))


@dataclass(frozen=True)
class Told:
    """What was told of some programmes: figures by subject, programme, split and period."""

    figures: Mapping[tuple[str, str, str], Mapping[str, Mapping[str, Any]]]
    toolkit: Toolkit
    titles: Mapping[str, str]

    def by_period(self, subject: str, programme: str, split: str = "") -> Mapping[str, Mapping[str, Any]]:
        return self.figures.get((subject, programme, split), {})

    def newest(self, subject: str, programme: str, split: str = "") -> tuple[str, Mapping[str, Any]] | None:
        """Return period and figures that were told last, or none."""
        return max(self.by_period(subject, programme, split).items(), default=None)

    def say(self, key: str, **values: object) -> str:
        return self.toolkit.sentences.say(f"statistics.{key}", **values)

    def title(self, programme: str) -> str:
        return self.say("everybody") if programme == EVERYBODY else self.titles.get(programme, programme)

    def cell(self, figure: Mapping[str, Any] | None, *, is_share: bool = False, digits: int = 1, sign: bool = False) -> Cell:
        """Return a figure as a cell; none is one that there is nothing to tell of yet."""
        if figure is None:
            return Cell(self.say("nothing_yet"))
        if "why" in figure:
            return Cell(self.say("withheld"), why=str(figure["why"]))
        if "value" not in figure:
            count = int(figure.get("count", 0))
            return Cell(f"{count:,}", float(count), people=figure.get("people"))

        def shown(value: float) -> str:
            return f"{value * 100:.0f}%" if is_share else f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"

        value, low, high = (float(figure[name]) for name in ("value", "low", "high"))
        text = self.say("interval", value=shown(value), low=shown(low), high=shown(high), people=figure["people"])
        return Cell(text, value, low, high, people=figure["people"])

    def months(self, names: Iterable[str], programme: str, prefix: str = "use/", limit: int = 12) -> list[str]:
        """Return the newest months of which anything with these names was told, oldest first."""
        return sorted({period for name in names for period in self.by_period(prefix + name, programme)})[-limit:]

    def over_time(
        self, name: str, subjects: Sequence[str], programme: str, picture: Picture, *, note: str = "", limit: int = 12
    ) -> Section:
        """Return a section with one row a period and one column a subject, worded `<name>_title` and `measure_<subject>`."""
        periods = self.months(subjects, programme, "", limit)
        rows = tuple(
            (say_period(period), tuple(self.cell(self.by_period(subject, programme).get(period, {}).get("")) for subject in subjects))
            for period in periods
        )
        columns = tuple(self.say(f"measure_{subject.rpartition('/')[2]}") for subject in subjects)
        return Section(name, self.say(f"{name}_title"), columns, rows, picture, self.say(note) if note else "")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def say_period(period: str) -> str:
    """Return a month or quarter as it is written in a table: "Oct 2026", "Q3 2026"."""
    year, _, part = period.partition("-")
    return f"{part} {year}" if part.startswith("Q") else f"{_MONTHS[int(part) - 1]} {year}"


async def read_told(
    session: AsyncSession,
    toolkit: Toolkit,
    programme: str,
    others: Sequence[str],
    titles: Mapping[str, str],
    subjects: Sequence[str],
    since: str,
    split: str,
) -> Told:
    """Return what was told of a programme about subjects since a period, as a whole and in one split; of others how many were active."""
    figures: dict[tuple[str, str, str], dict[str, Mapping[str, Any]]] = {}
    rows = await releases_of(session, [programme], subjects, since=since, splits=["", split])
    if others:
        rows += await releases_of(session, others, ["use/active"], since=since, splits=[""])
    for subject, of, by, period, told in rows:
        figures.setdefault((subject, of, by), {})[period] = told
    return Told(figures, toolkit, titles)
