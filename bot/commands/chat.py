"""`coach chat`: the coach in a terminal, for people and for scripts."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from bot.bootstrap import open_product
from bot.channels.terminal import Terminal
from bot.commands.voice import progress
from bot.settings import read_settings


def add_to(app: typer.Typer) -> None:
    app.command()(chat)


def chat(
    person: Annotated[str, typer.Option(help="Who is talking: an id on the roster, or a new one.")],
    json: Annotated[bool, typer.Option("--json", help="Read and write one JSON object a line.")] = False,
) -> None:
    """Talk to the coach in the terminal."""
    asyncio.run(_chat(person, as_json=json))


async def _chat(person_id: str, *, as_json: bool) -> None:
    settings = read_settings()
    async with open_product(settings, progress) as product:
        await product.engine.client()
        terminal = Terminal(product, person_id, sys.stdout, as_json=as_json)
        await terminal.run(sys.stdin)
