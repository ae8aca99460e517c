"""When somebody may be written to: their hours, working days, busy blocks and days away, in their own zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
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
        """Return whether this wall time of this weekday (Monday is 0) lies in the block."""
        if self.starts < self.ends:
            return weekday in self.weekdays and self.starts <= at < self.ends
        return (weekday in self.weekdays and at >= self.starts) or ((weekday - 1) % 7 in self.weekdays and at < self.ends)


@dataclass(frozen=True, slots=True)
class Away:
    """Days on which nothing may arrive, first and last included."""

    label: str
    first: date
    last: date


class Needs(StrEnum):
    """What has to be asked before a change can be made."""

    WHICH_DAYS = "which_days"
    WHICH_HOURS = "which_hours"
    # What cannot be kept, which is said as plainly as a question.
    EVERY_WEEK = "every_week"
    HOW_OFTEN = "how_often"
    ONE_SURVEY = "one_survey"
    WHICH_ZONE = "which_zone"


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants changed in their hours; whatever is empty stays as it is.

    What is cleared, forgotten and freed goes first, then the rest is added; `frees` holds labels with a day of the week on which
    they are not. With `needs` there is a question to ask, about the busy time called `about` if that is given.
    """

    busy: tuple[BusyBlock, ...] = ()
    away: tuple[Away, ...] = ()
    day_starts: time | None = None
    day_ends: time | None = None
    adds_days: frozenset[int] = frozenset()
    drops_days: frozenset[int] = frozenset()
    weekly_cap: int | None = None
    survey_at: time | None = None
    wants_digest: bool | None = None
    wants_surveys: bool | None = None
    time_zone: str | None = None
    forgets: frozenset[str] = frozenset()
    frees: frozenset[tuple[str, int]] = frozenset()
    clears_busy: bool = False
    clears_away: bool = False
    needs: Needs | None = None
    about: str = ""

    def joined_with(self, later: Change) -> Change:
        """Return both changes as one; where they contradict each other the later one counts."""
        return Change(
            busy=self.busy + later.busy,
            away=self.away + later.away,
            day_starts=self.day_starts if later.day_starts is None else later.day_starts,
            day_ends=self.day_ends if later.day_ends is None else later.day_ends,
            adds_days=(self.adds_days - later.drops_days) | later.adds_days,
            drops_days=(self.drops_days - later.adds_days) | later.drops_days,
            weekly_cap=self.weekly_cap if later.weekly_cap is None else later.weekly_cap,
            survey_at=later.survey_at or self.survey_at,
            wants_digest=self.wants_digest if later.wants_digest is None else later.wants_digest,
            wants_surveys=self.wants_surveys if later.wants_surveys is None else later.wants_surveys,
            time_zone=later.time_zone or self.time_zone,
            forgets=self.forgets | later.forgets,
            frees=self.frees | later.frees,
            clears_busy=self.clears_busy or later.clears_busy,
            clears_away=self.clears_away or later.clears_away,
            needs=self.needs or later.needs,
            about=self.about or later.about,
        )


