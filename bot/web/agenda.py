"""A forum's agenda as a PDF of one page, set by Typst."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from pathlib import Path

from bot.content.toolkit import Sentences
from bot.services.broadcasts.agenda import Agenda

_TEMPLATE = Path(__file__).parent / "templates" / "agenda.typ"


async def write_agenda(agenda: Agenda, sentences: Sentences) -> bytes:
    """Return the page as PDF."""
    return await asyncio.to_thread(_set, {**agenda.as_json(), "words": sentences.group("broadcast_agenda")})


def _set(values: dict[str, object]) -> bytes:
    import typst  # noqa: PLC0415 - 40 MB, needed by nothing but what is printed

    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(_TEMPLATE, folder)
        # What people wrote is data and never markup.
        (Path(folder) / "agenda.json").write_text(json.dumps(values))
        return bytes(typst.compile(str(Path(folder) / _TEMPLATE.name), root=folder))
