"""Whom a choice reaches, and whose it is to make: a reason a row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.access import Grant, Role
from bot.domain.broadcasts import Audience, Part
from bot.domain.posts import Post
from bot.services.broadcasts.refusals import Refused
from bot.storage.access import grant_role
from bot.storage.people import add_programme, enrol
from bot.storage.roster import add_cohort, join_forum
from bot.storage.tables import Forum, Person, Trust
from tests.broadcast_stage import NOON, Stage, add_people

pytestmark = pytest.mark.anyio


@pytest.fixture
async def filled(stage: Stage) -> Stage:
    """Give six people: in forum 1 p0 to p3 and in forum 2 p4 and p5; cohorts, trusts and posts by turns, and p5 stopped."""
    await add_people(stage.database, 4)
    await add_people(stage.database, 2, forum=2, first=4)
    async with stage.database.transaction() as session:
        await add_programme(session, "york", "York")
        session.add_all([Trust(id="aire", title="Aire"), Trust(id="ribble", title="Ribble"), Trust(id="far", title="Far")])
        first, _ = await add_cohort(session, "leeds", "2025")
        second, _ = await add_cohort(session, "leeds", "2026")
        other, _ = await add_cohort(session, "york", "2026")
        session.add(Forum(id=3, programme_id="york", title="Elsewhere", meets_at=None))
        await session.flush()
        assert (first.id, second.id, other.id) == (1, 2, 3)
        posts = [Post.DIRECTOR, Post.MANAGER, Post.NURSE_LEAD]
        for number in range(6):
            person = await session.get_one(Person, f"p{number}")
            person.cohort_id, person.trust_id, person.post = 1 + number % 2, ("aire", "ribble")[number // 3], posts[number % 3]
        (await session.get_one(Person, "p5")).stopped_at = NOON - timedelta(days=1)
        await grant_role(session, "p0", Grant(Role.FORUM_LEAD, "leeds", 2), by="test", now=NOON)
        await grant_role(session, "p1", Grant(Role.FORUM_LEAD, "york"), by="test", now=NOON)
    return stage


@pytest.mark.parametrize(
    ("audience", "reached", "left_out", "reason"),
    [
        (Audience("leeds"), 5, {"stopped": 1, "not_agreed": 0}, "everyone but whoever stopped; staff of other programmes take no part"),
        (Audience("leeds", forums=frozenset({2})), 1, {"stopped": 1}, "one forum"),
        (Audience("leeds", forums=frozenset({1, 2})), 5, {"stopped": 1}, "either forum will do"),
        (Audience("leeds", cohorts=frozenset({1})), 3, {}, "p0, p2, p4"),
        (Audience("leeds", trusts=frozenset({"aire"})), 3, {}, "p0, p1, p2"),
        (Audience("leeds", posts=frozenset({Post.DIRECTOR})), 2, {}, "p0, p3"),
        (Audience("leeds", parts=frozenset({Part.FORUM_LEAD})), 1, {}, "p0; a role in another programme is none here"),
        (Audience("leeds", parts=frozenset({Part.PARTICIPANT})), 4, {"stopped": 1}, "whoever has no role here"),
        (Audience("leeds", parts=frozenset({Part.PARTICIPANT, Part.FORUM_LEAD})), 5, {"stopped": 1}, "either will do"),
        (Audience("leeds", parts=frozenset({Part.ADMINISTRATOR})), 0, {}, "nobody"),
        (Audience("leeds", cohorts=frozenset({1}), trusts=frozenset({"aire"})), 2, {}, "both lists: p0, p2"),
        (
            Audience(
                "leeds", frozenset({1}), frozenset({"aire"}), frozenset({Post.DIRECTOR}), frozenset({1}), frozenset({Part.FORUM_LEAD})
            ),
            1,
            {},
            "every list: p0",
        ),
    ],
)
async def test_a_choice_reaches(filled: Stage, audience: Audience, reached: int, left_out: dict[str, int], reason: str) -> None:
    found = await filled.broadcasts.choosing.count(audience, "team")
    assert (found.reached, dict(found.left_out)) == (reached, {why: count for why, count in left_out.items() if count}), reason
    assert Audience.from_json(audience.as_json()) == audience, "it is kept as it was chosen"


@pytest.mark.parametrize(
    ("actor", "audience", "says", "reason"),
    [
        ("lead", Audience("leeds"), "audience_not_yours", "a lead of one forum has not the whole programme"),
        ("lead", Audience("leeds", cohorts=frozenset({1})), "audience_not_yours", "nor a cohort of it"),
        ("lead", Audience("leeds", forums=frozenset({1, 2})), "audience_not_yours", "nor another forum beside theirs"),
        ("team", Audience("york"), "audience_not_yours", "another programme"),
        ("team", Audience("nowhere"), "audience_not_yours", "no programme"),
        ("team", Audience("leeds", forums=frozenset({3})), "no_such_forum", "another programme's forum"),
        ("team", Audience("leeds", cohorts=frozenset({3})), "no_such_cohort", "another programme's cohort"),
        ("team", Audience("leeds", trusts=frozenset({"moon"})), "no_such_trust", "no trust"),
    ],
)
async def test_a_choice_that_cannot_be_made_is_refused_alike_when_counted_and_when_kept(
    filled: Stage, actor: str, audience: Audience, says: str, reason: str
) -> None:
    for work in (
        filled.broadcasts.choosing.count(audience, actor),
        filled.broadcasts.drafts.create(filled.draft(audience=audience), actor),
    ):
        with pytest.raises(Refused) as raised:
            await work
        assert raised.value.says == says, reason


async def test_each_is_offered_what_is_theirs(filled: Stage) -> None:
    [whole] = await filled.broadcasts.choosing.shelves("team")
    assert (whole.id, whole.is_whole, [title for _, title in whole.forums]) == ("leeds", True, ["CD Forum", "Other Forum"])
    assert whole.cohorts == [("1", "2025"), ("2", "2026")]
    assert whole.trusts == [("aire", "Aire"), ("ribble", "Ribble")], "only where somebody of the programme works"
    [part] = await filled.broadcasts.choosing.shelves("lead")
    assert (part.is_whole, part.forums) == (False, [("1", "CD Forum")])
    assert await filled.broadcasts.choosing.shelves("p2") == []


@pytest.mark.parametrize(
    ("audience", "is_asked", "reason"),
    [
        (Audience("leeds", cohorts=frozenset({1, 2})), True, "both cohorts are everyone"),
        (Audience("leeds", forums=frozenset({1, 2})), True, "so are both forums"),
        (Audience("leeds", posts=frozenset(Post)), True, "and all posts"),
        (Audience("leeds", cohorts=frozenset({1})), False, "one cohort is not"),
        (Audience("leeds", forums=frozenset({1})), False, "one forum was named"),
    ],
)
async def test_lists_that_come_to_everyone_need_the_number_too(filled: Stage, audience: Audience, is_asked: bool, reason: str) -> None:
    async with filled.database.transaction() as session:
        await enrol(session, "late", name="Late", time_zone="Europe/London", now=NOON, programme_id="leeds")
        await join_forum(session, 1, "late")
    kept = await filled.broadcasts.drafts.create(filled.draft(audience=audience), "team")
    if is_asked:
        with pytest.raises(Refused, match="type_the_count"):
            await filled.broadcasts.sending.send(kept.id, 1, "team")
    sent = await filled.broadcasts.sending.send(kept.id, 1, "team", 5 if is_asked else None)
    assert sent.recipients == (await filled.broadcasts.choosing.count(audience, "team")).reached, reason