@dataclass(frozen=True, slots=True)
class Availability:
    """One person's hours. `weekly_cap` is the most that the coach writes of its own accord in any seven days.

    Surveys fall due at `survey_at`, or at the installation's own hour, unless they are not wanted; a digest of the week comes to
    those who want one. `time_zone` is the zone that the person named themselves, none while it is what their channel says.

    A day that ends at or before it starts goes on into the next one, as blocks do: 18:00 to 00:00 is the evening until midnight.
    """

    day_starts: time
    day_ends: time
    working_days: frozenset[int]
    busy: tuple[BusyBlock, ...] = ()
    away: tuple[Away, ...] = ()
    weekly_cap: int = 3
    survey_at: time | None = None
    wants_digest: bool = False
    wants_surveys: bool = True
    time_zone: str | None = None

    def is_within_day(self, at: time) -> bool:
        """Return whether a wall time lies in the hours of the day, whatever else keeps the person busy."""
        if self.day_starts < self.day_ends:
            return self.day_starts <= at < self.day_ends
        return at >= self.day_starts or at < self.day_ends

    def is_open(self, at: datetime, zone: ZoneInfo) -> bool:
        """Return whether something may arrive at this moment; working days are not looked at here."""
        return self._holding(at.astimezone(zone)) is None

    def label_at(self, at: datetime, zone: ZoneInfo) -> str | None:
        """Return what keeps the person busy or away at this moment, or none."""
        return self._holding(at.astimezone(zone)) or None

    def next_open(self, at: datetime, zone: ZoneInfo, is_working_day: Callable[[date], bool]) -> datetime | None:
        """Return the first moment (UTC) from `at` on at which something may arrive, on a day that counts; none within 400 days.

        The wall clock is asked at each moment at which an answer can change. An hour that a change of the clocks leaves out
        or repeats needs no rule of its own that way.
        """
        at = at.astimezone(UTC)  # moments of one zone are compared by their wall times, which go back once a year
        if self._may_arrive(at, zone, is_working_day):
            return at
        day = at.astimezone(zone).date() - timedelta(days=1)
        for offset in range(_HORIZON):
            for moment in self._openings(day + timedelta(days=offset), zone):
                if moment > at and self._may_arrive(moment, zone, is_working_day):
                    return moment
        return None

    def open_intervals(self, day: date, zone: ZoneInfo, is_working_day: bool) -> list[tuple[datetime, datetime]]:
        """Return when something may arrive on one day of the person's calendar: moments in UTC, each first included and last not."""
        if not is_working_day:
            return []
        # Where the day's midnight is repeated or left out, its hours lie a little beyond those of the day beside it.
        walls = {self.day_starts, self.day_ends, *(wall for block in self.busy for wall in (block.starts, block.ends))}
        moments = sorted({moment for days in (-1, 0, 1) for moment in _edges(day + timedelta(days=days), zone, walls)})
        found: list[tuple[datetime, datetime]] = []
        for start, end in pairwise(moments):
            local = start.astimezone(zone)
            if local.date() != day or self._holding(local) is not None:
                continue
            is_joined = bool(found) and found[-1][1] == start
            found.append((found.pop()[0] if is_joined else start, end))
        return found

    def with_change(self, change: Change, usual: Availability | None = None) -> Availability:
        """Return these hours with a change made; what it still `needs` is left as it is.

        A block of a label that is there already is added to it. When one end of the day is moved past the other, the other
        goes back to where `usual` has it, or to midnight where that does not fit either.
        """
        busy = [] if change.clears_busy else [block for block in self.busy if block.label not in change.forgets]
        busy = [kept for kept in (_freed(block, change.frees) for block in busy) if kept.weekdays]
        for block in change.busy:
            same = next((at for at, each in enumerate(busy) if replace(each, weekdays=block.weekdays) == block), len(busy))
            days = block.weekdays.union(*(each.weekdays for each in busy[same : same + 1]))
            busy[same : same + 1] = [replace(block, weekdays=days)]
        away = [] if change.clears_away else [days for days in self.away if days.label not in change.forgets]
        starts, ends = self._hours_after(change, usual)
        return Availability(
            day_starts=starts,
            day_ends=ends,
            working_days=(self.working_days - change.drops_days) | change.adds_days,
            busy=tuple(busy),
            away=(*away, *(days for days in change.away if days not in away)),
            weekly_cap=self.weekly_cap if change.weekly_cap is None else change.weekly_cap,
            survey_at=change.survey_at or self.survey_at,
            wants_digest=self.wants_digest if change.wants_digest is None else change.wants_digest,
            wants_surveys=self.wants_surveys if change.wants_surveys is None else change.wants_surveys,
            time_zone=change.time_zone or self.time_zone,
        )

    def _hours_after(self, change: Change, usual: Availability | None) -> tuple[time, time]:
        """Return when the day starts and ends after a change, so that moving one end alone never opens the night."""
        starts, ends = change.day_starts, change.day_ends
        if starts is not None and ends is None:
            narrows = self.day_ends <= self.day_starts <= starts
            choices = (self.day_ends, usual.day_ends if usual else MIDNIGHT)
            ends = self.day_ends if narrows else next((each for each in choices if _is_in_one_day(starts, each)), MIDNIGHT)
        elif ends is not None and starts is None:
            narrows = ends <= self.day_ends <= self.day_starts and ends != MIDNIGHT
            choices = (self.day_starts, usual.day_starts if usual else MIDNIGHT)
            starts = self.day_starts if narrows else next((each for each in choices if _is_in_one_day(each, ends)), MIDNIGHT)
        return self.day_starts if starts is None else starts, self.day_ends if ends is None else ends

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
        return None if self.is_within_day(at) else ""

    def _openings(self, day: date, zone: ZoneInfo) -> Sequence[datetime]:
        """Return the moments of a day at which something may begin to be allowed: ends of blocks, starts of days, changes of the clocks."""
        return _edges(day, zone, {self.day_starts, *(block.ends for block in self.busy)})

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
            "survey_at": self.survey_at.isoformat("minutes") if self.survey_at else None,
            "wants_digest": self.wants_digest,
            "wants_surveys": self.wants_surveys,
            "time_zone": self.time_zone,
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
            # Hours that were kept before there was such a choice have none of these.
            time.fromisoformat(kept["survey_at"]) if kept.get("survey_at") else None,
            kept.get("wants_digest", False),
            kept.get("wants_surveys", True),
            kept.get("time_zone"),
        )


def _freed(block: BusyBlock, frees: frozenset[tuple[str, int]]) -> BusyBlock:
    """Return a block without the days of the week on which its label is not."""
    return replace(block, weekdays=block.weekdays - {day for label, day in frees if label == block.label})


def _is_in_one_day(starts: time, ends: time) -> bool:
    return starts < ends or ends == MIDNIGHT


def _edges(day: date, zone: ZoneInfo, walls: set[time]) -> Sequence[datetime]:
    """Return the moments of a day that a clock shows these times and midnight, and at which its clocks are changed."""
    moments = {datetime.combine(day, wall, zone).replace(fold=fold).astimezone(UTC) for wall in walls | {MIDNIGHT} for fold in (0, 1)}
    return sorted(moments | _changes(day, zone))


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
