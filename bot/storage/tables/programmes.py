"""How people are grouped: programmes with their cohorts and forums, trusts, and who has which role where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.access import Role
from bot.storage.encryption import EncryptedJSON, Words
from bot.storage.tables.base import Base


class Programme(Base):
    __tablename__ = "programme"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    is_sample: Mapped[bool] = mapped_column(default=False)


class Trust(Base):
    """An NHS organisation that people work in."""

    __tablename__ = "trust"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]


class Cohort(Base):
    """One intake of a programme."""

    __tablename__ = "cohort"
    __table_args__ = (UniqueConstraint("programme_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[str] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    title: Mapped[str]


class Forum(Base):
    """A group of a programme's people that meets, such as one trust's clinical directors."""

    __tablename__ = "forum"
    __table_args__ = (UniqueConstraint("programme_id", "title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[str] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    title: Mapped[str]
    meets_at: Mapped[datetime | None]
    # The zone in which that meeting was named.
    time_zone: Mapped[str | None]


class ForumMember(Base):
    """Somebody's place in a forum."""

    __tablename__ = "forum_member"

    forum_id: Mapped[int] = mapped_column(ForeignKey("forum.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)


class RoleGrant(Base):
    """A role that somebody has or had, in one programme or in all, and of a forum lead's in one forum or in all."""

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role]
    programme_id: Mapped[str | None] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    forum_id: Mapped[int | None] = mapped_column(ForeignKey("forum.id", ondelete="CASCADE"))
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]
    ended_at: Mapped[datetime | None]


class JoinCode(Base):
    """A code with which people put themselves into a programme, a cohort or a forum of it; kept as a keyed hash only."""

    __tablename__ = "join_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_key: Mapped[str] = mapped_column(unique=True)
    programme_id: Mapped[str] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"), index=True)
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohort.id", ondelete="CASCADE"))
    forum_id: Mapped[int | None] = mapped_column(ForeignKey("forum.id", ondelete="CASCADE"))
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    expires_at: Mapped[datetime]
    most_uses: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]


class WrongCode(Base):
    """One guess at a code that was none, for an hour; `source` is a keyed hash of where it came from."""

    __tablename__ = "wrong_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(index=True)
    at: Mapped[datetime]


class RosterDraft(Base):
    """A roster that was read and is looked at before it is imported; addresses in it are keyed hashes, and all of it is encrypted."""

    __tablename__ = "roster_draft"

    id: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str]
    # What may be done besides: cohorts, trusts and forums that are new.
    may_add: Mapped[bool]
    # Whether the roster changed between the look and the import, so that it has to be looked at again.
    has_changed: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str]
    # The rows as JSON lines; none once they were imported.
    content: Mapped[str | None] = mapped_column(Words)
    # What is wrong and what would change, as `Report.as_json` writes it.
    report: Mapped[dict[str, Any] | None] = mapped_column(EncryptedJSON)
