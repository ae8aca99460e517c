"""What an operator may get wrong is named in one line; what is right is read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.teams.settings import CREDENTIALS, PLAYGROUND, PREFIX, TEAMS_FILE, read_teams_settings
from bot.settings import ROOT, SettingError
from bot.yaml_files import FileError

APP, HOME, OTHER = (f"{digit * 8}-{digit * 4}-{digit * 4}-{digit * 4}-{digit * 12}" for digit in "123")
SECRET = {f"{PREFIX}CLIENTID": APP, f"{PREFIX}TENANTID": HOME, f"{PREFIX}CLIENTSECRET": "a secret that nobody must see"}


def test_without_anything_there_is_no_teams() -> None:
    assert read_teams_settings({"PATH": "/bin"}) is None


def test_one_tenant_is_the_registrations_own() -> None:
    settings = read_teams_settings(SECRET)
    assert settings is not None
    assert (settings.app_id, settings.tenants) == (APP, {HOME: frozenset()})
    assert settings.credentials["AUTHTYPE"] == "ClientSecret"
    assert settings.playground is None
    assert "nobody must see" not in repr(settings)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({f"{PREFIX}CLIENTSECRET": "x"}, "CLIENTID is missing or no id"),
        ({**SECRET, f"{PREFIX}CLIENTID": "the coach"}, "CLIENTID is missing or no id"),
        ({f"{PREFIX}CLIENTID": APP, f"{PREFIX}TENANTID": HOME}, "CLIENTSECRET is missing"),
        ({f"{PREFIX}CLIENTID": APP, f"{PREFIX}CLIENTSECRET": "x"}, "TENANTID is missing"),
        ({**SECRET, f"{PREFIX}TENANTID": "example.nhs.uk"}, "TENANTID is no tenant"),
        ({**SECRET, f"{PREFIX}TENANTID": "botframework.com"}, "no tenant may use the coach"),
        ({**SECRET, f"{PREFIX}AUTHTYPE": "Password"}, "AUTHTYPE is none of"),
        ({**SECRET, f"{PREFIX}AUTHTYPE": "Certificate"}, "CERTPFXFILE is missing"),
        (
            {**SECRET, f"{PREFIX}AUTHTYPE": "Certificate", f"{PREFIX}CERTPFXFILE": "/nowhere"},
            "CERTPFXFILE names a file that cannot be read",
        ),
        ({f"{PREFIX}CLIENTID": APP, f"{PREFIX}TENANTID": HOME, f"{PREFIX}CLIENTSECRET_FILE": "/nowhere"}, "CLIENTSECRET_FILE names a file"),
        # What the SDK would take in silence, or would ignore.
        ({**SECRET, f"{PREFIX}ANONYMOUS_ALLOWED": "true"}, "ANONYMOUS_ALLOWED is none of the coach's settings"),
        ({**SECRET, f"{PREFIX}CLIENTSECERT": "x"}, "CLIENTSECERT is none of the coach's settings"),
        ({**SECRET, "CONNECTIONS__OTHER__SETTINGS__CLIENTID": APP}, "CONNECTIONS__OTHER__SETTINGS__CLIENTID is none"),
        ({**SECRET, PLAYGROUND: "http://localhost:56150"}, f"{PLAYGROUND} is set beside"),
        ({PLAYGROUND: "http://coach.example.nhs.uk"}, "must be the playground on this machine"),
        ({PLAYGROUND: "https://localhost.example.nhs.uk"}, "must be the playground on this machine"),
    ],
)
def test_a_wrong_variable_is_named_in_one_line(environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError) as raised:
        read_teams_settings(environment)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    assert "nobody must see" not in str(raised.value)


def test_a_secret_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("kept apart\n")
    given = {f"{PREFIX}CLIENTID": APP, f"{PREFIX}TENANTID": HOME, f"{PREFIX}CLIENTSECRET_FILE": str(tmp_path / "secret")}
    settings = read_teams_settings(given)
    assert settings is not None
    assert settings.credentials["CLIENTSECRET"] == "kept apart"


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("certificate", {"CERTPFXFILE": str(TEAMS_FILE)}),
        ("USERMANAGEDIDENTITY", {}),
        ("FederatedCredentials", {"FEDERATEDCLIENTID": OTHER}),
        ("WorkloadIdentity", {"FEDERATEDTOKENFILE": str(TEAMS_FILE)}),
    ],
)
def test_there_are_ways_without_a_secret(kind: str, more: dict[str, str]) -> None:
    given = {"CLIENTID": APP, "TENANTID": HOME, "AUTHTYPE": kind, **more}
    settings = read_teams_settings({f"{PREFIX}{name}": value for name, value in given.items()})
    assert settings is not None
    assert settings.credentials["AUTHTYPE"] in CREDENTIALS


def tenants(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "teams.yml"
    path.write_text(TEAMS_FILE.read_text().replace("tenants: []", f"tenants: {text}"))
    return path


def test_several_tenants_each_with_its_own_domains(tmp_path: Path) -> None:
    text = f"[{{id: {HOME}, email_domains: [A.example.nhs.uk]}}, {{id: {OTHER.upper()}, email_domains: [b.example.nhs.uk]}}]"
    settings = read_teams_settings(SECRET, tenants(tmp_path, text))
    assert settings is not None
    assert settings.tenants == {HOME: {"a.example.nhs.uk"}, OTHER: {"b.example.nhs.uk"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"[{{id: {HOME}}}, {{id: {HOME}}}]", "named twice"),
        (f"[{{id: {HOME}, email_domains: [a.example]}}, {{id: {OTHER}}}]", "one has no email_domains"),
        (f"[{{id: {HOME}, email_domains: [a.example]}}, {{id: {OTHER}, email_domains: [A.example]}}]", "under two tenants"),
        ("[{id: example.nhs.uk}]", "tenants"),
    ],
)
def test_tenants_that_are_not_apart_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FileError) as raised:
        read_teams_settings(SECRET, tenants(tmp_path, text))
    assert words in str(raised.value)


def test_every_credential_is_documented() -> None:
    documented = (ROOT / "docs" / "teams.md").read_text()
    for kind, needed in CREDENTIALS.items():
        assert kind in documented
        for name in needed:
            assert name in documented
    assert PLAYGROUND in documented
