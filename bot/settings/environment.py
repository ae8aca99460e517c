"""Values of the environment, each checked; what is wrong is said in one line that names the variable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


class SettingError(Exception):
    """Raised with one line that names the setting and what to write."""


def async_url(text: str) -> str:
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


def http_url(environment: Mapping[str, str], name: str) -> str | None:
    """Return an address without a slash at its end, or none when none is set. Raises SettingError."""
    text = environment.get(name, "").rstrip("/")
    if text and not text.startswith(("http://", "https://")):
        raise SettingError(f"{name} must begin with http:// or https://, such as {name}=http://127.0.0.1:5005")
    return text or None


def port(environment: Mapping[str, str], name: str, usual: int) -> int:
    """Return a port, the usual one when none is set. Raises SettingError."""
    text = environment.get(name) or str(usual)
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SettingError(f"{name} must be a port from 1 to 65535, such as {name}={usual}")
    return int(text)


def secret(environment: Mapping[str, str], name: str) -> str:
    """Return the value of `name`, or the contents of the file that `name`_FILE names, or nothing."""
    if value := environment.get(name):
        return value
    path = environment.get(f"{name}_FILE")
    return read_secret(path, f"{name}_FILE") if path else ""


def read_secret(path: str, name: str) -> str:
    """Return what stands in a file that the variable `name` names. Raises SettingError."""
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingError(f"{name} names a file that cannot be read: write the path of a readable file") from None
