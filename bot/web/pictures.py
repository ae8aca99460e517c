"""What each section of figures looks like, as Vega-Lite: readable in grey, by shape, dash and label, not by colour alone."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair

from bot.services.views.section import Picture, Section

COLOURS = ["#005eb8", "#7c2855", "#007f3b", "#4c6272", "#b35900", "#330072"]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 3], [1, 4]]
SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
FONT = "Arial, sans-serif"
# Widths of a whole picture in pixels, for a wide screen and for a phone.
WIDE, NARROW = 880, 310
# So many letters a name takes on one line: beside a picture, below one of few waves, and below one of more.
WIDE_LINE, NARROW_LINE = 34, 17
FEW_WAVES, WAVE_LINE, SHORT_LINE = 3, 8, 4
# Two lines lie about the middle of their row where the first ends at it.
_MIDDLE = {"condition": {"test": "indexof(datum.label, '\\n') >= 0", "value": "bottom"}, "value": "middle"}
# From none to half of the highest figure, and from there to it: a figure in a square can be read on each, in grey too.
HEAT = ["#eaf2fb", "#a3c4ea", "#1f6fc0", "#003087"]
INK, FAINT = "#212b32", "#d8dde0"


def draw(section: Section, *, is_narrow: bool = False) -> dict[str, Any] | None:
    """Return the specification of a section's picture; none where it has none, or nothing to show."""
    if not section.has_picture:
        return None
    chart = _PICTURES[section.picture](section, NARROW if is_narrow else WIDE)
    # Where the fonts that a picture is measured by are not there, others take more room: beside names there is some to spare.
    longest = max(len(line) for name, _ in section.rows for line in _wrapped(name, NARROW_LINE if is_narrow else WIDE_LINE))
    left = 8 + (longest if section.picture in _BESIDE_NAMES else 0)
    drawn = (
        chart.properties(padding={"left": left, "top": 12, "right": 20, "bottom": 8})
        .configure(font=FONT, background="#ffffff")
        .configure_axis(labelFontSize=13, labelColor="#425563", gridColor="#e8edee", titleFontSize=13, labelLimit=280)
        .configure_header(labelFontSize=13, labelColor=INK, labelFontWeight="bold", labelAnchor="start", labelLimit=280)
        .configure_legend(
            labelFontSize=13,
            labelLimit=280,
            orient="bottom",
            columns=1 if is_narrow else 2,
            columnPadding=24,
            symbolStrokeWidth=2.5,
        )
        .configure_view(stroke=None)
    )
    # What is drawn is ours, and checking it against the whole schema takes longer than all the rest of a page.
    return dict(drawn.to_dict(validate=False))


def _rows(section: Section) -> list[dict[str, Any]]:
    return [
        {"row": name, "name": name, "column": column, "value": cell.value, "low": cell.low, "high": cell.high, "place": place}
        for name, cells in section.rows
        for place, (column, cell) in enumerate(zip(section.columns, cells, strict=True))
    ]


def _named(section: Section, width: int, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Any]:
    """Return rows, and the axis that names them, in lines that leave room for what is drawn beside them."""
    longest = WIDE_LINE if width == WIDE else NARROW_LINE
    lines = {name: "\n".join(_wrapped(name, longest)) for name, _ in section.rows}
    named = [{**row, "row": lines[row["name"]]} for row in rows]
    shown = list(dict.fromkeys(row["row"] for row in named))
    axis = altair.Axis(domain=False, ticks=False, labelPadding=8, labelExpr="split(datum.label, '\\n')", labelBaseline=_MIDDLE)
    return named, altair.Y("row:N", sort=shown, title=None, axis=axis)


def _step(rows: Sequence[dict[str, Any]], least: int) -> int:
    """Return how high each row is, in pixels, so that the lines of its name have room."""
    lines = max(str(row["row"]).count("\n") + 1 for row in rows)
    return max(least, 8 + 15 * lines)


def _legend(names: Sequence[str], width: int) -> Any:
    """Return a legend whose names take more lines on a phone."""
    lines = {name: _wrapped(name, NARROW_LINE if width == NARROW else WIDE_LINE) for name in names}
    return altair.Legend(labelExpr=f"({json.dumps(lines)})[datum.label]", rowPadding=6)


