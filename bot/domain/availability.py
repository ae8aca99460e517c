"""When somebody may be written to: their hours, working days, busy blocks and days away, in their own zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
# Nobody is busy for longer than this; whoever seems to be is written to no more.
_HORIZON = 400  # days


@dataclass(frozen=True, slots=True)
class BusyBlock:
    """A part of every week in which nothing may arrive, such as theatre; Monday is 0.

    One that ends at or before it starts goes on into the next day: nights on call are 20:00 to 08:00. A whole day is 00:00 to 00:00.
    """

    label: str
    weekdays: frozenset[int]
    starts: time
    ends: time

    def covers(self, weekday: int, at: time) -> bool:
        """Return whether this wall time of this weekday lies in the block."""
        if self.starts < self.ends:
            return weekday in self.weekdays and self.starts <= at < self.ends
        return (weekday in self.weekdays and at >= self.starts) or ((weekday - 1) % 7 in self.weekdays and at < self.ends)


@dataclass(frozen=True, slots=True)
class Away:
    """Days on which nothing may arrive, first and last included."""

    label: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Availability:
    """One person's hours. `weekly_cap` is the most that the coach writes of its own accord in any seven days."""

    day_starts: time
    day_ends: time
    working_days: frozenset[int]
    busy: tuple[BusyBlock, ...] = ()
    away: tuple[Away, ...] = ()
    weekly_cap: int = 3

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        """Return whether something may arrive at this moment; working days are not looked at here."""
        return self._holding(at.astimezone(zone)) is None

    def label_at(self, at: datetime, zone: ZoneInfo) -> str | None:
        """Return what keeps the person busy or away at this moment, or none."""
        return self._holding(at.astimezone(zone)) or None

    def next_open(self, at: datetime, zone: ZoneInfo, is_working_day: Callable[[date], bool]) -> datetime | None:
        """Return the first moment from `at` on at which something may arrive, on a day that counts; none within 400 days.

        The wall clock is asked at each moment at which an answer can change. An hour that a change of the clocks leaves out
        or repeats needs no rule of its own that way.
        """
        if self._may_arrive(at, zone, is_working_day):
            return at
        day = at.astimezone(zone).date() - timedelta(days=1)
        for offset in range(_HORIZON):
            for moment in self._edges(day + timedelta(days=offset), zone):
                if moment > at and self._may_arrive(moment, zone, is_working_day):
                    return moment
        return None

    def without(self, label: str) -> Availability:
        """Return the same hours without the blocks and days away of this label."""
        return self._with(
            busy=tuple(block for block in self.busy if block.label != label), away=tuple(days for days in self.away if days.label != label)
        )

    def _with(self, **changes: Any) -> Availability:
        values = {name: getattr(self, name) for name in self.__slots__}
        return Availability(**{**values, **changes})

    def _may_arrive(self, at: datetime, zone: ZoneInfo, is_working_day: Callable[[date], bool]) -> bool:
        local = at.astimezone(zone)
        return self._holding(local) is None and is_working_day(local.date())

    def _holding(self, local: datetime) -> str | None:
        """Return what holds a message back at this wall time: a label, nothing for the hours of the day, none when it may arrive."""
        at, day = local.time().replace(fold=0), local.date()
        for days in self.away:
            if days.first <= day <= days.last:
                return days.label
        for block in self.busy:
            if block.covers(day.weekday(), at):
                return block.label
        return None if self.day_starts <= at < self.day_ends else ""

    def _edges(self, day: date, zone: ZoneInfo) -> Sequence[datetime]:
        """Return the moments of a day at which something may begin to be allowed: ends of blocks, starts of days, changes of the clocks."""
        walls = {MIDNIGHT, self.day_starts, *(block.ends for block in self.busy)}
        moments = {datetime.combine(day, wall, zone).replace(fold=fold).astimezone(UTC) for wall in walls for fold in (0, 1)}
        return sorted(moments | _changes(day, zone))

    def as_json(self) -> dict[str, Any]:
        """Return these hours as a plain document."""
        return {
            "day": [self.day_starts.isoformat("minutes"), self.day_ends.isoformat("minutes")],
            "working_days": sorted(self.working_days),
            "busy": [
                [block.label, sorted(block.weekdays), block.starts.isoformat("minutes"), block.ends.isoformat("minutes")]
                for block in self.busy
            ],
            "away": [[days.label, days.first.isoformat(), days.last.isoformat()] for days in self.away],
            "weekly_cap": self.weekly_cap,
        }

    @staticmethod
    def from_json(kept: dict[str, Any]) -> Availability:
        """Return the hours that `as_json` wrote."""
        starts, ends = (time.fromisoformat(text) for text in kept["day"])
        return Availability(
            starts,
            ends,
            frozenset(kept["working_days"]),
            tuple(
                BusyBlock(label, frozenset(days), time.fromisoformat(begins), time.fromisoformat(stops))
                for label, days, begins, stops in kept["busy"]
            ),
            tuple(Away(label, date.fromisoformat(first), date.fromisoformat(last)) for label, first, last in kept["away"]),
            kept["weekly_cap"],
        )


def _changes(day: date, zone: ZoneInfo) -> set[datetime]:
    """Return the moment of a day at which its clocks are changed, if they are: to the minute, which is how the rules are made."""
    start = datetime.combine(day, MIDNIGHT, zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), MIDNIGHT, zone).astimezone(UTC)
    if start.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset():
        return set()
    while end - start > timedelta(minutes=1):
        middle = start + (end - start) / 2
        middle = middle.replace(second=0, microsecond=0)
        if middle <= start:
            break
        if middle.astimezone(zone).utcoffset() == start.astimezone(zone).utcoffset():
            start = middle
        else:
            end = middle
    return {end}
