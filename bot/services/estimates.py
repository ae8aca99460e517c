"""What a group's answers say, with how sure that is: means, paired change, proportions, and reliable change on a scale.

SciPy is imported where a quantile is needed, since nothing but telling figures needs it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval of 95 % confidence, and the number of people it is about."""

    n: int
    value: float
    low: float
    high: float
    deviation: float = 0.0


def mean_of(values: Sequence[float]) -> Estimate:
    """Return the mean of at least two values with its t-interval; `deviation` is their standard deviation."""
    from scipy.stats import t  # noqa: PLC0415 - see above

    n, mean, deviation = len(values), statistics.fmean(values), statistics.stdev(values)
    half = float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * deviation / math.sqrt(n)
    return Estimate(n, mean, mean - half, mean + half, deviation)


def change_of(before: Mapping[str, float], after: Mapping[str, float]) -> Estimate:
    """Return the mean change of those who are in both, with the t-interval of their differences."""
    return mean_of([after[person] - before[person] for person in before.keys() & after.keys()])


def share_of(some: int, n: int) -> Estimate:
    """Return a proportion with Wilson's score interval (without correction for continuity)."""
    from scipy.stats import norm  # noqa: PLC0415 - see above

    z, share = float(norm.ppf((1 + CONFIDENCE) / 2)), some / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Estimate(n, share, max(0.0, middle - half), min(1.0, middle + half))


def alpha_of(answers: Sequence[Sequence[float]]) -> float:
    """Return Cronbach's alpha of a scale; one row a person, one column an item. Nothing varies: 0."""
    items = len(answers[0])
    of_sums = statistics.variance([sum(row) for row in answers])
    if of_sums == 0:
        return 0.0
    of_items = sum(statistics.variance([row[item] for row in answers]) for item in range(items))
    return items / (items - 1) * (1 - of_items / of_sums)


def reliable_change(before: float, after: float, deviation: float, reliability: float) -> float:
    """Return Jacobson and Truax's index: a change beyond 1.96 either way is more than the scale's own error."""
    return (after - before) / (deviation * math.sqrt(1 - reliability) * math.sqrt(2))
