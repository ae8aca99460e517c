"""What this installation is told of Teams: the Entra registration by the environment, tenants and the app by config/teams.yml."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, model_validator

from bot.settings import ROOT, Section, SettingError
from bot.settings.environment import read_secret
from bot.yaml_files import read_yaml

TEAMS_FILE = ROOT / "config" / "teams.yml"
# The Microsoft 365 Agents SDK's own names begin so; of its connections, the one of this name is ours.
CONNECTIONS = "CONNECTIONS__"
PREFIX = f"{CONNECTIONS}SERVICE_CONNECTION__SETTINGS__"
PLAYGROUND = "COACH_TEAMS_UNSAFE_PLAYGROUND"
# Who issues the tokens with which Teams calls, and where their keys are said to be.
ISSUER = "https://api.botframework.com"
OPENID = "https://login.botframework.com/v1/.well-known/openidconfiguration"
# Who issues the tokens with which the tab says whose it is, by tenant, and where the keys of all of them are.
TAB_ISSUER = "https://login.microsoftonline.com/{tenantid}/v2.0"
TAB_OPENID = "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration"
# The tenant from which an app that several tenants use gets its tokens.
SHARED_TENANT = "botframework.com"

# How the coach can prove to Microsoft who it is, as the SDK names it, and what each way needs.
CREDENTIALS: Mapping[str, tuple[str, ...]] = {
    "ClientSecret": ("TENANTID", "CLIENTSECRET"),
    "certificate": ("TENANTID", "CERTPFXFILE"),
    "UserManagedIdentity": (),
    "FederatedCredentials": ("TENANTID", "FEDERATEDCLIENTID"),
    "WorkloadIdentity": ("TENANTID", "FEDERATEDTOKENFILE"),
}
_KNOWN = {"CLIENTID", "AUTHTYPE", "SENDX5C", *(name for needed in CREDENTIALS.values() for name in needed)}
_FILES = ("CERTPFXFILE", "FEDERATEDTOKENFILE")
GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

Guid = Annotated[str, StringConstraints(pattern=f"^{GUID}$", to_lower=True)]
Domain = Annotated[str, StringConstraints(pattern=r"^[^@\s]+\.[^@\s]+$", to_lower=True)]
Https = Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=2048)]


class Tenant(Section):
    """One trust's Entra tenant; only addresses of its e-mail domains are looked up on the roster."""

    id: Guid
    email_domains: tuple[Domain, ...] = ()


class AppPackage(Section):
    """How the app presents itself in Teams; the lengths are those of Microsoft's schema, in characters."""

    id: Guid | None
    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    short_name: str = Field(min_length=1, max_length=30)
    full_name: str = Field(min_length=1, max_length=100)
    short_description: str = Field(min_length=1, max_length=80)
    full_description: str = Field(min_length=1, max_length=4000)
    accent_colour: str = Field(pattern="^#[0-9a-fA-F]{6}$")
    developer: str = Field(min_length=1, max_length=32)
    website: Https
    privacy: Https
    terms_of_use: Https


class TeamsFile(Section):
    """config/teams.yml."""

    tenants: tuple[Tenant, ...]
    package: AppPackage

    @model_validator(mode="after")
    def _are_apart(self) -> TeamsFile:
        """Keep trusts apart: an address that one tenant's directory names must never open somebody's conversation from another."""
        ids = [tenant.id for tenant in self.tenants]
        domains = [domain for tenant in self.tenants for domain in tenant.email_domains]
        if len(set(ids)) < len(ids):
            raise ValueError("a tenant is named twice | Name each once, with all of its e-mail domains")
        if len(ids) > 1 and not all(tenant.email_domains for tenant in self.tenants):
            raise ValueError("there are several tenants and one has no email_domains | Name each one's own, such as [example.nhs.uk]")
        if len(set(domains)) < len(domains):
            raise ValueError("an e-mail domain stands under two tenants | Leave it with the one whose people use it")
        return self


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """The app's registration and who may use it: `tenants` holds e-mail domains by tenant, none of them for any domain.

    With `playground`, the address of Microsoft's Agents Playground, nothing is proved by anybody: for one's own machine alone.
    """

    app_id: str
    tenants: Mapping[str, frozenset[str]]
    credentials: Mapping[str, str] = field(repr=False)
    playground: str | None = None
    issuer: str = ISSUER
    openid: str = OPENID
    tab_issuer: str = TAB_ISSUER
    tab_openid: str = TAB_OPENID


