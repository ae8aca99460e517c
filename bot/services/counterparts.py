"""Counterparts: a general manager or nurse lead whom a person invites to say, three times in a year, how working with them is."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import presented
from bot.content.library import Library
from bot.domain.messages import Reply
from bot.domain.surveys import COUNTERPART
from bot.domain.wording import say_day
from bot.services.rounds import open_first_round
from bot.settings import SettingsFile
from bot.storage.counterparts import count_invited, counterparts_of, end, invitation_of, invite, rated_by
from bot.storage.messages import keep_replies
from bot.storage.tables import Counterpart, Person, Relation

# Letters and figures that nobody takes for each other when they read a code out.
_LETTERS, _FIGURES = "ABCDEFGHJKMNPQRSTUVWXYZ", "0123456789"
_CODE = re.compile(r"\W*(?:(?:my |the )?(?:invitation )?code(?: is)?:? )?([A-HJKMNP-Z]{5})[- ]?(\d{5})\W*", re.I)
# How long an invitation can be accepted.
LASTS = timedelta(days=21)
# So many can be sent in 30 days: enough for a typing error and a change of jobs, not for a crowd.
MOST_A_MONTH = 6


class Refusal(StrEnum):
    """Why an invitation cannot be accepted."""

    UNKNOWN = "unknown"
    OVER = "over"
    OWN = "own"


class Counterparts:
    """Invites, and takes what comes back. Who invited never sees an answer; `address` is where the web pages are, if that is known."""

    def __init__(self, library: Library, settings: SettingsFile, key: str, address: str | None) -> None:
        self._library, self._settings, self._key, self._address = library, settings, key, address

    async def handle(
        self, session: AsyncSession, person: Person, intent: str, carries: Mapping[str, str], now: datetime
    ) -> list[Reply] | None:
        """Answer what somebody typed about invitations: `invite`, `end_invitations` or `stop_rating`; none for anything else."""
        if intent == "invite":
            return await self.invite(session, person, Relation(carries["relation"]), now)
        if intent == "end_invitations":
            return await self.end_invitations(session, person, now)
        if intent == "stop_rating":
            return await self.stop_rating(session, person, now)
        return None

    async def invite(self, session: AsyncSession, person: Person, relation: Relation, now: datetime) -> list[Reply]:
        """Make an invitation and return how it is sent on; its code is kept nowhere."""
        toolkit = self._library.of(person.programme_id)
        if await count_invited(session, person.id, now - timedelta(days=30)) >= MOST_A_MONTH:
            return [Reply(toolkit.sentences.say("counterpart.too_many", count=MOST_A_MONTH))]
        code = f"{''.join(secrets.choice(_LETTERS) for _ in range(5))}-{''.join(secrets.choice(_FIGURES) for _ in range(5))}"
        added = await invite(session, person.id, relation, self._key_of(code), now, now + LASTS)
        say = toolkit.sentences.say
        how = say("counterpart.code", code=code)
        if self._address:
            how = say("counterpart.link", link=f"{self._address}/invited/{code}", code=code)
        what = say(
            "counterpart.invited",
            who=say(f"counterpart.{relation.value}"),
            count=len(toolkit.instruments[COUNTERPART].items_of(1)),
            smallest=self._settings.dashboard.smallest_group,
            last_day=say_day(added.expires_at.astimezone(ZoneInfo(person.time_zone))),
        )
        return [Reply(what), Reply(how)]

    async def end_invitations(self, session: AsyncSession, person: Person, now: datetime) -> list[Reply]:
        """Have nobody asked any more about working with a person."""
        theirs = await counterparts_of(session, person.id)
        await end(session, theirs, now)
        return [Reply(self._library.of(person.programme_id).sentences["counterpart.ended" if theirs else "counterpart.none_invited"])]

    async def stop_rating(self, session: AsyncSession, rater: Person, now: datetime) -> list[Reply]:
        """Ask somebody no more about the people who invited them."""
        rated = await rated_by(session, rater.id)
        await end(session, [counterpart for counterpart, _ in rated], now)
        return [
            Reply(self._library.of(rater.programme_id).sentences["counterpart.stopped_rating" if rated else "counterpart.rates_nobody"])
        ]

    async def look_up(self, session: AsyncSession, code: str, now: datetime) -> tuple[Counterpart, Person] | Refusal:
        """Return the invitation that a code stands for, with who sent it, or why it cannot be accepted."""
        found = await invitation_of(session, self._key_of(code))
        if found is None:
            return Refusal.UNKNOWN
        if found[0].ended_at is not None or found[0].rater_id is not None or found[0].expires_at <= now:
            return Refusal.OVER
        return found

    async def accept(self, session: AsyncSession, rater: Person, code: str, now: datetime) -> tuple[Counterpart, Person] | Refusal:
        """Have somebody rate who invited them from now on; who did so before as the same kind of colleague no longer does."""
        found = await self.look_up(session, code, now)
        if isinstance(found, Refusal):
            return found
        counterpart, inviter = found
        if inviter.id == rater.id:
            return Refusal.OWN
        before = [each for each in await counterparts_of(session, inviter.id) if each.relation is counterpart.relation and each.rater_id]
        await end(session, before, now)
        counterpart.rater_id, counterpart.accepted_at = rater.id, now
        return found

    async def take_code(self, session: AsyncSession, rater: Person, text: str, now: datetime) -> list[Reply] | None:
        """Accept the invitation whose code somebody typed and ask the first round; none when the text is no code."""
        if (typed := read_code(text)) is None:
            return None
        toolkit = self._library.of(rater.programme_id)
        accepted = await self.accept(session, rater, typed, now)
        if isinstance(accepted, Refusal):
            return [Reply(toolkit.sentences.say(f"counterpart.refused_{accepted.value}"))]
        return await self.ask_first_rounds(session, rater, now)

    async def begin(self, session: AsyncSession, rater: Person, now: datetime) -> None:
        """Ask the first round in the conversation of somebody who agreed to one; others are asked once they have agreed."""
        if rater.consented_at is not None:
            await keep_replies(session, rater.id, await self.ask_first_rounds(session, rater, now), now)

    async def ask_first_rounds(self, session: AsyncSession, rater: Person, now: datetime) -> list[Reply]:
        """Return the invitations that somebody accepted and has not been asked about yet, each with its round opened."""
        toolkit = self._library.of(rater.programme_id)
        replies = []
        for counterpart, inviter in await rated_by(session, rater.id):
            opened = await open_first_round(session, toolkit, self._settings, rater, counterpart, now)
            if opened is not None:
                replies.append(presented.first_rating(toolkit, opened.id, len(opened.items), inviter.name))
        return replies

    def _key_of(self, code: str) -> str:
        letters, figures = (read_code(code) or "-").split("-")
        return hmac.new(self._key.encode(), f"counterpart {letters}-{figures}".encode(), hashlib.sha256).hexdigest()


def read_code(text: str) -> str | None:
    """Return the invitation code that a text is, as it is written on an invitation; none for any other text."""
    found = _CODE.fullmatch(text)
    return f"{found[1].upper()}-{found[2]}" if found else None
