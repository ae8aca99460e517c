"""`coach people add`: who is on the roster, and in which programme."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.commands import app
from bot.settings import SettingError

Coach = Callable[..., str]


@pytest.fixture
def coach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Coach:
    """Give a `coach` with a database of its own; what it could not do is raised."""
    for name in ("COACH_DATABASE_URL", "COACH_SETTINGS", "COACH_SECRET_KEY", "COACH_SECRET_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COACH_VAR", str(tmp_path))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, arguments)
        if done.exception is not None:
            raise done.exception
        return done.stdout

    return run


def held(coach: Coach, person: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(coach("export", "--person", person))["person"]
    return found


def test_somebody_is_added_and_can_be_invited(coach: Coach) -> None:
    said = coach("people", "add", "--person", "anna", "--programme", "demonstration", "--name", "Anna Archer")
    assert said == "anna: added, in programme 'demonstration', participant\n"
    assert (held(coach, "anna")["programme_id"], held(coach, "anna")["name"]) == ("demonstration", "Anna Archer")
    assert held(coach, "anna")["consented_at"] is None, "to be on the roster is not to agree"
    assert "/sign-in?ticket=" in coach("invite", "--person", "anna")


def test_somebody_is_moved_and_keeps_what_is_not_named(coach: Coach) -> None:
    coach("people", "add", "--person", "ben", "--name", "Ben Baker", "--role", "programme_team")
    joined = held(coach, "ben")["joined_at"]
    said = coach("people", "add", "--person", "ben", "--programme", "demonstration")
    assert said == "ben: already on the roster, in programme 'demonstration', programme_team of all programmes\n"
    assert (held(coach, "ben")["name"], held(coach, "ben")["joined_at"]) == ("Ben Baker", joined)


@pytest.mark.parametrize("programme", ["leeds", "Demonstration", "sample-forum", ""])
def test_a_programme_that_is_not_known_is_told_with_those_that_are(coach: Coach, programme: str) -> None:
    with pytest.raises(SettingError, match=f"there is no programme '{programme}': name one of demonstration"):
        coach("people", "add", "--person", "cleo", "--programme", programme)
    assert "added" in coach("people", "add", "--person", "cleo"), "nobody was put on the roster"


def test_a_preview_for_a_programme_that_is_not_known_is_told(coach: Coach) -> None:
    with pytest.raises(SettingError, match="there is no folder 'Leeds' under config/programmes: name one of demonstration"):
        coach("content", "preview", "biff", "--programme", "Leeds")


def test_an_account_of_teams_is_somebodys_before_they_write(coach: Coach) -> None:
    coach("people", "add", "--person", "anna", "--teams", "AAAA-1/BBBB-2")
    (address,) = json.loads(coach("export", "--person", "anna"))["address"]
    assert (address["account"], address["user"], address["closed_reason"]) == ("aaaa-1", "bbbb-2", "never_written")
    with pytest.raises(SettingError, match="--teams takes"):
        coach("people", "add", "--person", "ben", "--teams", "BBBB-2")
