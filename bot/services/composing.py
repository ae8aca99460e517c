"""What the coach says of its own accord, in words: from the content and the database, without the dialogue engine."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import presented
from bot.content.toolkit import Toolkit
from bot.domain.broadcasts import BroadcastState
from bot.domain.messages import Reply
from bot.domain.quarter import Quarter
from bot.domain.surveys import Subject
from bot.domain.timing import WEEK
from bot.domain.wording import say_day, say_moment
from bot.services.broadcasts.readers import Readers, find_readers
from bot.services.broadcasts.wording import say_broadcast
from bot.services.reports import Reports
from bot.services.rounds import open_round
from bot.settings import SettingsFile
from bot.storage.counterparts import counterpart_named
from bot.storage.plans import check_ins_until
from bot.storage.tables import (
    Broadcast,
    CheckIn,
    CheckInState,
    Delivery,
    DeliveryKind,
    Person,
    Plan,
    Reflection,
)


@dataclass(frozen=True, slots=True)
class Gone:
    """What a delivery was about is no longer there to be asked about."""

    reason: str


NO_LONGER_DUE = Gone("no longer due")
# Under this name a session holds for whom broadcasts are put into words.
_READERS = "readers"


class Composer:
    """Puts deliveries into words. What a batch needs is read beforehand, so that one of them costs no round trip."""

    def __init__(self, toolkit_of: Callable[[str | None], Toolkit], settings: SettingsFile) -> None:
        self._toolkit_of, self._reports = toolkit_of, Reports(settings)

    async def prepare(self, session: AsyncSession, deliveries: Sequence[Delivery]) -> Mapping[int, object]:
        """Read what these deliveries are about; the session keeps it, and so must the caller while it composes."""
        of_kind = {kind: [d.subject_id for d in deliveries if d.kind is kind] for kind in DeliveryKind}
        kept: dict[int, object] = {}
        if check_ins := of_kind[DeliveryKind.CHECK_IN] + of_kind[DeliveryKind.REMINDER]:
            rows = await session.execute(select(CheckIn, Plan).join(Plan, Plan.id == CheckIn.plan_id).where(CheckIn.id.in_(check_ins)))
            kept.update({id(row): row for row in rows.all()})
        if reflections := of_kind[DeliveryKind.REFLECTION]:
            found = await session.scalars(select(Reflection).where(Reflection.id.in_(reflections)))
            kept.update({id(row): row for row in found})
        if any(of_kind[DeliveryKind.BROADCAST]):
            pairs = [(each.subject_id, each.person_id) for each in deliveries if each.kind is DeliveryKind.BROADCAST]
            # Two ticks may be at work side by side, each in a session of its own.
            session.info[_READERS] = await find_readers(session, pairs)
        return kept

    async def is_due(self, session: AsyncSession, delivery: Delivery) -> bool:
        """Return whether what the delivery is about is still to be asked."""
        if delivery.kind is DeliveryKind.CHECK_IN:
            check_in = await session.get(CheckIn, delivery.subject_id)
            return check_in is not None and check_in.state is CheckInState.QUEUED and check_in.due_at == delivery.due_at
        if delivery.kind is DeliveryKind.REMINDER:
            check_in = await session.get(CheckIn, delivery.subject_id)
            return check_in is not None and check_in.state is CheckInState.ASKED
        if delivery.kind is DeliveryKind.REFLECTION:
            return await session.get(Reflection, delivery.subject_id) is not None
        if delivery.kind is DeliveryKind.BROADCAST:
            broadcast = await session.get(Broadcast, delivery.subject_id)
            return broadcast is not None and broadcast.state in (BroadcastState.SENDING, BroadcastState.PAUSED)
        if delivery.kind is DeliveryKind.SURVEY:
            subject = Subject.named(delivery.source)
            return subject.counterpart is None or await counterpart_named(session, subject) is not None
        return True

    async def compose(self, session: AsyncSession, delivery: Delivery, person: Person, now: datetime) -> list[Reply]:
        """Return what is said, and record that it was asked."""
        toolkit = self._toolkit_of(person.programme_id)
        if delivery.kind is DeliveryKind.REPORT:
            return await self._reports.write(session, toolkit, person, Quarter.at(delivery.subject_id))
        if delivery.kind is DeliveryKind.BROADCAST:
            readers: Readers = session.info[_READERS]
            found = readers.broadcasts[delivery.subject_id]
            return [say_broadcast(toolkit, found, readers.authors.get(found.sender_id or "", ""), readers.reader(found, person))]
        return await _COMPOSERS[delivery.kind](session, toolkit, delivery, now)


async def _check_in(session: AsyncSession, toolkit: Toolkit, delivery: Delivery, now: datetime) -> list[Reply]:
    check_in, plan = await _check_in_of(session, delivery)
    check_in.state, check_in.asked_at = CheckInState.ASKED, now
    zone = ZoneInfo((await session.get_one(Person, delivery.person_id)).time_zone)
    agreed = check_in.due_at.astimezone(zone).date()
    if now.astimezone(zone).date() > agreed:
        return [presented.check_in(toolkit, check_in.id, plan.words, "check_in.ask_late", day=say_day(agreed))]
    return [presented.check_in(toolkit, check_in.id, plan.words, "check_in.ask")]


async def _reminder(session: AsyncSession, toolkit: Toolkit, delivery: Delivery, _now: datetime) -> list[Reply]:
    check_in, plan = await _check_in_of(session, delivery)
    return [presented.check_in(toolkit, check_in.id, plan.words, "check_in.remind")]


async def _check_in_of(session: AsyncSession, delivery: Delivery) -> tuple[CheckIn, Plan]:
    check_in = await session.get_one(CheckIn, delivery.subject_id)
    return check_in, await session.get_one(Plan, check_in.plan_id)


async def _survey(session: AsyncSession, toolkit: Toolkit, delivery: Delivery, now: datetime) -> list[Reply]:
    subject = Subject.named(delivery.source)
    opened = await open_round(session, toolkit, delivery.person_id, subject, int(delivery.occurrence), delivery.due_at, now)
    delivery.subject_id = opened.id
    rated = await counterpart_named(session, subject)
    first = toolkit.items[opened.items[0]["item"]]
    return [presented.survey_item(toolkit, first, [presented.survey_begin(toolkit, len(opened.items), rated[1].name if rated else None)])]


async def _digest(session: AsyncSession, toolkit: Toolkit, delivery: Delivery, now: datetime) -> list[Reply]:
    person = await session.get_one(Person, delivery.person_id)
    plans = await check_ins_until(session, person.id, now + WEEK)
    zone = ZoneInfo(person.time_zone)
    prompts = toolkit.prompts_on(plans[0][1].theme or "") if plans else []
    prompts = prompts or list(toolkit.prompts.values())
    # Another one every week, and not the same for everybody at once.
    turn = now.astimezone(zone).date().toordinal() // 7 + zlib.crc32(person.id.encode())
    return [
        presented.digest(toolkit, [say_moment(check_in.due_at.astimezone(zone)) for check_in, _ in plans], prompts[turn % len(prompts)])
    ]


async def _reflection(session: AsyncSession, toolkit: Toolkit, delivery: Delivery, now: datetime) -> list[Reply]:
    reflection = await session.get_one(Reflection, delivery.subject_id)
    return [presented.reflection_return(toolkit, reflection.id, (now.date() - reflection.kept_at.date()).days)]


async def _go_on(_session: AsyncSession, toolkit: Toolkit, _delivery: Delivery, _now: datetime) -> list[Reply]:
    return [presented.go_on(toolkit)]


_COMPOSERS = {
    DeliveryKind.CHECK_IN: _check_in,
    DeliveryKind.REMINDER: _reminder,
    DeliveryKind.SURVEY: _survey,
    DeliveryKind.REFLECTION: _reflection,
    DeliveryKind.DIGEST: _digest,
    DeliveryKind.GO_ON: _go_on,
}
