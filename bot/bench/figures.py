"""What is measured, and how."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.bench.broadcast import measure_broadcast
from bot.bench.dashboard import measure_dashboard
from bot.bench.delivery import measure_delivery
from bot.bench.figure import Figure, percentile
from bot.bench.names import NAMES, OF_BROADCASTS, OF_FIGURES, OF_PRODUCT, OF_QUEUE, OF_SLACK, OF_TEAMS
from bot.bench.product import FIRST, LINES, Measured, measured_product
from bot.bench.slack import measure_slack
from bot.bench.teams import measure_teams
from bot.content.library import load_library
from bot.rasa.model import train
from bot.settings import ROOT, Settings

ROUNDS = 12


async def measure(settings: Settings, names: tuple[str, ...]) -> list[Figure]:
    """Return the figures asked for; all of them when none is named."""
    wanted = names or NAMES
    figures: list[Figure] = []
    if any(name in wanted for name in OF_PRODUCT):
        figures += await _measure_product(settings.var, wanted)
    if any(name in wanted for name in OF_SLACK):
        figures += await measure_slack(settings, wanted)
    if any(name in wanted for name in OF_TEAMS):
        figures += await measure_teams(settings)
    if any(name in wanted for name in OF_QUEUE):
        figures += await measure_delivery(settings, wanted)
    if any(name in wanted for name in OF_BROADCASTS):
        figures += await measure_broadcast(settings)
    if any(name in wanted for name in OF_FIGURES):
        figures += await measure_dashboard(settings)
    if "import" in wanted:
        figures.append(_import_time())
    if "training" in wanted:
        figures.append(_training_time(settings))
    return figures


def _import_time() -> Figure:
    """Return the processor's time that the command takes before it does anything, less what Python itself takes."""

    def took(*given: str) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *given], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    times = [took("-c", "import gc; gc.disable(); from bot.__main__ import load; load()") - took("-c", "pass") for _ in range(5)]
    return Figure("import", round(min(times), 2), "s", "processor's time before a command begins, less Python's own; best of 5", goal=1.0)


def _training_time(settings: Settings) -> Figure:
    library = load_library(settings.content, settings.programmes)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        train(library, replace(settings, var=Path(folder)), lambda _words: None)
        took = time.perf_counter() - started
    return Figure("training", round(took, 0), "s", "checking the dialogue data and training, from nothing")


async def _measure_product(var: Path, wanted: tuple[str, ...]) -> list[Figure]:
    """Start the product once and take its figures."""
    figures: list[Figure] = []
    async with measured_product(var) as (product, ready):
        async with product.visitor("surgeon") as visit:
            started = time.perf_counter()
            await visit.say(FIRST)
            first_reply = ready + time.perf_counter() - started
            if "start" in wanted:
                figures.append(
                    Figure(
                        "start_to_first_reply",
                        round(first_reply, 1),
                        "s",
                        "coach demo, model trained before, until the first answer",
                        goal=30.0,
                    )
                )
            parts = {"engine": product.engine_pid(), "web": product.process.pid}
            before = {part: product.processor(pid) for part, pid in parts.items()}
            turns = [await visit.say(line) for _ in range(ROUNDS) for line in LINES]
            spent = {part: product.processor(pid) - before[part] for part, pid in parts.items()}
        if "turn_web" in wanted:
            figures += _turns(turns, await _rest_turns(product))
        if "processor" in wanted:
            for part, seconds in spent.items():
                how = f"processor's time of this process in {len(turns)} turns of one person in the web chat, divided by them"
                figures.append(Figure(f"processor_{part}", round(seconds / len(turns) * 1000, 1), "ms", how))
        if "understanding" in wanted:
            figures.append(await _understanding(product))
        if "memory" in wanted:
            figures.append(
                Figure(
                    "memory_bot",
                    round(product.memory(product.process.pid), 0),
                    "MB",
                    "resident memory after the turns above",
                    goal=200.0,
                )
            )
            figures.append(
                Figure(
                    "memory_engine",
                    round(product.memory(product.engine_pid()), 0),
                    "MB",
                    "resident memory of the engine after them",
                )
            )
    return figures


def _turns(turns: list[float], rest: list[float]) -> Iterator[Figure]:
    how = (
        f"web chat, one person, {len(turns)} turns: from sending the form to the answer on the page's stream; "
        "baseline: Rasa's REST channel alone"
    )
    for name, share, goal in (("p50", 0.5, None), ("p95", 0.95, 150.0), ("p99", 0.99, None)):
        yield Figure(
            f"turn_web_{name}",
            round(percentile(turns, share) * 1000, 1),
            "ms",
            how,
            round(percentile(rest, share) * 1000, 1),
            goal,
        )


async def _rest_turns(product: Measured) -> list[float]:
    """Return the seconds that the engine's REST channel takes for the same lines, actions included."""
    async with product.visitor("nurse-lead"):
        key = await product.conversation_key("nurse-lead")
    engine = await product.engine()
    times = []
    try:
        for number in range(ROUNDS * len(LINES)):
            started = time.perf_counter()
            await engine.send(key, LINES[number % len(LINES)], number)
            times.append(time.perf_counter() - started)
    finally:
        await engine.close()
    return times


async def _understanding(product: Measured) -> Figure:
    engine = await product.engine()
    times = []
    try:
        for number in range(100):
            started = time.perf_counter()
            await engine.parse(LINES[number % len(LINES)])
            times.append(time.perf_counter() - started)
    finally:
        await engine.close()
    return Figure("understanding_p95", round(percentile(times, 0.95) * 1000, 1), "ms", "the engine's /model/parse, 100 messages one by one")
