"""Teams as the service runs it, and `coach teams package`: what an administrator uploads."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.bootstrap import Product
from bot.channels.teams.package import has_tab, write_package
from bot.channels.teams.settings import PREFIX, TeamsSettings, read_teams_file, read_teams_settings
from bot.content.library import load_library
from bot.settings import SettingError, read_settings

if TYPE_CHECKING:
    from bot.channels.teams.app import TeamsApp


@contextlib.asynccontextmanager
async def open_teams(product: Product, settings: TeamsSettings | None, drain: float) -> AsyncIterator[TeamsApp | None]:
    """Give the Teams app, none when no Teams is set up; at the end it answers what it took in, for at most so many seconds."""
    if settings is None:
        yield None
        return

    # Microsoft's SDK takes 40 MB, which an installation without Teams need not.
    from bot.channels.teams.app import TeamsApp  # noqa: PLC0415
    from bot.channels.teams.connector import open_connector  # noqa: PLC0415

    connector = open_connector(settings)
    app = TeamsApp(product, settings, connector)
    product.postman.serve(app.channel)
    app.warm_up()
    try:
        yield app
    finally:
        await app.close(drain)
        await connector.close()


def say_teams(settings: TeamsSettings | None, address: str) -> str:
    """Return where Teams reaches the coach, or what is missing."""
    if settings is None:
        return f"set {PREFIX}CLIENTID and a credential; docs/teams.md"
    if settings.playground:
        return f"open to the Agents Playground at {settings.playground}, without proof of who anybody is"
    return f"{address}/api/messages, to be reached over HTTPS"


def add_to(app: typer.Typer) -> None:
    teams = typer.Typer(help="The Teams app.", no_args_is_help=True)
    teams.callback()(lambda: None)
    teams.command()(package)
    app.add_typer(teams, name="teams")


def package(
    output: Annotated[Path, typer.Option(help="Where the package is written.")] = Path("coach-teams.zip"),
) -> None:
    """Write the package that an administrator uploads to Teams, from config/teams.yml and the registration in the environment."""
    settings = read_teams_settings()
    if settings is None or not settings.app_id:
        raise SettingError(f"{PREFIX}CLIENTID is missing: the package names the Entra registration; docs/teams.md says how to make one")
    file = read_teams_file()
    common = read_settings()
    sentences = load_library(common.content, common.programmes).common.sentences
    output.write_bytes(write_package(file.package, settings.app_id, sentences, common.address))
    tab = "with" if has_tab(common.address) else "without"
    print(f"{output}: {tab} the tab, which takes COACH_ADDRESS to be an https:// address")
    print(f"{output}: version {file.package.version} of '{file.package.full_name}', to be uploaded in the Teams admin centre")
