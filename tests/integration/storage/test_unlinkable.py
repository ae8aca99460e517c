"""A dump of the database ties no answer to a person; with the key, everything is still theirs."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, select, text

from bot.domain.messages import Choice, Reply, payload
from bot.domain.quarter import Quarter
from bot.services.rights import erase, export
from bot.storage import messages as kept
from bot.storage.database import Database, migration_config
from bot.storage.filing import file_answers
from bot.storage.people import enrol
from bot.storage.surveys import answers_of, find_or_add_round, keep_answer, newest_answer, rounds_of
from bot.storage.tables import FiledAnswer, Message, RoundState

pytestmark = pytest.mark.anyio

START = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
END = datetime(2026, 10, 1, tzinfo=UTC)
ITEMS = [("involved_early", 1), ("last_word", 1), ("bad_news_safe", 1)]
LABELS = ["Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"]
PEOPLE = 60


async def answered(database: Database) -> dict[tuple[str, str], int]:
    """Have sixty people answer by tapping, one after another, as the product keeps it; return what each said to each item."""
    dice, given = random.Random(7), {}
    for number in range(PEOPLE):
        name, at = f"p{number}", START + timedelta(minutes=11 * number)
        async with database.transaction() as session:
            person = await enrol(session, name, name=name, time_zone="Europe/London", now=START)
            person.consented_at, person.consent_version = START, 1
            asked = await find_or_add_round(session, name, "waves", 1, ITEMS, at)
            asked.state, asked.asked_at = RoundState.ASKED, at
            for item, version in ITEMS:
                if dice.random() < 0.1:
                    await keep_answer(session, asked, item, version, None, at)
                    continue
                value = dice.randint(1, 5)
                choices = tuple(Choice(label, payload("answer", {"value": index})) for index, label in enumerate(LABELS, 1))
                message = (await kept.keep_replies(session, name, [Reply("Asked", choices)], at))[0]
                inbound = await kept.keep_inbound(
                    session,
                    name,
                    channel="web",
                    event_id=f"{name}-{item}",
                    text=LABELS[value - 1],
                    choice=f"{message.id}.{value - 1}",
                    redactions=[],
                    now=at,
                )
                inbound.payload = payload("answer", {"value": value})
                await kept.take_choice(session, message.id, value - 1)
                await keep_answer(session, asked, item, version, value, at)
                given[name, item] = value
            asked.state, asked.closed_at = RoundState.CLOSED, at
    return given


async def dump(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table as it lies in the database, in the order in which it lies there."""
    async with database.reading() as session:
        connection = await session.connection()
        names = await connection.run_sync(lambda sync: sync.dialect.get_table_names(sync))
        return {name: [dict(row._mapping) for row in await session.execute(text(f'SELECT * FROM "{name}"'))] for name in names}


async def test_a_dump_ties_no_answer_to_a_person(database: Database) -> None:
    given = await answered(database)
    before = await dump(database)
    assert before["filed_answer"] == []
    async with database.transaction() as session:
        assert await file_answers(session, END, Quarter(2026, 3), 11, ["waves"]) == len(given)
    held = await dump(database)
    filed = held["filed_answer"]
    assert len({row["pseudonym"] for row in filed}) == len(filed), "no two answers share a name, not even one person's"

    # Nothing in a row of an answer, but what the answer is to, is found in a row about a person.
    about_people = {str(value) for name, rows in held.items() if name != "filed_answer" for row in rows for value in row.values()}
    assert not {row["pseudonym"] for row in filed} & about_people

    # What was tapped and written is as long whatever was said.
    for table, column in (("message", "taken"), ("message", "text"), ("inbound", "tapped"), ("inbound", "stands_for")):
        rows = [row for row in held[table] if (row[column] is not None and row.get("side", "person") == "person") or column == "taken"]
        lengths = {len(bytes(row[column])) for row in rows if row[column] is not None}
        assert len(lengths) == 1, f"{table}.{column}"
    assert len({len(bytes(row["answers"])) for row in held["survey_round"]}) == 1, "nor does it show how many items were answered"

    # By order, by when people answered, or by any order of the rows: no better than knowing what most said.
    most = Counter(row["value"] for row in filed).most_common(1)[0][1] / len(filed)
    for item, _ in ITEMS:
        rows = [row for row in filed if row["item"] == item]
        people = [f"p{number}" for number in range(PEOPLE) if (f"p{number}", item) in given]
        for order in (rows, rows[::-1], sorted(rows, key=lambda row: row["pseudonym"])):
            right = sum(given[person, item] == row["value"] for person, row in zip(people, order, strict=True)) / len(people)
            assert right < most + 0.2, "chance, with room for sixty people's luck"


