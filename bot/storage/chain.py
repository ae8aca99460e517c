"""The chain that holds what the staff did together: each entry is sealed with the one before it, by a key that is not in the database."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, insert, select, text, update
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import instance_state

from bot.storage.tables import Audit, Setting

# What the first entry is sealed with.
BEGINNING = ""
# Under this name a setting holds the newest entry's number and seal, so that one taken off the end is missed.
HEAD = "audit.head"
# PostgreSQL's lock under which entries are added, one transaction after another.
_LOCK = 0x0C0AC4


class ChainedSession(Session):
    """A session that seals new entries as it writes them."""


def give_chain_key(dialect: Dialect, key: str) -> None:
    """Give an engine the key of its chain; like the cipher it travels with the dialect."""
    dialect.coach_chain_key = chain_key(key)  # type: ignore[attr-defined]  # our own attribute


def chain_key(key: str) -> bytes:
    """Return the chain's key, derived from the installation's lasting one."""
    return hmac.digest(key.encode(), b"audit chain", "sha256")


def seal(key: bytes, previous: str, number: int, at: datetime, actor: str, action: str, subject: str) -> str:
    """Return the seal of one entry, 64 hexadecimal digits, from all that it says and the seal before it."""
    said = [previous, number, at.astimezone(UTC).isoformat(timespec="microseconds"), actor, action, subject]
    return hmac.new(key, json.dumps(said).encode(), hashlib.sha256).hexdigest()


def key_of(dialect: Dialect) -> bytes:
    key = getattr(dialect, "coach_chain_key", None)
    if not isinstance(key, bytes):
        raise RuntimeError("this engine was not made by bot.storage.database: its chain has no key")
    return key


@event.listens_for(ChainedSession, "before_flush")
def _seal_new(session: Session, _context: Any, _instances: Any) -> None:
    """Number and seal the entries that are about to be written."""
    new = sorted((each for each in session.new if isinstance(each, Audit)), key=lambda each: instance_state(each).insert_order or 0)
    if not new:
        return
    connection = session.connection()
    # On SQLite whoever writes has the whole database; on PostgreSQL entries wait here for those before them to be committed.
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    last = connection.execute(select(Audit.id, Audit.digest).order_by(Audit.id.desc()).limit(1)).first()
    number, previous = (last[0], last[1]) if last else (0, BEGINNING)
    key = key_of(connection.dialect)
    for each in new:
        number += 1
        each.id, each.digest = number, seal(key, previous, number, each.at, each.actor, each.action, each.subject)
        previous = each.digest
    head = f"{number}:{previous}"
    if not connection.execute(update(Setting).where(Setting.key == HEAD).values(value=head)).rowcount:
        connection.execute(insert(Setting).values(key=HEAD, value=head))


@event.listens_for(Audit, "before_update")
@event.listens_for(Audit, "before_delete")
def _refuse(_mapper: Any, _connection: Any, _entry: Audit) -> None:
    raise PermissionError("what the staff did is only ever added to")
