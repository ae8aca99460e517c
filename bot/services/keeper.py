"""What is said, from either side, as it is kept: an event once, without what points to one person, and with where its answer goes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.redaction import Redactor
from bot.domain.clock import Clock
from bot.domain.messages import Reply, Said, payload, read_value
from bot.services.intake import FILLED
from bot.services.lobby import CONSENT_VERSION
from bot.storage import addresses
from bot.storage import messages as kept
from bot.storage.arrivals import look_up
from bot.storage.database import Database
from bot.storage.postings import add_postings
from bot.storage.schedules import move_to_zone
from bot.storage.tables import Activity, Address, Happening, Person
from bot.tracing import remember
from bot.understanding.words import clean

log = logging.getLogger(__name__)

# After this long without a message, the next one begins a new conversation in the statistics.
PAUSE = timedelta(minutes=30)
# What is kept of a choice that was never one of ours.
NO_CHOICE = "?"


class Keeper:
    """Keeps messages of people who agreed to it, and what the coach says to them."""

    def __init__(self, database: Database, clock: Clock, redactor: Redactor) -> None:
        self._database, self._clock, self._redactor = database, clock, redactor

    async def keep(self, person_id: str, said: Said, *, was_held: bool = False) -> bool | None:
        """Keep a message; return False when its event was received before, and none when this person has not agreed to that.

        One that was held in the lobby has been received, and is kept now.
        """
        now = self._clock.now()
        try:
            async with self._database.transaction(is_urgent=True) as session:
                # A receipt may be of the yes to keeping anything, which another process has heard just before.
                arrival = await look_up(session, person_id, said, counts_receipts=not was_held)
                if arrival is None or arrival.person.consent_version != CONSENT_VERSION:
                    return None
                if arrival.was_received:
                    return False
                person = arrival.person
                found = self._redactor.redact(clean(said.text or ""), now.date())
                text, target = found.text, None
                if said.choice is not None:
                    target = read_value(said.choice)
                    label = await kept.label_of(session, person_id, *target) if target else None
                    text = label or ""
                self._note_beginning(session, person)
                address = await self.note_address(session, person_id, said, arrival.address)
                if said.sender is not None and said.sender.time_zone:
                    await self.note_zone(session, person, said)
                inbound = await kept.keep_inbound(
                    session,
                    person_id,
                    channel=said.channel,
                    event_id=said.event_id,
                    text=text,
                    choice=said.choice if target else NO_CHOICE if said.choice is not None else None,
                    redactions=found.kinds,
                    now=now,
                    address_id=address.id if address else None,
                )
                if said.filled is not None:
                    entities = {**said.filled.entities, "said": inbound.message_id}
                    inbound.payload = f"{FILLED}{payload(said.filled.intent, entities)}"
                person.last_message_at = now
        except IntegrityError:
            # Another process kept the same event in between; that one answers it.
            log.info("an event was delivered twice on channel %s", said.channel)
            return False
        return True

    async def note_address(self, session: AsyncSession, person_id: str, said: Said, found: Address | None = None) -> Address | None:
        """Keep where a message came from, which is where its answer goes; none for a channel that reads the conversation itself.

        `found` is what is kept of that, if it was looked up before.
        """
        if said.sender is None:
            return None
        sender = said.sender
        return await addresses.note_address(
            session,
            person_id,
            channel=said.channel,
            account=sender.account,
            user=sender.user,
            place=sender.place,
            now=self._clock.now(),
            found=found,
        )

    async def note_zone(self, session: AsyncSession, person: Person, said: Said) -> None:
        """Go by the time zone that the channel has of somebody, until they name one themselves."""
        zone = said.sender.time_zone if said.sender else None
        has_named = bool(person.availability and person.availability.get("time_zone"))
        if zone is not None and zone != person.time_zone and not has_named and zone in available_timezones():
            await move_to_zone(session, person, zone)

    async def say(self, session: AsyncSession, person_id: str, replies: Sequence[Reply], address_id: int | None) -> None:
        """Keep what the coach says, and queue it for where the person wrote from."""
        messages = await kept.keep_replies(session, person_id, replies, self._clock.now())
        if address_id is not None:
            add_postings(session, messages, address_id, datetime.now(UTC))
            for message in messages:
                remember(message.id)

    def _note_beginning(self, session: AsyncSession, person: Person) -> None:
        now = self._clock.now()
        if person.last_message_at is None or now - person.last_message_at > PAUSE:
            session.add(Activity(person_id=person.id, kind=Happening.CONVERSATION_STARTED, at=now))
