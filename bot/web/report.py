"""The programme report: one PDF with the figures of all views, their methods and their limits, set by Typst."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.services.views.section import Section, View
from bot.web.charts import ChartFailed, ChartRenderer

log = logging.getLogger(__name__)

Say = Callable[..., str]
_TEMPLATE = Path(__file__).parent / "templates" / "programme.typ"


async def write_report(views: Sequence[View], say: Say, whys: Callable[[Section], str], made: str, renderer: ChartRenderer) -> bytes:
    """Return the report of one programme as PDF; a picture that cannot be drawn is left out, its table stays."""
    with tempfile.TemporaryDirectory() as folder:
        source = await _source(views, say, whys, made, renderer, Path(folder))
        (Path(folder) / "programme.typ").write_text(source)
        return await asyncio.to_thread(_set, Path(folder))


def _set(folder: Path) -> bytes:
    import typst  # noqa: PLC0415 - 40 MB, needed by nothing but this

    return bytes(typst.compile(folder / "programme.typ", root=folder))


async def _source(views: Sequence[View], say: Say, whys: Callable[[Section], str], made: str, renderer: ChartRenderer, folder: Path) -> str:
    title = say("report_title")
    parts = [
        _TEMPLATE.read_text(),
        f"#show: report.with(title: {_text(title)}, programme: {_text(views[0].programme)}, made: {_text(say('report_made', day=made))})",
    ]
    pictures = await _draw_all(views, renderer)
    for view in views:
        parts.append(f"= {_mark(say(f'report_{view.name}'))}")
        parts.append(f"#headlines(({', '.join(f'({_text(name)}, {_text(cell.text)})' for name, cell in view.headlines)},))")
        for section in view.sections:
            parts.append(f"== {_mark(section.title)}")
            parts.append(f"#lead[{_mark(section.note)}]" if section.note else "")
            if section.is_empty and not section.rows:
                parts.append(f"#note[{_mark(section.nothing or say('section_empty'))}]")
            elif (picture := pictures.get((view.name, section.name))) is not None:
                file = folder / f"{view.name}-{section.name}.svg"
                file.write_bytes(picture)
                parts.append(f'#picture("{file.name}", {_text(say("chart_alt", title=section.title))})')
            parts.append(_table(section))
            parts.append(f"#note[{_mark(whys(section))}]" if section.whys else "")
        parts.append(f"#limits({_text(say('limits_heading'))}, {_text(say(f'limits_{view.name}'))})")
    methods = [_mark(say(key)) for key in ("report_methods", "report_rules", "limits_all")]
    parts += [f"= {_mark(say('report_methods_heading'))}", *methods]
    return "\n\n".join(part for part in parts if part)


async def _draw_all(views: Sequence[View], renderer: ChartRenderer) -> dict[tuple[str, str], bytes]:
    """Return the pictures by view and section; none at all where they cannot be drawn."""
    from bot.web.pictures import draw  # noqa: PLC0415 - a sixth of a second, needed by nobody who draws nothing

    wanted = {(view.name, section.name): draw(section) for view in views for section in view.sections}
    drawn = {name: specification for name, specification in wanted.items() if specification is not None}
    try:
        return dict(zip(drawn, await renderer.svgs(list(drawn.values())), strict=True))
    except ChartFailed as error:
        log.error("a report goes without pictures: %s", error)
        return {}


def _table(section: Section) -> str:
    """Return the table; one with more columns than a page has room for as several, one below the other."""
    tables = []
    for start in range(0, max(1, len(section.columns)), 6):
        columns = section.columns[start : start + 6]
        if not section.rows or not columns:
            continue
        head = ", ".join(_text(name) for name in ("", *columns))
        rows = ", ".join(
            f"({', '.join(_text(text) for text in (name, *(cell.text for cell in cells[start : start + 6])))},)"
            for name, cells in section.rows
        )
        tables.append(f"#figures(({head},), ({rows},))")
    return "\n\n".join(tables)


def _text(words: str) -> str:
    """Return words as a string of Typst's."""
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mark(words: str) -> str:
    """Return words as content of Typst's in which nothing is markup."""
    return f"#{_text(words)}"
