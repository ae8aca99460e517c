"""`coach rights`: what somebody asks for who cannot do it themselves; each is recorded, and they see that it was done."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from bot.bootstrap import open_database
from bot.content.library import load_library
from bot.content.redaction import Redactor
from bot.domain.clock import Clock
from bot.services import rights
from bot.services.conversation import UnknownPerson
from bot.settings import SettingError, read_settings
from bot.storage.database import Database
from bot.storage.demonstration import clock_offset

Found = TypeVar("Found")
PersonOption = Annotated[str, typer.Option(help="The person's id on the roster.")]
WhatOption = Annotated[str, typer.Option("--what", help="reflection, plan or message; of a survey, answer. with the item's id.")]
NumberOption = Annotated[int, typer.Option(min=1, max=2**31 - 1, help="Its number, as in 'coach rights list'; an answer's is its round's.")]


def add_to(app: typer.Typer) -> None:
    commands = typer.Typer(help="What a person may ask about their own data, done for them.", no_args_is_help=True)
    commands.command("list")(list_held)
    commands.command()(correct)
    commands.command()(delete)
    commands.command("object")(object_)
    app.add_typer(commands, name="rights")


def list_held(person: PersonOption) -> None:
    """List the numbers of what can be corrected or deleted one at a time, without a word of it."""
    found = _run(lambda database: rights.numbers_of(database, person))
    if found is None:
        raise UnknownPerson(person)
    for what, number, at in found:
        print(f"{what} {number}, of {at:%Y-%m-%d %H:%M}")
    if not found:
        print("nothing")


def correct(person: PersonOption, what: WhatOption, number: NumberOption) -> None:
    """Put other words, read from the standard input so that no list of processes shows them, in the place of a reflection's or plan's."""
    words = sys.stdin.read().strip()
    if not words:
        raise SettingError("nothing was changed: write the corrected words into the standard input")
    settings = read_settings()
    redactor = Redactor(tuple(load_library(settings.content, settings.programmes).common.identifiers.values()))
    kept = redactor.redact(words, Clock().now().date()).text
    _change(what, lambda database: rights.correct(database, person, what, number, kept, by=_by()))
    print(f"{person}: {what} {number} corrected")


def delete(person: PersonOption, what: WhatOption, number: NumberOption) -> None:
    """Delete one thing, with the messages in which it was written."""
    _change(what, lambda database: rights.delete_one(database, person, what, number, by=_by()))
    print(f"{person}: {what} {number} deleted")


def object_(person: PersonOption, undo: Annotated[bool, typer.Option("--undo", help="They are to be counted again.")] = False) -> None:
    """Leave a person out of every figure, and send them no surveys."""
    if not _run(lambda database: _object(database, person, undo=undo)):
        raise UnknownPerson(person)
    print(f"{person}: {'counted again' if undo else 'left out of every figure, and sent no surveys'}")


async def _object(database: Database, person_id: str, *, undo: bool) -> bool:
    async with database.reading() as session:
        now = Clock(await clock_offset(session)).now()
    return await rights.object_to_counting(database, person_id, None if undo else now, by=_by())


def _change(what: str, change: Callable[[Database], Awaitable[None]]) -> None:
    try:
        _run(change)
    except rights.NotTheirs:
        raise SettingError(f"there is no such {what} among what is kept for them: 'coach rights list' shows what is") from None


def _run(use: Callable[[Database], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        database = open_database(read_settings())
        try:
            return await use(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _by() -> str:
    return f"account:{getpass.getuser()}"
