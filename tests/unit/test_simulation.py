"""The simulation of docs/scale.md does its arithmetic right."""

from __future__ import annotations

import random

import pytest

from tests.load.simulation import DOCS, KILOBYTES, LONGEST_WAIT_P95, PEOPLE, measured, peak_rate, plan, simulate, waits, with_plan


def test_a_queue_waits_as_theory_says() -> None:
    # One server with turns of one length half the time busy: the mean wait is half a turn (M/D/1); ours vary a little (M/G/1: 0.625).
    found = waits(0.5, 1, 1.0, random.Random(1), 60_000)
    assert sum(found) / len(found) == pytest.approx(0.625, rel=0.08)


@pytest.mark.parametrize("people", PEOPLE)
def test_the_engines_planned_are_enough(people: int) -> None:
    load = simulate(people, 60.0, 25.0, 14.0, random.Random(2))
    assert load.engines * 0.6 / 0.06 >= load.peak_turns_a_second
    assert load.wait_p95_ms / 1000 <= LONGEST_WAIT_P95
    assert load.peak_turns_a_second == pytest.approx(peak_rate(people), abs=0.01)


def test_ten_times_the_people_take_ten_times_the_database() -> None:
    few, many = (simulate(people, 60.0, 25.0, 14.0, random.Random(3)) for people in (10_000, 100_000))
    assert many.database_gb_a_year == pytest.approx(10 * few.database_gb_a_year, rel=0.01)


def test_the_plan_is_made_from_what_was_measured() -> None:
    page = (DOCS / "scale.md").read_text()
    made = with_plan(page, plan(measured("processor_engine"), measured("processor_web"), KILOBYTES))
    assert page == made, "run python -m tests.load.simulation --write"
