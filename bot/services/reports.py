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
from bot.storage.releases import releases_of
from bot.storage.surveys import own_answers
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
    """Puts reports together out of what was told of a programme, so that everybody is told the same as the programme team."""

    def __init__(self, settings: SettingsFile) -> None:
        self._instrument = settings.survey.instruments[0]
        self._smallest = settings.dashboard.smallest_group

    async def write(self, session: AsyncSession, toolkit: Toolkit, person: Person, quarter: Quarter) -> list[Reply]:
        """Return what a person is told of a quarter."""
        instrument = toolkit.instruments[self._instrument]
        before = await self._means(session, person.programme_id, f"quarter/{instrument.id}/", quarter.before)
        now = await self._means(session, person.programme_id, f"quarter/{instrument.id}/", quarter)
        lines = [Line(item, now[item], before.get(item)) for item in sorted(now)]
        lines.sort(key=lambda line: (line.item != instrument.anchor, -abs(line.now - line.before) if line.before is not None else 0))
        zone = ZoneInfo(person.time_zone)
        own = await own_answers(session, person.id, instrument.anchor, quarter.starts(zone), quarter.after.starts(zone))
        news = [note.text for note in toolkit.report_notes.values() if note.quarter == str(quarter)]
        first = await self._means(session, person.programme_id, f"wave/1/{COUNTERPART}/")
        last = await self._means(session, person.programme_id, f"wave/2/{COUNTERPART}/")
        other_side = [Line(item, value, first.get(item) if last else None) for item, value in sorted((last or first).items())][:1]
        told = [(line.item, line.now, line.before) for line in [*lines[: 1 + MOVED], *other_side]]
        return presented.report(toolkit, quarter.months, told, anchor=instrument.anchor, own=own, news=news, smallest=self._smallest)

    @staticmethod
    async def _means(session: AsyncSession, programme: str | None, subject: str, quarter: Quarter | None = None) -> dict[str, float]:
        """Return the means that were told of a programme, by item: those of a quarter, or else the newest."""
        rows = await releases_of(session, [programme or ""], [subject], since=str(quarter or ""))
        told = {of.rpartition("/")[2]: figures[""] for of, _, _, period, figures in rows if quarter is None or period == str(quarter)}
        return {item: figure["value"] for item, figure in told.items() if "value" in figure}
