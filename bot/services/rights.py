"""What a person may ask about their own data: a copy, a correction, that one thing or all of it goes, and to be counted no more."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select, update

from bot.services.roles import say_grant
from bot.services.roster.keeping import Entry, entry_of
from bot.storage import counterparts
from bot.storage.audit import note_action
from bot.storage.database import Database
from bot.storage.deliveries import cancel_queued
from bot.storage.erasures import erasure_key, note_erasure
from bot.storage.people import find_person
from bot.storage.posts import forget_post
from bot.storage.surveys import answers_in, answers_of, find_round, forget_answers, keep_answer, rounds_of
from bot.storage.tables import (
    Base,
    DeliveryKind,
    ForumMember,
    Guess,
    Identity,
    Message,
    Person,
    PersonKind,
    Plan,
    Receipt,
    Reflection,
    RoleGrant,
    Side,
    WebSession,
)

# What the roster says of a person, which stays as long as their place on it.
ON_THE_ROSTER: tuple[Any, ...] = (ForumMember, RoleGrant, Identity)


def _personal() -> tuple[Any, ...]:
    """Return every table with a column `person_id` but the roster's, children before parents, so that a new one is never forgotten."""
    classes = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    tables = [table for table in reversed(Base.metadata.sorted_tables) if "person_id" in table.columns]
    return tuple(classes[table] for table in tables if classes[table] not in ON_THE_ROSTER)


PERSONAL = _personal()
# What can be deleted or corrected one at a time, by the name that a page or a choice gives it.
ONES: dict[str, Any] = {"reflection": Reflection, "plan": Plan, "message": Message}
# What begins the name of one answer to a survey; its item follows.
ANSWER = "answer."
# A message that gave an answer, or the coach's to it, lies no further from it than this.
_SAID_WITHIN = timedelta(minutes=2)
_CORRECTED = {"reflection": "words", "plan": "words"}
_LONG_ENOUGH = 16  # characters
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
    "digest",
    "id_token",
    "secret_key",
    "answers",
    "is_filed",
    "reflection_id",
}
# Whoever asks in the web chat that everything goes still reads there that it went; then they are signed out.
STAY = timedelta(minutes=5)


class NotTheirs(Exception):
    """Raised when there is no such thing among what is kept for a person."""


async def export(database: Database, person_id: str, *, by: str | None = None) -> dict[str, Any] | None:
    """Return everything that is held about a person, by table, moments as ISO 8601; none when there is nobody.

    Whoever of the staff has it made is recorded as `by`.
    """
    async with database.transaction() as session:
        person = await find_person(session, person_id)
        if person is None:
            return None
        held: dict[str, Any] = {"person": {"id": person.id, **_plain(person)}, "roster": _place(await entry_of(session, person))}
        for table in (*reversed(PERSONAL), *ON_THE_ROSTER):
            rows = (await session.scalars(select(table).where(table.person_id == person_id).order_by(*table.__table__.primary_key))).all()
            held[table.__tablename__] = [_plain(row) for row in rows]
        held["survey_answer"] = [
            {"instrument": each.instrument, "number": each.number, **_moments(asdict(answer))}
            for each in reversed(await rounds_of(session, person_id))
            for answer in await answers_of(session, [each])
        ]
        if by is not None:
            note_action(session, by, "person.export", person_id, datetime.now(UTC))
    return held


async def count_held(database: Database, person_id: str) -> dict[str, int]:
    """Return how many rows each table has of a person, those that have some."""
    async with database.reading() as session:
        counts = {
            table.__tablename__: await session.scalar(select(func.count()).select_from(table).where(table.person_id == person_id)) or 0
            for table in (*reversed(PERSONAL), *ON_THE_ROSTER)
        }
    return {name: count for name, count in counts.items() if count}


