"""How people are grouped: programmes with their cohorts and forums, trusts, and who has which role where."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.access import Role
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
