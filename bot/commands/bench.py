"""`coach bench`: the benchmarks."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.bench.names import NAMES, OF_ENGINE
from bot.commands.voice import progress
from bot.content.library import load_library
from bot.rasa.model import train
from bot.settings import SettingError, read_settings


def add_to(app: typer.Typer) -> None:
    app.command()(bench)


def bench(
    names: Annotated[list[str] | None, typer.Argument(help=f"Which of: {', '.join(NAMES)}; all when left out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Measure the running product, and print what was measured."""
    for name in names or ():
        if name not in NAMES:
            raise SettingError(f"there is no benchmark '{name}': name one of {', '.join(NAMES)}")
    from bot.bench.figures import measure  # noqa: PLC0415 - a third of a second that no other command needs

    settings = read_settings()
    if not names or any(name in OF_ENGINE for name in names):
        train(load_library(settings.content, settings.programmes), settings, progress)
    figures = asyncio.run(measure(settings, tuple(names or ())))
    if json:
        for figure in figures:
            print(figure.as_json())
        return
    table = Table("figure", "value", "baseline", "ratio", "goal", "met", "how it was taken")
    for each in figures:
        met = {None: "", True: "yes", False: "no"}[each.met]
        table.add_row(
            each.name,
            f"{each.value:g} {each.unit}",
            "" if each.baseline is None else f"{each.baseline:g}",
            "" if each.ratio is None else f"{each.ratio:g}",
            "" if each.goal is None else f"{each.goal:g}",
            met,
            each.how,
        )
    Console().print(table)
