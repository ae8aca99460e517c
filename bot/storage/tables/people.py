"""Who takes part, and where channels reach them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.posts import Post
from bot.storage.encryption import EncryptedJSON, Words
from bot.storage.tables.base import Base
from bot.storage.tables.states import PersonKind, Relation


class Person(Base):
    """Someone on the roster. `conversation_key` names their tracker in Rasa, so that Rasa never holds the roster's id."""

    __tablename__ = "person"
    __table_args__ = (Index("uq_person_email_key", "email_key", unique=True),)

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Words)
    # The keyed hash of their e-mail address, by which a channel's directory finds them; the address itself is not kept.
    email_key: Mapped[str | None]
    programme_id: Mapped[str | None] = mapped_column(ForeignKey("programme.id"), index=True)
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id"), index=True)
    trust_id: Mapped[str | None] = mapped_column(ForeignKey("trust.id"), index=True)
    kind: Mapped[PersonKind] = mapped_column(default=PersonKind.PARTICIPANT, server_default="participant")
    # The post they hold, where the roster or they themselves have said.
    post: Mapped[Post | None]
    time_zone: Mapped[str]
    joined_at: Mapped[datetime]
    consent_version: Mapped[int | None]
    consented_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    last_message_at: Mapped[datetime | None]
    # Their hours, working days, busy blocks and leave, as `Availability.as_json` writes them; none is the installation's own.
    availability: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
    was_asked_to_go_on_at: Mapped[datetime | None]
    # Since when they do not want to be counted in any figure.
    objected_at: Mapped[datetime | None]


class Consent(Base):
    """One time that a person agreed: to which version of the text, by its hash; taken back, it goes with all the rest."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    text_digest: Mapped[str]
    channel: Mapped[str]
    given_at: Mapped[datetime]


class Address(Base):
    """Where a channel reaches one person: `account` is Slack's workspace or the Teams tenant, `user` their id there.

    `place` is what the channel needs to write to them: Slack's conversation id, or Teams' conversation reference.
    """

    __tablename__ = "address"
    __table_args__ = (UniqueConstraint("channel", "account", "user"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str]
    account: Mapped[str]
    user: Mapped[str]
    place: Mapped[str] = mapped_column(Words)
    used_at: Mapped[datetime]
    # Why nothing can be sent there any more, such as a person who left the workspace.
    closed_reason: Mapped[str | None]


class Counterpart(Base):
    """A general manager or nurse lead whom a person invites to say how working with them is: `rater_id`, once they accepted.

    The invitation's code is kept as a keyed hash only. Nobody sees one rater's answers, the person least of all.
    """

    __tablename__ = "counterpart"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    relation: Mapped[Relation]
    code_key: Mapped[str] = mapped_column(unique=True)
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    rater_id: Mapped[str | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
