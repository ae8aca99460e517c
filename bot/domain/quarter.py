"""Quarters of the calendar year, after which people are told what came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Self
from zoneinfo import ZoneInfo

_MONTHS = ("January to March", "April to June", "July to September", "October to December")


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """One quarter of one year; `number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def at(cls, index: int) -> Self:
        """Return the quarter with this index."""
        return cls(index // 4, index % 4 + 1)

    @property
    def index(self) -> int:
        """A number that is one more for each quarter that follows."""
        return self.year * 4 + self.number - 1

    @property
    def before(self) -> Quarter:
        return Quarter.at(self.index - 1)

    @property
    def after(self) -> Quarter:
        return Quarter.at(self.index + 1)

    def starts(self, zone: ZoneInfo, at: time = time()) -> datetime:
        """Return the quarter's first midnight in that zone, or another time of that day."""
        return datetime.combine(date(self.year, self.number * 3 - 2, 1), at, zone)

    def __str__(self) -> str:
        """Return it as programmes write it: "2026-Q4"."""
        return f"{self.year}-Q{self.number}"

    @property
    def months(self) -> str:
        """Its months in words: "July to September"."""
        return _MONTHS[self.number - 1]
