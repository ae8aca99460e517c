"""One measured figure, with its goal and how it was taken."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure; `baseline` is the same measurement of something simpler in the same run.

    `goal` is the most that it may be, or with `at_least` the least.
    """

    name: str
    value: float
    unit: str
    how: str
    baseline: float | None = None
    goal: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        return round(self.value / self.baseline, 2) if self.baseline else None

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def as_json(self) -> str:
        """Return the figure as one line of JSON."""
        shown = {name: value for name, value in asdict(self).items() if name != "at_least"}
        return json.dumps({**shown, "ratio": self.ratio, "met": self.met})


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]
