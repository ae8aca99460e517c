"""What came back in a quarter, told to those who answered: totals about enough people, and their own first and last answer."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import presented
from bot.content.toolkit import Toolkit
from bot.domain.messages import Reply
from bot.domain.quarter import Quarter
from bot.domain.surveys import COUNTERPART
from bot.settings import SettingsFile
from bot.storage.surveys import ItemFigure, item_figures, own_answers
from bot.storage.tables import Person

# So many items are told of besides the anchor: those whose figures moved most.
MOVED = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One item's mean in a quarter and in the one before; none where too few people answered then."""

    item: str
    now: float
    before: float | None


class Reports:
    """Puts reports together. A programme's figures of a quarter are worked out once, so that everybody is told the same."""

    def __init__(self, settings: SettingsFile) -> None:
        self._instrument = settings.survey.instruments[0]
        self._smallest = settings.dashboard.smallest_group
        self._zone = ZoneInfo(settings.time_zone)
        self._known: dict[tuple[str | None, Quarter], dict[str, ItemFigure]] = {}

    async def write(self, session: AsyncSession, toolkit: Toolkit, person: Person, quarter: Quarter) -> list[Reply]:
        """Return what a person is told of a quarter."""
        instrument = toolkit.instruments[self._instrument]
        before = await self._figures(session, person.programme_id, quarter.before)
        now = await self._figures(session, person.programme_id, quarter)
        of_others = toolkit.instruments[COUNTERPART].items_of(1)
        lines = [Line(item, now[item].mean, before[item].mean if item in before else None) for item in sorted(now)]
        lines.sort(key=lambda line: (line.item != instrument.anchor, -abs(line.now - line.before) if line.before is not None else 0))
        zone = ZoneInfo(person.time_zone)
        own = await own_answers(session, person.id, instrument.anchor, quarter.starts(zone), quarter.after.starts(zone))
        news = [note.text for note in toolkit.report_notes.values() if note.quarter == str(quarter)]
        own_side = [line for line in lines if line.item not in of_others][: 1 + MOVED]
        other_side = [line for line in lines if line.item in of_others][:1]
        told = [(line.item, line.now, line.before) for line in own_side + other_side]
        return presented.report(toolkit, quarter.months, told, anchor=instrument.anchor, own=own, news=news, smallest=self._smallest)

    async def _figures(self, session: AsyncSession, programme: str | None, quarter: Quarter) -> dict[str, ItemFigure]:
        """Return the items that enough people of a programme answered in a quarter."""
        known = self._known.get((programme, quarter))
        if known is None:
            found: dict[str, ItemFigure] = {}
            for instrument in (self._instrument, COUNTERPART):
                found |= await item_figures(session, programme, instrument, quarter.starts(self._zone), quarter.after.starts(self._zone))
            known = {item: figure for item, figure in found.items() if figure.people >= self._smallest}
            # Only the two quarters that are told of at present are asked for again.
            self._known = {key: kept for key, kept in self._known.items() if abs(key[1].index - quarter.index) <= 1}
            self._known[programme, quarter] = known
        return known
