"""What the statistics count, and what the editors of the content learn."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.encryption import Words
from bot.storage.tables.base import Base
from bot.storage.tables.states import (
    ClosenessAnswer,
    Happening,
)


class Activity(Base):
    """One thing that happened, for the statistics; it holds no words."""

    __tablename__ = "activity"
    __table_args__ = (Index("ix_activity_kind_at", "kind", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    kind: Mapped[Happening]
    theme: Mapped[str | None]
    scenario: Mapped[str | None]
    at: Mapped[datetime]


class Closeness(Base):
    """Whether a scenario was close to somebody's work, for the people who edit it; one answer for each version."""

    __tablename__ = "closeness"
    __table_args__ = (UniqueConstraint("person_id", "scenario", "scenario_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    scenario: Mapped[str] = mapped_column(index=True)
    scenario_version: Mapped[int]
    answer: Mapped[ClosenessAnswer]
    at: Mapped[datetime]


class Guess(Base):
    """Themes that were offered because the engine was not sure, and the one that the person chose.

    `words` is what they had written, kept here only when they let the editors learn from it.
    """

    __tablename__ = "guess"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    offered: Mapped[list[str]] = mapped_column(JSON)
    chosen: Mapped[str]
    words: Mapped[str | None] = mapped_column(Words)
    at: Mapped[datetime]
