"""`coach report`: the programme report, for whoever runs the installation."""

from __future__ import annotations

import asyncio
import getpass
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap import open_product
from bot.domain.access import Access, Grant, Role
from bot.domain.disclosure import POLICY
from bot.domain.wording import say_moment
from bot.services.views.reading import VIEWS, NotTheirs, read_view, shelf_of
from bot.services.views.section import Section
from bot.settings import SettingError, read_settings
from bot.storage.audit import note_action
from bot.web.charts import ChartRenderer
from bot.web.report import write_report


def add_to(app: typer.Typer) -> None:
    app.command()(report)


def report(
    out: Annotated[Path, typer.Option(help="The PDF to write.")] = Path("programme-report.pdf"),
    programme: Annotated[str, typer.Option(help="The programme's id; all together when left out.")] = "",
) -> None:
    """Write the programme report as PDF: the figures that were told, how they were worked out, and what they cannot say."""
    out.write_bytes(asyncio.run(_report(programme)))
    print(f"written: {out}")


async def _report(programme: str) -> bytes:
    settings = read_settings()
    access = Access(frozenset({Grant(Role.PROGRAMME_TEAM)}))
    async with open_product(settings, lambda _: None) as product:
        now, sentences = product.clock.now(), product.toolkit.sentences
        few = {"smallest": max(POLICY.smallest, settings.file.dashboard.smallest_group), "raised_by": POLICY.raised_by}

        def say(key: str, **values: object) -> str:
            return sentences.say(f"statistics.{key}", **{**few, **values})

        def whys(section: Section) -> str:
            reasons = f"{say('or')} ".join(say(f"why_{why}") for why in section.whys)
            return say("withheld_means", reasons=reasons) if reasons else ""

        async with product.database.transaction() as session:
            shelf = await shelf_of(session, access)
            try:
                views = [await read_view(session, product.toolkit, shelf, name, programme, "", now, settings.zone) for name in VIEWS]
            except NotTheirs:
                known = ", ".join(each for each in shelf.programmes if each != "*") or "none yet"
                raise SettingError(f"there is no programme '{programme}': name one of {known}") from None
            note_action(session, getpass.getuser(), "figures.report", shelf.choose(programme), now)
        made = say_moment(now.astimezone(settings.zone))
        return await write_report(views, say, whys, made, ChartRenderer())
