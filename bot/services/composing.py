"""What the coach says of its own accord, in words: from the content and the database, without the dialogue engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import presented
from bot.content.toolkit import Toolkit
from bot.domain.messages import Reply
from bot.domain.surveys import items_of_round
from bot.storage.surveys import find_or_add_round
from bot.storage.tables import (
    CheckIn,
    CheckInState,
    Delivery,
    DeliveryKind,
    Person,
    Plan,
    Reflection,
    RoundState,
    SurveyRound,
)


@dataclass(frozen=True, slots=True)
class Gone:
    """What a delivery was about is no longer there to be asked about."""

    reason: str


NO_LONGER_DUE = Gone("no longer due")


class Composer:
    """Puts deliveries into words. What a batch needs is read beforehand, so that one of them costs no round trip."""

    def __init__(self, toolkit_of: Callable[[str | None], Toolkit]) -> None:
        self._toolkit_of = toolkit_of

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
        return True

    async def compose(self, session: AsyncSession, delivery: Delivery, person: Person, now: datetime) -> list[Reply]:
        """Return what is said, and record that it was asked."""
        toolkit = self._toolkit_of(person.programme_id)
        return await _COMPOSERS[delivery.kind](session, toolkit, delivery, now)


async def _check_in(session: AsyncSession, toolkit: Toolkit, delivery: Delivery, now: datetime) -> list[Reply]:
    check_in, plan = await _check_in_of(session, delivery)
    check_in.state, check_in.asked_at = CheckInState.ASKED, now
    return [presented.check_in(toolkit, check_in.id, plan.words, "check_in.ask")]


async def _reminder(session: AsyncSession, toolkit: Toolkit, delivery: Delivery, _now: datetime) -> list[Reply]:
    check_in, plan = await _check_in_of(session, delivery)
    return [presented.check_in(toolkit, check_in.id, plan.words, "check_in.remind")]


async def _check_in_of(session: AsyncSession, delivery: Delivery) -> tuple[CheckIn, Plan]:
    check_in = await session.get_one(CheckIn, delivery.subject_id)
    return check_in, await session.get_one(Plan, check_in.plan_id)


async def _survey(session: AsyncSession, toolkit: Toolkit, delivery: Delivery, now: datetime) -> list[Reply]:
    instrument = toolkit.instruments[delivery.source.partition(":")[2]]
    number = int(delivery.occurrence)
    items = items_of_round(number, instrument.rotating, instrument.rotating_per_round, instrument.anchor)
    items += instrument.then if number > 1 else ()
    survey_round = await find_or_add_round(
        session,
        delivery.person_id,
        instrument.id,
        number,
        [(item, toolkit.items[item].version) for item in items],
        delivery.due_at,
    )
    survey_round.state, survey_round.asked_at = RoundState.ASKED, now
    delivery.subject_id = survey_round.id
    return [_first_item(toolkit, survey_round)]


def _first_item(toolkit: Toolkit, survey_round: SurveyRound) -> Reply:
    first = toolkit.items[survey_round.items[0]["item"]]
    return presented.survey_item(toolkit, first, [presented.survey_begin(toolkit, len(survey_round.items))])


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
    DeliveryKind.GO_ON: _go_on,
}
