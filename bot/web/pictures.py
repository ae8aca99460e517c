"""What each section of figures looks like, as Vega-Lite: readable in grey, by shape, dash and label, not by colour alone."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import altair

from bot.services.views.section import Picture, Section

COLOURS = ["#005eb8", "#7c2855", "#007f3b", "#4c6272", "#b35900", "#330072"]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 3], [1, 4]]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
FONT = "Arial, sans-serif"
# Widths of the drawing in pixels, for a wide screen and for a phone.
WIDE, NARROW = 700, 200
INK, FAINT = "#212b32", "#d8dde0"


def draw(section: Section, *, is_narrow: bool = False) -> dict[str, Any] | None:
    """Return the specification of a section's picture; none where it has none, or nothing to show."""
    if not section.has_picture:
        return None
    # On a phone names take two lines, so that what is drawn has room beside them.
    chart = _PICTURES[section.picture](section, NARROW if is_narrow else WIDE)
    drawn = (
        chart.properties(padding={"left": 8, "top": 12, "right": 14, "bottom": 8})
        .configure(font=FONT, background="#ffffff")
        .configure_axis(labelFontSize=13, labelColor="#425563", gridColor="#e8edee", titleFontSize=13, labelLimit=110 if is_narrow else 280)
        .configure_header(labelFontSize=13, labelColor=INK, labelFontWeight="bold", labelAnchor="start", labelLimit=280)
        .configure_legend(
            labelFontSize=13, labelLimit=280, orient="bottom", columns=1 if is_narrow else 2, columnPadding=24, symbolStrokeWidth=2.5
        )
        .configure_view(stroke=None)
    )
    # What is drawn is ours, and checking it against the whole schema takes longer than all the rest of a page.
    return dict(drawn.to_dict(validate=False))


def _rows(section: Section) -> list[dict[str, Any]]:
    return [
        {"row": name, "column": column, "value": cell.value, "low": cell.low, "high": cell.high, "order": order, "place": place}
        for order, (name, cells) in enumerate(section.rows)
        for place, (column, cell) in enumerate(zip(section.columns, cells, strict=True))
    ]


def _lines(section: Section, width: int) -> Any:
    rows, names = _rows(section), list(section.columns)
    every = 1 if width == WIDE else 3
    shown = [name for name, _ in section.rows][:: max(every, len(section.rows) // 12)]
    base = altair.Chart(altair.InlineData(rows)).encode(
        x=altair.X(
            "row:O",
            sort=[name for name, _ in section.rows],
            title=None,
            axis=altair.Axis(values=shown, labelAngle=0, labelExpr="split(datum.label, ' ')", grid=False, labelPadding=6),
        ),
        y=altair.Y(
            "value:Q", title=None, scale=altair.Scale(zero=True), axis=altair.Axis(tickMinStep=1, tickCount=5, domain=False, ticks=False)
        ),
        color=altair.Color("column:N", scale=altair.Scale(range=COLOURS[: len(names)], domain=names), title=None, sort=names),
        shape=altair.Shape("column:N", scale=altair.Scale(range=SHAPES[: len(names)], domain=names), title=None, sort=names),
    )
    if any((row["value"] or 0) <= 1 for row in rows) and all((row["value"] or 0) <= 1 for row in rows):
        base = base.encode(
            y=altair.Y("value:Q", title=None, axis=altair.Axis(format="%", tickCount=5, domain=False, ticks=False)),
        )
    # A period whose figure is withheld breaks its line: what lies beside it is no trend that anybody counted.
    lines = base.mark_line(strokeWidth=2.5, strokeJoin="round", invalid="break-paths-filter-domains").encode(
        strokeDash=altair.StrokeDash("column:N", scale=altair.Scale(range=DASHES[: len(names)], domain=names), title=None, sort=names)
    )
    points = base.mark_point(filled=True, size=55, opacity=1, invalid="filter")
    layered = lines + points
    if len(names) == 1:
        layered = layered.encode(color=altair.value(COLOURS[0]), shape=altair.value("circle"), strokeDash=altair.value([1, 0]))
    return layered.properties(width=width, height=240)


def _bars(section: Section, width: int) -> Any:
    rows = [row for row in _rows(section) if row["place"] == 0]
    names = [name for name, _ in section.rows]
    labels = {name: f"{cells[0].text}  ({cells[1].text})" for name, cells in section.rows}
    for row in rows:
        row["label"] = labels[row["row"]]
    base = altair.Chart(altair.InlineData(rows)).encode(
        y=altair.Y("row:N", sort=names, title=None, axis=altair.Axis(domain=False, ticks=False, labelPadding=8)),
        x=altair.X("value:Q", title=None, axis=None, scale=altair.Scale(domainMax=max(row["value"] or 0 for row in rows) * 1.3)),
    )
    bars = base.mark_bar(color=COLOURS[0], height=24)
    words = base.mark_text(align="left", dx=6, fontSize=13, color=INK).encode(text="label:N")
    return (bars + words).properties(width=width - (60 if width == WIDE else 20), height=len(names) * 36)


def _heat(section: Section, width: int) -> Any:
    rows, months = _rows(section), list(section.columns)
    names = [name for name, _ in section.rows]
    shown = months[-12:] if width == WIDE else months[-5:]
    rows = [{**row, "label": "" if row["value"] is None else f"{row['value']:.0f}"} for row in rows if row["column"] in shown]
    highest = max((row["value"] or 0) for row in rows) or 1
    base = altair.Chart(altair.InlineData(rows)).encode(
        x=altair.X(
            "column:O",
            sort=shown,
            title=None,
            axis=altair.Axis(orient="top", labelAngle=0, labelExpr="split(datum.label, ' ')", domain=False, ticks=False),
        ),
        y=altair.Y("row:N", sort=names, title=None, axis=altair.Axis(domain=False, ticks=False, labelPadding=8)),
    )
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2).encode(
        color=altair.condition(
            "isValid(datum.value)",
            altair.Color("value:Q", scale=altair.Scale(domain=[0, highest], range=["#eaf2fb", "#003087"]), legend=None),
            altair.value("#f0f4f5"),
        )
    )
    words = base.mark_text(fontSize=12).encode(
        text="label:N",
        color=altair.condition(f"datum.value > {highest * 0.5}", altair.value("#ffffff"), altair.value(INK)),
    )
    step = (width + 60) / 12 if width == WIDE else 34
    return (cells + words).properties(width=step * len(shown), height=len(names) * 27)


def _intervals(section: Section, width: int) -> Any:
    """Draw values with their intervals about a line at no change, or at nothing; one row a measure, one mark a column."""
    rows = [row for row in _rows(section) if row["low"] is not None]
    names = [name for name, cells in section.rows if any(cell.value is not None for cell in cells)]
    columns = [name for name in section.columns if any(row["column"] == name for row in rows)]
    is_share = all(row["low"] >= 0 and row["high"] <= 1 for row in rows) and len(columns) == 1
    base = altair.Chart(altair.InlineData(rows)).encode(
        y=altair.Y("row:N", sort=names, title=None, axis=altair.Axis(domain=False, ticks=False, labelPadding=8, grid=True)),
        yOffset=altair.YOffset("column:N", sort=columns, scale=altair.Scale(domain=columns)),
        color=altair.Color("column:N", scale=altair.Scale(domain=columns, range=COLOURS[: len(columns)]), title=None, sort=columns),
    )
    axis = altair.Axis(format="%" if is_share else "+.1f", tickCount=5, grid=True)
    lines = base.mark_rule(strokeWidth=3).encode(
        x=altair.X("low:Q", title=None, axis=axis, scale=altair.Scale(zero=True)), x2=altair.X2("high:Q")
    )
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=altair.X("value:Q", title=None),
        shape=altair.Shape("column:N", scale=altair.Scale(domain=columns, range=SHAPES[: len(columns)]), title=None, sort=columns),
    )
    zero = altair.Chart(altair.InlineData([{"zero": 0}])).mark_rule(color=INK, strokeWidth=1.5, strokeDash=[4, 3]).encode(x="zero:Q")
    height = len(names) * (24 + 16 * len(columns))
    if len(columns) == 1:
        lines, points = (each.encode(color=altair.value(COLOURS[0])) for each in (lines, points))
        points = points.encode(shape=altair.value("circle"))
    return (zero + lines + points).properties(width=width - (120 if width == WIDE else 60), height=height)


