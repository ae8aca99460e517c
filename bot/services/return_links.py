"""A link of one's own to come back by, for whoever has no other way in: made anew, shown once, ended at will."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.access import access_of
from bot.storage.audit import note_action
from bot.storage.people import find_person
from bot.storage.return_links import end_return_links, keep_return_link, person_with_return_link
from bot.storage.tables import Person, PersonKind

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


class NoLinkForStaff(Exception):
    """Raised when somebody who has a role, or works here, would come in by a link alone."""


class ReturnLinks:
    """Makes links and knows whose they are; `key` is what their secrets are hashed with."""

    def __init__(self, key: str) -> None:
        self._key = key

    async def make(self, session: AsyncSession, person_id: str, now: datetime) -> str:
        """Return a new link's secret, which is kept nowhere; an earlier link ends. Raises NoLinkForStaff."""
        person = await find_person(session, person_id)
        if person is None or await _is_staff(session, person):
            raise NoLinkForStaff
        secret = secrets.token_urlsafe(32)
        await keep_return_link(session, person_id, self._key_of(secret), now)
        note_action(session, person_id, "return_link.made", person_id, now)
        return secret

    async def end(self, session: AsyncSession, person_id: str, now: datetime) -> None:
        await end_return_links(session, person_id, now)
        note_action(session, person_id, "return_link.ended", person_id, now)

    async def owner(self, session: AsyncSession, secret: str) -> Person | None:
        """Return whose link this is; none when it was never made, has ended, or its owner has a role by now."""
        found = await person_with_return_link(session, self._key_of(secret)) if _SECRET.fullmatch(secret) else None
        return found[1] if found and not await _is_staff(session, found[1]) else None

    async def use(self, session: AsyncSession, secret: str, now: datetime) -> Person | None:
        """Return whose link this is, noting that it was used."""
        person = await self.owner(session, secret)
        found = await person_with_return_link(session, self._key_of(secret)) if person else None
        if found is not None:
            found[0].used_at = now
        return person

    def _key_of(self, secret: str) -> str:
        return hmac.new(self._key.encode(), f"return link {secret}".encode(), hashlib.sha256).hexdigest()


async def _is_staff(session: AsyncSession, person: Person) -> bool:
    return person.kind is PersonKind.STAFF or (await access_of(session, person.id)).is_staff
