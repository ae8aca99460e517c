"""A moment that somebody names by day, hour and time zone: one that there is, once, and that lies ahead."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.broadcasts import Every


class WrongMoment(Exception):
    """Raised when a moment cannot be meant; `says` is skipped, doubled or past."""

    def __init__(self, says: str) -> None:
        super().__init__(says)
        self.says = says


def is_zone(name: str) -> bool:
    """Return whether there is a time zone of that name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def moment_of(day: date, hour: time, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the moment at which a clock in a zone shows that hour. Raises WrongMoment, also for one that is not ahead of `now`."""
    moment = datetime.combine(day, hour, zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise WrongMoment("skipped")
    if moment.utcoffset() != moment.replace(fold=1).utcoffset():
        raise WrongMoment("doubled")
    if moment <= now:
        raise WrongMoment("past")
    return moment.astimezone(UTC)


def series(first: datetime, zone: ZoneInfo, every: Every, until: date) -> Iterator[datetime]:
    """Give the moments of a series by the wall clock of its zone, the first one too, to the day `until`.

    Where the clocks skip the hour it comes as soon after as there is one; where they double it, the first time. A month that
    lacks the day has it on its last.
    """
    local = first.astimezone(zone)
    number = 0
    while (day := _day(local.date(), every, number)) <= until:
        yield datetime.combine(day, local.time().replace(fold=0), zone).astimezone(UTC)
        number += 1


def _day(first: date, every: Every, number: int) -> date:
    if every is Every.MONTH:
        years, month = divmod(first.month - 1 + number, 12)
        year, month = first.year + years, month + 1
        return date(year, month, min(first.day, monthrange(year, month)[1]))
    return first + timedelta(days=number * (7 if every is Every.WEEK else 14))
