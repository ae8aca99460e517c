from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import SettingError
from bot.web.providers import SIGN_IN_FILE, read_sign_in
from bot.yaml_files import FileError

TRUST = {"id": "trust", "name": "your trust account", "kind": "openid", "issuer": "https://id.example.nhs.uk"}
NO_SECRET = {"COACH_OPENID_TRUST_CLIENT_ID": "c"}
GIVEN = {**NO_SECRET, "COACH_OPENID_TRUST_CLIENT_SECRET": "the secret"}


def written(folder: Path, *providers: dict[str, Any]) -> Path:
    file = folder / "sign-in.yml"
    file.write_text(yaml.safe_dump({"providers": list(providers)}))
    return file


def test_as_it_comes_there_is_no_provider() -> None:
    assert read_sign_in({}, SIGN_IN_FILE).providers == ()


def test_a_secret_may_be_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret\n")
    given = {"COACH_OPENID_TRUST_CLIENT_ID": "c", "COACH_OPENID_TRUST_CLIENT_SECRET_FILE": str(secret)}
    read = read_sign_in(given, written(tmp_path, TRUST))
    assert read.providers[0].secret == "the secret"
    assert "the secret" not in repr(read)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "COACH_OPENID_TRUST_CLIENT_ID is missing"),
        (NO_SECRET, "COACH_OPENID_TRUST_CLIENT_SECRET is missing"),
        (
            {"COACH_OPENID_TRUST_CLIENT_ID": "c", "COACH_OPENID_TRUST_CLIENT_SECRET_FILE": "/nowhere"},
            "COACH_OPENID_TRUST_CLIENT_SECRET_FILE names a file",
        ),
        ({**GIVEN, "COACH_OPENID_TRSUT_CLIENT_ID": "c"}, "COACH_OPENID_TRSUT_CLIENT_ID belongs to no provider"),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_sign_in(environment, written(tmp_path, TRUST))
    assert words in str(raised.value)
    assert "the secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"issuer": "http://id.example.nhs.uk"}, "https:// address"),
        ({"kind": "entra", "issuer": "https://login.microsoftonline.com/common/v2.0"}, "names no tenant"),
        ({"kind": "entra", "issuer": "https://login.microsoftonline.com.evil.example/v2.0"}, "names no tenant"),
        ({"scopes": ["email"]}, "lack openid"),
        ({"id": "../x"}, "id"),
    ],
)
def test_a_provider_that_would_prove_nothing_stops_the_start(tmp_path: Path, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(FileError, match=words):
        read_sign_in(GIVEN, written(tmp_path, {**TRUST, **wrong}))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"id": "trust"}, "one id"),
        ({"id": "other"}, "one issuer"),
        ({"id": "other", "issuer": "https://other.example", "email_domains": ["a.example"]}, "under two providers"),
    ],
)
def test_two_providers_are_kept_apart(tmp_path: Path, other: dict[str, Any], words: str) -> None:
    with pytest.raises(FileError, match=words):
        read_sign_in(GIVEN, written(tmp_path, {**TRUST, "email_domains": ["a.example"]}, {**TRUST, **other}))
