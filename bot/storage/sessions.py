"""Who is signed in with which browser, and sign-ins under way at an identity provider."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.tables import SignInAttempt, WebSession


async def begin_session(
    session: AsyncSession,
    secret: str,
    person_id: str,
    *,
    way: str,
    now: datetime,
    ends_at: datetime,
    provider: str | None = None,
    id_token: str | None = None,
) -> None:
    """Sign somebody in with the browser that holds this secret, and forget the sessions of anybody that are over."""
    await session.execute(delete(WebSession).where(WebSession.ends_at <= now))
    session.add(
        WebSession(
            digest=digest_of(secret),
            person_id=person_id,
            way=way,
            began_at=now,
            seen_at=now,
            ends_at=ends_at,
            provider=provider,
            id_token=id_token,
        )
    )
    await session.flush()


async def find_session(session: AsyncSession, secret: str) -> WebSession | None:
    """Return the session of the browser that holds this secret, whether or not it is over."""
    return await session.get(WebSession, digest_of(secret))


async def note_seen(session: AsyncSession, digest: str, now: datetime) -> None:
    await session.execute(update(WebSession).where(WebSession.digest == digest).values(seen_at=now))


async def end_session(session: AsyncSession, secret: str) -> WebSession | None:
    """End one browser's session; return what it was, or none."""
    found = await find_session(session, secret)
    if found is not None:
        await session.delete(found)
    return found


async def end_sessions(session: AsyncSession, person_id: str) -> None:
    """Sign somebody out everywhere."""
    await session.execute(delete(WebSession).where(WebSession.person_id == person_id))


async def sessions_of(session: AsyncSession, person_id: str, now: datetime) -> Sequence[WebSession]:
    """Return where somebody is signed in, the newest first."""
    wanted = select(WebSession).where(WebSession.person_id == person_id, WebSession.ends_at > now)
    return (await session.scalars(wanted.order_by(WebSession.began_at.desc()))).all()


async def keep_attempt(
    session: AsyncSession, state: str, provider: str, carried: Mapping[str, Any], now: datetime, expires_at: datetime
) -> None:
    """Keep a sign-in that begins, and forget those that nobody went on with."""
    await session.execute(delete(SignInAttempt).where(SignInAttempt.expires_at <= now))
    session.add(SignInAttempt(digest=digest_of(state), provider=provider, carried=dict(carried), expires_at=expires_at))


async def use_attempt(session: AsyncSession, state: str, provider: str, now: datetime) -> Mapping[str, Any] | None:
    """Use a sign-in's state up; return what was carried along, none when it is not ours, was used or is too old."""
    found = await session.get(SignInAttempt, digest_of(state))
    if found is None:
        return None
    # Of two that come at once with the same state, one deletes it.
    used = await session.execute(delete(SignInAttempt).where(SignInAttempt.digest == found.digest))
    is_good = bool(getattr(used, "rowcount", 0)) and found.provider == provider and found.expires_at > now
    return found.carried if is_good else None


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
