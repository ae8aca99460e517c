"""What was told of the programmes: every figure as it was released, for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables.base import Base


class Released(Base):
    """Figures of one subject about one period of a programme, or of all together (`*`), perhaps in one split.

    `figures` are by cell, each either told or with the rule that withholds it. They stay as they are, whatever is amended later.
    """

    __tablename__ = "released"
    __table_args__ = (
        UniqueConstraint("subject", "programme", "split", "period"),
        Index("ix_released_programme_period", "programme", "period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    programme: Mapped[str]
    split: Mapped[str]
    period: Mapped[str]
    figures: Mapped[dict[str, Any]]
    released_at: Mapped[datetime]


class ToldGroup(Base):
    """One group about which figures of some answers were told, so that what differs from it by a few people can be refused later.

    `members` are keyed hashes of its people, eight bytes each, other ones in every `ledger`: they tell nobody who is in two of them.
    """

    __tablename__ = "told_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    ledger: Mapped[str] = mapped_column(index=True)
    members: Mapped[bytes] = mapped_column(LargeBinary)
    told_at: Mapped[datetime]
