"""The database's tables, one class a noun. Every moment is aware UTC; every word that a person wrote is encrypted."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Enum, ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from bot.storage.encryption import Words


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as UTC and given back as UTC on every database; SQLite itself knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Role(StrEnum):
    PARTICIPANT = "participant"
    FORUM_LEAD = "forum_lead"
    PROGRAMME_TEAM = "programme_team"


class Side(StrEnum):
    PERSON = "person"
    COACH = "coach"


class InboundState(StrEnum):
    WAITING = "waiting"
    ANSWERED = "answered"


class PlanState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class CheckInState(StrEnum):
    DUE = "due"
    ASKED = "asked"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    DONE = "done"
    PARTLY = "partly"
    MISSED = "missed"


class RoundState(StrEnum):
    DUE = "due"
    ASKED = "asked"
    CLOSED = "closed"


class DeliveryKind(StrEnum):
    CHECK_IN = "check_in"
    SURVEY = "survey"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    DROPPED = "dropped"


class ClosenessAnswer(StrEnum):
    CLOSE = "close"
    PARTLY = "partly"
    NOT_CLOSE = "not_close"


class Happening(StrEnum):
    """What the statistics count; never what was said."""

    CONVERSATION_STARTED = "conversation_started"
    CHALLENGE_HEARD = "challenge_heard"
    SCENARIO_STARTED = "scenario_started"
    SCENARIO_FINISHED = "scenario_finished"
    REFLECTION_KEPT = "reflection_kept"
    LESSON_READ = "lesson_read"
    NOT_UNDERSTOOD = "not_understood"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this attribute as it stands
        datetime: Moment(),
        str: String(120),
        dict[str, Any]: JSON(),
        list[dict[str, Any]]: JSON(),
        # Kept as text without a database enumeration, so that adding a value needs no migration.
        StrEnum: Enum(StrEnum, native_enum=False, length=40, values_callable=lambda kind: [member.value for member in kind]),
    }


class Programme(Base):
    __tablename__ = "programme"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    is_sample: Mapped[bool] = mapped_column(default=False)


class Person(Base):
    """Someone on the roster. `conversation_key` names their tracker in Rasa, so that Rasa never holds the roster's id."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Words)
    programme_id: Mapped[str | None] = mapped_column(ForeignKey("programme.id"), index=True)
    role: Mapped[Role] = mapped_column(default=Role.PARTICIPANT)
    time_zone: Mapped[str]
    joined_at: Mapped[datetime]
    consent_version: Mapped[int | None]
    consented_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]


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
    choice: Mapped[str | None] = mapped_column(String(40))
    payload: Mapped[str | None] = mapped_column(String(500))
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
    chosen: Mapped[int | None]
    stays_open: Mapped[bool] = mapped_column(default=False)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id", ondelete="SET NULL"))
    at: Mapped[datetime]


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

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"), index=True)
    due_at: Mapped[datetime]
    state: Mapped[CheckInState] = mapped_column(default=CheckInState.DUE, index=True)
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


class SurveyRound(Base):
    """One time that one person is asked one instrument; `items` are the item ids in order."""

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


class Delivery(Base):
    """One proactive message; the database itself lets a source reach a person once for each occurrence."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("person_id", "source", "occurrence"),
        Index("ix_delivery_state_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    kind: Mapped[DeliveryKind]
    source: Mapped[str]
    occurrence: Mapped[str]
    subject_id: Mapped[int]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


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


class Setting(Base):
    """A value that the running product keeps for itself, such as how far the demonstration's clock was moved."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
