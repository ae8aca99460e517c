"""`coach tick`: what falls due, at any moment one likes."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from bot.bootstrap import open_database, open_product
from bot.commands.voice import progress
from bot.settings import SettingError, Settings, read_settings
from bot.storage.schedules import falling_due


def add_to(app: typer.Typer) -> None:
    app.command()(tick)


# So many lines of what would be looked at are shown.
_SHOWN = 100


def tick(
    at: Annotated[str | None, typer.Option(help="The moment, ISO 8601, such as 2026-12-01T09:00.")] = None,
    really: Annotated[
        bool, typer.Option("--really", help="Outside the demonstration: send what is due at that moment, which --at alone only shows.")
    ] = False,
) -> None:
    """Run one tick of the scheduler and print what it queued and sent.

    With --at outside the demonstration (COACH_DATABASE_URL is set) it shows what would be looked at and changes nothing, unless --really.
    """
    asyncio.run(_tick(at, is_meant=really))


async def _tick(text: str | None, *, is_meant: bool) -> None:
    settings = read_settings()
    moment = None
    if text is not None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise SettingError(f"--at '{text}' is not a moment: write it as 2026-12-01T09:00, with +00:00 for another zone") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)
    if moment is not None and not (settings.is_embedded or is_meant):
        await _show(settings, moment)
        return
    async with open_product(settings, progress, at=moment) as product:
        now = moment or product.clock.now()
        steps = await product.deliveries.tick(now)
        for step in steps:
            print(f"{step.kind.value} for {step.person_id}: {step.what}{f' ({step.detail})' if step.detail else ''}")
        sent = sum(step.what == "sent" for step in steps)
        queued = sum(step.what == "queued" for step in steps)
        print(f"tick at {now.astimezone(settings.zone).isoformat(timespec='minutes')}: {queued} queued, {sent} sent")


async def _show(settings: Settings, moment: datetime) -> None:
    """Print what a tick at that moment would look at; nothing is changed and nothing is sent."""
    database = open_database(settings)
    try:
        async with database.reading() as session:
            found = await falling_due(session, moment, _SHOWN + 1)
    finally:
        await database.close()
    for due_at, kind, person_id in found[:_SHOWN]:
        print(f"{kind.value} for {person_id}: due {due_at.astimezone(settings.zone).isoformat(timespec='minutes')}")
    count = f"more than {_SHOWN}" if len(found) > _SHOWN else str(len(found))
    print(
        f"a tick at {moment.astimezone(settings.zone).isoformat(timespec='minutes')} would look at {count}; nothing was sent. "
        "This is no demonstration: add --really to send it to real people, with that moment as the present one"
    )
