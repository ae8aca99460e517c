"""Which view somebody may have, of which programme, and in which split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.domain.access import Access, Right
from bot.domain.months import Month
from bot.services.publishing import SPLITS
from bot.services.releases import EVERYBODY
from bot.services.views import change, quality, use
from bot.services.views.section import View, read_told
from bot.storage.tables import Cohort, Forum, Programme, Trust

VIEWS = ("use", "quality", "change")
# So many months a view goes back.
MONTHS = 14


class NotTheirs(Exception):
    """Raised when somebody asks for figures that they have no right to."""


class NoSuchSplit(Exception):
    """Raised when figures are asked for in a split that there is none of."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The programmes whose figures somebody may see, by title; everybody's among them where they may see all."""

    titles: Mapping[str, str]
    programmes: tuple[str, ...]
    has_sample: bool

    def choose(self, wanted: str) -> str:
        """Return the programme that is shown; raises NotTheirs."""
        if not self.programmes or (wanted and wanted not in self.programmes):
            raise NotTheirs
        return wanted or self.programmes[0]


async def shelf_of(session: AsyncSession, access: Access, right: Right = Right.SEE_STATISTICS) -> Shelf:
    """Return what somebody may see."""
    rows = (await session.scalars(select(Programme).order_by(Programme.title))).all()
    mine = access.programmes(right, [row.id for row in rows])
    own = tuple(row.id for row in rows if row.id in mine)
    titles = {row.id: row.title for row in rows}
    for split, table in (("cohort", Cohort), ("trust", Trust), ("forum", Forum)):
        titles |= {f"{split}:{row.id}": row.title for row in await session.scalars(select(table))}  # type: ignore[attr-defined]
    return Shelf(titles, (EVERYBODY, *own) if access.may(right) else own, any(row.is_sample for row in rows if row.id in mine))


async def read_view(
    session: AsyncSession, toolkit: Toolkit, shelf: Shelf, name: str, wanted: str, split: str, now: datetime, zone: ZoneInfo
) -> View:
    """Return a view of a programme; raises NotTheirs and NoSuchSplit."""
    programme = shelf.choose(wanted)
    if split and split not in SPLITS:
        raise NoSuchSplit
    today = now.astimezone(zone).date()
    since = str(Month.of(today).plus(-MONTHS))
    others: Sequence[str] = [each for each in shelf.programmes if each != EVERYBODY]
    if name == "use":
        beside = others if programme == EVERYBODY else ()
        told = await read_told(session, toolkit, programme, beside, shelf.titles, use.SUBJECTS, since, split)
        return use.use_view(told, programme, others, split)
    if name == "quality":
        told = await read_told(session, toolkit, programme, (), shelf.titles, quality.SUBJECTS, "", "")
        return quality.quality_view(told, programme, today)
    told = await read_told(session, toolkit, programme, (), shelf.titles, change.SUBJECTS, "", split)
    return change.change_view(told, programme, split)