async def numbers_of(database: Database, person_id: str) -> list[tuple[str, int, datetime]] | None:
    """Return kind, number and moment of each thing of a person's that can be deleted by itself, the newest first; none for nobody."""
    async with database.reading() as session:
        if await find_person(session, person_id) is None:
            return None
        found: list[tuple[str, int, datetime]] = []
        for kind, table in ONES.items():
            made = {"reflection": "kept_at", "plan": "made_at", "message": "at"}[kind]
            rows = await session.execute(select(table.id, getattr(table, made)).where(table.person_id == person_id))
            found += [(kind, number, at) for number, at in rows]
        for each in await rounds_of(session, person_id):
            given = await answers_of(session, [each])
            found += [(f"{ANSWER}{answer.item}", each.id, answer.answered_at) for answer in given if answer.value is not None]
    return sorted(found, key=lambda one: one[2], reverse=True)


async def erase(database: Database, person_id: str, *, by: str | None = None, signs_out_at: datetime | None = None) -> bool:
    """Delete all that a person wrote and all that was derived from it; return False when there is nobody.

    They are signed out everywhere: at once, or where they read of it in the chat at `signs_out_at`.

    Their place on the roster stays, without consent and under a new conversation key: name, programme, cohort, forums and roles, but not
    the trust and post that a place can do without. The engine's tracker of the old key is removed too. What is left is a keyed hash
    of who was erased when, by which a backup that is restored is freed of them again.
    """
    async with database.reading() as session:
        person = await find_person(session, person_id)
    if person is None:
        return False
    old_key, now = person.conversation_key, datetime.now(UTC)
    # First, because its key is forgotten with the rest: should it fail, everything can be tried again.
    await database.forget_tracker(old_key)
    async with database.transaction() as session:
        person = await find_person(session, person_id)
        if person is None:
            return False
        await counterparts.forget(session, person_id)
        await forget_answers(session, await rounds_of(session, person_id))
        for table in PERSONAL:
            if table is not WebSession or signs_out_at is None:
                await session.execute(delete(table).where(table.person_id == person_id))
        if signs_out_at is not None:
            await session.execute(
                update(WebSession).where(WebSession.person_id == person_id, WebSession.ends_at > signs_out_at).values(ends_at=signs_out_at)
            )
        # The web chat's events are named after their writer.
        await session.execute(delete(Receipt).where(Receipt.event_id.startswith(f"{person_id}:", autoescape=True)))
        _begin_anew(person)
        person.consent_version = person.consented_at = person.stopped_at = person.snoozed_until = person.last_message_at = None
        person.availability = person.was_asked_to_go_on_at = person.objected_at = None
        forget_post(person)
        if person.kind is PersonKind.PARTICIPANT:
            person.trust_id = None
        await note_erasure(session, database, person_id, now)
        if by is not None:
            note_action(session, by, "person.erase", erasure_key(database.lasting_key, person_id), now)
    # A turn that was being answered may have written to it in between.
    await database.forget_tracker(old_key)
    await database.scrub()
    return True


async def correct(database: Database, person_id: str, kind: str, number: int, words: str, *, by: str | None = None) -> None:
    """Put other words in the place of a reflection's or a plan's; whoever of the staff does it is recorded as `by`. Raises NotTheirs."""
    async with database.transaction() as session:
        one = await session.get(ONES[kind], number) if kind in _CORRECTED else None
        if one is None or one.person_id != person_id:
            raise NotTheirs(kind)
        setattr(one, _CORRECTED[kind], words)
        if by is not None:
            note_action(session, by, "person.correct", person_id, datetime.now(UTC))


async def delete_one(database: Database, person_id: str, kind: str, number: int, *, by: str | None = None) -> None:
    """Delete one thing, with the messages in which it was written or quoted and with what the engine remembers. Raises NotTheirs.

    An answer's kind is `answer.` with its item, its number that of its round. The engine's memory of a conversation has no parts, so the
    thread that was open begins anew. Whoever of the staff does it is recorded as `by`.
    """
    async with database.transaction() as session:
        if by is not None:
            note_action(session, by, "person.delete_one", person_id, datetime.now(UTC))
        if kind.startswith(ANSWER):
            old_key = await _delete_answer(session, person_id, number, kind.removeprefix(ANSWER))
        else:
            old_key = await _delete_row(session, person_id, kind, number)
    await database.forget_tracker(old_key)


