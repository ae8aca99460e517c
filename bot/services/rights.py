"""What a person may ask about their own data: a copy of all of it, and its erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select

from bot.storage import counterparts
from bot.storage.database import Database
from bot.storage.people import find_person
from bot.storage.posts import forget_post
from bot.storage.tables import (
    Activity,
    Address,
    CheckIn,
    Closeness,
    Counterpart,
    Delivery,
    ForumMember,
    Guess,
    Inbound,
    Message,
    Plan,
    Posting,
    Reflection,
    RoleGrant,
    Schedule,
    SurveyAnswer,
    SurveyRound,
)

# Everything that refers to a person, children before parents.
PERSONAL = (
    SurveyAnswer,
    SurveyRound,
    CheckIn,
    Plan,
    Reflection,
    Posting,
    Inbound,
    Message,
    Delivery,
    Schedule,
    Address,
    Activity,
    Closeness,
    Guess,
    Counterpart,
)
# What the roster says of a person, which stays as long as their place on it.
ON_THE_ROSTER = (ForumMember, RoleGrant)
_NOT_THEIRS = {
    "conversation_key",
    "id",
    "person_id",
    "claimed_until",
    "attempts",
    "place",
    "not_before",
    "is_settled",
    "is_told",
    "address_id",
    "code_key",
    "rater_id",
}


async def export(database: Database, person_id: str) -> dict[str, Any] | None:
    """Return everything that is held about a person, by table, moments as ISO 8601; none when there is nobody."""
    async with database.reading() as session:
        person = await find_person(session, person_id)
        if person is None:
            return None
        held: dict[str, Any] = {"person": {"id": person.id, **_plain(person)}}
        for table in (*PERSONAL, *ON_THE_ROSTER):
            rows = (await session.scalars(select(table).where(table.person_id == person_id).order_by(*table.__table__.primary_key))).all()
            held[table.__tablename__] = [_plain(row) for row in rows]
    return held


async def erase(database: Database, person_id: str) -> bool:
    """Delete all that a person wrote and all that was derived from it; return False when there is nobody.

    Their place on the roster stays, without consent and under a new conversation key; the engine's tracker of the old key
    is removed too.
    """
    async with database.reading() as session:
        person = await find_person(session, person_id)
    if person is None:
        return False
    # First, because its key is forgotten with the rest: should it fail, everything can be tried again.
    await database.forget_tracker(person.conversation_key)
    async with database.transaction() as session:
        person = await find_person(session, person_id)
        if person is None:
            return False
        await counterparts.forget(session, person_id)
        for table in PERSONAL:
            await session.execute(delete(table).where(table.person_id == person_id))
        person.conversation_key = uuid4().hex
        person.consent_version = person.consented_at = person.stopped_at = person.snoozed_until = person.last_message_at = None
        person.availability = person.was_asked_to_go_on_at = None
        forget_post(person)
    return True


def _plain(row: Any) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs if column.key not in _NOT_THEIRS}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}
