"""Measures turns as more people write at once and as conversations grow, and what the engine alone does with the same lines.

All of it in the web chat: Slack's own pace, of a message a second and conversation, would be what is measured there.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

from sqlalchemy import text

from bot.bench.figure import Figure, percentile
from bot.bench.product import LINES
from bot.bench.slack import CROWD, Setting
from bot.bootstrap import open_database

AT_ONCE = (1, 10, 50)
# So many turns are taken at each number of people, at least; and of each length of conversation.
TURNS = 100
EARLIER = (10, 100, 1000)
SHARES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))


async def measure_crowd(setting: Setting) -> AsyncIterator[Figure]:
    """Give turn times and turns a second with so many people at once, beside the engine's REST channel with as many."""
    for people in AT_ONCE:
        lines = max(len(LINES), TURNS // people)
        async with AsyncExitStack() as stack:
            visits = [await stack.enter_async_context(setting.product.visitor(f"U{number}")) for number in range(people)]
            ours, took = await _all_at_once(people, lines, lambda number, line: visits[number].say(line))  # noqa: B023 - done before the next
        alone, took_alone = await _all_at_once(people, lines, lambda number, line: _turn_of_engine(setting, f"R{number}", line))
        how = (
            f"{len(ours)} turns in the web chat, {people} at once, each writing on when answered; baseline: the engine's REST channel alone"
        )
        for name, share in SHARES:
            both = [round(percentile(each, share) * 1000, 1) for each in (ours, alone)]
            goal = round(both[1] * 1.3, 1) if name == "p95" else None
            yield Figure(f"turn_web_{people}_people_{name}", both[0], "ms", how, both[1], goal)
        rates = [round(len(each) / spent, 1) for each, spent in ((ours, took), (alone, took_alone))]
        yield Figure(f"turns_per_second_{people}_people", rates[0], "/s", how, rates[1])


async def _all_at_once(people: int, lines: int, turn: Callable[[int, str], Awaitable[float]]) -> tuple[list[float], float]:
    """Return the seconds of each turn, and of all of them."""
    times: list[float] = []

    async def person(number: int) -> None:
        for line in range(lines):
            times.append(await turn(number, LINES[line % len(LINES)]))

    started = time.perf_counter()
    await asyncio.gather(*(person(number) for number in range(people)))
    return times, time.perf_counter() - started


async def _turn_of_engine(setting: Setting, conversation: str, line: str) -> float:
    started = time.perf_counter()
    await setting.engine.send(conversation, line, 0)
    return time.perf_counter() - started


async def measure_history(setting: Setting) -> AsyncIterator[Figure]:
    """Give turn times of a conversation that had so many turns before, beside one that had ten."""
    pattern = f"U{CROWD - 1}"
    async with setting.product.visitor(pattern) as visit:
        for line in LINES:
            await visit.say(line)
    first: dict[str, float] = {}
    for number, earlier in enumerate(EARLIER):
        user = f"U{CROWD - 2 - number}"
        await _lengthen(setting, pattern, user, earlier // len(LINES) + 1)
        async with setting.product.visitor(user) as visit:
            times = [await visit.say(LINES[line % len(LINES)]) for line in range(4 * len(LINES))]
        how = f"{len(times)} turns in the web chat of one person whose conversation had {earlier} turns before; baseline: had {EARLIER[0]}"
        for name, share in SHARES:
            value = round(percentile(times, share) * 1000, 1)
            base = first.setdefault(name, value)
            is_goal = name == "p95" and earlier == EARLIER[-1]
            yield Figure(f"turn_web_after_{earlier}_{name}", value, "ms", how, base, round(base * 1.2, 1) if is_goal else None)


async def _lengthen(setting: Setting, pattern: str, user: str, times: int) -> None:
    """Put another person's conversation before this one's, so many times: in the engine's tracker and in ours."""
    database = open_database(setting.product.settings)
    try:
        async with database.reading() as session:
            keys = [
                (await session.execute(text("SELECT conversation_key FROM person WHERE id = :id"), {"id": each})).scalar_one()
                for each in (pattern, user)
            ]
        async with database.transaction() as session:
            columns = "side, text, choices, chosen, stays_open, at"
            for _ in range(times):
                await session.execute(
                    text(f"INSERT INTO message (person_id, {columns}) SELECT :user, {columns} FROM message WHERE person_id = :pattern"),
                    {"user": user, "pattern": pattern},
                )
    finally:
        await database.close()
    columns = "type_name, timestamp, intent_name, action_name, data"
    with contextlib.closing(sqlite3.connect(setting.tracker, timeout=30)) as tracker, tracker:
        for _ in range(times):
            tracker.execute(
                f"INSERT INTO events (sender_id, {columns}) SELECT ?, {columns} FROM events WHERE sender_id = ? ORDER BY id",
                (keys[1], keys[0]),
            )
