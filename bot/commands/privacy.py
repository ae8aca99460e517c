"""`coach data-map`: what is kept where, for how long, and what of it is encrypted, from the tables themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.services.rights import ON_THE_ROSTER, PERSONAL
from bot.settings import ROOT, RetentionSettings, SettingError, read_settings
from bot.storage.encryption import ENCRYPTED
from bot.storage.retention import KINDS
from bot.storage.tables import Base

DOCUMENT = ROOT / "docs" / "privacy.md"
BEGINS, ENDS = "<!-- data map -->", "<!-- end of data map -->"


def add_to(app: typer.Typer) -> None:
    app.command("data-map")(data_map)


def data_map(write: Annotated[bool, typer.Option("--write", help="Put it into docs/privacy.md.")] = False) -> None:
    """Print the map of data that docs/privacy.md shows."""
    text = map_of(read_settings().file.retention)
    if write:
        put_into(DOCUMENT, text)
    else:
        print(text)


def put_into(document: Path, text: str) -> None:
    """Replace what stands between the marks of a document; raises SettingError when it has none."""
    before, begins, rest = document.read_text(encoding="utf-8").partition(BEGINS)
    _, ends, after = rest.partition(ENDS)
    if not (begins and ends):
        raise SettingError(f"{document} has no place for the map: put the lines {BEGINS} and {ENDS} where it goes")
    document.write_text(f"{before}{BEGINS}\n{text}\n{ENDS}{after}", encoding="utf-8")


def map_of(retention: RetentionSettings) -> str:
    """Return the map as a table in Markdown, one line for each table of the database."""
    classes = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    kept = {KINDS[kind][0]: days for kind, days in retention.days.items() if kind in KINDS}
    lines = ["| table | what it is | encrypted | erased with the person | kept for |", "|---|---|---|---|---|"]
    for table in sorted(Base.metadata.tables.values(), key=lambda each: each.name):
        kind = classes[table]
        hidden = [f"`{column.name}`" for column in table.columns if isinstance(column.type, ENCRYPTED)]
        about = (
            "yes"
            if kind in PERSONAL
            else "stays with the roster"
            if kind in ON_THE_ROSTER or table.name == "person"
            else "not about a person"
        )
        written = (kind.__doc__ or "").strip() if "__doc__" in vars(kind) else ""
        what = " ".join(written.splitlines()[0].replace("|", "/").split()) if written else table.name.capitalize() + "."
        days = f"{kept[kind]} days" if kind in kept else "until it is deleted" if about == "yes" else ""
        lines.append(f"| `{table.name}` | {what} | {', '.join(hidden)} | {about} | {days} |")
    lines.append("| `events` | The dialogue engine's memory of conversations, in its own table. | `data` | yes | until it is deleted |")
    return "\n".join(lines)
