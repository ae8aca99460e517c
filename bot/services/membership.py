"""Who somebody from a channel is: an address known before, or a place on the roster with the same e-mail address."""

from __future__ import annotations

import hashlib
import hmac

from bot.storage.addresses import close_address, find_address
from bot.storage.database import Database
from bot.storage.people import person_with_email


def email_key(email: str, key: str) -> str:
    """Return the keyed hash under which an e-mail address is looked up; the address itself is nowhere."""
    return hmac.new(key.encode(), email.strip().casefold().encode(), hashlib.sha256).hexdigest()


class Membership:
    """Finds people on the roster. Where anyone may join, as in the demonstration, who is not on it gets an id of their own.

    Nothing is kept here: an address is, with the first message after consent.
    """

    def __init__(self, database: Database, key: str, *, is_open: bool) -> None:
        self._database, self._key, self._is_open = database, key, is_open

    async def known(self, channel: str, account: str, user: str) -> str | None:
        """Return the person whose address this is, or none."""
        async with self._database.reading() as session:
            address = await find_address(session, channel, account, user)
        return address.person_id if address else None

    async def moved(self, channel: str, account: str, user: str, place: str) -> None:
        """Keep what it takes now to write to somebody who has written from there; an address that was closed is open again."""
        async with self._database.transaction() as session:
            address = await find_address(session, channel, account, user)
            if address is not None and address.place:
                address.place, address.closed_reason = place, None

    async def left(self, channel: str, account: str, user: str, reason: str) -> None:
        """Keep why somebody can be written to no more."""
        async with self._database.transaction() as session:
            if (address := await find_address(session, channel, account, user)) is not None:
                await close_address(session, address.id, reason)

    async def recognise(self, channel: str, account: str, user: str, email: str | None) -> str | None:
        """Return who has this e-mail address on the roster; none when nobody has and nobody may join."""
        if email:
            async with self._database.reading() as session:
                if (person := await person_with_email(session, email_key(email, self._key))) is not None:
                    return person.id
        return f"{channel}-{account}-{user}" if self._is_open else None
