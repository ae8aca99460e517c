"""Which items a round of a micro-survey asks, and when it falls due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

# The instrument with which a general manager or nurse lead says how working with the person is who invited them.
COUNTERPART = "counterpart"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a round asks: an instrument about the person themselves, or about the one who invited them as a counterpart."""

    instrument: str
    counterpart: int | None = None

    @property
    def name(self) -> str:
        """Its rounds are kept under this name."""
        return self.instrument if self.counterpart is None else f"{self.instrument}:{self.counterpart}"

    @property
    def source(self) -> str:
        """Its rounds are scheduled and delivered under this name."""
        return f"survey:{self.name}"

    @staticmethod
    def named(name: str) -> Subject:
        """Return the subject with this name, or with this source."""
        instrument, _, counterpart = name.removeprefix("survey:").partition(":")
        return Subject(instrument, int(counterpart) if counterpart else None)


def items_of_round(number: int, rotating: Sequence[str], each: int, anchor: str) -> list[str]:
    """Return the items of round `number` (from 1): the next `each` of the rotating ones, then the anchor.

    Rotation carries on where the round before stopped, so that every item is asked equally often.
    """
    first = (number - 1) * each
    return [rotating[(first + offset) % len(rotating)] for offset in range(min(each, len(rotating)))] + [anchor]


@dataclass(frozen=True, slots=True)
class Cadence:
    """When rounds are asked: `every_days` of the person's own calendar, or in waves `after_days`.

    They are asked at `ask_at`, whatever the hour at which somebody joined.
    """

    every_days: int | None
    ask_at: time
    after_days: tuple[int, ...] = ()

    def due_at(self, number: int, joined: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when round `number` (from 1) falls due for somebody who joined then; none after the last wave."""
        days = self._days_until(number)
        if days is None:
            return None
        return datetime.combine(joined.astimezone(zone).date() + timedelta(days=days), self.ask_at, zone)

    def latest_due(self, joined: datetime, zone: ZoneInfo, now: datetime) -> int:
        """Return the number of the latest round that is due by `now`; 0 before the first.

        Rounds that passed unasked are not caught up: nobody is asked twice about the same fortnight.
        """
        local = now.astimezone(zone)
        days = (local.date() - joined.astimezone(zone).date()).days - (local.time() < self.ask_at)
        if self.every_days is not None:
            return max(0, days // self.every_days)
        return sum(after <= days for after in self.after_days)

    def _days_until(self, number: int) -> int | None:
        if self.every_days is not None:
            return self.every_days * number
        return self.after_days[number - 1] if number <= len(self.after_days) else None
