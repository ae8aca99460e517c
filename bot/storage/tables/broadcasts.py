"""What forum leads send to many at once, and what came back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.broadcasts import BroadcastKind, BroadcastState, Every, Sharing
from bot.storage.encryption import Words
from bot.storage.tables.base import Base


class Broadcast(Base):
    """One prompt to many people. Whom it reached and how far it is are the deliveries of its source, and counted from there.

    `version` grows with every change; an approval holds for the version that was read. `editors` are all who changed it.
    """

    __tablename__ = "broadcast"
    __table_args__ = (Index("ix_broadcast_state_send_at", "state", "send_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[str] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"), index=True)
    kind: Mapped[BroadcastKind]
    title: Mapped[str] = mapped_column(Words)
    text: Mapped[str] = mapped_column(Words)
    thing: Mapped[str | None]
    choices: Mapped[list[str]] = mapped_column(JSON, default=list)
    audience: Mapped[dict[str, Any]]
    time_zone: Mapped[str]
    reply_by: Mapped[datetime | None]
    state: Mapped[BroadcastState] = mapped_column(default=BroadcastState.DRAFT)
    version: Mapped[int] = mapped_column(default=1)
    author_id: Mapped[str]
    editors: Mapped[list[str]] = mapped_column(JSON, default=list)
    changed_at: Mapped[datetime]
    approved_by: Mapped[str | None]
    approved_version: Mapped[int | None]
    # Who sent or scheduled it, and to how many they meant to.
    sender_id: Mapped[str | None]
    confirmed_count: Mapped[int | None]
    send_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)
    # How many were left out when it began, by why.
    left_out: Mapped[dict[str, Any]] = mapped_column(default=dict)
    ended_by: Mapped[str | None]
    # Why it went back to being a draft by itself.
    note: Mapped[str | None]
    every: Mapped[Every | None]
    until: Mapped[date | None]
    # The first of a series, and which one of it this is.
    series_of: Mapped[int | None]
    number: Mapped[int] = mapped_column(default=1)

    @property
    def source(self) -> str:
        return f"broadcast:{self.id}"


class BroadcastAnswer(Base):
    """What one person answered: a choice, or that they wrote something, which is kept as a reflection of their own.

    `words` are here only while they are shared with the forum.
    """

    __tablename__ = "broadcast_answer"
    __table_args__ = (Index("ix_broadcast_answer_broadcast_id", "broadcast_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcast.id", ondelete="CASCADE"))
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    choice: Mapped[int | None]
    reflection_id: Mapped[int | None] = mapped_column(ForeignKey("reflection.id", ondelete="SET NULL"))
    # Which of the toolkit's themes it is about; none until that was looked at, and empty where it is about none.
    theme: Mapped[str | None]
    sharing: Mapped[Sharing] = mapped_column(default=Sharing.PRIVATE)
    words: Mapped[str | None] = mapped_column(Words)
    answered_at: Mapped[datetime]
