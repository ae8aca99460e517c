"""Who is signed in on the web, and by what: every secret is here as a hash only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.encryption import EncryptedJSON, Words
from bot.storage.tables.base import Base


class WebSession(Base):
    """Somebody signed in with one browser: `digest` is the hash of what its cookie holds, `way` how they signed in."""

    __tablename__ = "web_session"

    digest: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    way: Mapped[str]
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    # With an identity provider: which, and the token by which it is told that they sign out.
    provider: Mapped[str | None]
    id_token: Mapped[str | None] = mapped_column(Words)


class SignInAttempt(Base):
    """A sign-in at an identity provider that has begun: the hash of its state, good once and for a while."""

    __tablename__ = "sign_in_attempt"

    digest: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    # What has to match when they come back, and which page they asked for.
    carried: Mapped[dict[str, Any]] = mapped_column(EncryptedJSON)
    expires_at: Mapped[datetime]


class Identity(Base):
    """An account at an identity provider that is somebody's on the roster."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(500))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime]


class ReturnLink(Base):
    """A link that somebody keeps to come back by; its secret is here as a keyed hash only."""

    __tablename__ = "return_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    secret_key: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
