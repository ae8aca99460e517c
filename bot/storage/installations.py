"""Where the Slack app is installed, with tokens that only this installation's key opens."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import Installation, InstallState


async def find_installation(session: AsyncSession, team_id: str | None, enterprise_id: str | None = None) -> Installation | None:
    """Return the workspace's own installation, else that of its whole organisation, as far as one of them has not ended.

    A workspace whose own has ended still says which organisation it belongs to.
    """
    if team_id and not enterprise_id:
        enterprise_id = await session.scalar(select(Installation.enterprise_id).where(Installation.account == team_id))
    for_all = and_(Installation.is_enterprise_install, Installation.enterprise_id == enterprise_id) if enterprise_id else None
    for_one = Installation.account == team_id if team_id else None
    wanted = [each for each in (for_one, for_all) if each is not None]
    if not wanted:
        return None
    return await session.scalar(
        select(Installation)
        .where(Installation.ended_at.is_(None), or_(*wanted))
        .order_by(Installation.is_enterprise_install)
        .limit(1)
        # Another process may have changed it since this session read it.
        .execution_options(populate_existing=True)
    )


async def listed_installations(session: AsyncSession) -> Sequence[Installation]:
    """Return all of them, those that have ended last."""
    return (await session.scalars(select(Installation).order_by(Installation.ended_at.is_not(None), Installation.installed_at))).all()


async def keep_installation(session: AsyncSession, given: Installation) -> None:
    """Keep an installation in place of what was known of this account."""
    await session.merge(given)


async def renew_installation(session: AsyncSession, found: Installation, bot_token: str, refresh_token: str | None, ends: datetime) -> None:
    """Keep a new token, unless the installation that it is for has ended or was made anew since."""
    await session.execute(
        update(Installation)
        .where(Installation.account == found.account, Installation.installed_at == found.installed_at, Installation.ended_at.is_(None))
        .values(bot_token=bot_token, refresh_token=refresh_token, token_expires_at=ends)
    )


async def end_installation(session: AsyncSession, account: str, reason: str, now: datetime, installed_before: datetime) -> bool:
    """End an installation from before that moment and forget its tokens; return False when there is none."""
    ended = await session.execute(
        update(Installation)
        .where(Installation.account == account, Installation.ended_at.is_(None), Installation.installed_at <= installed_before)
        .values(ended_at=now, ended_reason=reason, bot_token=None, refresh_token=None, token_expires_at=None)
    )
    return bool(getattr(ended, "rowcount", 0))


async def keep_state(session: AsyncSession, state: str, now: datetime, expires_at: datetime) -> None:
    """Keep the state of an installation that begins, and forget those that nobody went on with."""
    await session.execute(delete(InstallState).where(InstallState.expires_at <= now))
    session.add(InstallState(digest=_digest(state), expires_at=expires_at))


async def use_state(session: AsyncSession, state: str, now: datetime) -> bool:
    """Use a state up; return whether it was ours, unused and not too old."""
    used = await session.execute(delete(InstallState).where(InstallState.digest == _digest(state), InstallState.expires_at > now))
    return bool(getattr(used, "rowcount", 0))


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
