"""The one place that says what time it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The present moment, aware and in UTC; the demonstration moves it by an offset."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset


def real_time() -> datetime:
    """Return the present moment of the machine's own clock, whatever the demonstration's says."""
    return datetime.now(UTC)


# Nothing waits longer than this by the machine's clock: what seems to was written down before that clock was put back.
LONGEST_WAIT = timedelta(hours=6)


class ClockWatch:
    """Notices when the machine's clock is moved, from how far it and a clock that nobody can move have gone."""

    # A clock that is corrected little by little, as they are all day, is not moved.
    _MOVED = 5.0  # seconds

    def __init__(self, now: Callable[[], datetime] = real_time, steady: Callable[[], float] = time.monotonic) -> None:
        self._now, self._steady = now, steady
        self._last = (now(), steady())
        self._moved_at: float | None = None

    def read(self) -> datetime:
        """Return the present moment."""
        now, steady = self._now(), self._steady()
        if abs((now - self._last[0]).total_seconds() - (steady - self._last[1])) > self._MOVED:
            self._moved_at = steady
        self._last = (now, steady)
        return now

    def was_moved_within(self, length: timedelta) -> bool:
        """Return whether the clock was moved, as far as readings show, at most that long ago."""
        return self._moved_at is not None and self._last[1] - self._moved_at <= length.total_seconds()
