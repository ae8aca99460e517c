"""Rounds of micro-surveys, and their answers: with the round until they are filed, then under a pseudonym each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.encryption import EncryptedJSON
from bot.storage.tables.base import Base
from bot.storage.tables.states import RoundState


class SurveyRound(Base):
    """One time that one person is asked one instrument; `items` are the item ids in order.

    `instrument` is its id; where one counterpart is what it is about, with a colon and that counterpart's number. `answers` are by
    item, as `bot.storage.surveys` writes them; a value stays here only until it is filed.
    """

    __tablename__ = "survey_round"
    __table_args__ = (UniqueConstraint("person_id", "instrument", "number"), Index("ix_survey_round_is_filed_due_at", "is_filed", "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    instrument: Mapped[str]
    number: Mapped[int]
    items: Mapped[list[dict[str, Any]]]
    answers: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    # Whether nothing that was answered waits to be filed; whether anything was answered at all does not show.
    is_filed: Mapped[bool] = mapped_column(default=False)
    state: Mapped[RoundState] = mapped_column(default=RoundState.DUE)
    due_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class FiledAnswer(Base):
    """One answer, by a pseudonym of its own: nothing here tells which answers are one person's, or whose.

    `pseudonym` is made of person, round and item with a key that is not in the database; `wave` is the round's number where an
    instrument is asked in waves, `quarter` when it was filed. The table has no other order than that of the pseudonyms.
    """

    __tablename__ = "filed_answer"
    __table_args__ = (
        Index("ix_filed_answer_instrument_item_wave_quarter", "instrument", "item", "wave", "quarter"),
        {"sqlite_with_rowid": False},
    )

    pseudonym: Mapped[str] = mapped_column(primary_key=True)
    instrument: Mapped[str]
    wave: Mapped[int | None]
    quarter: Mapped[str]
    item: Mapped[str]
    item_version: Mapped[int]
    value: Mapped[int]
