"""What is known of a message that has just come in, in one look: whose it is, from where, and whether it was received before."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, exists, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.messages import Said
from bot.storage.tables import Address, Inbound, Person, Receipt


@dataclass(frozen=True, slots=True)
class Arrival:
    """A person, the address they write from if the channel has such and it is known, and whether the event was received before."""

    person: Person
    address: Address | None
    was_received: bool


async def look_up(session: AsyncSession, person_id: str, said: Said, *, counts_receipts: bool) -> Arrival | None:
    """Return what is known of a message from this person; none when there is no such person.

    An event was received when it was kept before, or with `counts_receipts` answered without being kept.
    """
    was_received = exists().where(Inbound.channel == said.channel, Inbound.event_id == said.event_id)
    if counts_receipts:
        noted = exists().where(Receipt.channel == said.channel, Receipt.event_id == said.event_id)
        was_received = or_(was_received, noted)  # type: ignore[assignment]
    sender = said.sender
    is_theirs = and_(Address.channel == said.channel, Address.account == sender.account, Address.user == sender.user) if sender else false()
    found = await session.execute(select(Person, Address, was_received).outerjoin(Address, is_theirs).where(Person.id == person_id))
    row = found.first()
    return Arrival(row[0], row[1], bool(row[2])) if row else None
