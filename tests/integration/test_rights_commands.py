"""`coach rights`: one thing corrected or deleted for somebody, and their objection; recorded, and without a word on the screen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.bootstrap import open_database
from bot.commands import app
from bot.services.conversation import UnknownPerson
from bot.settings import SettingError, read_settings
from bot.storage.plans import keep_plan, keep_reflection
from tests.conftest import NOON

Coach = Callable[..., str]
WORDS = "I spoke too soon and too much"


@pytest.fixture
def coach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Coach:
    """Give a `coach` with a database in which Anna kept a reflection and a plan."""
    for name in ("COACH_DATABASE_URL", "COACH_SETTINGS", "COACH_SECRET_KEY", "COACH_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COACH_VAR", str(tmp_path))

    def run(*arguments: str, text: str = "") -> str:
        done = CliRunner().invoke(app, arguments, input=text)
        if done.exception is not None:
            raise done.exception
        return done.stdout

    run("people", "add", "--person", "anna")

    async def fill() -> None:
        database = open_database(read_settings())
        async with database.transaction() as session:
            await keep_reflection(session, "anna", asked="Why?", words=WORDS, theme=None, now=NOON)
            await keep_plan(session, "anna", "If late, I ring", theme=None, scenario=None, check_in_at=None, now=NOON)
        await database.close()

    asyncio.run(fill())
    return run


def test_one_thing_is_listed_corrected_and_deleted_and_each_is_on_record(coach: Coach) -> None:
    listed = coach("rights", "list", "--person", "anna")
    assert "reflection 1" in listed
    assert WORDS not in listed
    coach("rights", "correct", "--person", "anna", "--what", "reflection", "--number", "1", text="I waited, and asked about 943 476 5919\n")
    held = json.loads(coach("export", "--person", "anna"))
    assert held["reflection"][0]["words"].startswith("I waited")
    assert "943 476" not in held["reflection"][0]["words"], "what points to somebody is taken out, as in the chat"
    coach("rights", "delete", "--person", "anna", "--what", "plan", "--number", "1")
    assert json.loads(coach("export", "--person", "anna"))["plan"] == []
    shown = coach("audit", "show", "--person", "anna")
    assert all(what in shown for what in ("person.correct", "person.delete_one"))


@pytest.mark.parametrize(
    ("arguments", "text", "error", "says"),
    [
        (("list", "--person", "ben"), "", UnknownPerson, "ben"),
        (("object", "--person", "ben"), "", UnknownPerson, "ben"),
        (("delete", "--person", "anna", "--what", "plan", "--number", "9"), "", SettingError, "there is no such plan"),
        (("delete", "--person", "anna", "--what", "audit", "--number", "1"), "", SettingError, "there is no such audit"),
        (("delete", "--person", "anna", "--what", "answer.voice", "--number", "1"), "", SettingError, "there is no such answer"),
        (("delete", "--person", "ben", "--what", "plan", "--number", "1"), "", SettingError, "there is no such plan"),
        (("correct", "--person", "anna", "--what", "plan", "--number", "1"), " \n", SettingError, "nothing was changed"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_recorded(
    coach: Coach, arguments: tuple[str, ...], text: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        coach("rights", *arguments, text=text)
    assert "person." not in coach("audit", "show")


def test_somebody_objects_and_takes_it_back(coach: Coach) -> None:
    assert "left out" in coach("rights", "object", "--person", "anna")
    assert json.loads(coach("export", "--person", "anna"))["person"]["objected_at"]
    assert "counted again" in coach("rights", "object", "--person", "anna", "--undo")
    assert json.loads(coach("export", "--person", "anna"))["person"]["objected_at"] is None
