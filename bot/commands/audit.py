"""`coach audit`: what the staff did, and whether the record of it is whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bootstrap import open_database
from bot.settings import SettingError, read_settings
from bot.storage.audit import Anchor, ChainBroken, actions_about, all_actions, verify_chain

Found = TypeVar("Found")


def add_to(app: typer.Typer) -> None:
    audit = typer.Typer(help="What the staff did, in a chain that shows whether it was tampered with.", no_args_is_help=True)
    audit.command()(verify)
    audit.command()(show)
    audit.command()(anchor)
    app.add_typer(audit, name="audit")


def verify(
    anchors: Annotated[Path | None, typer.Option(help="A file of anchors that were written down earlier, one a line.")] = None,
) -> None:
    """Check that no entry was changed, put in or taken out; exit 1 and name the first where one was."""
    try:
        expected = [Anchor.read(line) for line in anchors.read_text().splitlines() if line.strip()] if anchors else []
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise SettingError(f"--anchors: {error}") from None
    newest = _newest(expected)
    print(f"the audit is whole: {newest.number if newest else 0} entries, {len(expected)} anchors met")


def anchor() -> None:
    """Print the newest entry's number and seal, to be written down where the database's administrators cannot write."""
    newest = _newest(())
    if newest is None:
        raise SettingError("nothing was recorded yet: there is nothing to anchor")
    print(newest)


def show(
    person: Annotated[str | None, typer.Option(help="Only what concerns this person.")] = None,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="So many of the newest entries.")] = 50,
) -> None:
    """List what the staff did, the newest first."""
    found = asyncio.run(_read(lambda session: actions_about(session, person, last) if person else all_actions(session, last)))
    table = Table("number", "when", "who", "what", "to")
    for each in found:
        table.add_row(str(each.id), f"{each.at:%Y-%m-%d %H:%M}", each.actor, each.action, each.subject)
    Console().print(table if table.row_count else "nothing")


def _newest(anchors: Sequence[Anchor]) -> Anchor | None:
    try:
        return asyncio.run(_read(lambda session: verify_chain(session, anchors)))
    except ChainBroken as error:
        raise SettingError(f"the audit is broken: {error}") from None


async def _read(read: Callable[[AsyncSession], Awaitable[Found]]) -> Found:
    database = open_database(read_settings())
    try:
        async with database.reading() as session:
            return await read(session)
    finally:
        await database.close()
