"""What the running product leaves behind at its end: whether those who were erased are gone, and whether the audit is whole."""

from __future__ import annotations

from sqlalchemy import select

from bot.services.rights import ON_THE_ROSTER, count_held
from bot.storage.audit import verify_chain
from bot.storage.database import Database
from bot.storage.encryption import ENCRYPTED
from bot.storage.erasures import all_erasures, erasure_key
from bot.storage.tables import Base, Person, WebSession
from tests.leaks import Leaks


async def look_through(database: Database, leaks: Leaks) -> list[str]:
    """Return what is wrong with a database that was used, and have `leaks` look for all that is encrypted in it.

    Whoever was erased has nothing but a place on the roster, unless they agreed anew, and is signed in for as long as it takes to read
    that, or has signed in anew. Raises ChainBroken.
    """
    kept = {table.__tablename__ for table in (*ON_THE_ROSTER, WebSession)}
    async with database.reading() as session:
        await verify_chain(session, ())
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, ENCRYPTED):
                    for value in await session.scalars(select(column).where(column.is_not(None))):
                        leaks.hide(value)
        # What somebody is called stands on the roster.
        for name in await session.scalars(select(Person.name)):
            leaks.allow(name)
        erased = await all_erasures(session)
        gone = [
            person.id
            for person in await session.scalars(select(Person).where(Person.consented_at.is_(None)))
            if erasure_key(database.lasting_key, person.id) in erased
        ]
    held = {person_id: await count_held(database, person_id) for person_id in gone}
    return [f"of {person_id}, who was erased, {sorted(left)}" for person_id, counts in held.items() if (left := set(counts) - kept)]
