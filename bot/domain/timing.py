"""When something may reach a person: pure rules over moments, in the person's own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours in which proactive messages may arrive."""

    starts: time
    ends: time

    def next_moment(self, at: datetime, zone: ZoneInfo) -> datetime:
        """Return `at` when it lies within the hours, else the next beginning of them."""
        local = at.astimezone(zone)
        opening = datetime.combine(local.date(), self.starts, zone)
        closing = datetime.combine(local.date(), self.ends, zone)
        if local < opening:
            return opening
        if local >= closing:
            return datetime.combine(local.date() + timedelta(days=1), self.starts, zone)
        return at
