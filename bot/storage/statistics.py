"""Counts by person of what happened in a closed period: the raw material of figures, which `bot.services.releases` tells."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Interval, Select, and_, case, exists, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.storage.tables import (
    Activity,
    CheckIn,
    CheckInState,
    Closeness,
    Counterpart,
    Delivery,
    DeliveryKind,
    DeliveryState,
    ForumMember,
    Guess,
    Happening,
    Inbound,
    Message,
    Outcome,
    Person,
    PersonKind,
    Plan,
    Reflection,
    Side,
    SurveyRound,
)

# For one thing that is counted, how often each person did it.
ByPerson = dict[str, int]
# An answer within this many seconds came while the person was still looking.
QUICK = 5


async def first_moment(session: AsyncSession) -> datetime | None:
    """Return when anything was first counted, or the first round of a survey fell due; none before either."""
    moments = [await session.scalar(select(func.min(Activity.at))), await session.scalar(select(func.min(SurveyRound.due_at)))]
    return min((moment for moment in moments if moment is not None), default=None)


async def participants(session: AsyncSession) -> dict[str, Person]:
    """Return the people who agreed to take part, by id; whoever was only invited to rate somebody takes no part themselves.

    Nor is whoever objected to being counted among them.
    """
    wanted = select(Person).where(Person.consented_at.is_not(None), Person.kind == PersonKind.PARTICIPANT, Person.objected_at.is_(None))
    return {person.id: person for person in await session.scalars(wanted)}


async def raters(session: AsyncSession) -> dict[int, tuple[str, str | None]]:
    """Return who rates by the invitation's number: the rater's id, and the programme of whom they rate."""
    rows = await session.execute(
        select(Counterpart.id, Counterpart.rater_id, Person.programme_id)
        .join(Person, Person.id == Counterpart.person_id)
        .where(Counterpart.rater_id.is_not(None))
    )
    return {number: (str(rater), programme) for number, rater, programme in rows}


async def forums_of(session: AsyncSession) -> dict[str, set[str]]:
    """Return the members of each forum."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for forum, person in await session.execute(select(ForumMember.forum_id, ForumMember.person_id)):
        found[str(forum)].add(person)
    return dict(found)


async def count_use(session: AsyncSession, first: datetime, end: datetime) -> dict[str, ByPerson]:
    """Return what people did from `first` on and before `end`, each thing by its name."""

    def within(moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]) -> ColumnElement[bool]:
        return and_(moment >= first, moment < end)

    counted: dict[str, ByPerson] = {}
    kinds = await session.execute(
        select(Activity.kind, Activity.person_id, func.count()).where(within(Activity.at)).group_by(Activity.kind, Activity.person_id)
    )
    for kind, person, count in kinds:
        counted.setdefault(Happening(kind).value, {})[person] = count
    for happening in Happening:
        counted.setdefault(happening.value, {})
    has_when = exists().where(CheckIn.plan_id == Plan.id)
    asked = (within(CheckIn.asked_at), CheckIn.state.in_([CheckInState.ANSWERED, CheckInState.UNANSWERED]))
    surveys = (Delivery.kind == DeliveryKind.SURVEY, within(Delivery.due_at))
    quick = Inbound.answered_at <= _later(session, Inbound.received_at, QUICK)
    queries: dict[str, Select[str, int]] = {
        "turns": _each(Message.person_id, within(Message.at), Message.side == Side.PERSON),
        "plans_made": _each(Plan.person_id, within(Plan.made_at)),
        "plans_with_when": _each(Plan.person_id, within(Plan.made_at), has_when),
        "reflections": _each(Reflection.person_id, within(Reflection.kept_at)),
        "follow_ups": _each(CheckIn.person_id, *asked),
        "follow_ups_kept": _each(CheckIn.person_id, *asked, CheckIn.outcome == Outcome.DONE),
        "follow_ups_partly": _each(CheckIn.person_id, *asked, CheckIn.outcome == Outcome.PARTLY),
        "follow_ups_missed": _each(CheckIn.person_id, *asked, CheckIn.outcome == Outcome.MISSED),
        "follow_ups_silent": _each(CheckIn.person_id, *asked, CheckIn.state == CheckInState.UNANSWERED),
        "surveys_sent": _each(Delivery.person_id, *surveys, Delivery.state.in_([DeliveryState.SENT, DeliveryState.ANSWERED])),
        "surveys_answered": _each(Delivery.person_id, *surveys, Delivery.state == DeliveryState.ANSWERED),
        "messages_sent": _each(Delivery.person_id, within(Delivery.due_at), Delivery.sent_at.is_not(None)),
        "messages_failed": _each(
            Delivery.person_id, within(Delivery.due_at), Delivery.state.in_([DeliveryState.FAILED, DeliveryState.EXPIRED])
        ),
        "answers": _each(Inbound.person_id, within(Inbound.received_at), Inbound.answered_at.is_not(None)),
        "answers_quick": _each(Inbound.person_id, within(Inbound.received_at), quick),
        "opt_outs": _each(Person.id, within(Person.stopped_at), Person.stopped_at > Person.consented_at),
    }
    for name, query in queries.items():
        counted[name] = {row[0]: row[1] for row in await session.execute(query)}
    guesses = await session.execute(select(Guess.person_id, Guess.offered, Guess.chosen).where(within(Guess.at)))
    counted["guesses"], counted["guesses_first"] = {}, {}
    for person, offered, chosen in guesses:
        counted["guesses"][person] = counted["guesses"].get(person, 0) + 1
        if offered and offered[0] == chosen:
            counted["guesses_first"][person] = counted["guesses_first"].get(person, 0) + 1
    active: ByPerson = {}
    for name in (*Happening, "turns", "plans_made", "reflections"):
        for person in counted[str(name)]:
            active[person] = 1
    counted["active"] = active
    return counted


