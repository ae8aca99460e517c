"""Against worked examples as they were published, to the digits that were printed."""

from __future__ import annotations

import math

import pytest

from bot.services.estimates import alpha_of, change_of, mean_of, reliable_change, share_of

# Student (1908), The probable error of a mean, Biometrika 6: hours of sleep gained with one drug and another, ten patients.
FIRST = dict(enumerate([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]))
SECOND = dict(enumerate([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]))
# Darwin's maize, crossed less self-fertilised, in eighths of an inch: Fisher (1935), The Design of Experiments, section 17.
MAIZE = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def test_paired_change_as_in_students_sleep() -> None:
    found = change_of({str(k): v for k, v in FIRST.items()}, {str(k): v for k, v in SECOND.items()})
    # Student prints a mean of 1.58 and, dividing by n, a deviation of 1.17; R's documentation of t.test prints the interval.
    assert f"{found.value:.2f}" == "1.58"
    assert f"{found.deviation * math.sqrt(0.9):.2f}" == "1.17"
    assert (f"{found.low:.7f}", f"{found.high:.7f}") == ("0.7001142", "2.4598858")


def test_only_those_who_are_in_both_are_compared() -> None:
    assert change_of({"a": 1, "b": 2, "c": 5}, {"b": 4, "c": 6, "d": 1}).n == 2


def test_mean_and_interval_as_in_fishers_maize() -> None:
    found = mean_of(MAIZE)
    # Fisher prints the sum, 314, t as 2.148, and Student's t of 15 plants at 5 % as 2.145.
    assert round(found.value * 15) == 314
    assert f"{found.value / (found.deviation / math.sqrt(15)):.3f}" == "2.148"
    assert f"{(found.high - found.value) / (found.deviation / math.sqrt(15)):.3f}" == "2.145"


@pytest.mark.parametrize(
    ("some", "n", "low", "high"),
    [(81, 263, "0.2553", "0.3662"), (15, 148, "0.0624", "0.1605"), (0, 20, "0.0000", "0.1611"), (1, 29, "0.0061", "0.1718")],
)
def test_wilsons_interval_as_newcombe_prints_it(some: int, n: int, low: str, high: str) -> None:
    """Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I, method 3."""
    found = share_of(some, n)
    assert (f"{found.low:.4f}", f"{found.high:.4f}") == (low, high)


def test_reliable_change_as_in_jacobson_and_truax() -> None:
    """Jacobson and Truax (1991), Journal of Consulting and Clinical Psychology 59: from 47.5 to 32.5, deviation 7.5, reliability .80."""
    assert f"{reliable_change(47.5, 32.5, 7.5, 0.80):.2f}" == "-3.16"


def test_alpha_of_parallel_items_is_one_and_of_unrelated_ones_is_none() -> None:
    assert alpha_of([[1, 1, 1], [2, 2, 2], [5, 5, 5]]) == pytest.approx(1)
    assert alpha_of([[1, 1], [1, 5], [5, 1], [5, 5]]) == pytest.approx(0)
    assert alpha_of([[3, 3], [3, 3]]) == 0
