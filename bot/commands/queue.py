"""`coach queue`: what the coach is about to write of its own accord, what it sent, and what failed."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import open_database
from bot.domain.clock import Clock
from bot.services.queue import OPEN, NotPossible, Queue
from bot.settings import SettingError, read_settings
from bot.storage.demonstration import clock_offset
from bot.storage.tables import Delivery, DeliveryState

PersonOption = Annotated[str | None, typer.Option("--person", help="Only what is for the person of this id.")]
NumberArgument = Annotated[int, typer.Argument(help="The delivery's number, as 'coach queue list' shows it.")]


def add_to(app: typer.Typer) -> None:
    queue = typer.Typer(help="The queue of messages that the coach writes of its own accord.", invoke_without_command=True)
    queue.callback()(state)
    queue.command("list")(list_open)
    queue.command()(retry)
    queue.command()(cancel)
    app.add_typer(queue, name="queue")


def state(context: typer.Context, person: PersonOption = None) -> None:
    """Show how many messages wait, were sent or failed in the last week, and why; with --person what became of one person's."""
    if context.invoked_subcommand is None:
        asyncio.run(_with_queue(_show_state if person is None else _of_person(person)))
    elif person is not None:
        raise SettingError("write --person after the subcommand, such as 'coach queue list --person ID'")


def _of_person(person: str) -> Callable[[Queue], Awaitable[None]]:
    async def show(queue: Queue) -> None:
        found = await queue.of_person(person)
        if found is None:
            raise SettingError(f"nobody on the roster has the id '{person}'")
        _print_deliveries(found)

    return show


async def _show_state(queue: Queue) -> None:
    found = await queue.state()
    deliveries = Table("kind", "state", "count", "oldest", title="Of the coach's own accord")
    for line in found.deliveries:
        deliveries.add_row(line.kind.value, line.state.value, str(line.count), f"{line.oldest:%Y-%m-%d %H:%M}")
    postings = Table("channel", "state", "count", "oldest", title="On their way to channels")
    postings.add_column("reason", overflow="fold", min_width=24)
    for each in found.postings:
        postings.add_row(each.channel, each.state.value, str(each.count), f"{each.oldest:%Y-%m-%d %H:%M}", each.reason or "")
    console = _console()
    console.print(deliveries if found.deliveries else "nothing waits, and nothing was sent in the last week")
    if found.postings:
        console.print(postings)


def list_open(
    states: Annotated[list[DeliveryState] | None, typer.Option("--state", help="Only those in this state; may be given again.")] = None,
    person: PersonOption = None,
) -> None:
    """List deliveries that wait, failed, or of which nobody knows whether they arrived, by number."""

    async def show(queue: Queue) -> None:
        _print_deliveries(await queue.listed(states or OPEN, person_id=person))

    asyncio.run(_with_queue(show))


def _print_deliveries(found: Sequence[Delivery]) -> None:
    table = Table("number", "kind", "state", "due", "looked at next")
    # A reason is never cut, however narrow the terminal: it wraps, and is as wide as it is where the output is a file.
    table.add_column("reason", overflow="fold", min_width=24)
    for each in found:
        moments = (f"{each.due_at:%Y-%m-%d %H:%M}", f"{each.not_before:%Y-%m-%d %H:%M}")
        table.add_row(str(each.id), each.kind.value, each.state.value, *moments, (each.reason or "").replace("_", " "))
    _console().print(table if table.row_count else "nothing")


def _console() -> Console:
    """Return a console that is as wide as the terminal; elsewhere, such as in a file, wide enough for any line."""
    return Console() if sys.stdout.isatty() else Console(width=400)


def retry(number: NumberArgument) -> None:
    """Send a delivery that failed once more; who did so is recorded."""
    asyncio.run(_with_queue(lambda queue: queue.retry(number, _account())))
    print(f"delivery {number} is sent again")


def cancel(number: NumberArgument) -> None:
    """End a delivery that waits; who did so is recorded."""
    asyncio.run(_with_queue(lambda queue: queue.cancel(number, _account())))
    print(f"delivery {number} is cancelled")


async def _with_queue(work: Callable[[Queue], Awaitable[None]]) -> None:
    database = open_database(read_settings())
    try:
        async with database.reading() as session:
            clock = Clock(await clock_offset(session))
        await work(Queue(database, clock.now, lambda: None))
    except NotPossible as error:
        raise SettingError(str(error)) from None
    finally:
        await database.close()


def _account() -> str:
    return f"account:{getpass.getuser()}"
