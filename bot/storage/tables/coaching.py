"""Plans, their check-ins, and reflections."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.encryption import Words
from bot.storage.tables.base import Base
from bot.storage.tables.states import (
    CheckInState,
    Outcome,
    PlanState,
)


class Plan(Base):
    """An if-then plan in the person's own words."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    theme: Mapped[str | None]
    scenario: Mapped[str | None]
    words: Mapped[str] = mapped_column(Words)
    state: Mapped[PlanState] = mapped_column(default=PlanState.OPEN)
    made_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CheckIn(Base):
    """A time at which the coach asks how a plan went, and what came back; `rating` is 0 to 10."""

    __tablename__ = "check_in"
    __table_args__ = (Index("ix_check_in_state_due_at", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime]
    state: Mapped[CheckInState] = mapped_column(default=CheckInState.DUE)
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    rating: Mapped[int | None]


class Reflection(Base):
    """What a person chose to keep of a reflection; nobody else reads it."""

    __tablename__ = "reflection"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    theme: Mapped[str | None]
    asked: Mapped[str] = mapped_column(Words)
    words: Mapped[str] = mapped_column(Words)
    kept_at: Mapped[datetime]
