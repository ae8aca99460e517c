"""`coach backup` and `coach restore`: the whole database in one encrypted file, and back."""

from __future__ import annotations

import asyncio
import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap import open_database
from bot.services.safekeeping import BackupUnusable, Kept, back_up
from bot.services.safekeeping import restore as put_back
from bot.settings import SettingError, read_settings


def add_to(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)


def backup(file: Annotated[Path | None, typer.Argument(help="The new file; named after the moment where none is given.")] = None) -> None:
    """Write everything into one file, encrypted with the newest key. The product may run meanwhile."""
    now = datetime.now(UTC)
    target = file or Path(f"coach-{now:%Y%m%d-%H%M%S}.backup")
    saved = asyncio.run(_backup(target, now))
    print(f"{target}: {saved.rows} rows of {saved.tables} tables")
    print("Keep the keys of COACH_SECRET_KEY and COACH_PSEUDONYM_KEY elsewhere: without them it cannot be read, with them anybody can")


async def _backup(target: Path, now: datetime) -> Kept:
    database = open_database(read_settings())
    try:
        return await back_up(database, target, now)
    except (BackupUnusable, OSError) as error:
        raise SettingError(str(error)) from None
    finally:
        await database.close()


def restore(file: Annotated[Path, typer.Argument(help="A file that 'coach backup' made.")]) -> None:
    """Put a backup into an empty database; whoever was erased since it was made is erased again."""
    done = asyncio.run(_restore(file))
    print(f"{done.rows} rows of {done.tables} tables are back; {done.erased_again} erased people were erased again")


async def _restore(source: Path) -> Kept:
    settings = read_settings()
    database = open_database(settings)
    try:
        await database.upgrade()
        return await put_back(database, source, by=f"account:{getpass.getuser()}")
    except BackupUnusable as error:
        raise SettingError(str(error)) from None
    finally:
        await database.close()