async def _delete_row(session: Any, person_id: str, kind: str, number: int) -> str:
    """Delete what is one row; return the key of the conversation that ends with it."""
    one = await session.get(ONES[kind], number) if kind in ONES else None
    person = await find_person(session, person_id)
    if one is None or person is None or one.person_id != person_id:
        raise NotTheirs(kind)
    old_key = person.conversation_key
    if words := {"reflection": "words", "plan": "words", "message": "text"}.get(kind):
        await _delete_wherever(session, person_id, str(getattr(one, words)), is_said=kind == "message" and one.side is Side.COACH)
    await session.execute(delete(ONES[kind]).where(ONES[kind].id == number))
    _begin_anew(person)
    return old_key


async def _delete_answer(session: Any, person_id: str, round_id: int, item: str) -> str:
    """Delete one answer to a survey, filed or not, with the message that gave it; what stays is that the item was passed over."""
    survey_round, person = await find_round(session, round_id, person_id), await find_person(session, person_id)
    answer = next((each for each in await answers_in(session, round_id) if each.item == item), None) if survey_round else None
    if survey_round is None or person is None or answer is None or answer.value is None:
        raise NotTheirs(ANSWER)
    await keep_answer(session, survey_round, item, answer.item_version, None, answer.answered_at)
    theirs = select(Message.id).where(Message.person_id == person_id)
    gave = theirs.where(Message.side == Side.PERSON, Message.at <= answer.answered_at, Message.at > answer.answered_at - _SAID_WITHIN)
    echo = theirs.where(Message.side == Side.COACH, Message.at >= answer.answered_at, Message.at < answer.answered_at + _SAID_WITHIN)
    said = [
        await session.scalar(gave.order_by(Message.id.desc()).limit(1)),
        await session.scalar(echo.order_by(Message.id).limit(1)),
    ]
    await session.execute(delete(Message).where(Message.id.in_([each for each in said if each is not None])))
    old_key = person.conversation_key
    _begin_anew(person)
    return old_key


async def object_to_counting(database: Database, person_id: str, now: datetime | None, *, by: str | None = None) -> bool:
    """Leave a person out of every figure and send them no surveys from now on; with none, count them again. Return whether there is one."""
    async with database.transaction() as session:
        person = await find_person(session, person_id)
        if person is not None:
            person.objected_at = now
            if now is not None:
                await cancel_queued(session, person_id, "objected", (DeliveryKind.SURVEY,))
            if by is not None:
                note_action(session, by, "person.count" if now is None else "person.object", person_id, datetime.now(UTC))
        return person is not None


async def _delete_wherever(session: Any, person_id: str, words: str, *, is_said: bool) -> None:
    """Delete the messages that hold these words, and what the editors were given of them; the coach's own sentence goes alone."""
    if is_said or not words.strip():
        return
    for message in (await session.scalars(select(Message).where(Message.person_id == person_id))).all():
        # A word or two may stand in any message; only what is long enough to be theirs is looked for inside others.
        if words == message.text or (len(words) >= _LONG_ENOUGH and words in message.text):
            await session.execute(delete(Message).where(Message.id == message.id))
    for guess in (await session.scalars(select(Guess).where(Guess.person_id == person_id))).all():
        if guess.words and (guess.words in words or words in guess.words):
            guess.words = None


def _begin_anew(person: Person) -> None:
    person.conversation_key = uuid4().hex


def was_erased(lasting_key: str, person_id: str, erased: dict[str, datetime], since: datetime | None) -> bool:
    """Return whether what is kept of somebody who agreed at `since` was erased afterwards, by the erasures of a list."""
    at = erased.get(erasure_key(lasting_key, person_id))
    return at is not None and (since is None or since <= at)


def _place(entry: Entry) -> dict[str, Any]:
    """Return what the roster holds of somebody, by the titles that its keepers see."""
    line = entry.line
    return {
        "programme": entry.programme_title,
        "cohort": line.cohort,
        "trust": line.trust,
        "forums": [forum.title for forum in entry.forums],
        "roles": [say_grant("", grant).strip() for grant in entry.grants],
    }


def _plain(row: Any) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs if column.key not in _NOT_THEIRS}
    # What others refer to by number keeps it.
    numbered = {"number": row.id, **values} if isinstance(row, Plan) else values
    return _moments(numbered)


def _moments(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}
