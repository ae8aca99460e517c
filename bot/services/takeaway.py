"""The file that a person takes away: all that is kept about them, and their reflections as a document for an appraisal."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader

from bot.content.toolkit import Toolkit
from bot.domain.wording import say_day
from bot.services.rights_desk import say_kind

_HERE = Path(__file__).parent / "templates"
# A plan on the same theme that was made so long around a reflection is what came of it.
_AROUND = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Entry:
    """One reflection as an appraisal wants it: what happened, what it meant, and what was made of it."""

    day: str
    what: str
    so_what: str
    now_what: str
    came_of_it: str


def pack(held: Mapping[str, Any], toolkit: Toolkit, zone: ZoneInfo, now: datetime) -> bytes:
    """Return the ZIP of what `export` returned. It sets type, which takes about a second: call it in a thread."""
    words = toolkit.sentences.group("takeaway")
    made = words["made"].format(day=say_day(now.astimezone(zone)))
    entries = appraisal_entries(held, toolkit, zone)
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    tables = [
        (say_kind(toolkit.sentences, name), _rows(rows if isinstance(rows, list) else [rows]))
        for name, rows in held.items()
        if name != "person"
    ]
    person = [(name.replace("_", " "), value) for name, value in held["person"].items() if value is not None]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("read-me.txt", words["read_me"] + "\n")
        archive.writestr("everything.json", json.dumps(held, ensure_ascii=False, indent=2, default=str))
        archive.writestr(
            "everything.html", environment.get_template("everything.html").render(words=words, made=made, person=person, tables=tables)
        )
        archive.writestr("reflections.html", environment.get_template("reflections.html").render(words=words, made=made, entries=entries))
        archive.writestr("reflections.pdf", set_reflections(words, made, entries))
    return packed.getvalue()


def appraisal_entries(held: Mapping[str, Any], toolkit: Toolkit, zone: ZoneInfo) -> list[Entry]:
    """Return the reflections in the order in which they were kept, each with the plan that was made of it."""
    words = toolkit.sentences.group("takeaway")
    check_ins = [each for each in held.get("check_in", []) if each["outcome"]]
    entries = []
    for kept in held.get("reflection", []):
        at = datetime.fromisoformat(kept["kept_at"])
        theme = toolkit.themes.get(kept["theme"] or "")
        near = [
            plan
            for plan in held.get("plan", [])
            if plan["theme"] and plan["theme"] == kept["theme"] and abs(datetime.fromisoformat(plan["made_at"]) - at) <= _AROUND
        ]
        plan = min(near, key=lambda plan: abs(datetime.fromisoformat(plan["made_at"]) - at), default=None)
        came = next((each for each in reversed(check_ins) if plan is not None and each["plan_id"] == plan.get("number")), None)
        entries.append(
            Entry(
                day=say_day(at.astimezone(zone)),
                what=f"{theme.title}. {kept['asked']}" if theme else kept["asked"],
                so_what=kept["words"],
                now_what=plan["words"] if plan else words["no_plan"],
                came_of_it=_came_of(words, came) if came else "",
            )
        )
    return entries


def set_reflections(words: Mapping[str, str], made: str, entries: Sequence[Entry]) -> bytes:
    """Return the reflections as PDF. The person's words are handed over as data, so nothing in them is read as markup."""
    import typst  # noqa: PLC0415 - 30 MB, which only an export needs

    data = json.dumps({"words": dict(words), "made": made, "entries": [asdict(entry) for entry in entries]})
    return bytes(typst.compile((_HERE / "reflections.typ").read_bytes(), sys_inputs={"data": data}))


def _came_of(words: Mapping[str, str], check_in: Mapping[str, Any]) -> str:
    outcome = words[f"outcome_{check_in['outcome']}"]
    if check_in["rating"] is None:
        return words["came_of_it_unrated"].format(outcome=outcome)
    return words["came_of_it"].format(outcome=outcome, rating=check_in["rating"])


def _rows(rows: Sequence[Mapping[str, Any]]) -> list[list[tuple[str, Any]]]:
    return [[(name.replace("_", " "), value) for name, value in row.items() if value not in (None, [], "")] for row in rows]
