"""Who was erased and when, by a keyed hash: in the database, and in a file beside it that outlives it."""

from __future__ import annotations

import hashlib
import hmac
import logging
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.database import Database
from bot.storage.tables import Erasure

log = logging.getLogger(__name__)


def erasure_key(lasting_key: str, person_id: str) -> str:
    """Return the keyed hash under which somebody's erasure is noted."""
    return hmac.new(lasting_key.encode(), f"erased:{person_id}".encode(), hashlib.sha256).hexdigest()


async def note_erasure(session: AsyncSession, database: Database, person_id: str, now: datetime) -> None:
    """Note that somebody is erased; the newest time is what counts."""
    key = erasure_key(database.lasting_key, person_id)
    await session.execute(delete(Erasure).where(Erasure.key == key))
    session.add(Erasure(key=key, at=now))
    if database.erasures is None:
        return
    try:
        database.erasures.parent.mkdir(parents=True, exist_ok=True)
        with database.erasures.open("a", encoding="ascii") as file:
            file.write(f"{key} {now.isoformat()}\n")
    except OSError as error:
        # They are erased all the same, and the database says so too.
        log.error(
            "an erasure could not be noted in %s (%s): a backup made before now would not know of it", database.erasures, error.strerror
        )


async def all_erasures(session: AsyncSession) -> dict[str, datetime]:
    """Return when each was erased last, by key, as the database has it."""
    return {each.key: each.at for each in await session.scalars(select(Erasure))}


def read_erasures(path: Path | None) -> dict[str, datetime]:
    """Return when each was erased last, by key, as the file has it; a line that was cut off is passed over."""
    found: dict[str, datetime] = {}
    if path is None or not path.exists():
        return found
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        key, _, moment = line.partition(" ")
        try:
            at = datetime.fromisoformat(moment)
        except ValueError:
            continue
        if len(key) == 64 and at.tzinfo is not None:
            found[key] = max(at, found.get(key, at))
    return found
