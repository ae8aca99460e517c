"""A person's conversation as a channel shows it: what came before, and each new message as it arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.bootstrap import Product
from bot.domain.messages import Offered
from bot.services.lobby import CONSENT_VERSION
from bot.storage import messages as kept
from bot.storage.people import find_person
from bot.storage.tables import Message, Side

# How soon a message that another process kept is noticed, in seconds.
LOOK_AGAIN = 1.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as it is shown; `chosen` is the index of the choice that was taken."""

    message: Offered
    is_from_coach: bool
    at: datetime
    chosen: int | None
    is_open: bool
    stays_open: bool = False


class ConversationView:
    """Reads one person's conversation. Before consent there is only the lobby, whose message ids are negative."""

    def __init__(self, product: Product, person_id: str) -> None:
        self._product, self._person_id = product, person_id

    async def shown(self, *, after: int, limit: int) -> list[Shown]:
        """Return at most `limit` of the newest messages with an id above `after`, oldest first."""
        product, person_id = self._product, self._person_id
        now = product.clock.now()
        async with product.database.reading() as session:
            person = await find_person(session, person_id)
            zone = ZoneInfo(person.time_zone if person else product.settings.file.time_zone)
            if person is None or person.consent_version != CONSENT_VERSION:
                # Whoever has just had everything deleted has seen kept messages, and is in the lobby again.
                lobby = [message for message in product.lobby.shown_to(person_id, now) if message.id > after or after > 0]
                return [Shown(message, True, now.astimezone(zone), None, message is lobby[-1]) for message in lobby[-limit:]]
            rows = await kept.transcript(session, person_id, limit, after)
            still_open = await kept.still_open(session, person_id, rows[0].id if rows else 0)
        return [_shown(row, zone, row.id in still_open) for row in rows]

    async def follow(self, after: int) -> AsyncIterator[Shown]:
        """Give each new message, from both sides and in order, for ever."""
        last = after
        while True:
            for each in await self.shown(after=last, limit=500):
                last = each.message.id
                yield each
            await self._product.feed.wait(self._person_id, LOOK_AGAIN)


def _shown(row: Message, zone: ZoneInfo, is_open: bool) -> Shown:
    return Shown(kept.offered(row), row.side is Side.COACH, row.at.astimezone(zone), row.chosen, is_open, row.stays_open)
