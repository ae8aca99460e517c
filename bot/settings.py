"""What this installation is told: config/settings.yml and the environment, read once and typed."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import holidays
from cryptography.fernet import Fernet
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.availability import Availability
from bot.domain.keys import weakness_of, weakness_of_secret
from bot.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parent.parent
SETTINGS_FILE = ROOT / "config" / "settings.yml"


class SettingError(Exception):
    """Raised with one line that names the setting and what to write."""


class Section(BaseModel):
    """A part of config/settings.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ConversationSettings(Section):
    """Limits of one exchange."""

    longest_message: int = Field(ge=200, le=40_000)
    say_wait_after_seconds: float = Field(gt=0, le=60)
    engine_timeout_seconds: float = Field(gt=0, le=120)
    hold_before_consent_minutes: int = Field(ge=1, le=240)


class UnderstandingSettings(Section):
    """Confidences, 0 to 1, at which the engine's guess is acted on, and the folder of its sentence encoder."""

    theme_clear_at: float = Field(ge=0, le=1)
    scenario_clear_at: float = Field(ge=0, le=1)
    encoder: Path


class FollowUpSettings(Section):
    """When proactive messages may arrive, in the person's own time."""

    ask_at: time
    day_starts: time
    day_ends: time
    working_days: tuple[int, ...] = Field(min_length=1)
    holidays_country: str
    holidays_region: str | None
    weekly_cap: int = Field(ge=1, le=21)
    usual_gap_days: int = Field(ge=1, le=60)
    grace_days: int = Field(ge=0, le=30)
    apart_minutes: int = Field(ge=0, le=1440)
    quiet_after_message_minutes: int = Field(ge=0, le=240)
    check_in_closes_after_days: int = Field(ge=1, le=60)
    remind_after_days: int = Field(ge=1, le=60)
    reflection_returns_after_days: tuple[int, ...]

    @cached_property
    def bank_holidays(self) -> Container[date]:
        """Days on which nobody works, as the country has them."""
        return holidays.country_holidays(self.holidays_country, subdiv=self.holidays_region)

    @property
    def availability(self) -> Availability:
        """The hours of people who have not said anything about theirs."""
        return Availability(self.day_starts, self.day_ends, frozenset(self.working_days), weekly_cap=self.weekly_cap)


class SurveySettings(Section):
    """Which micro-surveys people are asked, and at what time of their day."""

    instruments: tuple[str, ...] = Field(min_length=1)
    not_in_months: frozenset[int]
    ask_at: time


class BroadcastSettings(Section):
    """Above how many recipients a second person has to approve, and for how many seconds sending can be undone."""

    approve_above: int = Field(default=200, ge=1)
    undo_seconds: int = Field(default=60, ge=0, le=3600)


class DashboardSettings(Section):
    """Disclosure control of the dashboard."""

    smallest_group: int = Field(ge=5)


class SignInSettings(Section):
    """How long somebody stays signed in on the web: without using it, and at most; shorter for whoever has a role or works here."""

    idle_days: int = Field(default=7, ge=1, le=90)
    ends_after_days: int = Field(default=30, ge=1, le=180)
    staff_idle_minutes: int = Field(default=60, ge=5, le=24 * 60)
    staff_ends_after_hours: int = Field(default=12, ge=1, le=7 * 24)


class RetentionSettings(Section):
    """How long each kind of thing is kept, in days; one that is not named is kept until the person deletes it or leaves."""

    days: dict[str, Annotated[int, Field(ge=1, le=36_500)]]
    # By programme id, what holds there instead.
    programmes: dict[str, dict[str, Annotated[int, Field(ge=1, le=36_500)]]] = {}


class SettingsFile(Section):
    """config/settings.yml."""

    content: Path
    programmes: Path
    time_zone: str
    conversation: ConversationSettings
    understanding: UnderstandingSettings
    follow_up: FollowUpSettings
    survey: SurveySettings
    broadcast: BroadcastSettings = BroadcastSettings()
    dashboard: DashboardSettings
    sign_in: SignInSettings = SignInSettings()
    retention: RetentionSettings

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"'{name}' is no time zone | Write one such as Europe/London") from None
        return name


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """A Slack app: with `app_token` it connects to Slack by itself (Socket Mode), else Slack calls, and signs what it sends.

    It is in one workspace by its `bot_token`, or in several, each of which gives a token of its own (OAuth, by client id and secret).
    """

    bot_token: str
    signing_secret: str
    app_token: str
    api_url: str | None
    client_id: str = ""
    client_secret: str = ""


