"""`coach train` and `coach understand`: the dialogue engine's model, and what it makes of a message."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import open_product
from bot.commands.review import review
from bot.commands.voice import progress
from bot.content.library import load_library
from bot.rasa.model import train as train_model
from bot.rasa.reading import read_message
from bot.settings import SettingError, read_settings

REVIEW = "review"


def add_to(app: typer.Typer) -> None:
    app.command()(train)
    app.command()(understand)


def train() -> None:
    """Validate the dialogue data and train the model, unless nothing changed."""
    settings = read_settings()
    train_model(load_library(settings.content, settings.programmes), settings, progress)


def understand(
    file: Annotated[
        Path | None, typer.Argument(help=f"JSON Lines with a text each; standard input when left out; '{REVIEW}' reviews given wording.")
    ] = None,
    evaluate: Annotated[bool, typer.Option("--evaluate", help="Read labelled lines and print how well they were understood.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --evaluate: one JSON object a figure.")] = False,
    misses: Annotated[bool, typer.Option("--misses", help="With --evaluate: each line that was misread, too.")] = False,
) -> None:
    """Print, for each line of JSON, what the coach makes of its text."""
    if file is not None and str(file) == REVIEW and not file.exists():
        asyncio.run(review())
        return
    if file is not None and not file.is_file():
        raise SettingError(f"there is no file {file}: name a file of JSON Lines")
    lines = file.read_text(encoding="utf-8").splitlines() if file else sys.stdin
    asyncio.run(_evaluate(lines, as_json=as_json, misses=misses) if evaluate else _understand(lines))


async def _understand(lines: Iterable[str]) -> None:
    settings = read_settings()
    async with open_product(settings, progress) as product:
        engine = await product.engine.client()
        for number, line in enumerate(lines, start=1):
            if line.strip():
                said = _labelled(line, number)
                read = await read_message(engine, product.net, product.redactor, said["text"], product.clock.now().date())
                print(json.dumps(read, ensure_ascii=False), flush=True)


async def _evaluate(lines: Iterable[str], *, as_json: bool, misses: bool) -> None:
    # scikit-learn takes a second to import, and only this needs it.
    from bot.understanding.evaluation import Reading, commonest_confusions, measures, theme_table  # noqa: PLC0415

    labelled = [_labelled(line, number) for number, line in enumerate(lines, start=1) if line.strip()]
    for number, label in enumerate(labelled, start=1):
        if "intent" not in label:
            raise SettingError(f'line {number} has no label: write {{"text": ..., "intent": ..., "theme": ..., "safety": ...}}')
    readings: list[Reading] = []
    async with open_product(read_settings(), progress) as product:
        engine = await product.engine.client()
        today = product.clock.now().date()
        for label in labelled:
            readings.append(Reading(label, await read_message(engine, product.net, product.redactor, label["text"], today)))
    if misses:
        for each in readings:
            if any(each.label.get(name) != each.read[name] for name in ("intent", "theme", "safety")):
                print(json.dumps({**each.label, "read": each.read}, ensure_ascii=False))
    found = measures(readings)
    if as_json:
        for figure in found:
            print(json.dumps({"name": figure.name, "value": figure.value, "count": figure.count}))
        return
    console = Console()
    console.print(_table(("figure", "value", "of"), [(figure.name, f"{figure.value:.3f}", str(figure.count)) for figure in found]))
    columns, rows = theme_table(readings)
    if rows:
        console.print(confusion_table(columns, rows))
    if confused := [(truth, said, str(count)) for truth, said, count in commonest_confusions(readings, 12)]:
        console.print(_table(("intent", "taken for", "times"), confused))


def confusion_table(columns: Sequence[str], rows: Sequence[Sequence[int]]) -> Table:
    """Return how often each true theme (a row) was taken for each (a column, by its row's number, or "none"): 80 letters wide."""
    table = Table(
        title="Themes: the true one in its row, what was said under its number", title_justify="left", box=None, padding=(0, 0, 0, 2)
    )
    table.add_column("", no_wrap=True)
    numbers = [str(number) for number in range(1, len(rows) + 1)]
    for number in (*numbers, "none"):
        table.add_column(number, justify="right", no_wrap=True)
    for number, name, counts in zip(numbers, columns, rows, strict=False):
        table.add_row(f"{number} {name}", *(str(count) if count else "\u00b7" for count in counts))
    return table


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    return table


def _labelled(line: str, number: int) -> dict[str, Any]:
    try:
        said = json.loads(line)
        return {**said, "text": str(said["text"])}
    except (ValueError, KeyError, TypeError):
        raise SettingError(f'line {number} is not {{"text": "..."}}: write one JSON object a line') from None
