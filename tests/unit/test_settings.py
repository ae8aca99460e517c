from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.settings import ROOT, SETTINGS_FILE, SettingError, read_settings
from bot.yaml_files import FileError

KEY = Fernet.generate_key().decode()


def test_the_embedded_default_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    first = read_settings({"COACH_VAR": str(tmp_path)})
    again = read_settings({"COACH_VAR": str(tmp_path)})
    assert first.secret_keys == again.secret_keys
    assert stat.S_IMODE((tmp_path / "keys" / "secret.key").stat().st_mode) == 0o600
    assert first.database_url == f"sqlite+aiosqlite:///{tmp_path}/coach.db"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"COACH_DATABASE_URL": "nonsense"}, "COACH_DATABASE_URL is not a database address"),
        ({"COACH_DATABASE_URL": "mysql://a/b", "COACH_SECRET_KEY": KEY}, "only postgresql and sqlite"),
        ({"COACH_DATABASE_URL": "postgresql://h/d"}, "COACH_SECRET_KEY is missing"),
        ({"COACH_DATABASE_URL": "postgresql://h/d", "COACH_SECRET_KEY": "hunter2"}, "COACH_SECRET_KEY is not a key of 32"),
        ({"COACH_DATABASE_URL": "postgresql://h/d", "COACH_SECRET_KEY": "A" * 43 + "="}, "COACH_SECRET_KEY is all zero"),
        ({"COACH_DATABASE_URL": "postgresql://h/d", "COACH_SECRET_KEY": f"{KEY},{'A' * 43}="}, "COACH_SECRET_KEY is all zero"),
        ({"COACH_SECRET_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}, "COACH_SECRET_KEY is a sequence"),
        ({"COACH_SECRET_KEY": "3q2-796tvu_erb7v3q2-796tvu_erb7v3q2-796tvu8="}, "again and again"),
        ({"COACH_SECRET_KEY": "bXkgdmVyeSBzZWNyZXQgcGFzc3BocmFzZSBpcyB0aGk="}, "written by hand"),
        ({"COACH_SESSION_KEY": "short"}, "COACH_SESSION_KEY is shorter than 24"),
        ({"COACH_PSEUDONYM_KEY": "please-change-me-before-you-start"}, "COACH_PSEUDONYM_KEY is a word that anybody would try"),
        ({"COACH_METRICS_TOKEN": "abababababababababababababab"}, "COACH_METRICS_TOKEN is the same characters"),
        ({"COACH_DATABASE_URL": "postgresql://h/d", "COACH_SECRET_KEY_FILE": "/nowhere/at/all"}, "COACH_SECRET_KEY_FILE names a file"),
        ({"COACH_RASA_URL": "localhost:5005"}, "COACH_RASA_URL must begin with http"),
        ({"COACH_RASA_URL": "http://localhost:5005"}, "COACH_ACTIONS_TOKEN must have 24 characters"),
        ({"COACH_ACTIONS_PORT": "http"}, "COACH_ACTIONS_PORT must be a port"),
        ({"SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN is missing"),
        ({"SLACK_BOT_TOKEN": "xoxp-a", "SLACK_SIGNING_SECRET": "s"}, "SLACK_BOT_TOKEN is missing or no bot token"),
        ({"SLACK_BOT_TOKEN": "xoxb-a"}, "SLACK_SIGNING_SECRET is missing"),
        ({"SLACK_BOT_TOKEN": "xoxb-a", "SLACK_APP_TOKEN": "a"}, "SLACK_APP_TOKEN is no app-level token"),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_SIGNING_SECRET": "s"}, "SLACK_CLIENT_SECRET is missing"),
        ({"SLACK_CLIENT_SECRET": "c", "SLACK_SIGNING_SECRET": "s"}, "SLACK_CLIENT_ID is missing"),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "c"}, "SLACK_SIGNING_SECRET is missing"),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET_FILE": "/nowhere"}, "SLACK_CLIENT_SECRET_FILE names a file"),
        (
            {"SLACK_BOT_TOKEN": "xoxb-a", "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "c", "SLACK_SIGNING_SECRET": "s"},
            "SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set",
        ),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_settings({"COACH_VAR": str(tmp_path), **environment})
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert environment.get("COACH_SECRET_KEY", KEY) not in str(raised.value), "a key is never shown"


@pytest.mark.parametrize(
    ("environment", "several"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-a", "SLACK_SIGNING_SECRET": "s"}, False),
        ({"SLACK_BOT_TOKEN": "xoxb-a", "SLACK_APP_TOKEN": "xapp-a"}, False),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "c", "SLACK_SIGNING_SECRET": "s"}, True),
        ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "c", "SLACK_APP_TOKEN": "xapp-a"}, True),
    ],
)
def test_slack_in_one_workspace_or_several(tmp_path: Path, environment: dict[str, str], several: bool) -> None:
    slack = read_settings({"COACH_VAR": str(tmp_path), **environment}).slack
    assert slack is not None
    assert bool(slack.client_id and slack.client_secret) == several
    assert read_settings({"COACH_VAR": str(tmp_path)}).slack is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("time_zone: Europe/London", "time_zone: Europe/Leeds"),
        ("longest_message: 4000", "longest_message: lots"),
        ("smallest_group: 11", "smallest_group: 2"),
        ("survey:", "surveys:"),
    ],
)
def test_a_wrong_setting_names_file_line_and_remedy(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "settings.yml"
    text = SETTINGS_FILE.read_text()
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new))
    with pytest.raises(FileError) as raised:
        read_settings({"COACH_VAR": str(tmp_path)}, path)
    said = str(raised.value.problems[0])
    assert said.startswith(f"{path}:")
    assert any(abs(problem.line - line) <= 2 for problem in raised.value.problems), said


def test_every_variable_that_the_code_reads_is_documented() -> None:
    code = "".join(path.read_text() for path in (ROOT / "bot" / "settings").glob("*.py"))
    read = set(re.findall(r"\"((?:COACH|SLACK)_[A-Z_]+)\"", code))
    assert len(read) > 10
    documented = (ROOT / "docs" / "configuration.md").read_text()
    assert {name for name in read if name not in documented} == set()