async def test_answers_of_few_people_wait_encrypted(database: Database) -> None:
    await answered(database)
    async with database.transaction() as session:
        assert await file_answers(session, END, Quarter(2026, 3), PEOPLE + 1, ["waves"]) == 0
    assert (await dump(database))["filed_answer"] == []


async def test_with_the_key_they_are_still_the_persons(database: Database) -> None:
    given = await answered(database)
    async with database.transaction() as session:
        await file_answers(session, END, Quarter(2026, 3), 11, ["waves"])
    async with database.reading() as session:
        found = {each.item: each.value for each in await answers_of(session, await rounds_of(session, "p3"))}
    assert {item: value for item, value in found.items() if value is not None} == {
        item: value for (person, item), value in given.items() if person == "p3"
    }
    held = await export(database, "p3")
    assert held is not None
    assert {each["item"]: each["value"] for each in held["survey_answer"]} == found
    item = next(name for name, value in found.items() if value is not None)
    async with database.transaction() as session:
        newest = await newest_answer(session, "p3")
        assert newest is not None
        await keep_answer(session, newest[1], item, 1, 5 if found[item] != 5 else 1, END)
    async with database.reading() as session:
        after = {each.item: each.value for each in await answers_of(session, await rounds_of(session, "p3"))}
    assert after == {**found, item: 5 if found[item] != 5 else 1}
    await erase(database, "p3")
    async with database.reading() as session:
        left = len((await session.scalars(select(FiledAnswer))).all())
    assert left == len(given) - sum(person == "p3" for person, _ in given)


async def test_answers_of_an_earlier_version_are_moved(database: Database) -> None:
    """The tables are put back as the version before had them, with rows, and brought up to date again."""

    def go_back(connection: Connection) -> None:
        config = migration_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
        for table in ("filed_answer", "released", "told_group"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("DROP INDEX ix_survey_round_is_filed_due_at")
        for table, columns in {"survey_round": ("answers", "is_filed"), "message": ("taken",), "inbound": ("tapped", "stands_for")}.items():
            for column in columns:
                connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.exec_driver_sql("ALTER TABLE message ADD COLUMN chosen INTEGER")
        connection.exec_driver_sql("ALTER TABLE inbound ADD COLUMN choice VARCHAR(40)")
        connection.exec_driver_sql("ALTER TABLE inbound ADD COLUMN payload VARCHAR(500)")
        connection.exec_driver_sql(
            "CREATE TABLE survey_answer (id INTEGER PRIMARY KEY, person_id VARCHAR(120), round_id INTEGER, item VARCHAR(120),"
            " item_version INTEGER, value INTEGER, answered_at TIMESTAMP WITH TIME ZONE)"
        )
        before = ScriptDirectory.from_config(migration_config()).get_revision("0008").down_revision
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{before}'")

    async with database.transaction() as session:
        await enrol(session, "anna", name="Anna", time_zone="Europe/London", now=START)
        opened = await find_or_add_round(session, "anna", "waves", 1, ITEMS, START)
        message = (await kept.keep_replies(session, "anna", [Reply("Asked", (Choice("Agree", "/answer"),))], START))[0]
        number, asked = opened.id, message.id
    async with database.transaction() as session:
        connection = await session.connection()
        await connection.run_sync(go_back)
        moment = START.strftime("%Y-%m-%d %H:%M:%S.000000") + ("" if database.is_sqlite else "+00:00")
        for index, (item, value) in enumerate([("involved_early", "4"), ("last_word", "NULL")], 1):
            await connection.exec_driver_sql(
                f"INSERT INTO survey_answer VALUES ({index}, 'anna', {number}, '{item}', 1, {value}, '{moment}')"
            )
        await connection.exec_driver_sql(f"UPDATE message SET chosen = 0 WHERE id = {asked}")
    await database.upgrade()
    async with database.reading() as session:
        assert [(each.item, each.value, each.answered_at) for each in await answers_of(session, await rounds_of(session, "anna"))] == [
            ("involved_early", 4, START),
            ("last_word", None, START),
        ]
        assert (await session.get_one(Message, asked)).chosen == 0
    assert "survey_answer" not in await dump(database)