def _fit(chart: Any, width: int, height: int) -> Any:
    """Return a chart as wide as all of its picture, names and all."""
    return chart.properties(width=width, height=height, autosize=altair.AutoSizeParams(type="fit-x", contains="padding"))


def _lines(section: Section, width: int) -> Any:
    rows = _rows(section)
    names = [name for name in section.columns if any(row["column"] == name and row["value"] is not None for row in rows)]
    rows = [row for row in rows if row["column"] in names]
    is_share = any("%" in cell.text for _, cells in section.rows for cell in cells if cell.value is not None)
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
            "value:Q",
            title=None,
            scale=altair.Scale(domain=[0, 1]) if is_share else altair.Scale(zero=True),
            axis=altair.Axis(format="%" if is_share else "d", tickMinStep=0.2 if is_share else 1, tickCount=5, domain=False, ticks=False),
        ),
        color=altair.value(COLOURS[0]),
    )
    # A period whose figure is withheld breaks its line: what lies beside it is no trend that anybody counted.
    lines = base.mark_line(strokeWidth=2.5, strokeJoin="round", invalid="break-paths-filter-domains")
    points = base.mark_point(filled=True, size=55, opacity=1, invalid="filter")
    rules = base.mark_rule(strokeWidth=1.5).encode(y=altair.Y("low:Q", title=None), y2=altair.Y2("high:Q"))
    # What there is one of is named by the heading; of several each has its colour, its dashes and its sign.
    if len(names) > 1:
        places = [section.columns.index(name) for name in names]
        colour, dash, shape = (
            {
                "field": "column",
                "type": "nominal",
                "scale": {"domain": names, "range": [each[place] for place in places]},
                "title": None,
                "sort": names,
            }
            for each in (COLOURS, DASHES, SHAPES)
        )
        rules, lines, points = (each.encode(color=colour) for each in (rules, lines, points))
        lines, points = lines.encode(strokeDash=dash, shape=shape), points.encode(shape=shape)
    has_intervals = any(row["low"] is not None for row in rows)
    return _fit(rules + lines + points if has_intervals else lines + points, width, 240)


def _bars(section: Section, width: int) -> Any:
    rows = [row for row in _rows(section) if row["place"] == 0]
    names = [name for name, _ in section.rows]
    labels = {name: f"{cells[0].text}  ({cells[1].text})" for name, cells in section.rows}
    for row in rows:
        row["label"] = labels[row["name"]]
    rows, beside = _named(section, width, rows)
    # Beyond the longest bar there is room for its words.
    room = 1.2 if width == WIDE else 2.4
    base = altair.Chart(altair.InlineData(rows)).encode(
        y=beside,
        x=altair.X("value:Q", title=None, axis=None, scale=altair.Scale(domainMax=max(row["value"] or 0 for row in rows) * room)),
    )
    bars = base.mark_bar(color=COLOURS[0], height=24)
    words = base.mark_text(align="left", dx=6, fontSize=13, color=INK).encode(text="label:N")
    return _fit(bars + words, width, len(names) * _step(rows, 38))


def _heat(section: Section, width: int) -> Any:
    rows, months = _rows(section), list(section.columns)
    names = [name for name, _ in section.rows]
    shown = months[-12:] if width == WIDE else months[-4:]
    rows = [{**row, "label": "-" if row["value"] is None else f"{row['value']:.0f}"} for row in rows if row["column"] in shown]
    rows, beside = _named(section, width, rows)
    highest = max((row["value"] or 0) for row in rows) or 1
    half = highest / 2
    base = altair.Chart(altair.InlineData(rows)).encode(
        x=altair.X(
            "column:O",
            sort=shown,
            title=None,
            # Its second line goes below the first.
            axis=altair.Axis(orient="top", labelAngle=0, labelExpr="split(datum.label, ' ')", labelPadding=22, domain=False, ticks=False),
        ),
        y=beside,
    )
    cells = base.mark_rect(stroke="#ffffff", strokeWidth=2, invalid=None).encode(
        color=altair.condition(
            "isValid(datum.value)",
            altair.Color("value:Q", scale=altair.Scale(domain=[0, half, half, highest], range=HEAT), legend=None),
            altair.value("#f0f4f5"),
        )
    )
    words = base.mark_text(fontSize=12).encode(
        text="label:N",
        color=altair.condition(f"datum.value >= {half}", altair.value("#ffffff"), altair.value(INK)),
    )
    return _fit(cells + words, width, len(names) * _step(rows, 28))


