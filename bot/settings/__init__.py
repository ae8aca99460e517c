"""What this installation is told: config/settings.yml and the environment, read once and typed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.settings.environment import SettingError, async_url, http_url, port, secret
from bot.settings.file import (
    BroadcastSettings,
    ConversationSettings,
    RetentionSettings,
    Section,
    SettingsFile,
    SignInSettings,
)
from bot.settings.keys import embedded_key, fernet_keys, other_key
from bot.settings.slack import SlackSettings, read_slack
from bot.yaml_files import read_yaml

__all__ = [
    "ROOT",
    "SETTINGS_FILE",
    "BroadcastSettings",
    "ConversationSettings",
    "RetentionSettings",
    "Section",
    "SettingError",
    "Settings",
    "SettingsFile",
    "SignInSettings",
    "SlackSettings",
    "read_settings",
]

ROOT = Path(__file__).resolve().parent.parent.parent
SETTINGS_FILE = ROOT / "config" / "settings.yml"


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
    keys = secret(environment, "COACH_SECRET_KEY") or (embedded_key(var / "keys" / "secret.key") if is_embedded else "")
    return Settings(
        file=file,
        var=var,
        database_url=async_url(database_url),
        rasa_url=http_url(environment, "COACH_RASA_URL"),
        rasa_token=environment.get("COACH_RASA_TOKEN") or None,
        actions_host=environment.get("COACH_ACTIONS_HOST") or "127.0.0.1",
        actions_port=port(environment, "COACH_ACTIONS_PORT", 5055),
        actions_token=_actions_token(environment),
        secret_keys=fernet_keys(keys),
        session_key=other_key(environment, "COACH_SESSION_KEY") or fernet_keys(keys)[0],
        # Kept for good: whoever changes it loses what was tied together by it.
        pseudonym_key=other_key(environment, "COACH_PSEUDONYM_KEY") or fernet_keys(keys)[-1],
        slack=read_slack(environment),
        address=http_url(environment, "COACH_ADDRESS"),
        metrics_token=other_key(environment, "COACH_METRICS_TOKEN"),
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


def _actions_token(environment: Mapping[str, str]) -> str:
    """Return the token with which an engine that runs elsewhere calls our actions."""
    token = environment.get("COACH_ACTIONS_TOKEN", "")
    if environment.get("COACH_RASA_URL") and len(token) < 24:
        raise SettingError("COACH_ACTIONS_TOKEN must have 24 characters or more when COACH_RASA_URL is set: give the engine the same one")
    return token
