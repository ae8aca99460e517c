"""What the staff did, kept for good and in a chain: an entry that was changed, put in or taken out is found."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.storage.chain import BEGINNING, HEAD, key_of, seal
from bot.storage.tables import Audit, Setting

# So many entries are read at once.
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Anchor:
    """The number and seal of the newest entry at some time; written down elsewhere, it proves that no earlier one changed since."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"

    @classmethod
    def read(cls, text: str) -> Anchor:
        """Return the anchor that a line such as `12:9f...` writes; raises ValueError."""
        number, _, digest = text.strip().partition(":")
        if not number.isdigit() or len(digest) != 64:
            raise ValueError(f"'{text.strip()[:80]}' is no anchor: write a number, a colon and 64 digits, as 'coach audit anchor' prints")
        return cls(int(number), digest)


class ChainBroken(Exception):
    """Raised with one line that says at which entry the chain does not hold."""


def note_action(session: AsyncSession, actor: str, action: str, subject: str, now: datetime) -> None:
    """Record that somebody did something to something, such as cancelling a delivery.

    `subject` begins with a person's id where it is about that person, who is shown it.
    """
    session.add(Audit(at=now, actor=actor, action=action, subject=subject))


async def newest_actions(session: AsyncSession, subject: str, limit: int) -> Sequence[Audit]:
    """Return what was done of late to things of one kind, such as `delivery`, the newest first."""
    wanted = select(Audit).where(Audit.action.startswith(f"{subject}.")).order_by(Audit.id.desc()).limit(limit)
    return (await session.scalars(wanted)).all()


async def all_actions(session: AsyncSession, limit: int) -> Sequence[Audit]:
    """Return what was done of late to anything, the newest first."""
    return (await session.scalars(select(Audit).order_by(Audit.id.desc()).limit(limit))).all()


async def actions_about(session: AsyncSession, person_id: str, limit: int) -> Sequence[Audit]:
    """Return what the staff did that concerns one person, the newest first; what they did themselves is not among it."""
    # Escaped, because an id may hold an underscore, which stands for any character.
    about = or_(Audit.subject == person_id, Audit.subject.startswith(f"{person_id} ", autoescape=True))
    wanted = select(Audit).where(about, Audit.actor != person_id).order_by(Audit.id.desc()).limit(limit)
    return (await session.scalars(wanted)).all()


async def verify_chain(session: AsyncSession, anchors: Sequence[Anchor] = ()) -> Anchor | None:
    """Return the newest entry's anchor when every entry is sealed with the one before it, none when there are no entries.

    Raises ChainBroken for the first that is not, for entries that are missing at the end, and for anchors that are not met.
    """
    key, previous, newest = key_of(session.get_bind().dialect), BEGINNING, 0
    wanted: Mapping[int, str] = {each.number: each.digest for each in anchors}
    met = set()
    async for each in _in_order(session):
        if each.digest != seal(key, previous, each.id, each.at, each.actor, each.action, each.subject):
            when = f"{each.at:%Y-%m-%d %H:%M}"
            raise ChainBroken(f"entry {each.id} of {when} is not as it was written, or one before it was put in or taken out")
        if each.id in wanted:
            if wanted[each.id] != each.digest:
                raise ChainBroken(f"entry {each.id} is not the one that its anchor was made of: the chain was written anew")
            met.add(each.id)
        previous, newest = each.digest, each.id
    if missing := sorted(wanted.keys() - met):
        raise ChainBroken(f"entry {missing[0]}, of which there is an anchor, is gone")
    head = await session.get(Setting, HEAD)
    if newest and (head is None or head.value != f"{newest}:{previous}"):
        raise ChainBroken(f"entries after {newest} are gone: {head.value.partition(':')[0] if head else 'an unknown number'} were written")
    if not newest and head is not None:
        raise ChainBroken("every entry is gone")
    return Anchor(newest, previous) if newest else None


async def _in_order(session: AsyncSession) -> AsyncIterator[Audit]:
    newest = 0
    while page := (await session.scalars(select(Audit).where(Audit.id > newest).order_by(Audit.id).limit(_PAGE))).all():
        for each in page:
            yield each
        newest = page[-1].id
