"""Calendar months, which are what figures are told of: whole ones, once they are over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Self
from zoneinfo import ZoneInfo

from bot.domain.quarter import Quarter


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month of one year; `number` is 1 to 12."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the month that "2026-10" is; raises ValueError."""
        return cls.of(date.fromisoformat(f"{text}-01"))

    @property
    def after(self) -> Month:
        return self.plus(1)

    @property
    def before(self) -> Month:
        return self.plus(-1)

    @property
    def quarter(self) -> Quarter:
        return Quarter.of(self.day)

    @property
    def day(self) -> date:
        return date(self.year, self.number, 1)

    def plus(self, months: int) -> Month:
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    def starts(self, zone: ZoneInfo) -> datetime:
        """Return the month's first midnight in that zone."""
        return datetime.combine(self.day, time(), zone)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"