@dataclass(frozen=True)
class Settings:
    """Everything configurable, checked; nothing below this reads a file of config/ or the environment."""

    file: SettingsFile
    var: Path
    database_url: str
    rasa_url: str | None
    rasa_token: str | None
    actions_host: str
    actions_port: int
    actions_token: str
    secret_keys: tuple[str, ...]
    session_key: str
    pseudonym_key: str
    slack: SlackSettings | None
    # Where people reach the web pages, without a slash at its end; none when nobody said.
    address: str | None
    metrics_token: str
    is_embedded: bool

    @property
    def content(self) -> Path:
        return ROOT / self.file.content  # an absolute path stays as it is

    @property
    def programmes(self) -> Path:
        return ROOT / self.file.programmes

    @property
    def encoder(self) -> Path:
        return ROOT / self.file.understanding.encoder

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.file.time_zone)


def read_settings(environment: Mapping[str, str] = os.environ, path: Path | None = None) -> Settings:
    """Return the settings; raises FileError or SettingError, each naming what to correct.

    With no COACH_DATABASE_URL the embedded database under var/ is used, and its keys are made on first use.
    """
    file = read_yaml(path or Path(environment.get("COACH_SETTINGS") or SETTINGS_FILE)).parse(SettingsFile)
    var = Path(environment.get("COACH_VAR") or ROOT / "var")
    database_url = environment.get("COACH_DATABASE_URL", "")
    is_embedded = not database_url
    if is_embedded:
        var.mkdir(parents=True, exist_ok=True)
        database_url = f"sqlite+aiosqlite:///{var / 'coach.db'}"
    _check_encoder(ROOT / file.understanding.encoder)
    keys = _secret(environment, "COACH_SECRET_KEY") or (_embedded_key(var / "keys" / "secret.key") if is_embedded else "")
    return Settings(
        file=file,
        var=var,
        database_url=_async_url(database_url),
        rasa_url=_http_url(environment, "COACH_RASA_URL"),
        rasa_token=environment.get("COACH_RASA_TOKEN") or None,
        actions_host=environment.get("COACH_ACTIONS_HOST") or "127.0.0.1",
        actions_port=_port(environment, "COACH_ACTIONS_PORT", 5055),
        actions_token=_actions_token(environment),
        secret_keys=_fernet_keys(keys),
        session_key=_other_key(environment, "COACH_SESSION_KEY") or _fernet_keys(keys)[0],
        # Kept for good: whoever changes it loses what was tied together by it.
        pseudonym_key=_other_key(environment, "COACH_PSEUDONYM_KEY") or _fernet_keys(keys)[-1],
        slack=_slack(environment),
        address=_http_url(environment, "COACH_ADDRESS"),
        metrics_token=_other_key(environment, "COACH_METRICS_TOKEN"),
        is_embedded=is_embedded,
    )


def _check_encoder(folder: Path) -> None:
    """Raise SettingError when the folder holds neither a ready encoder nor the files to make one from."""
    made_from = ("config.json", "model.safetensors")
    if (folder / "tokenizer.json").exists() and ((folder / "encoder.onnx").exists() or all((folder / name).exists() for name in made_from)):
        return
    raise SettingError(
        f"understanding.encoder names {folder}, which holds no sentence encoder: run 'make setup', or name the folder of a "
        "sentence-transformers model with config.json, tokenizer.json and model.safetensors"
    )


