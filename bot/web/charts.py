"""Draws charts as SVG, in a process of their own."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

# How long drawing one chart may take, in seconds.
TIME_LIMIT = 30.0


class ChartFailed(Exception):
    """Raised when the drawing process ended without a picture."""


class ChartRenderer:
    """Draws in a short-lived child process, since the drawing library would keep 140 MB of this one."""

    def __init__(self, keep: int = 64) -> None:
        self._keep = keep
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._drawing = asyncio.Lock()

    def kept(self, specification: Mapping[str, Any]) -> bytes | None:
        """Return the picture of a specification where it was drawn before."""
        return self._drawn.get(_key(json.dumps(specification, sort_keys=True)))

    async def svgs(self, specifications: Sequence[Mapping[str, Any]]) -> list[bytes]:
        """Return the pictures of specifications, drawn by one process where they were not drawn before; raises ChartFailed."""
        texts = [json.dumps(each, sort_keys=True) for each in specifications]
        keys = [_key(text) for text in texts]
        async with self._drawing:
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._drawn}
            if missing:
                self._drawn |= dict(zip(missing, await self._draw(list(missing.values())), strict=True))
            found = [self._drawn[key] for key in keys]
            for key in keys:
                self._drawn.move_to_end(key)
            while len(self._drawn) > self._keep:
                self._drawn.popitem(last=False)
            return found

    @staticmethod
    async def _draw(texts: Sequence[str]) -> list[bytes]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.web.draw",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(TIME_LIMIT):
                drawn, _ = await process.communicate(f"[{','.join(texts)}]".encode())
        except TimeoutError:
            raise ChartFailed(f"drawing took longer than {TIME_LIMIT:g} s") from None
        finally:
            # Neither a chart that takes too long nor a reader who has left keeps the process.
            if process.returncode is None:
                process.kill()
                await process.wait()
        pictures: list[str | None] = json.loads(drawn) if drawn and not process.returncode else []
        made = [picture.encode() for picture in pictures if picture]
        if len(made) < len(texts):
            raise ChartFailed(f"the drawing process ended with code {process.returncode}")
        return made


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
