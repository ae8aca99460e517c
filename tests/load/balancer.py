"""A plain balancer: each connection goes to the next of several servers that takes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count

from bot.rasa.engine import free_port


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    with contextlib.suppress(OSError):
        sink.close()


@asynccontextmanager
async def balancer(ports: Sequence[int], port: int | None = None) -> AsyncIterator[int]:
    """Spread connections over these loopback ports by turns, passing over those that nobody listens on; give the port to connect to."""
    turn, taken = count(), port or free_port()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(turn)
        for offset in range(len(ports)):
            with contextlib.suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", ports[(first + offset) % len(ports)])
                await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
                return
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", taken)
    try:
        yield taken
    finally:
        server.close()
