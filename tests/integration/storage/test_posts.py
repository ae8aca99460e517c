"""Which post somebody holds: by the roster, by their own word, or by who invited them; forgotten with the rest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.posts import Post
from bot.services.rights import erase
from bot.storage.counterparts import invite
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.posts import note_post, post_of
from bot.storage.tables import Person, PersonKind, Relation
from tests.conftest import NOON

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("kind", "before", "after", "reason"),
    [
        (PersonKind.PARTICIPANT, None, Post.NURSE_LEAD, "nobody had said"),
        (PersonKind.PARTICIPANT, Post.MANAGER, Post.NURSE_LEAD, "their word counts"),
        (PersonKind.STAFF, None, None, "they take no part"),
        (PersonKind.COUNTERPART, None, None, "who invited them says what they are"),
    ],
)
async def test_a_post_is_kept_as_it_is_told(
    database: Database, kind: PersonKind, before: Post | None, after: Post | None, reason: str
) -> None:
    async with database.transaction() as session:
        person = await enrol(session, "anna", name="Anna", time_zone="Europe/London", now=NOON, kind=kind, post=before)
        assert await post_of(session, person) is before, reason
        note_post(person, Post.NURSE_LEAD)
    async with database.reading() as session:
        assert await post_of(session, await session.get_one(Person, "anna")) is after, reason


async def test_who_rates_somebody_is_what_they_were_invited_as(database: Database) -> None:
    async with database.transaction() as session:
        await enrol(session, "anna", name="Anna", time_zone="Europe/London", now=NOON)
        greg = await enrol(session, "greg", name="Greg", time_zone="Europe/London", now=NOON, kind=PersonKind.COUNTERPART)
        invited = await invite(session, "anna", Relation.GENERAL_MANAGER, "key", NOON, NOON + timedelta(days=1))
        assert await post_of(session, greg) is None
        invited.rater_id = "greg"
        await session.flush()
        assert await post_of(session, greg) is Post.MANAGER


async def test_what_somebody_said_of_themselves_is_erased_too(database: Database) -> None:
    async with database.transaction() as session:
        note_post(await enrol(session, "anna", name="Anna", time_zone="Europe/London", now=NOON), Post.MANAGER)
    await erase(database, "anna")
    async with database.reading() as session:
        assert (await session.get_one(Person, "anna")).post is None