def _slack(environment: Mapping[str, str]) -> SlackSettings | None:
    """Return the Slack app's settings, or none when there is no Slack."""
    bot_token, app_token = _secret(environment, "SLACK_BOT_TOKEN"), _secret(environment, "SLACK_APP_TOKEN")
    signing_secret = _secret(environment, "SLACK_SIGNING_SECRET")
    client_id, client_secret = environment.get("SLACK_CLIENT_ID", ""), _secret(environment, "SLACK_CLIENT_SECRET")
    if not (bot_token or app_token or signing_secret or client_id or client_secret):
        return None
    if bool(client_id) != bool(client_secret):
        missing = "SLACK_CLIENT_SECRET" if client_id else "SLACK_CLIENT_ID"
        raise SettingError(f"{missing} is missing: copy client id and client secret, both, from the app's page in Slack, or unset both")
    if client_id and bot_token:
        raise SettingError(
            "SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set: keep the token for one workspace, or unset it and install the coach "
            "in each workspace at /slack/install"
        )
    if not client_id and not bot_token.startswith("xoxb-"):
        raise SettingError(
            "SLACK_BOT_TOKEN is missing or no bot token: copy the one that begins with xoxb- from the app's page in Slack, or set "
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for several workspaces"
        )
    if app_token and not app_token.startswith("xapp-"):
        raise SettingError(
            "SLACK_APP_TOKEN is no app-level token: copy the one that begins with xapp-, or unset it to be called over HTTPS"
        )
    if not (app_token or signing_secret):
        raise SettingError("SLACK_SIGNING_SECRET is missing: copy it from the app's page in Slack, or set SLACK_APP_TOKEN for Socket Mode")
    api_url = _http_url(environment, "SLACK_API_URL")
    return SlackSettings(bot_token, signing_secret, app_token, api_url, client_id, client_secret)


def _async_url(text: str) -> str:
    """Return the database's address with the driver that we use, which need not be named."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise SettingError(
            "COACH_DATABASE_URL is not a database address: write postgresql://user:password@host/name or sqlite:////path/file.db"
        ) from None
    drivers = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg", "sqlite": "sqlite+aiosqlite"}
    kind = url.get_backend_name()
    if kind not in drivers:
        raise SettingError(f"COACH_DATABASE_URL names '{kind}': only postgresql and sqlite are supported")
    return url.set(drivername=drivers[kind]).render_as_string(hide_password=False)


def _http_url(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name, "").rstrip("/")
    if text and not text.startswith(("http://", "https://")):
        raise SettingError(f"{name} must begin with http:// or https://, such as {name}=http://127.0.0.1:5005")
    return text or None


def _port(environment: Mapping[str, str], name: str, usual: int) -> int:
    text = environment.get(name) or str(usual)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingError(f"{name} must be a port from 1 to 65535, such as {name}={usual}")
    return int(text)


def _actions_token(environment: Mapping[str, str]) -> str:
    """Return the token with which an engine that runs elsewhere calls our actions."""
    token = environment.get("COACH_ACTIONS_TOKEN", "")
    if environment.get("COACH_RASA_URL") and len(token) < 24:
        raise SettingError("COACH_ACTIONS_TOKEN must have 24 characters or more when COACH_RASA_URL is set: give the engine the same one")
    return token


def _secret(environment: Mapping[str, str], name: str) -> str:
    """Return the value of `name`, or the contents of the file that `name`_FILE names, or nothing."""
    if value := environment.get(name):
        return value
    if path := environment.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise SettingError(f"{name}_FILE names a file that cannot be read: write the path of a readable key file") from None
    return ""


def _fernet_keys(text: str) -> tuple[str, ...]:
    """Return the keys, newest first; words are written with the first and read with any."""
    keys = tuple(text.replace(",", " ").split())
    if not keys:
        raise SettingError("COACH_SECRET_KEY is missing: make one with 'coach keys new' and keep it as safe as the database")
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            raise SettingError(
                "COACH_SECRET_KEY is not a key of 32 random bytes in URL-safe base64: make one with 'coach keys new'"
            ) from None
        if weakness := weakness_of(base64.urlsafe_b64decode(key)):
            raise SettingError(f"COACH_SECRET_KEY is {weakness}, which is no key: make one with 'coach keys new'")
    return keys


def _other_key(environment: Mapping[str, str], name: str) -> str:
    """Return another key, or nothing when none is set; raises SettingError for one that anybody could guess."""
    key = _secret(environment, name)
    if key and (weakness := weakness_of_secret(key)):
        raise SettingError(f"{name} is {weakness}: make one with 'coach keys new', or unset it")
    return key


def _embedded_key(path: Path) -> str:
    """Return the embedded database's own key, made on first use and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(Fernet.generate_key())
        try:
            # Two processes that start together must agree on one key: the first to link its draft wins.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii")
