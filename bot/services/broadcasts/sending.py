"""From a draft to people: sent or scheduled within the guard, paused, cancelled, taken back, and begun when its moment has come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.domain.access import Right
from bot.domain.broadcasts import Audience, BroadcastState, Every
from bot.domain.moments import series
from bot.services.broadcasts.drafting import draft_of, need
from bot.services.broadcasts.refusals import Refused
from bot.settings import BroadcastSettings
from bot.storage.access import access_of
from bot.storage.audit import note_action
from bot.storage.broadcasts import (
    audience_counts,
    due_broadcast,
    end_series,
    hold,
    queue_recipients,
    recall,
    release,
    taken_back_since,
    withdraw,
)
from bot.storage.database import Database
from bot.storage.people import find_person
from bot.storage.tables import Broadcast

# What has no time to answer by can still be said for so long; the person's own hours may add to that.
_STANDS = timedelta(days=5)
# For so long a message that was on its way when its broadcast was taken back is looked for.
_STRAGGLES = timedelta(days=3)
# A series goes no further than this.
LONGEST_SERIES = timedelta(days=366)


class Sending:
    """Sends broadcasts through the deliveries. Every method says who asks for it, and refuses what they have no right to."""

    def __init__(
        self,
        database: Database,
        library: Library,
        settings: BroadcastSettings,
        now: Callable[[], datetime],
        wake_postman: Callable[[], None],
    ) -> None:
        self._database, self._library, self._settings, self._now, self._wake = database, library, settings, now, wake_postman

    def now(self) -> datetime:
        """Return the present moment, by the product's clock."""
        return self._now()

    async def send(self, number: int, version: int, actor: str, typed_count: int | None = None) -> Broadcast:
        """Send what was read at `version`, after the time in which it can be undone. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await self._allowed(session, number, version, actor, typed_count)
            note_action(session, actor, "broadcast.send", f"{number} version {version} to {broadcast.confirmed_count}", self._now())
            await self._begin(session, broadcast, self._now())
            return broadcast

    async def schedule(
        self,
        number: int,
        version: int,
        actor: str,
        at: datetime,
        typed_count: int | None = None,
        *,
        every: Every | None = None,
        until: date | None = None,
    ) -> Broadcast:
        """Have it sent at a moment, and with `every` again until the day `until`. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await self._allowed(session, number, version, actor, typed_count)
            if at <= self._now():
                raise Refused("past")
            if broadcast.reply_by is not None and broadcast.reply_by <= at:
                raise Refused("reply_by_before_sending")
            if every is None and until is not None:
                raise Refused("until_without_every")
            if every is not None:
                if until is None or until <= at.astimezone(ZoneInfo(broadcast.time_zone)).date():
                    raise Refused("series_without_end")
                if until > (at + LONGEST_SERIES).date():
                    raise Refused("series_too_long")
            broadcast.state, broadcast.send_at, broadcast.every, broadcast.until = BroadcastState.SCHEDULED, at, every, until
            note_action(
                session, actor, "broadcast.schedule", f"{number} version {version} for {at.isoformat(timespec='minutes')}", self._now()
            )
            return broadcast

    async def pause(self, number: int, actor: str) -> None:
        """Hold what has not gone out; what is being sent at this moment still arrives. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await self._in_state(session, number, actor, BroadcastState.SENDING)
            broadcast.state = BroadcastState.PAUSED
            await session.flush()
            await hold(session, broadcast.source)
            note_action(session, actor, "broadcast.pause", str(number), self._now())

    async def resume(self, number: int, actor: str) -> None:
        """Go on with what was paused. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await self._in_state(session, number, actor, BroadcastState.PAUSED)
            broadcast.state = BroadcastState.SENDING
            await session.flush()
            await release(session, broadcast.source)
            note_action(session, actor, "broadcast.resume", str(number), self._now())
        self._wake()

    async def cancel(self, number: int, actor: str) -> None:
        """Send no more of it, and end its series; what was sent stays. Raises Refused."""
        going = (BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED)
        async with self._database.transaction() as session:
            broadcast = await self._in_state(session, number, actor, *going)
            broadcast.state, broadcast.ended_by = BroadcastState.CANCELLED, actor
            await session.flush()
            await end_series(session, broadcast, actor)
            await withdraw(session, broadcast.source)
            note_action(session, actor, "broadcast.cancel", str(number), self._now())

    async def take_back(self, number: int, actor: str) -> None:
        """Send no more of it, end its series, and have what was sent taken away again where that can be done. Raises Refused."""
        was_sent = (BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.CANCELLED)
        async with self._database.transaction() as session:
            broadcast = await self._in_state(session, number, actor, *was_sent)
            if broadcast.started_at is None:
                raise Refused("not_sent")
            broadcast.state, broadcast.ended_by = BroadcastState.TAKEN_BACK, actor
            await session.flush()
            await end_series(session, broadcast, actor)
            await withdraw(session, broadcast.source)
            await self._recall(session, broadcast)
            note_action(session, actor, "broadcast.take_back", str(number), self._now())
        self._wake()

    async def unschedule(self, number: int, actor: str) -> None:
        """Make a scheduled broadcast a draft again. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await self._in_state(session, number, actor, BroadcastState.SCHEDULED)
            broadcast.state, broadcast.send_at = BroadcastState.DRAFT, None
            # What it is scheduled for next begins a series of its own, on its own day.
            broadcast.every, broadcast.until, broadcast.series_of, broadcast.number = None, None, None, 1
            note_action(session, actor, "broadcast.unschedule", str(number), self._now())

    def can_be_undone_until(self, broadcast: Broadcast) -> datetime | None:
        """Return until when nothing of it goes out."""
        return broadcast.started_at + timedelta(seconds=self._settings.undo_seconds) if broadcast.started_at else None

    # At the tick

    async def begin_due(self, session: AsyncSession, now: datetime) -> int:
        """Begin one scheduled broadcast whose moment has come; return how many were looked at."""
        broadcast = await due_broadcast(session, now)
        if broadcast is None:
            return 0
        if (why := await self._why_not(session, broadcast)) is not None:
            broadcast.state, broadcast.note, broadcast.send_at = BroadcastState.DRAFT, why, None
            note_action(session, "coach", "broadcast.hold_back", f"{broadcast.id} {why}", now)
            return 1
        await self._plan_next(session, broadcast)
        await self._begin(session, broadcast, now)
        return 1

    async def recall_stragglers(self, session: AsyncSession, now: datetime) -> None:
        """Take back what was on its way when its broadcast was taken back, and has arrived since."""
        for broadcast in await taken_back_since(session, now - _STRAGGLES):
            await self._recall(session, broadcast)

    async def _why_not(self, session: AsyncSession, broadcast: Broadcast) -> str | None:
        """Return why a scheduled broadcast is not begun although its moment has come; none when it is."""
        audience = Audience.from_json(broadcast.audience)
        if not audience.is_within(await access_of(session, broadcast.sender_id or ""), Right.WRITE_BROADCASTS):
            return "role_lost"
        count = (await audience_counts(session, audience)).get(None, 0)
        if not count:
            return "nobody_left"
        if count > self._settings.approve_above and not _is_approved(broadcast):
            return "grown_above"
        return None

    async def _plan_next(self, session: AsyncSession, broadcast: Broadcast) -> None:
        if broadcast.every is None or broadcast.until is None or broadcast.send_at is None:
            return
        first_id = broadcast.series_of or broadcast.id
        first = await session.get_one(Broadcast, first_id)
        start = first.send_at or broadcast.send_at
        moments = [
            each for each in series(start, ZoneInfo(broadcast.time_zone), broadcast.every, broadcast.until) if each > broadcast.send_at
        ]
        if not moments:
            return
        draft = draft_of(broadcast)
        session.add(
            Broadcast(
                programme_id=broadcast.programme_id,
                kind=draft.kind,
                title=draft.title,
                text=draft.text,
                thing=draft.thing,
                choices=list(draft.choices),
                audience=broadcast.audience,
                time_zone=draft.time_zone,
                # As long after its own moment as the one before it had.
                reply_by=broadcast.reply_by + (moments[0] - broadcast.send_at) if broadcast.reply_by else None,
                state=BroadcastState.SCHEDULED,
                version=broadcast.version,
                author_id=broadcast.author_id,
                editors=broadcast.editors,
                changed_at=broadcast.changed_at,
                approved_by=broadcast.approved_by,
                approved_version=broadcast.approved_version,
                sender_id=broadcast.sender_id,
                confirmed_count=broadcast.confirmed_count,
                send_at=moments[0],
                every=broadcast.every,
                until=broadcast.until,
                series_of=first_id,
                number=broadcast.number + 1,
            )
        )

    async def _allowed(self, session: AsyncSession, number: int, version: int, actor: str, typed_count: int | None) -> Broadcast:
        """Return a draft that may be sent now; raises Refused with what stands in its way."""
        broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS)
        if broadcast.state is not BroadcastState.DRAFT:
            raise Refused("not_a_draft")
        if broadcast.version != version:
            raise Refused("changed_meanwhile")
        if broadcast.reply_by is not None and broadcast.reply_by <= self._now():
            raise Refused("reply_by_past")
        audience = Audience.from_json(broadcast.audience)
        count = (await audience_counts(session, audience)).get(None, 0)
        if not count:
            raise Refused("nobody")
        if typed_count != count and await _reaches_everyone(session, audience, count):
            raise Refused("type_the_count", count=count)
        if count > self._settings.approve_above and not _is_approved(broadcast):
            raise Refused("needs_approval", count=count, above=self._settings.approve_above)
        broadcast.sender_id, broadcast.confirmed_count, broadcast.note = actor, count, None
        return broadcast

    async def _begin(self, session: AsyncSession, broadcast: Broadcast, now: datetime) -> None:
        audience = Audience.from_json(broadcast.audience)
        counts = await audience_counts(session, audience)
        expires_at = broadcast.reply_by or now + _STANDS
        undone_until = now + timedelta(seconds=self._settings.undo_seconds)
        broadcast.state, broadcast.started_at = BroadcastState.SENDING, now
        broadcast.left_out = {why: count for why, count in counts.items() if why is not None}
        await session.flush()
        broadcast.recipients = await queue_recipients(session, broadcast, audience, now, undone_until, expires_at)

    async def _recall(self, session: AsyncSession, broadcast: Broadcast) -> None:
        who = await find_person(session, broadcast.ended_by or "")
        sentences = self._library.of(broadcast.programme_id).sentences
        said = sentences.say("broadcast.taken_back", name=who.name if who else sentences["broadcast.somebody"])
        await recall(session, broadcast.source, said, datetime.now(UTC))

    async def _in_state(self, session: AsyncSession, number: int, actor: str, *states: BroadcastState) -> Broadcast:
        broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS)
        if broadcast.state not in states:
            raise Refused(f"is_{broadcast.state.value}")
        return broadcast


async def _reaches_everyone(session: AsyncSession, audience: Audience, count: int) -> bool:
    """Return whether a choice comes to the whole programme, however it was put together; one forum is a group that was named."""
    if audience.is_everyone:
        return True
    if len(audience.forums) == 1:
        return False
    return count == (await audience_counts(session, Audience(audience.programme))).get(None, 0)


def _is_approved(broadcast: Broadcast) -> bool:
    return broadcast.approved_version == broadcast.version
