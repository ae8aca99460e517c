"""The keys of an installation, of which none may be one that anybody could guess."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet

from bot.domain.keys import weakness_of, weakness_of_secret
from bot.settings.environment import SettingError, secret


def fernet_keys(text: str) -> tuple[str, ...]:
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


def other_key(environment: Mapping[str, str], name: str) -> str:
    """Return another key, or nothing when none is set; raises SettingError for one that anybody could guess."""
    key = secret(environment, name)
    if key and (weakness := weakness_of_secret(key)):
        raise SettingError(f"{name} is {weakness}: make one with 'coach keys new', or unset it")
    return key


def embedded_key(path: Path) -> str:
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
