"""Columns whose text is unreadable without the installation's key."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeDecorator

# Text is filled up to a multiple of so many characters, since the length of what is encrypted shows: "Agree" is no "Strongly agree".
_EVEN = 256


class Cipher:
    """Encrypts with the first key and decrypts with any, so that keys can be rotated (MultiFernet); `pseudonym_key` stays the same."""

    def __init__(self, keys: Sequence[str], pseudonym_key: str | None = None) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._newest = Fernet(keys[0])
        self._pseudonym_key = (pseudonym_key or keys[-1]).encode()

    def hide(self, words: str) -> bytes:
        return self._fernet.encrypt(words.encode())

    def show(self, hidden: bytes) -> str:
        return self._fernet.decrypt(hidden).decode()

    def is_newest(self, hidden: bytes) -> bool:
        """Return whether something is encrypted with the first key."""
        try:
            self._newest.decrypt(hidden)
        except InvalidToken:
            return False
        return True

    def renew(self, hidden: bytes) -> bytes:
        """Return the same under the first key; raises InvalidToken for what none of the keys can read."""
        return self._fernet.rotate(hidden)

    def pseudonym(self, *parts: str | int) -> str:
        """Return what stands for these parts in the database: 32 hexadecimal digits that nobody makes or reads back without the key."""
        return hmac.digest(self._pseudonym_key, "\0".join(map(str, parts)).encode(), "sha256").hex()[:32]


class Words(TypeDecorator[str]):
    """Text that a person wrote or that names them: encrypted on the way in, decrypted on the way out.

    The cipher travels with the engine's dialect, because a type is made at import and a key must not be.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).hide(_evened(value, "\0"))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else cipher_of(dialect).show(value).rstrip("\0")


class Number(TypeDecorator[int]):
    """A small number that tells something about a person, such as which answer they tapped: encrypted like their words."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).hide(f"{value:>12}")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> int | None:
        return None if value is None else int(cipher_of(dialect).show(value))


class EncryptedJSON(TypeDecorator[dict[str, Any]]):
    """A small document about a person, such as their hours: kept as encrypted JSON."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> bytes | None:
        return None if value is None else cipher_of(dialect).hide(_evened(json.dumps(value), " "))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> dict[str, Any] | None:
        return None if value is None else json.loads(cipher_of(dialect).show(value))


# Every kind of column that keys have to open, whatever is done with all of them.
ENCRYPTED = (Words, Number, EncryptedJSON)


def _evened(text: str, filling: str) -> str:
    return text + filling * (-len(text) % _EVEN)


def cipher_in(session: AsyncSession) -> Cipher:
    """Return the cipher of the database that a session works on."""
    return cipher_of(session.get_bind().dialect)


def give_cipher(dialect: Dialect, cipher: Cipher) -> None:
    dialect.coach_cipher = cipher  # type: ignore[attr-defined]  # our own attribute, read only by cipher_of


def cipher_of(dialect: Dialect) -> Cipher:
    cipher = getattr(dialect, "coach_cipher", None)
    if not isinstance(cipher, Cipher):
        raise RuntimeError("this engine was not made by bot.storage.database: its columns have no key")
    return cipher
