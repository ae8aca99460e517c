from __future__ import annotations

import asyncio
import itertools
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from bot.content.toolkit import Toolkit
from bot.storage.statistics import Counts, Week
from bot.web.charts import CHARTS, Chart, ChartFailed, ChartRenderer, weekly_chart


def weeks(*counts: Sequence[int | None]) -> list[Week]:
    """Return successive weeks; each row gives every measure's count, the last of a row standing for the rest."""
    return [
        Week(date(2026, 9, 7) + timedelta(weeks=index), Counts(*[row[min(place, len(row) - 1)] for place in range(8)]))
        for index, row in enumerate(counts)
    ]


def ends(drawn: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of the names at the lines' ends."""
    return list(drawn["datasets"][drawn["layer"][1]["data"]["name"]])


def lines(drawn: bytes) -> dict[str, list[list[str]]]:
    """Return the places that each line joins, one list for each stretch of it, by its name."""
    found = {}
    for path in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}path"):
        if path.get("aria-roledescription") == "line mark":
            stretches = re.findall(r"M([^M]*)", path.get("d") or "")
            found[(path.get("aria-label") or "").rpartition(": ")[2]] = [each.rstrip("Z").split("L") for each in stretches]
    return found


def points(drawn: bytes) -> int:
    return sum(path.get("aria-roledescription") == "point" for path in ElementTree.fromstring(drawn).iter())


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_lines_are_told_apart_without_colour(chart: Chart, toolkit: Toolkit) -> None:
    drawn = weekly_chart(chart, weeks([3, 5], [4, 6]), toolkit.sentences.group("web"))
    dashes = drawn["layer"][0]["encoding"]["strokeDash"]["scale"]["range"]
    assert len({tuple(dash) for dash in dashes}) == len(chart.measures)
    named = {row["measure"] for row in ends(drawn)}
    assert len(named) == len(chart.measures), "each line has its name at its end"


@pytest.mark.parametrize(
    ("last", "reason"),
    [([5, 5, 5, 5], "all ends meet"), ([0, 0, 0, 0], "nothing happened"), ([10, 10, 11, 40], "two nearly meet")],
)
def test_names_at_the_lines_ends_do_not_overlap(last: list[int], reason: str, toolkit: Toolkit) -> None:
    drawn = weekly_chart(CHARTS[1], weeks([1], last), toolkit.sentences.group("web"))
    places = sorted(row["place"] for row in ends(drawn))
    step = max(*last, 1) * 0.07
    assert all(above - below >= step for below, above in itertools.pairwise(places)), reason


def test_on_a_phone_the_chart_is_narrow_instead_of_shrunk(toolkit: Toolkit) -> None:
    words = toolkit.sentences.group("web")
    wide, narrow = (weekly_chart(CHARTS[1], weeks(*[[3, 5]] * 12), words, is_narrow=narrow) for narrow in (False, True))
    assert narrow["width"] < wide["width"] / 2
    assert narrow["config"]["axis"]["labelFontSize"] == wide["config"]["axis"]["labelFontSize"]
    named = [len(each["layer"][0]["encoding"]["x"]["axis"]["values"]) for each in (wide, narrow)]
    assert named == [6, 3]


WITHHELD = [
    ([3, None, 5, 6], [1, 2], "one week"),
    ([3, 4, None, None, 5], [2, 1], "two weeks in a row"),
    ([None, 3, None, 4, None], [1, 1], "points between gaps"),
]


@pytest.mark.parametrize(("people", "stretches", "reason"), WITHHELD)
def test_a_withheld_week_stays_in_the_specification_as_nothing(
    people: list[int | None], stretches: list[int], reason: str, toolkit: Toolkit
) -> None:
    words = toolkit.sentences.group("web")
    drawn = weekly_chart(CHARTS[0], weeks(*([count, 7] for count in people)), words)
    rows = drawn["datasets"][drawn["layer"][0]["data"]["name"]]
    assert [row["count"] for row in rows if row["measure"] == words["measure_people"]] == people, reason
    assert drawn["layer"][0]["mark"]["invalid"].startswith("break-paths"), "a line does not go on over nothing"
    named = {row["measure"]: row["place"] for row in ends(drawn)}
    assert named[words["measure_people"]] == [count for count in people if count is not None][-1], "its name is at the last one shown"


@pytest.mark.anyio
@pytest.mark.parametrize(("people", "stretches", "reason"), WITHHELD)
async def test_a_withheld_week_breaks_the_line_that_is_drawn(
    people: list[int | None], stretches: list[int], reason: str, toolkit: Toolkit
) -> None:
    words = toolkit.sentences.group("web")
    drawn = await ChartRenderer().svg(weekly_chart(CHARTS[0], weeks(*([count, 7] for count in people)), words))
    assert [len(stretch) for stretch in lines(drawn)[words["measure_people"]]] == stretches, reason
    assert [len(stretch) for stretch in lines(drawn)[words["measure_conversations"]]] == [len(people)]
    assert points(drawn) == sum(stretches) + len(people), "each figure is a point, also where no line leads to it"


@pytest.mark.anyio
async def test_a_measure_of_which_nothing_is_shown_has_no_line(toolkit: Toolkit) -> None:
    words = toolkit.sentences.group("web")
    drawn = await ChartRenderer().svg(weekly_chart(CHARTS[0], weeks([None, 7], [None, 8]), words))
    assert points(drawn) == 2
    nothing = await ChartRenderer().svg(weekly_chart(CHARTS[0], weeks([None], [None]), words))
    assert points(nothing) == 0


def test_the_same_figures_give_the_same_specification(toolkit: Toolkit) -> None:
    words = toolkit.sentences.group("web")
    first, again = (json.dumps(weekly_chart(CHARTS[0], weeks([3, 5]), words)) for _ in range(2))
    assert first == again, "or nothing would ever be found in memory"


@pytest.mark.anyio
async def test_a_picture_is_drawn_once_and_speaks_our_words(toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    words = toolkit.sentences.group("web")
    specification = weekly_chart(CHARTS[0], weeks([3, 5], [4, 6]), words)
    renderer = ChartRenderer()
    drawn = await renderer.svg(specification)
    text = " ".join(ElementTree.fromstring(drawn).itertext())
    assert words["measure_conversations"] in text
    assert b"<script" not in drawn
    monkeypatch.setattr("sys.executable", "/bin/false")
    assert await renderer.svg(specification) == drawn
    with pytest.raises(ChartFailed):
        await renderer.svg({**specification, "width": 10})


@pytest.mark.anyio
async def test_drawing_that_takes_too_long_is_ended(toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.charts.TIME_LIMIT", 0.01)
    renderer = ChartRenderer()
    specification = weekly_chart(CHARTS[0], weeks([3, 5]), toolkit.sentences.group("web"))
    with pytest.raises(ChartFailed, match="longer than"):
        await renderer.svg(specification)
    monkeypatch.setattr("bot.web.charts.TIME_LIMIT", 30)
    assert (await renderer.svg(specification)).startswith(b"<svg"), "the next one is drawn"


@pytest.mark.anyio
async def test_a_reader_who_leaves_keeps_nobody_else_waiting(toolkit: Toolkit) -> None:
    renderer = ChartRenderer()
    specification = weekly_chart(CHARTS[0], weeks([3, 5]), toolkit.sentences.group("web"))
    leaving = asyncio.create_task(renderer.svg(specification))
    await asyncio.sleep(0.05)
    leaving.cancel()
    async with asyncio.timeout(20):
        assert (await renderer.svg(specification)).startswith(b"<svg")
