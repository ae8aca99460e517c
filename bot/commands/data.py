"""`coach db`, `coach keys`, `coach export` and `coach erase`: the database, its keys, and people's rights over their data."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from cryptography.fernet import Fernet

from bot.bootstrap import open_database
from bot.services.conversation import UnknownPerson
from bot.services.rights import erase as erase_person
from bot.services.rights import export as export_person
from bot.settings import read_settings

PersonOption = Annotated[str, typer.Option(help="The person's id on the roster.")]


def add_to(app: typer.Typer) -> None:
    database = typer.Typer(help="The database.", no_args_is_help=True)
    database.command()(upgrade)
    app.add_typer(database, name="db")
    keys = typer.Typer(help="The keys that hide what people write.", no_args_is_help=True)
    keys.command()(new)
    app.add_typer(keys, name="keys")
    app.command()(export)
    app.command()(erase)


def upgrade() -> None:
    """Run the migrations that the database lacks."""
    asyncio.run(_upgrade())
    print("the database is up to date")


async def _upgrade() -> None:
    database = open_database(read_settings())
    try:
        await database.upgrade()
    finally:
        await database.close()


def new() -> None:
    """Print a new key for COACH_SECRET_KEY."""
    print(Fernet.generate_key().decode())


def export(person: PersonOption) -> None:
    """Print everything that is held about a person, as JSON."""
    print(asyncio.run(_export(person)))


async def _export(person_id: str) -> str:
    database = open_database(read_settings())
    try:
        held = await export_person(database, person_id)
    finally:
        await database.close()
    if held is None:
        raise UnknownPerson(person_id)
    return json.dumps(held, ensure_ascii=False, indent=2)


def erase(person: PersonOption, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete everything that a person wrote and all that was derived from it."""
    if not yes:
        typer.confirm(f"Delete everything of {person}? It cannot be undone", abort=True)
    asyncio.run(_erase(person))
    print(f"{person}: everything deleted")


async def _erase(person_id: str) -> None:
    database = open_database(read_settings())
    try:
        if not await erase_person(database, person_id):
            raise UnknownPerson(person_id)
    finally:
        await database.close()
