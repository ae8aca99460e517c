"""Rounds of micro-surveys and their answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables.base import Base
from bot.storage.tables.states import RoundState


class SurveyRound(Base):
    """One time that one person is asked one instrument; `items` are the item ids in order.

    `instrument` is its id; where one counterpart is what it is about, with a colon and that counterpart's number.
    """

    __tablename__ = "survey_round"
    __table_args__ = (UniqueConstraint("person_id", "instrument", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    instrument: Mapped[str]
    number: Mapped[int]
    items: Mapped[list[dict[str, Any]]]
    state: Mapped[RoundState] = mapped_column(default=RoundState.DUE)
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class SurveyAnswer(Base):
    """One answer; `value` is none when the person skipped the item."""

    __tablename__ = "survey_answer"
    __table_args__ = (UniqueConstraint("round_id", "item"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("survey_round.id", ondelete="CASCADE"))
    item: Mapped[str]
    item_version: Mapped[int]
    value: Mapped[int | None]
    answered_at: Mapped[datetime]