def _small(rows: Sequence[dict[str, Any]], key: str, names: list[str], x: str, order: list[str], width: int, *, is_wave: bool) -> Any:
    """Draw one small picture for each name, side by side; counts all on one scale."""
    across = 3 if width == WIDE else 1
    each = (width + 20) // across - (70 if width == WIDE else 24)
    highest = max((row["value"] or 0) for row in rows)
    charts = []
    for name in names:
        own = [row for row in rows if row[key] == name]
        scale = altair.Scale(zero=False, nice=True) if is_wave else altair.Scale(domain=[0, highest])
        across_axis = altair.Axis(
            labelAngle=0,
            grid=False,
            labelExpr="split(datum.label, ' ')",
            values=order if is_wave else [order[0], order[len(order) // 2], order[-1]],
        )
        base = altair.Chart(altair.InlineData(own)).encode(
            x=altair.X(f"{x}:O", sort=order, title=None, axis=across_axis, scale=altair.Scale(domain=order)),
            y=altair.Y("value:Q", title=None, scale=scale, axis=altair.Axis(tickCount=4, domain=False, ticks=False)),
        )
        layers = [
            base.mark_line(color=COLOURS[0], strokeWidth=2.5, invalid="break-paths-filter-domains"),
            base.mark_point(color=COLOURS[0], filled=True, size=50, opacity=1, invalid="filter"),
        ]
        if is_wave:
            ends = {"y": altair.Y("low:Q", title=None, scale=scale), "y2": altair.Y2("high:Q")}
            layers.insert(0, base.mark_rule(color=COLOURS[0], strokeWidth=2).encode(**ends))
        title = altair.TitleParams(_wrapped(name, 26), anchor="start", fontSize=13, color=INK)
        charts.append(altair.layer(*layers).properties(width=each, height=120, title=title))
    return altair.concat(*charts, columns=across, spacing=18).resolve_scale(y="independent", x="independent")


def _wrapped(name: str, longest: int) -> list[str]:
    return textwrap.wrap(name, longest)


def _waves(section: Section, width: int) -> Any:
    rows = [row for row in _rows(section) if row["value"] is not None]
    names = [name for name, cells in section.rows if any(cell.value is not None for cell in cells)]
    return _small(rows, "row", names, "column", list(section.columns), width, is_wave=True)


def _multiples(section: Section, width: int) -> Any:
    rows = _rows(section)
    names = [name for name in section.columns if any(row["column"] == name and row["value"] is not None for row in rows)]
    kept = [row for row in rows if row["column"] in names]
    return _small(kept, "column", names, "row", [name for name, _ in section.rows], width, is_wave=False)


_PICTURES = {
    Picture.LINES: _lines,
    Picture.BARS: _bars,
    Picture.HEAT: _heat,
    Picture.INTERVALS: _intervals,
    Picture.WAVES: _waves,
    Picture.MULTIPLES: _multiples,
}