def _intervals(section: Section, width: int) -> Any:
    """Draw values with their intervals about a line at no change, or at nothing; one row a measure, one mark a column."""
    rows = [row for row in _rows(section) if row["low"] is not None]
    names = [name for name, cells in section.rows if any(cell.value is not None for cell in cells)]
    columns = [name for name in section.columns if any(row["column"] == name for row in rows)]
    rows, beside = _named(section, width, rows)
    is_share = all(row["low"] >= 0 and row["high"] <= 1 for row in rows) and len(columns) == 1

    def by_column(channel: Any, signs: Sequence[str]) -> Any:
        scale = altair.Scale(domain=columns, range=signs[: len(columns)])
        return channel("column:N", scale=scale, title=None, sort=columns, legend=_legend(columns, width))

    base = altair.Chart(altair.InlineData(rows)).encode(
        y=beside,
        yOffset=altair.YOffset("column:N", sort=columns, scale=altair.Scale(domain=columns)),
        color=by_column(altair.Color, COLOURS),
    )
    axis = altair.Axis(format="%" if is_share else "+.1f", tickCount=6 if width == WIDE else 3, grid=True)
    lines = base.mark_rule(strokeWidth=3).encode(
        x=altair.X("low:Q", title=None, axis=axis, scale=altair.Scale(zero=True)), x2=altair.X2("high:Q")
    )
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=altair.X("value:Q", title=None),
        shape=by_column(altair.Shape, SHAPES),
    )
    zero = altair.Chart(altair.InlineData([{"zero": 0}])).mark_rule(color=INK, strokeWidth=1.5, strokeDash=[4, 3]).encode(x="zero:Q")
    height = len(names) * _step(rows, 26 + 16 * len(columns))
    if len(columns) == 1:
        lines, points = (each.encode(color=altair.value(COLOURS[0])) for each in (lines, points))
        points = points.encode(shape=altair.value("circle"))
    return _fit(zero + lines + points, width, height)


def _small(
    rows: Sequence[dict[str, Any]],
    key: str,
    names: list[str],
    x: str,
    order: list[str],
    width: int,
    scales: Mapping[str, tuple[float, float]] | None = None,
) -> Any:
    """Draw one small picture for each name, side by side; counts all on one scale, answers each on the whole of its own."""
    across = 3 if width == WIDE else 1
    each = (width - 40) // across - (30 if width == WIDE else 20)
    is_wave = scales is not None
    highest = max((row["value"] or 0) for row in rows)
    charts = []
    for name in names:
        own = [row for row in rows if row[key] == name]
        scale = altair.Scale(domain=scales[name] if scales and name in scales else (0, highest), zero=False, nice=False)
        across_axis = altair.Axis(
            labelAngle=0,
            grid=False,
            labelExpr="split(datum.label, '\\n')" if is_wave else "split(datum.label, ' ')",
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
    longest = WAVE_LINE if len(section.columns) <= FEW_WAVES else SHORT_LINE
    waves = {name: "\n".join(_wrapped(name, longest)) for name in section.columns}
    rows = [{**row, "column": waves[row["column"]]} for row in _rows(section) if row["value"] is not None]
    names = [name for name, cells in section.rows if any(cell.value is not None for cell in cells)]
    scales = dict(zip((name for name, _ in section.rows), section.scales, strict=False))
    return _small(rows, "row", names, "column", list(waves.values()), width, scales)


def _multiples(section: Section, width: int) -> Any:
    rows = _rows(section)
    names = [name for name in section.columns if any(row["column"] == name and row["value"] is not None for row in rows)]
    kept = [row for row in rows if row["column"] in names]
    return _small(kept, "column", names, "row", [name for name, _ in section.rows], width)


# The pictures that have the names of rows beside what is drawn.
_BESIDE_NAMES = {Picture.BARS, Picture.HEAT, Picture.INTERVALS}
_PICTURES = {
    Picture.LINES: _lines,
    Picture.BARS: _bars,
    Picture.HEAT: _heat,
    Picture.INTERVALS: _intervals,
    Picture.WAVES: _waves,
    Picture.MULTIPLES: _multiples,
}
