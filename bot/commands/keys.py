"""`coach keys`: making keys, and putting everything under the newest."""

from __future__ import annotations

import asyncio

import typer
from cryptography.fernet import Fernet, InvalidToken
from rich.progress import Progress as Bar

from bot.bootstrap import open_database
from bot.settings import SettingError, read_settings
from bot.storage.rotation import rotate as rotate_all


def add_to(app: typer.Typer) -> None:
    keys = typer.Typer(help="The keys that hide what people write.", no_args_is_help=True)
    keys.command()(new)
    keys.command()(rotate)
    app.add_typer(keys, name="keys")


def new() -> None:
    """Print a new key for COACH_SECRET_KEY."""
    print(Fernet.generate_key().decode())


def rotate() -> None:
    """Put everything that is encrypted under the first key of COACH_SECRET_KEY; run it again after it was interrupted.

    The product may run meanwhile, if it was started with the same keys.
    """
    try:
        renewed = asyncio.run(_rotate())
    except InvalidToken:
        raise SettingError(
            "something is encrypted with a key that is not among those of COACH_SECRET_KEY: add the key that is missing, "
            "after the newest and with a comma between them"
        ) from None
    print(f"{renewed} value(s) renewed: everything is under the newest key, and the older ones can be taken out of COACH_SECRET_KEY")
    print("First set COACH_PSEUDONYM_KEY to what it is now, the oldest key, unless you set it before: the audit and the roster hang on it")


async def _rotate() -> int:
    settings = read_settings()
    database = open_database(settings)
    renewed: dict[str, int] = {}
    try:
        with Bar() as bar:
            tasks: dict[str, int] = {}
            async for each in rotate_all(database):
                task = tasks.setdefault(each.table, -1)
                if task < 0:
                    task = tasks[each.table] = bar.add_task(each.table, total=each.rows)
                bar.update(task, completed=each.looked_at, total=each.rows)  # type: ignore[arg-type]  # a task's id is an int
                renewed[each.table] = each.renewed
    finally:
        await database.close()
    return sum(renewed.values())
