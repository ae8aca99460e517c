"""Where channels reach people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain import channel
from bot.storage.tables import Address


async def note_address(
    session: AsyncSession,
    person_id: str,
    *,
    channel: str,
    account: str,
    user: str,
    place: str,
    now: datetime,
    found: Address | None = None,
) -> Address:
    """Keep where somebody has just written from, or bring it up to date; an address that was closed is open again.

    `found` is what is kept of it, if that was looked up before.
    """
    found = found or await find_address(session, channel, account, user)
    is_new = found is None
    if found is None:
        found = Address(person_id=person_id, channel=channel, account=account, user=user)
        session.add(found)
    if found.place != place:  # encrypted anew at each change, so written only when it is one
        found.place = place
    found.person_id, found.used_at, found.closed_reason = person_id, now, None
    if is_new:
        await session.flush()
    return found


async def expect_address(session: AsyncSession, person_id: str, *, channel: str, account: str, user: str, now: datetime) -> None:
    """Keep who an account of a channel is before they have written from it; until they do, nothing can be sent there."""
    if await find_address(session, channel, account, user) is None:
        address = await note_address(session, person_id, channel=channel, account=account, user=user, place="", now=now)
        address.closed_reason = "never_written"


async def find_address(session: AsyncSession, channel: str, account: str, user: str) -> Address | None:
    return await session.scalar(select(Address).where(Address.channel == channel, Address.account == account, Address.user == user))


async def usual_addresses(session: AsyncSession, people: Iterable[str]) -> dict[str, Address]:
    """Return where each of these people was last heard from, by person; the web chat needs no address."""
    rows = await session.scalars(
        select(Address).where(Address.person_id.in_(list(people)), Address.closed_reason.is_(None)).order_by(Address.used_at, Address.id)
    )
    return {address.person_id: address for address in rows}


async def close_address(session: AsyncSession, address_id: int, reason: str) -> None:
    """Keep why nothing can be sent there any more."""
    await session.execute(update(Address).where(Address.id == address_id).values(closed_reason=reason))


async def close_account(session: AsyncSession, channel: str, account: str, reason: str) -> None:
    """Close every address of a workspace or tenant that is open, such as when it removed the app."""
    theirs = (Address.channel == channel, Address.account == account, Address.closed_reason.is_(None))
    await session.execute(update(Address).where(*theirs).values(closed_reason=reason))


async def reopen_account(session: AsyncSession, channel: str, account: str, reasons: Iterable[str]) -> None:
    """Open the addresses of a workspace or tenant that were closed for one of these reasons; a person who left stays away."""
    theirs = (Address.channel == channel, Address.account == account, Address.closed_reason.in_(list(reasons)))
    await session.execute(update(Address).where(*theirs).values(closed_reason=None))


def plain(address: Address) -> channel.Address:
    """Return the address as channels take it."""
    return channel.Address(address.id, address.person_id, address.channel, address.account, address.user, address.place)
