"""Both sides of a conversation, and the events that brought it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.encryption import Number, Words
from bot.storage.tables.base import Base
from bot.storage.tables.states import (
    InboundState,
    Side,
)


class Inbound(Base):
    """One event from a channel; its id there makes a redelivered one recognisable.

    `choice` is the value of what was tapped, `payload` what that (or a typed label) turned out to stand for.
    """

    __tablename__ = "inbound"
    __table_args__ = (UniqueConstraint("channel", "event_id"), Index("ix_inbound_state_person", "state", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    channel: Mapped[str]
    event_id: Mapped[str]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"))
    # Where the answer goes; none for channels that read the conversation itself, as the web chat does.
    address_id: Mapped[int | None] = mapped_column(ForeignKey("address.id", ondelete="SET NULL"))
    choice: Mapped[str | None] = mapped_column("tapped", Words)
    payload: Mapped[str | None] = mapped_column("stands_for", Words)
    # The kinds of identifiers that were taken out of the message before it was kept.
    redactions: Mapped[list[str]] = mapped_column(JSON, default=list)
    received_at: Mapped[datetime]
    state: Mapped[InboundState] = mapped_column(default=InboundState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    was_told: Mapped[bool] = mapped_column(default=False)
    # While this lies ahead, by the real clock, one process is answering the message and no other may.
    claimed_until: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class Message(Base):
    """One message of a conversation, from either side. `choices` are label and payload, in order."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_person_id_id", "person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    side: Mapped[Side]
    text: Mapped[str] = mapped_column(Words)
    choices: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    # Encrypted, because an answer to a survey's question is among them.
    chosen: Mapped[int | None] = mapped_column("taken", Number)
    stays_open: Mapped[bool] = mapped_column(default=False)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id", ondelete="SET NULL"))
    at: Mapped[datetime]


class Receipt(Base):
    """The id of an event that was answered without being kept, such as before consent; nothing else of it is here."""

    __tablename__ = "receipt"

    channel: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
