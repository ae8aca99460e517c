"""What was told, and about which groups: read before anything else is told, and never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.disclosure import Group
from bot.storage.encryption import cipher_in
from bot.storage.tables import Released, ToldGroup

# So many bytes stand for a person within one ledger.
_WIDTH = 8
# PostgreSQL's lock under which figures are told, by one process at a time.
_LOCK = 0x0C0AC5


async def newest_figures(session: AsyncSession) -> dict[tuple[str, str, str], tuple[str, dict[str, Any]]]:
    """Return what was told last of everything, by subject, programme and split: its period and figures."""
    newest = (
        select(Released.subject, Released.programme, Released.split, func.max(Released.period).label("period"))
        .group_by(Released.subject, Released.programme, Released.split)
        .subquery()
    )
    same = [getattr(newest.c, name) == getattr(Released, name) for name in ("subject", "programme", "split", "period")]
    rows = await session.scalars(select(Released).join(newest, and_(*same)))
    return {(row.subject, row.programme, row.split): (row.period, row.figures) for row in rows}


async def releases_of(
    session: AsyncSession, programmes: Collection[str], subjects: Sequence[str], *, since: str = "", splits: Collection[str] = ("",)
) -> list[tuple[str, str, str, str, dict[str, Any]]]:
    """Return what was told of programmes from a period on, oldest first, as subject, programme, split, period and figures.

    `subjects` are names, or with a slash at the end, beginnings.
    """
    named = [Released.subject.startswith(each) if each.endswith("/") else Released.subject == each for each in subjects]
    wanted = select(Released.subject, Released.programme, Released.split, Released.period, Released.figures)
    wanted = wanted.where(Released.programme.in_(programmes), Released.period >= since, Released.split.in_(splits), or_(*named))
    rows = await session.execute(wanted.order_by(Released.period, Released.id))
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


async def newest_period(session: AsyncSession, prefix: str) -> str | None:
    """Return the newest period of which anything with this beginning was told."""
    return await session.scalar(select(func.max(Released.period)).where(Released.subject.startswith(prefix)))


async def publish_alone(session: AsyncSession) -> None:
    """Wait until nobody else is publishing, until this transaction ends; on SQLite whoever writes has the whole database anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


def release_of(subject: str, programme: str, split: str, period: str, figures: dict[str, Any], now: datetime) -> Released:
    """Return what is told from now on, to be kept."""
    return Released(subject=subject, programme=programme, split=split, period=period, figures=figures, released_at=now)


def hashed(session: AsyncSession, ledger: str, group: Group, known: dict[str, str]) -> Group:
    """Return a group as a ledger keeps it; `known` holds what stands for a person in this ledger, and gets what is worked out."""
    cipher = cipher_in(session)
    for person in group - known.keys():
        known[person] = cipher.pseudonym("told", ledger, person)[: 2 * _WIDTH]
    return frozenset(known[person] for person in group)


async def told_groups(session: AsyncSession, ledger: str) -> list[Group]:
    """Return the groups about which a ledger's answers were told, hashed, the oldest first."""
    rows = await session.scalars(select(ToldGroup.members).where(ToldGroup.ledger == ledger).order_by(ToldGroup.id))
    return [frozenset(row[at : at + _WIDTH].hex() for at in range(0, len(row), _WIDTH)) for row in rows]


def group_of(ledger: str, members: Group, now: datetime) -> ToldGroup:
    """Return that a ledger's answers were told of a hashed group, to be kept."""
    return ToldGroup(ledger=ledger, members=b"".join(bytes.fromhex(each) for each in sorted(members)), told_at=now)
