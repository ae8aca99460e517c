"""What the installation keeps for itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.tables.base import Base


class Audit(Base):
    """What somebody of the staff did to something that is not theirs; it holds no words of anybody's."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    # Who did it: a person's id, or the account under which a command was run.
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    # Its seal, made of all the above and the seal before it with a key that is not in the database (bot/storage/chain.py).
    digest: Mapped[str] = mapped_column(server_default="")


class Erasure(Base):
    """Somebody's data were deleted: a keyed hash of who, and when, so that a backup that is restored is freed of them again."""

    __tablename__ = "erasure"

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Setting(Base):
    """A value that the running product keeps for itself, such as how far the demonstration's clock was moved."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
