"""A simulation of a day of people, from a thousand to a million: how many turns a second come, and how long they wait for an engine.

Nothing is run but arithmetic: turns take what `coach bench processor` measured, as the table of docs/performance.md has it.
Usage: python -m tests.load.simulation [--turn-ms N] [--web-ms N] [--json | --write]
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
import re
from dataclasses import asdict, dataclass
from pathlib import Path

PEOPLE = (1_000, 10_000, 100_000, 1_000_000)
# What is assumed of people: turns a week, and how a working day's turns spread over its hours, from seven to nine in the evening.
# The worst is Monday at half past eight, when check-ins come: so many of those asked answer in ten minutes.
TURNS_A_WEEK, CHECK_INS_A_WEEK = 8.0, 0.6
HOURS = (2, 9, 8, 6, 6, 10, 9, 6, 6, 6, 8, 7, 5, 4)
ANSWERS_AT_ONCE, TURNS_OF_AN_ANSWER, WINDOW = 0.15, 4, 600.0
# An engine is taken to be full at this share of its time, so that one that is lost, or a burst, does not make a queue.
FULL = 0.6
LONGEST_WAIT_P95 = 0.4  # seconds

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- plan: begin -->", "<!-- plan: end -->"
# Processor's time of a turn, in milliseconds, while docs/performance.md has no table: taken under load, so rather too long.
UNTIL_MEASURED = {"processor_engine": 26.0, "processor_web": 41.0}
KILOBYTES = 17.0  # what a turn leaves in the database, indexes included (docs/scale.md says how it was counted)


def measured(name: str) -> float:
    """Return a figure of the table that `make bench` writes, in milliseconds."""
    found = re.search(rf"^\| `{name}` \| ([\d.]+) ms \|", (DOCS / "performance.md").read_text(), re.M)
    return float(found[1]) if found else UNTIL_MEASURED[name]


@dataclass(frozen=True)
class Load:
    """What so many people ask for at the worst ten minutes of the week, and what it takes."""

    people: int
    turns_a_day: int
    peak_turns_a_second: float
    engines: int
    webs: int
    wait_p95_ms: float
    database_gb_a_year: float


def peak_rate(people: int) -> float:
    """Return turns a second in the worst ten minutes: the hour's own, and the answers to Monday's check-ins."""
    usual = people * TURNS_A_WEEK / 5 * HOURS[1] / sum(HOURS) / 3600
    answers = people * CHECK_INS_A_WEEK * ANSWERS_AT_ONCE * TURNS_OF_AN_ANSWER / WINDOW
    return usual + answers


def waits(rate: float, engines: int, seconds_a_turn: float, source: random.Random, turns: int = 20_000) -> list[float]:
    """Return how long each of so many turns waits, by chance arrivals at a rate and turns of varying length (seconds)."""
    free, now, found = [0.0] * engines, 0.0, []
    for _ in range(turns):
        now += source.expovariate(rate)
        begins = max(now, free[0])
        found.append(begins - now)
        heapq.heapreplace(free, begins + source.gammavariate(4, seconds_a_turn / 4))
    return found


def simulate(people: int, turn_ms: float, web_ms: float, kilobytes: float, source: random.Random) -> Load:
    """Return what so many people take when a turn takes an engine and a web process so long, and leaves so much in the database."""
    rate, each = peak_rate(people), turn_ms / 1000
    engines = max(2, math.ceil(rate * each / FULL))
    found = sorted(waits(rate, engines, each, source))
    return Load(
        people=people,
        turns_a_day=round(people * TURNS_A_WEEK / 5),
        peak_turns_a_second=round(rate, 2),
        engines=engines,
        webs=max(2, math.ceil(rate * web_ms / 1000 / FULL)),
        wait_p95_ms=round(found[int(len(found) * 0.95)] * 1000, 1),
        database_gb_a_year=round(people * TURNS_A_WEEK * 52 * kilobytes / 1_000_000, 2),
    )


def plan(turn_ms: float, web_ms: float, kilobytes: float) -> str:
    """Return the plan as a table, with what it is made from."""
    lines = [
        f"With {turn_ms:g} ms of an engine's processor and {web_ms:g} ms of a web process's a turn, and {kilobytes:g} kB in the database:",
        "",
        "| people | turns a day | at the worst, a second | engines | web | wait for an engine p95, ms | database a year, GB |",
        "|---|---|---|---|---|---|---|",
    ]
    for people in PEOPLE:
        load = simulate(people, turn_ms, web_ms, kilobytes, random.Random(people))
        lines.append(f"| {' | '.join(f'{value:,}' for value in asdict(load).values())} |")
    return "\n".join(lines)


def with_plan(page: str, table: str) -> str:
    """Return the page with this plan in the place of the old one."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.partition(END)[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turn-ms", type=float, default=measured("processor_engine"), help="processor's time of an engine a turn")
    parser.add_argument("--web-ms", type=float, default=measured("processor_web"), help="processor's time of a web process a turn")
    parser.add_argument("--kilobytes", type=float, default=KILOBYTES, help="what a turn leaves in the database, indexes included")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--write", action="store_true", help="into docs/scale.md")
    given = parser.parse_args()
    table = plan(given.turn_ms, given.web_ms, given.kilobytes)
    if given.json:
        for people in PEOPLE:
            print(json.dumps(asdict(simulate(people, given.turn_ms, given.web_ms, given.kilobytes, random.Random(people)))))
    elif given.write:
        page = DOCS / "scale.md"
        page.write_text(with_plan(page.read_text(), table))
    else:
        print(table)


if __name__ == "__main__":
    main()
