"""Brings messages to where channels reach people: in order, at the platform's pace, and never twice."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.channel import Address, CannotTell, Channel, NotNow, Unreachable
from bot.domain.clock import LONGEST_WAIT, ClockWatch
from bot.storage import postings as outbox
from bot.storage.addresses import close_address, plain
from bot.storage.database import Database
from bot.storage.leases import hold_back, take_turn
from bot.storage.messages import offered
from bot.storage.postings import Claimed, Ending
from bot.storage.recalls import claim_recall, due_recalls, end_recall, put_back_recall
from bot.storage.tables import Person, Posting, PostingState
from bot.tracing import made_by, span

log = logging.getLogger(__name__)

# How long one process may be sending a message before another takes it over; longer than any channel's own timeout.
LEASE = timedelta(seconds=60)
# So many messages are on their way at once, each to another address.
MOST_AT_ONCE = 200
# How soon a message that another process queued is noticed, in seconds.
LOOK_AGAIN = 1.0
# The shortest and longest pause after a platform failed.
PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
# What went out later than this after it was decided on has to be looked at again: the person may be in theatre by then.
PROMPT = timedelta(minutes=5)
# A message that could not be sent for this long is given up; an older answer would be out of place.
STALE = timedelta(days=2)
# So often a message is tried to be taken away again.
MOST_RECALLS = 8


class Postman:
    """Sends what is queued for addresses. Any number of processes may run one side by side."""

    def __init__(
        self,
        database: Database,
        channels: Iterable[Channel] = (),
        clock: ClockWatch | None = None,
        hold: Callable[[Person], timedelta] = lambda _person: timedelta(),
    ) -> None:
        """`hold` says how long a person is not to be written to; it is asked where a message could not go out at once."""
        self._database, self._clock, self._hold = database, clock or ClockWatch(), hold
        self._channels = {channel.name: channel for channel in channels}
        self._woken = asyncio.Event()
        self._endings: list[Ending] = []
        self._recording = asyncio.Lock()
        self._is_stopping = False

    def _now(self) -> datetime:
        return self._clock.read()

    def serve(self, channel: Channel) -> None:
        """Send what is queued for addresses of this channel, too."""
        self._channels[channel.name] = channel
        self.wake()

    def wake(self) -> None:
        """Say that something was queued."""
        self._woken.set()

    def stop(self) -> None:
        """Have `run` return once what is being sent has been sent."""
        self._is_stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Send what is due until `stop`; what is being sent then is still brought to its end."""
        under_way: set[asyncio.Task[None]] = set()
        settles_at = 0.0
        while not self._is_stopping:
            self._woken.clear()
            try:
                claimed = await self._claim(MOST_AT_ONCE - len(under_way))
                if not claimed and await self.recall_due():
                    continue
                # It is only for show, so it need not follow each message at once.
                if not claimed and not under_way and time.monotonic() >= settles_at:
                    settles_at = time.monotonic() + LOOK_AGAIN
                    await self.settle_due()
            except Exception as error:  # such as the database being away: what is queued stays queued
                log.error("messages could not be posted: %s", type(error).__name__)
                claimed = []
            for each in claimed:
                task = asyncio.create_task(self._send(each))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            if not claimed:
                await self._until_woken(under_way)
        if under_way:
            await asyncio.wait(under_way)

    async def _until_woken(self, under_way: set[asyncio.Task[None]]) -> None:
        """Wait until something was queued or sent, or another process may have queued something."""
        waking = asyncio.create_task(self._woken.wait())
        await asyncio.wait({waking, *under_way}, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
        waking.cancel()

    async def send_due(self) -> int:
        """Send the first waiting message of each address, as far as the platforms' rates permit; return how many were tried."""
        claimed = await self._claim(MOST_AT_ONCE)
        await asyncio.gather(*(self._send(each) for each in claimed))
        return len(claimed)

    async def _claim(self, most: int) -> list[Claimed]:
        now, claimed = self._now(), []
        if most <= 0:
            return []
        # By a clock that was put forward every lease has ended, also of messages that others are sending at this moment.
        takes_over = not self._clock.was_moved_within(LEASE)
        async with self._database.transaction() as session:
            due = await outbox.due_postings(session, now, most, takes_over=takes_over)
            held = await self._held(session, due, now)
            for each in due:
                if (wait := held.get(each.posting.id)) is not None:
                    each.posting.not_before, each.posting.reason = now + wait, "outside_the_day's_hours"
                    continue
                channel = self._channels.get(each.address.channel)
                if channel is None:
                    each.posting.not_before, each.posting.reason = now + LONGEST_PAUSE, "channel_not_set_up"
                    continue
                wait_until = await take_turn(session, channel.paces(plain(each.address)), now)
                if wait_until is not None:
                    each.posting.not_before = wait_until
                    continue
                outbox.claim(each.posting, now, LEASE)
                claimed.append(each)
        return claimed

    async def _held(self, session: AsyncSession, due: Sequence[Claimed], now: datetime) -> dict[int, timedelta]:
        """Return what nobody asked for and was held up until a time that is none for its person, with how long it waits now."""
        late = [each.posting for each in due if each.posting.delivery_id is not None and now - each.posting.queued_at > PROMPT]
        if not late:
            return {}
        wanted = select(Person).where(Person.id.in_({posting.person_id for posting in late}))
        people = {person.id: person for person in await session.scalars(wanted)}
        waits = {posting.id: self._hold(people[posting.person_id]) for posting in late}
        # Not for longer than a moment of the machine's clock is taken at its word; then it is looked at again.
        return {number: min(wait, LONGEST_WAIT / 2) for number, wait in waits.items() if wait > timedelta()}

    async def _send(self, each: Claimed) -> None:
        try:
            with span("post", made_by(each.message.id), channel=each.address.channel, attempt=each.posting.attempts):
                await self._try(each)
        except Exception as error:  # such as the database being away: once the lease is over, the platform is asked
            log.error("a message's sending could not be recorded: %s", type(error).__name__)

    async def _try(self, each: Claimed) -> None:
        posting, channel, to = each.posting, self._channels[each.address.channel], plain(each.address)
        try:
            if each.address.closed_reason is not None:
                raise Unreachable(each.address.closed_reason)
            external_id = await channel.find(to, posting.id, posting.queued_at) if each.was_tried else None
            if external_id is None:
                external_id = await channel.send(to, offered(each.message), posting.id)
        except CannotTell as error:
            await self._resolve_doubt(each, str(error))
        except NotNow as error:
            await self._put_back(each, error)
        except Unreachable as error:
            log.warning("a message cannot be sent on %s: %s", to.channel, error.reason)
            if error.closes_address:
                async with self._database.transaction() as session:
                    await close_address(session, to.id, error.reason)
            await self._record(Ending(posting.id, PostingState.FAILED, self._now(), reason=error.reason))
        else:
            await self._record(Ending(posting.id, PostingState.SENT, self._now(), external_id))

    async def _record(self, ending: Ending) -> None:
        """Record how a message ended, together with all that end while another batch is being recorded."""
        self._endings.append(ending)
        async with self._recording:
            endings, self._endings = self._endings, []
            if endings:
                async with self._database.transaction() as session:
                    await outbox.end(session, endings)

    async def _resolve_doubt(self, each: Claimed, reason: str) -> None:
        """Decide on a message that may have gone out where nobody can be asked.

        An answer that somebody waits for is rather said twice than not at all; what the coach says of its own accord is not.
        """
        if each.posting.delivery_id is not None:
            await self._record(Ending(each.posting.id, PostingState.UNCERTAIN, self._now(), reason=reason))
            return
        async with self._database.transaction() as session:
            await outbox.put_back(session, each.posting.id, self._now(), reason, may_have_gone_out=False)

    async def _put_back(self, each: Claimed, error: NotNow) -> None:
        """Try again later. The platform's whole account pauses, so that others do not run into the same wall, or one conversation."""
        now, posting = self._now(), each.posting
        until = now + min(error.retry_after or _pause(posting.attempts), LONGEST_WAIT)
        log.info("a message on %s waits: %s", each.address.channel, error.reason)
        may_have_gone_out = error.may_have_gone_out or each.was_tried
        if now - posting.queued_at > STALE:
            state = PostingState.UNCERTAIN if may_have_gone_out else PostingState.FAILED
            await self._record(Ending(posting.id, state, now, reason=error.reason))
            return
        async with self._database.transaction() as session:
            await outbox.put_back(session, posting.id, until, error.reason, may_have_gone_out=may_have_gone_out)
            if paces := self._channels[each.address.channel].paces(plain(each.address)):
                await hold_back(session, paces[1 if error.of_conversation and len(paces) > 1 else 0], until)

    async def recall_due(self) -> int:
        """Take messages away again that somebody took back, at the platform's pace; return how many were tried."""
        now, claimed = self._now(), []
        async with self._database.transaction() as session:
            for posting, address in await due_recalls(session, now, MOST_AT_ONCE):
                channel = self._channels.get(address.channel)
                if channel is None:
                    await put_back_recall(session, posting, now + LONGEST_PAUSE)
                elif (wait_until := await take_turn(session, channel.paces(plain(address)), now)) is not None:
                    await put_back_recall(session, posting, wait_until)
                else:
                    claim_recall(posting, now, LEASE)
                    claimed.append((posting, plain(address)))
        await asyncio.gather(*(self._recall(posting, to) for posting, to in claimed))
        return len(claimed)

    async def _recall(self, posting: Posting, to: Address) -> None:
        reason: str | None = None
        try:
            await self._channels[to.channel].recall(to, posting.external_id or "")
        except NotNow as error:
            if posting.attempts < MOST_RECALLS:
                until = self._now() + min(error.retry_after or _pause(posting.attempts), LONGEST_WAIT)
                async with self._database.transaction() as session:
                    await put_back_recall(session, posting, until)
                    if error.retry_after and (paces := self._channels[to.channel].paces(to)):
                        await hold_back(session, paces[0], until)
                return
            reason = error.reason
        except Unreachable as error:
            reason = error.reason
        except Exception as error:  # whatever it is, once the lease is over it is tried again
            log.error("a message could not be taken back: %s", type(error).__name__)
            return
        async with self._database.transaction() as session:
            await end_recall(session, posting, reason)

    async def settle_due(self) -> int:
        """Take away, at the platform, choices that can no longer be taken; return how many messages were seen to."""
        async with self._database.transaction() as session:
            rows = await outbox.unsettled(session, MOST_AT_ONCE)
            for posting, _, _ in rows:
                posting.is_settled = True  # it is only for show: one that fails is not tried again
        for posting, address, message in rows:
            if (channel := self._channels.get(address.channel)) is None or posting.external_id is None:
                continue
            chosen = str(message.choices[message.chosen]["label"]) if message.chosen is not None else None
            try:
                await channel.settle(plain(address), posting.external_id, offered(message), chosen)
            except (NotNow, Unreachable) as error:
                log.info("choices on %s could not be taken away: %s", address.channel, error.reason)
        return len(rows)


def _pause(attempts: int) -> timedelta:
    """Return how long to wait after that many failures in a row: longer each time, and never the same for two senders."""
    longest: timedelta = min(LONGEST_PAUSE, PAUSE * 2 ** min(attempts, 10))
    return PAUSE + (longest - PAUSE) * random.random()
