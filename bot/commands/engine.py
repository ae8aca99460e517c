"""`coach train` and `coach understand`: the dialogue engine's model, and what it makes of a message."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.bootstrap import open_product
from bot.commands.voice import progress
from bot.content.toolkit import load_toolkit
from bot.rasa.model import train as train_model
from bot.rasa.reading import read_message
from bot.settings import SettingError, read_settings


def add_to(app: typer.Typer) -> None:
    app.command()(train)
    app.command()(understand)


def train() -> None:
    """Validate the dialogue data and train the model, unless nothing changed."""
    settings = read_settings()
    train_model(load_toolkit(settings.content), settings.var, progress)


def understand(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines with a text each; standard input when left out.")] = None,
) -> None:
    """Print, for each line of JSON, what the coach makes of its text."""
    asyncio.run(_understand(file.read_text(encoding="utf-8").splitlines() if file else sys.stdin))


async def _understand(lines: Iterable[str]) -> None:
    settings = read_settings()
    async with open_product(settings, progress) as product:
        engine = await product.engine.client()
        for number, line in enumerate(lines, start=1):
            if line.strip():
                print(json.dumps(await read_message(engine, product.net, _text_in(line, number)), ensure_ascii=False), flush=True)


def _text_in(line: str, number: int) -> str:
    try:
        said: Any = json.loads(line)
        return str(said["text"])
    except (ValueError, KeyError, TypeError):
        raise SettingError(f'line {number} is not {{"text": "..."}}: write one JSON object a line') from None