async def count_before(session: AsyncSession, moment: datetime) -> set[str]:
    """Return the people who had done anything before a moment."""
    return set(await session.scalars(select(Activity.person_id).where(Activity.at < moment).distinct()))


async def raisers(session: AsyncSession, first: datetime, end: datetime, kind: Happening | None) -> dict[str, set[str]]:
    """Return who raised each theme; of one kind of happening, or of all that set a scene or heard a challenge."""
    kinds = [kind] if kind else [Happening.CHALLENGE_HEARD, Happening.SCENARIO_STARTED]
    rows = await session.execute(
        select(Activity.theme, Activity.person_id)
        .where(Activity.at >= first, Activity.at < end, Activity.kind.in_(kinds), Activity.theme.is_not(None))
        .distinct()
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for theme, person in rows:
        found[str(theme)].add(person)
    return dict(found)


async def closeness(session: AsyncSession, end: datetime) -> dict[str, dict[str, str]]:
    """Return, by scenario, what people said before a moment of how close it was to their work; the last answer of each."""
    rows = await session.execute(
        select(Closeness.scenario, Closeness.person_id, Closeness.answer).where(Closeness.at < end).order_by(Closeness.id)
    )
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for scenario, person, answer in rows:
        found[scenario][person] = answer.value
    return dict(found)


async def goals(session: AsyncSession, first: datetime, end: datetime) -> tuple[dict[str, float], dict[str, bool]]:
    """Return each person's mean rating of how a plan went (0 to 10), and whether they kept one of those that were asked about."""
    rows = await session.execute(
        select(
            CheckIn.person_id,
            func.avg(CheckIn.rating),
            func.max(case((CheckIn.outcome == Outcome.DONE, 1), else_=0)),
        )
        .where(CheckIn.asked_at >= first, CheckIn.asked_at < end, CheckIn.state == CheckInState.ANSWERED)
        .group_by(CheckIn.person_id)
    )
    ratings: dict[str, float] = {}
    kept: dict[str, bool] = {}
    for person, rating, done in rows:
        kept[person] = bool(done)
        if rating is not None:
            ratings[person] = float(rating)
    return ratings, kept


def _each(person: InstrumentedAttribute[str], *conditions: ColumnElement[bool]) -> Select[str, int]:
    return select(person, func.count()).where(*conditions).group_by(person)


def _later(session: AsyncSession, moment: InstrumentedAttribute[datetime], seconds: int) -> ColumnElement[datetime]:
    """Return SQL for a moment some seconds later, on either database."""
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m-%d %H:%M:%f", moment, f"+{seconds} seconds")
    return moment + literal(timedelta(seconds=seconds), Interval())
