"""What a lead may learn of answers: a reason a row, and nothing more by looking again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from bot.domain.broadcasts import BroadcastKind
from bot.domain.disclosure import Policy, Why
from bot.services.broadcasts.results import Told, tell_answers
from bot.storage.broadcast_answers import Answered
from bot.storage.tables import Broadcast
from tests.broadcast_stage import NOON, Stage

pytestmark = pytest.mark.anyio


def people(first: int, count: int) -> frozenset[str]:
    return frozenset(f"p{number}" for number in range(first, first + count))


def answered(reached: int, choices: Mapping[int, int]) -> Answered:
    """Return a poll's answers, given by the first people of those reached, choice after choice."""
    groups, first = {}, 0
    for choice, count in choices.items():
        groups[choice], first = people(first, count), first + count
    return Answered(people(0, reached), people(0, first), frozenset(), groups, {})


async def told(stage: Stage, broadcast: int, given: Answered, hours: int = 0, policy: Policy | None = None) -> Told:
    async with stage.database.transaction() as session:
        kept = await session.get_one(Broadcast, broadcast)
        return await tell_answers(session, kept, given, policy or Policy(), NOON + timedelta(hours=hours))


@pytest.fixture
async def poll(stage: Stage) -> int:
    return (await stage.broadcasts.drafts.create(stage.draft(kind=BroadcastKind.POLL, choices=("Time", "Money", "Beds")), "lead")).id


@pytest.mark.parametrize(
    ("reached", "given", "total", "choices", "reason"),
    [
        (30, {0: 10}, None, {}, "ten are too few"),
        (30, {0: 11, 1: 0}, 11, {1: 0}, "all alike: the total is told, and not what each of them chose"),
        (17, {0: 6, 1: 6}, None, {}, "five did not answer, and who was reached is known"),
        (12, {0: 6, 1: 6}, 12, {}, "nobody did not, and six are too few for a choice"),
        (50, {0: 15, 1: 15}, 30, {0: 15, 1: 15}, "enough on each, and enough who did not answer"),
        (35, {0: 15, 1: 15}, None, {}, "both choices together would tell that five did not answer"),
        (60, {0: 20, 1: 9, 2: 15}, 44, {0: 20}, "nine are too few, and fifteen beside them would tell the nine"),
    ],
)
async def test_the_rules_hold(
    stage: Stage, poll: int, reached: int, given: dict[int, int], total: int | None, choices: dict[int, int], reason: str
) -> None:
    found = await told(stage, poll, answered(reached, {choice: count for choice, count in given.items() if count}))
    assert found.total == total, reason
    assert found.choices == {choice: count for choice, count in choices.items() if count}, reason


async def test_who_looks_again_and_again_learns_no_single_answer(stage: Stage, poll: int) -> None:
    first = await told(stage, poll, answered(60, {0: 15, 1: 15}))
    assert (first.total, first.choices) == (30, {0: 15, 1: 15})
    for more in range(1, 11):
        later = answered(60, {0: 15, 1: 15})
        grown = Answered(later.reached, later.people | people(30, more), frozenset(), {**later.choices, 1: people(15, 15 + more)}, {})
        assert await told(stage, poll, grown, more) == first, "up to ten more answers change nothing"
    enough = Answered(people(0, 60), people(0, 41), frozenset(), {0: people(0, 15), 1: people(15, 26)}, {})
    assert await told(stage, poll, enough, 12) == Told(41, {0: 15, 1: 26}, {})


async def test_looking_again_would_tell_if_it_were_allowed(stage: Stage, poll: int) -> None:

    off = Policy(off=frozenset({Why.DIFFERENCE}))
    await told(stage, poll, answered(60, {0: 15, 1: 15}), policy=off)
    grown = Answered(people(0, 60), people(0, 31), frozenset(), {0: people(0, 15), 1: people(15, 16)}, {})
    assert (await told(stage, poll, grown, 1, off)).choices == {0: 15, 1: 16}


@pytest.mark.parametrize(
    ("raised", "in_words", "themes", "reason"),
    [
        ({"gm_trust": 5, "civility": 4}, 12, {"gm_trust": 5}, "a theme takes five"),
        ({"gm_trust": 8}, 10, {}, "in a group of eleven"),
        ({}, 12, {}, "nobody's theme was clear"),
    ],
)
async def test_themes_are_told_from_five_in_eleven(
    stage: Stage, poll: int, raised: dict[str, int], in_words: int, themes: dict[str, int], reason: str
) -> None:
    writers = people(0, in_words)
    given = Answered(people(0, 40), writers, writers, {}, {theme: people(0, count) for theme, count in raised.items()})
    assert (await told(stage, poll, given)).themes == themes, reason
