"""Codes with which people put themselves on the roster: made for a programme, a cohort or a forum, for a while and for so many."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Sentences
from bot.domain.messages import Reply
from bot.domain.roster import plain
from bot.services.roles import Actor
from bot.services.roster.keeping import NotPossible, NotTheirs
from bot.storage import codes
from bot.storage.addresses import expect_address
from bot.storage.audit import note_action
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.roster import join_forum
from bot.storage.tables import Cohort, Forum, JoinCode, Person, PersonKind, Programme

# Figures first, so that nobody takes it for a colleague's invitation to rate; letters that are not mistaken for each other.
_LETTERS, _FIGURES = "ABCDEFGHJKMNPQRSTUVWXYZ", "0123456789"
_CODE = re.compile(r"\W*(?:(?:my |the )?(?:(?:invitation|joining) )?code(?: is)?:? )?(\d{5})[- ]?([A-HJKMNP-Z]{5})\W*", re.I)
# So many wrong codes may come from one place in an hour.
MOST_WRONG, WITHIN = 10, timedelta(hours=1)
MOST_USES, MOST_DAYS = 5_000, 365


class Refusal(StrEnum):
    """Why a code cannot be used."""

    UNKNOWN = "unknown"
    OVER = "over"
    ELSEWHERE = "elsewhere"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a code leads to."""

    code: JoinCode
    programme: str
    cohort: str
    forum: str


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One code in a list; the code itself is kept nowhere."""

    id: int
    to: str
    uses: int
    most_uses: int
    expires_at: datetime
    made_by: str


class Joining:
    """Makes codes and takes them. `address` is where the web pages are, if that is known."""

    def __init__(self, database: Database, sentences: Sentences, key: str, time_zone: str) -> None:
        self._database, self._sentences, self._key, self._time_zone = database, sentences, key.encode(), time_zone

    async def make(
        self, actor: Actor, programme: str, cohort: int | None, forum: int | None, *, most_uses: int, days: int, now: datetime
    ) -> str:
        """Return a new code, which is shown this once. Raises NotTheirs and NotPossible."""
        if not actor.may_manage(programme):
            raise NotTheirs
        if not (1 <= most_uses <= MOST_USES and 1 <= days <= MOST_DAYS):
            raise NotPossible("code_limits")
        async with self._database.transaction() as session:
            parts = (await session.get(Cohort, cohort) if cohort else None, await session.get(Forum, forum) if forum else None)
            if [part.programme_id if part else None for part in parts] != [programme if each else None for each in (cohort, forum)]:
                raise NotPossible("is_gone")
            if await session.get(Programme, programme) is None:
                raise NotPossible("is_gone")
            code = f"{''.join(secrets.choice(_FIGURES) for _ in range(5))}-{''.join(secrets.choice(_LETTERS) for _ in range(5))}"
            made = JoinCode(
                code_key=self._hash("join", code),
                programme_id=programme,
                cohort_id=cohort,
                forum_id=forum,
                made_at=now,
                made_by=actor.id,
                expires_at=now + timedelta(days=days),
                most_uses=most_uses,
            )
            session.add(made)
            await session.flush()
            note_action(session, actor.id, "roster.make_code", f"{made.id} {programme}"[:120], now)
        return code

    async def listed(self, actor: Actor, programme: str, now: datetime) -> Sequence[CodeLine]:
        """Return the codes of a programme that can still be used."""
        if not actor.may_manage(programme):
            raise NotTheirs
        async with self._database.reading() as session:
            found = [(each, await self._offer(session, each)) for each in await codes.open_codes(session, programme, now)]
        return [CodeLine(each.id, self._say_place(to), each.uses, each.most_uses, each.expires_at, each.made_by) for each, to in found]

    async def end(self, actor: Actor, code_id: int, now: datetime) -> None:
        """Have a code lead nowhere from now on."""
        async with self._database.transaction() as session:
            code = await session.get(JoinCode, code_id)
            if code is None or not actor.may_manage(code.programme_id):
                raise NotTheirs
            code.ended_at = code.ended_at or now
            note_action(session, actor.id, "roster.end_code", str(code_id), now)

    async def look_up(self, session: AsyncSession, code: str, source: str, now: datetime) -> Offer | Refusal:
        """Return what a code leads to, or why it cannot be used; wrong ones are counted for where they come from."""
        place = self._hash("source", source)
        if await codes.count_wrong(session, place, now - WITHIN) >= MOST_WRONG:
            return Refusal.TOO_MANY
        typed = read_code(code)
        found = await codes.code_with(session, self._hash("join", typed)) if typed else None
        if found is None:
            await codes.note_wrong(session, place, now, WITHIN)
            return Refusal.UNKNOWN
        if found.ended_at is not None or found.expires_at <= now or found.uses >= found.most_uses:
            return Refusal.OVER
        return await self._offer(session, found)

    async def join(self, session: AsyncSession, person: Person, code: str, source: str, now: datetime) -> Offer | Refusal:
        """Give somebody the place that a code leads to; one that they have already takes no use of it."""
        found = await self.look_up(session, code, source, now)
        return found if isinstance(found, Refusal) else await self._seat(session, person, found, now)

    async def enrol(
        self, session: AsyncSession, code: str, source: str, now: datetime, *, name: str, person_id: str | None = None
    ) -> tuple[Person, Offer] | Refusal:
        """Put somebody who is not on the roster there, where a code leads."""
        found = await self.look_up(session, code, source, now)
        if isinstance(found, Refusal):
            return found
        new_id = person_id or f"person-{uuid4().hex[:16]}"
        person = await enrol(session, new_id, name=plain(name)[:120], time_zone=self._time_zone, now=now)
        seated = await self._seat(session, person, found, now)
        return seated if isinstance(seated, Refusal) else (person, seated)

    async def take_code(self, session: AsyncSession, person: Person, text: str, source: str, now: datetime) -> list[Reply] | None:
        """Use the code that somebody typed in their conversation; none when the text is no code."""
        if (typed := read_code(text)) is None:
            return None
        return [self.say(await self.join(session, person, typed, source, now))]

    async def admit(self, channel: str, account: str, user: str, name: str, text: str, now: datetime) -> tuple[str | None, Reply] | None:
        """Take a code from an account of nobody's: return who they are from now on, if anybody, and what is said; none for no code."""
        if (typed := read_code(text)) is None:
            return None
        source = f"{channel}:{account}:{user}"
        async with self._database.transaction() as session:
            joined = await self.enrol(session, typed, source, now, name=name)
            if isinstance(joined, Refusal):
                return None, self.say(joined)
            person, offer = joined
            await expect_address(session, person.id, channel=channel, account=account, user=user, now=now)
            return person.id, self.say(offer)

    def say(self, found: Offer | Refusal) -> Reply:
        """Return what came of a code, in words."""
        if isinstance(found, Refusal):
            return Reply(self._sentences[f"joining.refused_{found.value}"])
        return Reply(self._sentences.say("joining.joined", place=self._say_place(found)))

    async def _seat(self, session: AsyncSession, person: Person, offer: Offer, now: datetime) -> Offer | Refusal:
        code = offer.code
        if person.programme_id not in (None, code.programme_id):
            return Refusal.ELSEWHERE
        has_all = person.programme_id is not None and person.kind is not PersonKind.COUNTERPART
        has_all = has_all and code.cohort_id in (None, person.cohort_id)
        has_joined = code.forum_id is not None and await join_forum(session, code.forum_id, person.id)
        if has_all and not has_joined:
            return offer
        code.uses += 1
        person.programme_id, person.cohort_id = code.programme_id, code.cohort_id or person.cohort_id
        person.kind = PersonKind.PARTICIPANT if person.kind is PersonKind.COUNTERPART else person.kind
        note_action(session, person.id, "roster.joined", f"code {code.id}", now)
        return offer

    async def _offer(self, session: AsyncSession, code: JoinCode) -> Offer:
        programme = await session.get_one(Programme, code.programme_id)
        cohort = await session.get(Cohort, code.cohort_id) if code.cohort_id else None
        forum = await session.get(Forum, code.forum_id) if code.forum_id else None
        return Offer(code, programme.title, cohort.title if cohort else "", forum.title if forum else "")

    @staticmethod
    def _say_place(offer: Offer) -> str:
        return ", ".join(each for each in (offer.programme, offer.cohort, offer.forum) if each)

    def _hash(self, what: str, value: str) -> str:
        return hmac.new(self._key, f"{what} {value}".encode(), hashlib.sha256).hexdigest()


def read_code(text: str) -> str | None:
    """Return the code that a text is, as it is given out; none for any other text."""
    found = _CODE.fullmatch(text.strip()) if len(text) < 120 else None
    return f"{found[1]}-{found[2].upper()}" if found else None
