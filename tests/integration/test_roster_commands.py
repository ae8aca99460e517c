"""`coach roster` and `coach people roles`, as somebody types them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import SettingError
from tests.integration.test_people import coach

__all__ = ["coach"]

Coach = Callable[..., str]


def test_a_roster_is_checked_brought_in_and_left_alone(coach: Coach, tmp_path: Path) -> None:
    coach("roster", "add", "programme", "Leeds programme", "--programme", "leeds")
    file, report = tmp_path / "roster.xlsx", tmp_path / "report.csv"
    coach("roster", "template", str(file), "--programme", "Leeds programme")
    assert "1 would be added" in coach("roster", "import", str(file), "--check")
    assert "1 added" in coach("roster", "import", str(file))
    assert "0 added, 0 changed, 1 unchanged" in coach("roster", "import", str(file))
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("E-mail,Name,Programme\nb@x.uk,Ben,Yorks\nnobody,Nobody,leeds\n")
    with pytest.raises(SettingError, match="2 thing"):
        coach("roster", "import", str(wrong), "--report", str(report))
    assert '"Yorks" is not a programme' in report.read_text("utf-8-sig").replace('""', '"')
    wrong.write_text("E-mail,Name,Programme\nb@x.uk,Ben,leeds\n")
    assert "--leaves 1" in coach("roster", "import", str(wrong))
    with pytest.raises(SettingError, match="1 would leave, not 2"):
        coach("roster", "import", str(wrong), "--leaves", "2")
    assert "1 left" in coach("roster", "import", str(wrong), "--leaves", "1")
    with pytest.raises(SettingError, match="cannot be read"):
        coach("roster", "import", str(tmp_path / "nothing.csv"))
    wrong.write_bytes(b"\x00\x01\x02")
    with pytest.raises(SettingError, match="neither a workbook nor text"):
        coach("roster", "import", str(wrong))


def test_parts_codes_and_roles(coach: Coach) -> None:
    coach("roster", "add", "programme", "Leeds programme", "--programme", "leeds")
    coach("roster", "add", "forum", "Directors' forum", "--programme", "leeds")
    with pytest.raises(SettingError, match="one of that name already"):
        coach("roster", "add", "forum", "directors forum", "--programme", "leeds")
    assert "Directors' forum (1)" in coach("roster", "list")
    code = coach("roster", "codes", "--programme", "leeds", "--new", "--forum", "Directors' forum", "--uses", "3").strip()
    assert re.fullmatch(r"\d{5}-[A-Z]{5}", code)
    listed = coach("roster", "codes", "--programme", "leeds")
    assert "0 of 3" in listed
    assert code not in listed
    assert "no code that can be used" in coach("roster", "codes", "--programme", "leeds", "--end", "1")
    coach("people", "add", "--person", "ann", "--role", "administrator")
    with pytest.raises(SettingError, match="last administrator"):
        coach("people", "roles", "--person", "ann", "--end", "administrator")
    given = coach("people", "roles", "--person", "ann", "--give", "forum_lead", "--programme", "leeds", "--forum", "1")
    assert given.splitlines() == ["ann administrator *", "ann forum_lead leeds 1"]
    with pytest.raises(SettingError, match="nobody of that name"):
        coach("people", "roles", "--person", "nobody", "--give", "forum_lead")


def test_a_group_needs_what_reads_it(coach: Coach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    with pytest.raises(SettingError, match="give either"):
        coach("roster", "sync", "--programme", "leeds")
    with pytest.raises(SettingError, match="there is no Slack app"):
        coach("roster", "sync", "--programme", "leeds", "--slack-group", "S1")
    with pytest.raises(SettingError, match="no Entra registration"):
        coach("roster", "sync", "--programme", "leeds", "--entra-group", "x")
