"""Messages that were sent and are to be taken away again, one claim each; what became of it is their delivery's, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.clock import LONGEST_WAIT
from bot.storage.broadcasts import RECALL
from bot.storage.tables import Address, Delivery, DeliveryState, Posting, PostingState


async def due_recalls(session: AsyncSession, now: datetime, limit: int) -> Sequence[tuple[Posting, Address]]:
    """Lock and return messages to take away; what another process has is passed over."""
    rows = await session.execute(
        select(Posting, Address)
        .join(Address, Address.id == Posting.address_id)
        .where(
            # It stands in the statement as it does in the index, else that is not used.
            Posting.state == bindparam(None, PostingState.RECALLING, literal_execute=True),
            or_(Posting.not_before <= now, Posting.not_before > now + LONGEST_WAIT),
            or_(Posting.claimed_until.is_(None), Posting.claimed_until <= now, Posting.claimed_until > now + LONGEST_WAIT),
        )
        .order_by(Posting.not_before, Posting.id)
        .limit(limit)
        .with_for_update(of=Posting, skip_locked=True)
    )
    return [(posting, address) for posting, address in rows]


def claim_recall(posting: Posting, now: datetime, lease: timedelta) -> None:
    posting.claimed_until, posting.attempts = now + lease, posting.attempts + 1


async def end_recall(session: AsyncSession, posting: Posting, reason: str | None) -> None:
    """Record that a message is gone, or for a reason still stands."""
    why = f"{RECALL}{reason}" if reason else None
    state = PostingState.SENT if reason else PostingState.RECALLED
    await session.execute(update(Posting).where(Posting.id == posting.id).values(state=state, reason=why, claimed_until=None))
    ended = {"reason": why} if reason else {"state": DeliveryState.TAKEN_BACK, "reason": None}
    await session.execute(update(Delivery).where(Delivery.id == posting.delivery_id).values(**ended))


async def put_back_recall(session: AsyncSession, posting: Posting, until: datetime) -> None:
    await session.execute(update(Posting).where(Posting.id == posting.id).values(not_before=until, claimed_until=None))
