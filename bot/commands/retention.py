"""`coach retention`: what is older than it may be, and deleting it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import open_database
from bot.domain.clock import Clock
from bot.services.retention import Old, Retention
from bot.settings import read_settings
from bot.storage.demonstration import clock_offset


def add_to(app: typer.Typer) -> None:
    app.command()(retention)


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run/--apply", help="Only say what would go, or delete it now.")] = True,
) -> None:
    """Show how long each kind of thing is kept and how much is too old; delete that with --apply. The product does so once a day."""
    table = Table("kind", "programme", "kept for", "would go" if dry_run else "deleted")
    for each in asyncio.run(_retention(is_dry=dry_run)):
        table.add_row(each.kind, each.programme or "all others", f"{each.days} days", str(each.count))
    Console().print(table)


async def _retention(*, is_dry: bool) -> list[Old]:
    settings = read_settings()
    database = open_database(settings)
    try:
        keeper = Retention(database, settings.file.retention)
        async with database.reading() as session:
            now = Clock(await clock_offset(session)).now()
        return await (keeper.look(now) if is_dry else keeper.apply(now))
    finally:
        await database.close()
