"""Where the Slack app is installed, and the installations that are under way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.encryption import Words
from bot.storage.tables.base import Base


class Installation(Base):
    """The app in one workspace, or in a whole Enterprise Grid organisation: `account` is the id of the one or the other.

    The row outlives the installation, without its tokens: `ended_reason` says why nothing can be sent there any more.
    """

    __tablename__ = "installation"
    __table_args__ = (Index("ix_installation_enterprise_id", "enterprise_id"),)

    account: Mapped[str] = mapped_column(primary_key=True)
    team_id: Mapped[str | None]
    enterprise_id: Mapped[str | None]
    is_enterprise_install: Mapped[bool]
    name: Mapped[str | None] = mapped_column(String(255))
    app_id: Mapped[str | None]
    bot_id: Mapped[str | None]
    bot_user_id: Mapped[str | None]
    scopes: Mapped[str] = mapped_column(String(2000))
    bot_token: Mapped[str | None] = mapped_column(Words)
    # With token rotation: what a new token is asked for with, and when the present one runs out.
    refresh_token: Mapped[str | None] = mapped_column(Words)
    token_expires_at: Mapped[datetime | None]
    installed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class InstallState(Base):
    """One installation that an administrator has begun: the hash of the state that Slack hands back, good once and for a while."""

    __tablename__ = "install_state"

    digest: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]
