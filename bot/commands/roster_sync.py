"""`coach roster sync`: the members of a Slack user group or an Entra group, put on the roster like those of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap import open_database
from bot.commands.roster import progress_bar, run_import
from bot.content.toolkit import Sentences
from bot.domain.roster import Row
from bot.services.roster.drafts import RosterDrafts
from bot.services.roster.rows import ReadRoster, roster_of
from bot.settings import SettingError, read_settings

Progress = Callable[[int, int], None]


def sync(
    programme: Annotated[str, typer.Option(help="The programme that they are put in.")],
    slack_group: Annotated[str | None, typer.Option(help="The id of a user group in Slack, such as S0123456789.")] = None,
    entra_group: Annotated[str | None, typer.Option(help="The object id of a group in Entra; groups within it count.")] = None,
    workspace: Annotated[str | None, typer.Option(help="The Slack workspace's id, where the coach is installed in several.")] = None,
    tenant: Annotated[str | None, typer.Option(help="The Entra tenant, where the coach serves several.")] = None,
    cohort: Annotated[str, typer.Option(help="Their cohort.")] = "",
    forum: Annotated[str, typer.Option(help="Their forum; several with a semicolon between them.")] = "",
    trust: Annotated[str, typer.Option(help="Their trust.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Say what would change, and change nothing.")] = False,
    add: Annotated[bool, typer.Option("--add", help="Cohorts, trusts and forums that are new are added.")] = False,
    leaves: Annotated[int | None, typer.Option(help="Take out those who are not in the group: exactly as many as --check says.")] = None,
    report: Annotated[Path | None, typer.Option(help="Where to write what is wrong, as CSV.")] = None,
) -> None:
    """Put the members of a group on the roster; who is there already is not added twice."""
    if (slack_group is None) == (entra_group is None):
        raise SettingError("give either --slack-group or --entra-group")
    forums = tuple(each.strip() for each in forum.split(";") if each.strip())

    async def read(drafts: RosterDrafts, _sentences: Sentences) -> ReadRoster:
        with progress_bar("reading the group") as told:
            rows = await (
                _slack(slack_group, workspace, programme, told) if slack_group else _entra(entra_group or "", tenant, programme, told)
            )
        placed = [replace(row, cohort=cohort, trust=trust, forums=forums) for row in rows]
        return roster_of(placed, drafts.key_of)

    source = "slack group" if slack_group else "entra group"
    run_import(read, is_check=check, may_add=add, leaves=leaves, report_file=report, source=source)


async def _slack(group: str, workspace: str | None, programme: str, told: Progress) -> list[Row]:
    from bot.channels.slack.groups import slack_group, source_of  # noqa: PLC0415 - Slack's SDK takes a while to import

    settings = read_settings()
    if settings.slack is None:
        raise SettingError("there is no Slack app: docs/slack.md says how to make one; docs/roster.md says which scopes it needs")
    database = open_database(settings)
    try:
        source = await source_of(settings.slack, database, workspace)
    finally:
        await database.close()
    return await slack_group(settings.slack, source, group, programme, told)


async def _entra(group: str, tenant: str | None, programme: str, told: Progress) -> list[Row]:
    # Microsoft's SDK takes 40 MB, which other commands need not.
    from bot.channels.teams.groups import entra_group, graph_token, tenant_of  # noqa: PLC0415
    from bot.channels.teams.settings import read_teams_settings  # noqa: PLC0415

    settings = await asyncio.to_thread(read_teams_settings)
    if settings is None or not settings.app_id:
        raise SettingError("there is no Entra registration: docs/teams.md says how to make one and name it")
    where = tenant_of(settings, tenant)
    return await entra_group(graph_token(settings, where), where, group, programme, told, settings.tenants.get(where, frozenset()))
