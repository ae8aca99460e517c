"""The one place that says what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """The present moment, aware and in UTC; the demonstration moves it by an offset."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset
