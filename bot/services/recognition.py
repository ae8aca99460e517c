"""Who somebody is whom an identity provider vouches for: by their account there, else by an e-mail address that it may speak for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.membership import email_key
from bot.storage.addresses import find_address
from bot.storage.identities import has_identity, link_identity, person_with_identity
from bot.storage.people import find_person, person_with_email
from bot.storage.tables import Person

# Entra's accounts are known by the channel that uses the same directory.
DIRECTORY = "teams"


@dataclass(frozen=True, slots=True)
class Account:
    """An account that a provider has proved: `email` only where it may be believed, `tenant` and `object_id` only of Entra."""

    issuer: str
    subject: str
    email: str | None = None
    tenant: str = ""
    object_id: str = ""

    @property
    def reference(self) -> str:
        """Return what the roster names the account by."""
        return f"{self.tenant}/{self.object_id}" if self.tenant else f"{self.issuer} {self.subject}"


async def recognise_account(session: AsyncSession, account: Account, key: str, now: datetime) -> Person | None:
    """Return the person on the roster whose account this is, or none; from the first time on it is known without an address.

    An address that was given to somebody new opens nothing: who has an account at this provider already is no other's.
    """
    if (known := await person_with_identity(session, account.issuer, account.subject)) is not None:
        return known
    found = None
    if account.tenant and account.object_id:
        address = await find_address(session, DIRECTORY, account.tenant, account.object_id)
        found = await find_person(session, address.person_id) if address else None
    if found is None and account.email:
        by_email = await person_with_email(session, email_key(account.email, key))
        found = by_email if by_email is not None and not await has_identity(session, by_email.id, account.issuer) else None
    if found is not None:
        await link_identity(session, found.id, account.issuer, account.subject, now)
    return found
