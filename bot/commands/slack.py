"""`coach slack`: what an administrator pastes into Slack, the link with which they install, and where it is installed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table

from bot.bootstrap import open_database
from bot.channels.slack.manifest import manifest as slack_manifest
from bot.content.library import load_library
from bot.settings import SettingError, read_settings
from bot.storage.installations import listed_installations
from bot.storage.tables import Installation


def add_to(app: typer.Typer) -> None:
    slack = typer.Typer(help="The Slack app.", no_args_is_help=True)
    slack.command()(manifest)
    slack.command()(invite)
    slack.command()(workspaces)
    app.add_typer(slack, name="slack")


def manifest(
    address: Annotated[str | None, typer.Option(help="Where Slack reaches the coach, such as https://coach.example.nhs.uk.")] = None,
    socket_mode: Annotated[bool, typer.Option("--socket-mode", help="The coach connects to Slack; nothing has to be let in.")] = False,
) -> None:
    """Print the manifest from which the Slack app is made: paste it where Slack asks for one."""
    if (address is None) == (not socket_mode):
        raise SettingError("give either --address https://... , where Slack reaches the coach, or --socket-mode")
    if address is not None and not address.startswith("https://"):
        raise SettingError(f"Slack calls HTTPS addresses only: write --address https://{address.removeprefix('http://')}")
    print(yaml.safe_dump(slack_manifest(address), sort_keys=False, allow_unicode=True, width=140), end="")


def invite() -> None:
    """Print the link with which a workspace's administrator installs the coach there, good for two weeks."""
    from bot.web.installing import install_invitation  # noqa: PLC0415 - Bolt takes a second to import, which other commands need not

    settings = read_settings()
    if settings.slack is None or not settings.slack.client_id:
        raise SettingError("SLACK_CLIENT_ID is missing: set it, with SLACK_CLIENT_SECRET, to install the coach in several workspaces")
    if settings.address is None:
        raise SettingError("COACH_ADDRESS is missing: set it to where people reach the web pages, such as https://coach.example.nhs.uk")
    print(install_invitation(settings.session_key, settings.address))


def workspaces() -> None:
    """List the workspaces in which the coach is installed, and those in which it no longer is, and why."""
    settings = read_settings()
    sentences = load_library(settings.content, settings.programmes).common.sentences
    table = Table("workspace", "name", "installed", "for", "state")
    for each in asyncio.run(_installations()):
        state = sentences.get(f"slack.reason_{each.ended_reason}", each.ended_reason or "") if each.ended_at else "installed"
        extent = "the organisation" if each.is_enterprise_install else "the workspace"
        table.add_row(each.account, each.name or "", f"{each.installed_at:%Y-%m-%d %H:%M}", extent, state)
    Console().print(table if table.row_count else "the coach is installed in no workspace by OAuth")


async def _installations() -> Sequence[Installation]:
    database = open_database(read_settings())
    try:
        async with database.reading() as session:
            return await listed_installations(session)
    finally:
        await database.close()