def read_teams_file(path: Path = TEAMS_FILE) -> TeamsFile:
    """Return config/teams.yml; raises FileError."""
    return read_yaml(path).parse(TeamsFile)


def read_teams_settings(environment: Mapping[str, str] = os.environ, path: Path = TEAMS_FILE) -> TeamsSettings | None:
    """Return what is set up of Teams, none when nothing is; raises FileError or SettingError, each naming what to correct."""
    file = read_teams_file(path)
    given = {name: value for name, value in environment.items() if name.startswith(CONNECTIONS) and value}
    playground = environment.get(PLAYGROUND, "").rstrip("/")
    if playground:
        if given:
            raise SettingError(f"{PLAYGROUND} is set beside {min(given)}: unset it, for it lets anybody in who reaches this machine")
        return TeamsSettings("", {}, {}, _loopback(playground))
    if not given:
        return None
    settings = _named(given)
    app_id = settings.get("CLIENTID", "").lower()
    if not re.fullmatch(GUID, app_id):
        raise SettingError(f"{PREFIX}CLIENTID is missing or no id: copy the Application (client) ID from the app's page in Entra")
    kind = _kind(settings.get("AUTHTYPE", "ClientSecret"))
    for name in CREDENTIALS[kind]:
        if name not in settings:
            raise SettingError(f"{PREFIX}{name} is missing: {kind} needs it; docs/teams.md says where to find it")
    for name in (name for name in _FILES if name in settings and not os.access(settings[name], os.R_OK)):
        raise SettingError(f"{PREFIX}{name} names a file that cannot be read: write the path of a readable file")
    home = settings.get("TENANTID", "").lower()
    if home and home != SHARED_TENANT and not re.fullmatch(GUID, home):
        raise SettingError(f"{PREFIX}TENANTID is no tenant: write the Directory (tenant) ID from the app's page in Entra")
    tenants = {tenant.id: frozenset(tenant.email_domains) for tenant in file.tenants}
    if not tenants and (not home or home == SHARED_TENANT):
        raise SettingError("no tenant may use the coach in Teams: name them under 'tenants' in config/teams.yml")
    return TeamsSettings(app_id, tenants or {home: frozenset()}, {**settings, "AUTHTYPE": kind})


def _named(given: Mapping[str, str]) -> dict[str, str]:
    """Return the connection's settings by their own names; what the SDK would take in silence is an error here."""
    settings = {}
    for name, value in given.items():
        key, is_file = name.removeprefix(PREFIX), False
        if key == "CLIENTSECRET_FILE":
            key, is_file = "CLIENTSECRET", True
        if not name.startswith(PREFIX) or key not in _KNOWN:
            raise SettingError(f"{name} is none of the coach's settings: docs/teams.md lists them; unset it, or correct its spelling")
        settings[key] = read_secret(value, name) if is_file else value
    return settings


def _kind(text: str) -> str:
    found = next((kind for kind in CREDENTIALS if kind.lower() == text.lower()), None)
    if found is None:
        raise SettingError(f"{PREFIX}AUTHTYPE is none of: {', '.join(CREDENTIALS)}")
    return found


def _loopback(address: str) -> str:
    if urlsplit(address).scheme != "http" or urlsplit(address).hostname not in {"localhost", "127.0.0.1"}:
        raise SettingError(f"{PLAYGROUND} must be the playground on this machine, such as {PLAYGROUND}=http://localhost:56150")
    return address
