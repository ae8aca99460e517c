"""A year of made-up measures for the sample programmes: waves, looking back, the other side, and what the quality page shows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.schema import Instrument
from bot.content.toolkit import Toolkit
from bot.domain.posts import Post
from bot.domain.surveys import COUNTERPART, Subject
from bot.storage.people import enrol
from bot.storage.tables import (
    Activity,
    Closeness,
    ClosenessAnswer,
    Counterpart,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Guess,
    Happening,
    Person,
    PersonKind,
    Relation,
    RoundState,
    SurveyRound,
)

# What an item moves by in a year, in points of its scale, on average; people's own changes lie about it.
_MOVES = {"involved_early": 0.7, "last_word": 0.5, "bad_news_safe": 0.4, "fixing_not_blaming": 0.3, "next_conversation": 1.4}
_RATERS_SHARE = 0.75
_POSTS = [Post.DIRECTOR, Post.DIRECTOR, Post.MANAGER, Post.NURSE_LEAD]


async def measure_sample(session: AsyncSession, toolkit: Toolkit, people: list[Person], dice: random.Random, now: datetime) -> None:
    """Make up what these people and those whom they invited were asked since they joined, and what they answered."""
    for number, person in enumerate(people):
        person.post = _POSTS[number % len(_POSTS)]
        temper = {item: dice.gauss(0, 0.7) for item in toolkit.items}
        _answer_waves(session, toolkit, toolkit.instruments["waves"], Subject("waves"), person, person.joined_at, temper, dice, now)
        if dice.random() < _RATERS_SHARE:
            await _be_rated(session, toolkit, person, dice, now)
        _look_at_scenarios(session, toolkit, person, dice, now)


async def _be_rated(session: AsyncSession, toolkit: Toolkit, person: Person, dice: random.Random, now: datetime) -> None:
    """Have a made-up colleague rate somebody."""
    rater = await enrol(
        session,
        f"{person.id}-colleague",
        name="Sample colleague",
        time_zone=person.time_zone,
        now=person.joined_at,
        programme_id=person.programme_id,
        kind=PersonKind.COUNTERPART,
    )
    rater.consent_version, rater.consented_at, rater.stopped_at = person.consent_version, person.joined_at, person.joined_at
    accepted = person.joined_at + timedelta(days=dice.randint(2, 20))
    invitation = Counterpart(
        person_id=person.id,
        relation=dice.choice(list(Relation)),
        code_key=f"sample {person.id}",
        invited_at=person.joined_at,
        expires_at=accepted + timedelta(days=21),
        rater_id=rater.id,
        accepted_at=accepted,
    )
    session.add(invitation)
    await session.flush()
    temper = {item: dice.gauss(0, 0.7) for item in toolkit.items}
    subject = Subject(COUNTERPART, invitation.id)
    _answer_waves(session, toolkit, toolkit.instruments[COUNTERPART], subject, rater, accepted, temper, dice, now)


def _answer_waves(
    session: AsyncSession,
    toolkit: Toolkit,
    instrument: Instrument,
    subject: Subject,
    person: Person,
    since: datetime,
    temper: dict[str, float],
    dice: random.Random,
    now: datetime,
) -> None:
    last = len(instrument.after_days) - 1
    # Most answer every time; some drop out, which the pictures of a real year show too.
    stays = dice.random() < 0.95
    for wave, days in enumerate(instrument.after_days, 1):
        asked = since + timedelta(days=days, hours=dice.randint(0, 50))
        if asked > now or (wave > 1 and not stays):
            break
        items = [(item, toolkit.items[item].version) for item in instrument.items_of(wave)]
        answers = {}
        for item, version in items:
            points = [point.value for point in toolkit.scales[toolkit.items[item].scale].points]
            middle = points[0] + (points[-1] - points[0]) * 0.45
            so_far = (wave - 1) / last
            # Looking back, people find that it had been worse than they said at the time.
            moved = -0.35 if item.endswith("_then") else _MOVES.get(item, 0.45 if item.startswith("together") else 0.2) * so_far
            value = min(points[-1], max(points[0], round(middle + temper[item] * len(points) / 5 + moved + dice.gauss(0, 0.6))))
            answers[item] = [version, value, (asked + timedelta(hours=1)).isoformat(), False]
        session.add(closed_round(person.id, subject.name, wave, items, answers, asked))


def closed_round(
    person_id: str, name: str, number: int, items: Sequence[tuple[str, int]], answers: dict[str, Any], asked: datetime
) -> SurveyRound:
    """Return a round that was asked and answered, its answers as `bot.storage.surveys` keeps them."""
    return SurveyRound(
        person_id=person_id,
        instrument=name,
        number=number,
        items=[{"item": item, "version": version} for item, version in items],
        answers=answers,
        state=RoundState.CLOSED,
        due_at=asked,
        asked_at=asked,
        closed_at=asked + timedelta(hours=3),
    )


def _look_at_scenarios(session: AsyncSession, toolkit: Toolkit, person: Person, dice: random.Random, now: datetime) -> None:
    """Make up what the quality page is made of: closeness, guesses, what was not understood, and deliveries of surveys."""
    weeks = max(1, (now - person.joined_at).days // 7)
    popular = list(toolkit.scenarios.values())[:12]
    themes = list(toolkit.themes)
    for scenario in dice.sample(popular, 5):
        at = person.joined_at + timedelta(weeks=dice.randint(0, weeks - 1))
        answer = dice.choices(list(ClosenessAnswer), [5, 3, 2])[0]
        session.add(Closeness(person_id=person.id, scenario=scenario.id, scenario_version=scenario.version, answer=answer, at=min(at, now)))
    for week in range(weeks):
        at = person.joined_at + timedelta(weeks=week, hours=dice.randint(0, 9))
        if dice.random() < 0.14:
            session.add(Activity(person_id=person.id, kind=Happening.NOT_UNDERSTOOD, theme=dice.choice(themes[:4]), scenario=None, at=at))
        if dice.random() < 0.2:
            offered = dice.sample(themes, 3)
            session.add(Guess(person_id=person.id, offered=offered, chosen=dice.choices(offered, [6, 3, 1])[0], words=None, at=at))
        if week % 4 == 0:
            was_answered = dice.random() < 0.7
            session.add(
                Delivery(
                    person_id=person.id,
                    kind=DeliveryKind.SURVEY,
                    source="survey:sample",
                    occurrence=str(week),
                    subject_id=0,
                    state=DeliveryState.ANSWERED if was_answered else DeliveryState.SENT,
                    due_at=at,
                    not_before=at,
                    expires_at=at + timedelta(days=5),
                    queued_at=at,
                    sent_at=at,
                    answered_at=at + timedelta(hours=2) if was_answered else None,
                    is_told=True,
                )
            )
