"""config/settings.yml, typed: what is not secret and the same wherever the product runs."""

from __future__ import annotations

from collections.abc import Container
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.domain.availability import Availability


class Section(BaseModel):
    """A part of config/settings.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ConversationSettings(Section):
    """Limits of one exchange."""

    longest_message: int = Field(ge=200, le=40_000)
    say_wait_after_seconds: float = Field(gt=0, le=60)
    engine_timeout_seconds: float = Field(gt=0, le=120)
    hold_before_consent_minutes: int = Field(ge=1, le=240)


class UnderstandingSettings(Section):
    """Confidences, 0 to 1, at which the engine's guess is acted on, and the folder of its sentence encoder."""

    theme_clear_at: float = Field(ge=0, le=1)
    scenario_clear_at: float = Field(ge=0, le=1)
    encoder: Path


class FollowUpSettings(Section):
    """When proactive messages may arrive, in the person's own time."""

    ask_at: time
    day_starts: time
    day_ends: time
    working_days: tuple[int, ...] = Field(min_length=1)
    holidays_country: str
    holidays_region: str | None
    weekly_cap: int = Field(ge=1, le=21)
    usual_gap_days: int = Field(ge=1, le=60)
    grace_days: int = Field(ge=0, le=30)
    apart_minutes: int = Field(ge=0, le=1440)
    quiet_after_message_minutes: int = Field(ge=0, le=240)
    check_in_closes_after_days: int = Field(ge=1, le=60)
    remind_after_days: int = Field(ge=1, le=60)
    reflection_returns_after_days: tuple[int, ...]

    @cached_property
    def bank_holidays(self) -> Container[date]:
        """Days on which nobody works, as the country has them."""
        return holidays.country_holidays(self.holidays_country, subdiv=self.holidays_region)

    @property
    def availability(self) -> Availability:
        """The hours of people who have not said anything about theirs."""
        return Availability(self.day_starts, self.day_ends, frozenset(self.working_days), weekly_cap=self.weekly_cap)


class SurveySettings(Section):
    """Which micro-surveys people are asked, and at what time of their day."""

    instruments: tuple[str, ...] = Field(min_length=1)
    not_in_months: frozenset[int]
    ask_at: time


class BroadcastSettings(Section):
    """Above how many recipients a second person has to approve, and for how many seconds sending can be undone."""

    approve_above: int = Field(default=200, ge=1)
    undo_seconds: int = Field(default=60, ge=0, le=3600)


class DashboardSettings(Section):
    """Disclosure control of the dashboard."""

    smallest_group: int = Field(ge=5)


class SignInSettings(Section):
    """How long somebody stays signed in on the web: without using it, and at most; shorter for whoever has a role or works here."""

    idle_days: int = Field(default=7, ge=1, le=90)
    ends_after_days: int = Field(default=30, ge=1, le=180)
    staff_idle_minutes: int = Field(default=60, ge=5, le=24 * 60)
    staff_ends_after_hours: int = Field(default=12, ge=1, le=7 * 24)


class RetentionSettings(Section):
    """How long each kind of thing is kept, in days; one that is not named is kept until the person deletes it or leaves."""

    days: dict[str, Annotated[int, Field(ge=1, le=36_500)]]
    # By programme id, what holds there instead.
    programmes: dict[str, dict[str, Annotated[int, Field(ge=1, le=36_500)]]] = {}


class SettingsFile(Section):
    """config/settings.yml."""

    content: Path
    programmes: Path
    time_zone: str
    conversation: ConversationSettings
    understanding: UnderstandingSettings
    follow_up: FollowUpSettings
    survey: SurveySettings
    broadcast: BroadcastSettings = BroadcastSettings()
    dashboard: DashboardSettings
    sign_in: SignInSettings = SignInSettings()
    retention: RetentionSettings

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"'{name}' is no time zone | Write one such as Europe/London") from None
        return name
