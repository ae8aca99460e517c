"""Being signed in on the web: a session on the server, which ends when it is not used, when it is old, and when it is ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Access
from bot.domain.clock import real_time
from bot.settings import SignInSettings
from bot.storage.access import access_of
from bot.storage.audit import note_action
from bot.storage.database import Database
from bot.storage.people import find_person
from bot.storage.sessions import begin_session, end_session, end_sessions, find_session, note_seen, sessions_of
from bot.storage.tables import Person, PersonKind, WebSession

# When a session was last used is kept to this, so that a page is not a write.
_NOTED_EVERY = timedelta(minutes=1)


class Way(StrEnum):
    """How somebody signed in."""

    OPENID = "openid"
    TEAMS = "teams"
    LINK = "link"
    RETURN_LINK = "return_link"
    INVITATION = "invitation"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in, with what they may do."""

    person: Person
    access: Access


@dataclass(frozen=True, slots=True)
class Device:
    """One place in which somebody is signed in."""

    way: Way
    began_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A session that has just ended, with what its identity provider is told."""

    provider: str | None
    id_token: str | None


class Sessions:
    """Begins, finds and ends sessions, by the real clock. Whoever has a role, or works here, is asked to sign in again sooner."""

    def __init__(self, database: Database, limits: SignInSettings, now: Callable[[], datetime] = real_time) -> None:
        self._database, self._limits, self._now = database, limits, now

    async def begin(
        self, session: AsyncSession, secret: str, person_id: str, way: Way, *, provider: str | None = None, id_token: str | None = None
    ) -> None:
        """Sign somebody in with the browser that holds this secret, which no page before has shown."""
        now = self._now()
        await begin_session(
            session,
            secret,
            person_id,
            way=way.value,
            now=now,
            ends_at=now + timedelta(days=self._limits.ends_after_days),
            provider=provider,
            id_token=id_token,
        )
        note_action(session, person_id, f"sign_in.{way.value}", person_id, now)

    async def find(self, secret: str) -> SignedIn | None:
        """Return who is signed in with this browser, or none."""
        now = self._now()
        async with self._database.reading() as session:
            found = await find_session(session, secret)
            person = await find_person(session, found.person_id) if found is not None else None
            if found is None or person is None:
                return None
            access = await access_of(session, person.id)
            if not self._is_alive(found, now, is_staff=access.is_staff or person.kind is PersonKind.STAFF):
                return None
        if now - found.seen_at >= _NOTED_EVERY:
            async with self._database.transaction() as session:
                await note_seen(session, found.digest, now)
        return SignedIn(person, access)

    async def is_over(self, secret: str) -> bool:
        """Return whether the session of this browser has been ended, or ended by itself; to ask is no use of it."""
        async with self._database.reading() as session:
            found = await find_session(session, secret)
        return found is None or found.ends_at <= self._now()

    async def devices(self, person_id: str, secret: str) -> list[Device]:
        """Return where somebody is signed in, the newest first."""
        async with self._database.reading() as session:
            this = await find_session(session, secret)
            listed = await sessions_of(session, person_id, self._now())
        return [Device(Way(each.way), each.began_at, each.seen_at, this is not None and each.digest == this.digest) for each in listed]

    async def end(self, secret: str) -> SignedOut | None:
        """Sign this browser out; return what it was, or none."""
        async with self._database.transaction() as session:
            ended = await end_session(session, secret)
            if ended is None:
                return None
            note_action(session, ended.person_id, "sign_out.here", ended.person_id, self._now())
            return SignedOut(ended.provider, ended.id_token)

    async def end_everywhere(self, secret: str) -> SignedOut | None:
        """Sign whoever is signed in with this browser out of all of theirs."""
        async with self._database.transaction() as session:
            ended = await end_session(session, secret)
            if ended is None:
                return None
            await end_sessions(session, ended.person_id)
            note_action(session, ended.person_id, "sign_out.everywhere", ended.person_id, self._now())
            return SignedOut(ended.provider, ended.id_token)

    def _is_alive(self, found: WebSession, now: datetime, *, is_staff: bool) -> bool:
        idle, longest = timedelta(days=self._limits.idle_days), timedelta(days=self._limits.ends_after_days)
        if is_staff:
            idle, longest = timedelta(minutes=self._limits.staff_idle_minutes), timedelta(hours=self._limits.staff_ends_after_hours)
        return now < found.ends_at and now - found.seen_at < idle and now - found.began_at < longest
