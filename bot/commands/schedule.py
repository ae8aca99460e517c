"""`coach tick`: what falls due, at any moment one likes."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from bot.bootstrap import open_product
from bot.commands.voice import progress
from bot.settings import SettingError, read_settings


def add_to(app: typer.Typer) -> None:
    app.command()(tick)


def tick(at: Annotated[str | None, typer.Option(help="The moment, ISO 8601, such as 2026-12-01T09:00.")] = None) -> None:
    """Run one tick of the scheduler and print what it queued and sent."""
    asyncio.run(_tick(at))


async def _tick(text: str | None) -> None:
    settings = read_settings()
    moment = None
    if text is not None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise SettingError(f"--at '{text}' is not a moment: write it as 2026-12-01T09:00, with +00:00 for another zone") from None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)
    async with open_product(settings, progress, at=moment) as product:
        now = moment or product.clock.now()
        steps = await product.deliveries.tick(now)
        for step in steps:
            print(f"{step.kind.value} for {step.person_id}: {step.what}{f' ({step.detail})' if step.detail else ''}")
        sent = sum(step.what == "sent" for step in steps)
        queued = sum(step.what == "queued" for step in steps)
        print(f"tick at {now.astimezone(settings.zone).isoformat(timespec='minutes')}: {queued} queued, {sent} sent")
