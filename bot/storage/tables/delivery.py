"""What the coach writes of its own accord, on its way to people."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables.base import Base
from bot.storage.tables.states import (
    DeliveryKind,
    DeliveryState,
    PostingState,
)


class Schedule(Base):
    """The next time that something recurring falls due for one person: a round of an instrument, a digest, a return."""

    __tablename__ = "schedule"
    __table_args__ = (UniqueConstraint("person_id", "source"), Index("ix_schedule_due_at", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[DeliveryKind]
    source: Mapped[str]
    number: Mapped[int]
    due_at: Mapped[datetime]


class Delivery(Base):
    """One proactive message; the database itself lets a source reach a person once for each occurrence.

    `due_at` is when it fell due, `not_before` the moment at which it is looked at next.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("person_id", "source", "occurrence"),
        Index("ix_delivery_state_not_before", "state", "not_before"),
        Index("ix_delivery_person_id_sent_at", "person_id", "sent_at"),
        Index("ix_delivery_source", "source", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[DeliveryKind]
    source: Mapped[str]
    occurrence: Mapped[str]
    subject_id: Mapped[int]
    due_at: Mapped[datetime]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    reason: Mapped[str | None]
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    # Whether the dialogue engine knows that this was said; it is told when the person next says something.
    is_told: Mapped[bool] = mapped_column(default=False)


def _where(condition: str) -> dict[str, Any]:
    """Return the options of an index of only some rows."""
    return dict.fromkeys(("postgresql_where", "sqlite_where"), text(condition))


class Posting(Base):
    """One message on its way to one address; in order for each address, and once."""

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("message_id", "address_id"),
        Index("ix_posting_address_id_id", "address_id", "id"),
        # Whoever looks for the next ones finds these alone, however many were sent, and whatever the database has counted so far.
        Index("ix_posting_under_way", "id", **_where("state IN ('queued', 'sending')")),
        Index("ix_posting_address_id_under_way", "address_id", "id", **_where("state IN ('queued', 'sending')")),
        Index("ix_posting_recalling", "not_before", "id", **_where("state = 'recalling'")),
        Index("ix_posting_is_settled_state", "is_settled", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), index=True)
    state: Mapped[PostingState] = mapped_column(default=PostingState.QUEUED)
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    queued_at: Mapped[datetime]
    # Moments of the real clock, whatever the demonstration's says: when it may be tried, and until when a sender has it.
    not_before: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    # The channel's own id of the message, such as Slack's ts.
    external_id: Mapped[str | None]
    # Whether its choices were taken away there after one was taken here.
    is_settled: Mapped[bool] = mapped_column(default=False)


class Budget(Base):
    """How much of a channel's permitted rate is used up, shared by all processes: `free_at` is when the next send is due."""

    __tablename__ = "budget"

    key: Mapped[str] = mapped_column(primary_key=True)
    free_at: Mapped[datetime]


class Lease(Base):
    """Work that one process at a time does, such as the tick; by the real clock."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    until: Mapped[datetime]
