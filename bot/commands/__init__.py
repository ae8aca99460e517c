"""The subcommands of `coach`, one module a noun."""

from __future__ import annotations

import typer

from bot.commands import (
    audit,
    bench,
    broadcast,
    chat,
    content,
    data,
    engine,
    keys,
    privacy,
    queue,
    report,
    retention,
    rights,
    roster,
    roster_sync,
    safekeeping,
    schedule,
    service,
    slack,
    teams,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The coaching assistant for clinical directors.",
)
chat.add_to(app)
service.add_to(app)
schedule.add_to(app)
queue.add_to(app)
broadcast.add_to(app)
slack.add_to(app)
teams.add_to(app)
content.add_to(app)
engine.add_to(app)
data.add_to(app)
rights.add_to(app)
audit.add_to(app)
keys.add_to(app)
retention.add_to(app)
privacy.add_to(app)
safekeeping.add_to(app)
roster.add_to(app, roster_sync.sync)
report.add_to(app)
bench.add_to(app)
