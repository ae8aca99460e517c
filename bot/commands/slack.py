"""`coach slack manifest`: what an administrator pastes into Slack."""

from __future__ import annotations

from typing import Annotated

import typer
import yaml

from bot.channels.slack.manifest import manifest as slack_manifest
from bot.settings import SettingError


def add_to(app: typer.Typer) -> None:
    slack = typer.Typer(help="The Slack app.", no_args_is_help=True)
    slack.callback()(lambda: None)
    slack.command()(manifest)
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
