"""Identity providers that people sign in at: named in config/sign-in.yml, with client ids and secrets from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from bot.settings import ROOT, Section, SettingError
from bot.settings.environment import secret
from bot.yaml_files import read_yaml

SIGN_IN_FILE = ROOT / "config" / "sign-in.yml"
# A provider's variables begin so, and go on with its id.
PREFIX = "COACH_OPENID_"
LOOPBACK = frozenset({"localhost", "127.0.0.1"})
ENTRA = re.compile(r"https://login\.microsoftonline\.(?:com|us)/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/v2\.0")

Domain = Annotated[str, StringConstraints(pattern=r"^[^@\s]+\.[^@\s]+$", to_lower=True)]


class ProviderEntry(Section):
    """One identity provider as config/sign-in.yml names it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9]{1,19}$")
    name: str = Field(min_length=1, max_length=60)
    kind: Literal["entra", "openid"]
    issuer: str = Field(max_length=500)
    # Addresses of these domains are believed; of a provider that says which it has verified, those are too.
    email_domains: tuple[Domain, ...] = ()
    authentication: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"] = "client_secret_post"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    # The claim by which an account is known; Entra's is its object id.
    subject: str = "sub"
    # What else is asked for with each sign-in, and which levels of proof are enough; none is any.
    parameters: Mapping[str, str] = Field(default_factory=dict)
    accepted_acr: tuple[str, ...] = ()

    @field_validator("issuer")
    @classmethod
    def _is_https(cls, issuer: str) -> str:
        address = urlsplit(issuer)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in LOOPBACK):
            raise ValueError("an issuer is an https:// address | Copy it from the provider's discovery document")
        return issuer.rstrip("/") if address.path == "/" else issuer

    @model_validator(mode="after")
    def _is_one_tenant(self) -> ProviderEntry:
        """A directory that anybody can make for themselves proves nothing: Entra is one tenant, not common or organizations."""
        is_test = urlsplit(self.issuer).hostname in LOOPBACK
        if self.kind == "entra" and not (ENTRA.fullmatch(self.issuer) or is_test):
            raise ValueError("the issuer names no tenant | Write https://login.microsoftonline.com/TENANT-ID/v2.0 with the tenant's id")
        if "openid" not in self.scopes:
            raise ValueError("the scopes lack openid | Add it")
        return self


class SignInFile(Section):
    """config/sign-in.yml."""

    contact: str | None = Field(default=None, max_length=200)
    providers: tuple[ProviderEntry, ...]

    @model_validator(mode="after")
    def _are_apart(self) -> SignInFile:
        for what, each in (("id", [entry.id for entry in self.providers]), ("issuer", [entry.issuer for entry in self.providers])):
            if len(set(each)) < len(each):
                raise ValueError(f"two providers have one {what} | Give each its own")
        domains = [domain for entry in self.providers for domain in entry.email_domains]
        if len(set(domains)) < len(domains):
            raise ValueError("an e-mail domain stands under two providers | Leave it with the one whose people use it")
        return self


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that is ready to use: `secret` is the client's secret, or the private key that it signs with."""

    entry: ProviderEntry
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where people sign in, and whom they write to who cannot."""

    providers: tuple[Provider, ...] = ()
    contact: str | None = None

    def provider(self, name: str | None) -> Provider | None:
        return next((each for each in self.providers if each.entry.id == name), None)


def read_sign_in(environment: Mapping[str, str] = os.environ, path: Path | None = None) -> SignIn:
    """Return where people sign in; raises FileError or SettingError, each naming what to correct."""
    file = read_yaml(path or Path(environment.get("COACH_SIGN_IN") or SIGN_IN_FILE)).parse(SignInFile)
    known = tuple(f"{PREFIX}{entry.id.upper()}_" for entry in file.providers)
    for name in environment:
        if name.startswith(PREFIX) and not name.startswith(known):
            raise SettingError(f"{name} belongs to no provider: name its provider in config/sign-in.yml, or unset it")
    return SignIn(tuple(_ready(entry, environment) for entry in file.providers), file.contact)


def _ready(entry: ProviderEntry, environment: Mapping[str, str]) -> Provider:
    prefix = f"{PREFIX}{entry.id.upper()}_"
    client_id = environment.get(f"{prefix}CLIENT_ID", "")
    if not client_id:
        raise SettingError(f"{prefix}CLIENT_ID is missing: copy it from the registration at {entry.name}; docs/sign-in.md")
    kind = "PRIVATE_KEY" if entry.authentication == "private_key_jwt" else "CLIENT_SECRET"
    given = secret(environment, f"{prefix}{kind}")
    if not given:
        raise SettingError(f"{prefix}{kind} is missing: set it, or {prefix}{kind}_FILE, from the registration at {entry.name}")
    return Provider(entry, client_id, given)
