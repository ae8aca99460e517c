"""Charts as SVG that print and read in grey: a line's dashes and its own label say which it is, not its colour alone."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair

from bot.storage.statistics import Week

# How long drawing one chart may take, in seconds.
TIME_LIMIT = 30.0
COLOURS = ["#005eb8", "#7c2855", "#007f3b", "#4c6272"]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]
FONT = "Arial, sans-serif"
# The width and height of the lines, in pixels, and every how many weeks one is named; a phone has the narrow ones.
WIDE, NARROW = (640, 260, 2), (190, 220, 4)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of some of the week's measures; `title` is a key of the web's words."""

    name: str
    title: str
    measures: tuple[str, ...]


CHARTS = (
    Chart("use", "chart_use", ("people", "conversations")),
    Chart("practice", "chart_practice", ("scenarios_finished", "plans_made", "follow_ups_answered", "survey_answers")),
)


class ChartFailed(Exception):
    """Raised when the drawing process ended without a picture."""


def weekly_chart(chart: Chart, weeks: Sequence[Week], words: Mapping[str, str], *, is_narrow: bool = False) -> dict[str, Any]:
    """Return the Vega-Lite specification of one chart: lines over weeks, each with its label at its end.

    A week whose figure is withheld breaks its line; a week between two such weeks is a point.
    """
    width, height, named_every = NARROW if is_narrow else WIDE
    labels = [words[f"measure_{measure}"] for measure in chart.measures]
    rows = [
        {"week": week.starts.isoformat(), "measure": label, "count": getattr(week.counts, measure)}
        for week in weeks
        for measure, label in zip(chart.measures, labels, strict=True)
    ]
    named = [row["week"] for row in rows[:: named_every * len(labels)]]
    shown = [row for row in rows if row["count"] is not None]
    base = altair.Chart(altair.InlineData(rows)).encode(
        x=altair.X(
            "week:T",
            title=None,
            scale=altair.Scale(padding=14),
            axis=altair.Axis(format="%-d %b", values=named, grid=False, labelPadding=6),
        ),
        y=altair.Y("count:Q", title=None, axis=altair.Axis(tickMinStep=1, tickCount=5, domain=False, ticks=False)),
        color=altair.Color("measure:N", scale=altair.Scale(domain=labels, range=COLOURS[: len(labels)]), legend=None),
    )
    # Without its empty weeks, a line would join the weeks beside them to a trend that nobody counted.
    lines = base.mark_line(
        strokeWidth=2.5, strokeJoin="round", invalid="break-paths-filter-domains", point=altair.OverlayMarkDef(size=36)
    ).encode(
        strokeDash=altair.StrokeDash("measure:N", scale=altair.Scale(domain=labels, range=DASHES[: len(labels)]), legend=None),
    )
    ends = _apart({row["measure"]: row for row in shown}, max((row["count"] for row in shown), default=1))
    names = (
        altair.Chart(altair.InlineData(ends))
        .mark_text(align="left", dx=10, fontSize=13)
        .encode(
            x="week:T",
            y="place:Q",
            text="measure:N",
            color=altair.Color("measure:N", scale=altair.Scale(domain=labels, range=COLOURS[: len(labels)]), legend=None),
        )
    )
    drawn = (
        (lines + names)
        .properties(width=width, height=height, padding={"left": 8, "top": 12, "right": 12, "bottom": 8})
        .configure(
            font=FONT,
            background="#ffffff",
        )
        .configure_axis(labelFontSize=13, labelColor="#425563", gridColor="#e8edee")
        .configure_view(stroke=None)
    )
    return dict(drawn.to_dict())


def _apart(last: Mapping[str, dict[str, Any]], highest: float) -> list[dict[str, Any]]:
    """Return the lines' ends with a `place` for each label, moved up where two would overlap."""
    step = max(highest, 1) * 0.075
    placed: list[dict[str, Any]] = []
    for label, row in sorted(last.items(), key=lambda pair: pair[1]["count"]):
        place = max(row["count"], placed[-1]["place"] + step if placed else row["count"])
        placed.append({"week": row["week"], "measure": label, "place": place})
    return placed


class ChartRenderer:
    """Draws in a short-lived child process, since the drawing library would keep 140 MB of this one."""

    def __init__(self, keep: int = 64) -> None:
        self._keep = keep
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._drawing = asyncio.Lock()

    async def svg(self, specification: Mapping[str, Any]) -> bytes:
        """Return the picture of a specification, from memory when it was drawn before; raises ChartFailed."""
        text = json.dumps(specification, sort_keys=True)
        key = hashlib.sha256(text.encode()).hexdigest()
        async with self._drawing:
            if key not in self._drawn:
                self._drawn[key] = await self._draw(text)
                while len(self._drawn) > self._keep:
                    self._drawn.popitem(last=False)
            self._drawn.move_to_end(key)
            return self._drawn[key]

    @staticmethod
    async def _draw(text: str) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.web.draw",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(TIME_LIMIT):
                picture, _ = await process.communicate(text.encode())
        except TimeoutError:
            raise ChartFailed(f"drawing took longer than {TIME_LIMIT:g} s") from None
        finally:
            # Neither a chart that takes too long nor a reader who has left keeps the process.
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode or not picture:
            raise ChartFailed(f"the drawing process ended with code {process.returncode}")
        return picture
