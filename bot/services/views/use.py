"""Is the coach used: people and what they do, where they leave, what they come with, and whether messages arrive."""

from __future__ import annotations

from collections.abc import Sequence

from bot.services.estimates import share_of
from bot.services.releases import EVERYBODY
from bot.services.views.section import Cell, Picture, Section, Told, View, say_period

SUBJECTS = ("use/", "theme/", "near/")
FUNNEL = ("challenge_heard", "scenario_started", "scenario_finished", "plans_made", "plans_with_when", "follow_ups_kept")
HEADLINES = ("active", "conversation_started", "scenario_finished", "plans_made", "follow_ups_kept", "reflections")


def use_view(told: Told, programme: str, programmes: Sequence[str], split: str) -> View:
    """Return the page; with several programmes each is drawn small beside the others."""
    month = max(told.by_period("use/active", programme), default="")
    headlines = tuple(
        (told.say(f"measure_{name}"), told.cell(told.by_period(f"use/{name}", programme).get(month, {}).get(""))) for name in HEADLINES
    )
    sections = [
        told.over_time("people", ["use/active", "use/returning"], programme, Picture.LINES, note="people_note"),
        told.over_time(
            "practice",
            ["use/conversation_started", "use/scenario_finished", "use/plans_made", "use/follow_ups"],
            programme,
            Picture.LINES,
            note="rounded",
        ),
        _funnel(told, programme),
        _heat(told, programme, "theme"),
        told.over_time(
            "follow_ups",
            [f"use/follow_ups_{name}" for name in ("kept", "partly", "missed", "silent")],
            programme,
            Picture.LINES,
            note="rounded",
        ),
        _response(told, programme),
        told.over_time(
            "health",
            ["use/messages_sent", "use/messages_failed", "use/answers", "use/answers_quick", "use/turns", "use/opt_outs"],
            programme,
            Picture.NONE,
            note="health_note",
        ),
        told.over_time("not_understood", ["use/not_understood", "use/turns"], programme, Picture.NONE, note="rounded"),
        _heat(told, programme, "near"),
    ]
    if programme == EVERYBODY and len(programmes) > 1:
        sections.insert(1, _by_programme(told, programmes))
    if split:
        sections.insert(1, _split(told, programme, split, month))
    return View("use", told.title(programme), headlines, tuple(sections), say_period(month) if month else "")


def _funnel(told: Told, programme: str) -> Section:
    """Return the steps from a challenge to a kept plan, added up over the months in which every step is told."""
    steps = [told.by_period(f"use/{name}", programme) for name in FUNNEL]
    months = [
        month for month in told.months(FUNNEL, programme) if all("count" in step.get(month, {}).get("", {"why": ""}) for step in steps)
    ]
    totals = [sum(step[month][""]["count"] for month in months) for step in steps]
    rows = tuple(
        (
            told.say(f"measure_{name}"),
            (
                Cell(f"{total:,}", float(total)) if months else told.cell(None),
                Cell(f"{min(1.0, total / totals[0]) * 100:.0f}%", None) if months and totals[0] else told.cell(None),
            ),
        )
        for name, total in zip(FUNNEL, totals, strict=True)
    )
    note = told.say("funnel_note", months=", ".join(say_period(month) for month in months) or told.say("none"))
    return Section("funnel", told.say("funnel_title"), (told.say("column_times"), told.say("column_of_first")), rows, Picture.BARS, note)


def _heat(told: Told, programme: str, prefix: str) -> Section:
    themes = list(told.toolkit.themes.values())
    months = told.months([theme.id for theme in themes], programme, f"{prefix}/")
    rows = tuple(
        (
            theme.title,
            tuple(told.cell(_raised(told.by_period(f"{prefix}/{theme.id}", programme).get(month, {}).get(""))) for month in months),
        )
        for theme in themes
    )
    columns = tuple(say_period(month) for month in months)
    return Section(f"{prefix}s", told.say(f"{prefix}s_title"), columns, rows, Picture.HEAT, told.say(f"{prefix}s_note"))


def _raised(figure: dict[str, object] | None) -> dict[str, object] | None:
    """Return a theme's figure, withheld by its own rule; that nobody raised it is not told apart from few."""
    return {"why": "raised"} if figure is not None and ("why" in figure or not figure.get("people")) else figure


def _response(told: Told, programme: str) -> Section:
    sent, answered = told.by_period("use/surveys_sent", programme), told.by_period("use/surveys_answered", programme)
    rows = []
    for month in told.months(["surveys_sent"], programme):
        asked, came = sent[month][""], answered.get(month, {}).get("", {})
        share = None
        if "people" in asked and came.get("people"):
            found = share_of(came["people"], max(asked["people"], came["people"]))
            share = {"people": found.n, "value": found.value, "low": found.low, "high": found.high}
        shown = told.cell(share, is_share=True) if share else told.cell(came or None)
        rows.append((say_period(month), (Cell(str(asked["people"]), None) if "people" in asked else told.cell(asked), shown)))
    columns = (told.say("measure_surveys_sent"), told.say("measure_response"))
    return Section("response", told.say("response_title"), columns, tuple(rows), Picture.LINES, told.say("wilson_note"))


def _by_programme(told: Told, programmes: Sequence[str]) -> Section:
    months = sorted({month for programme in programmes for month in told.by_period("use/active", programme)})[-12:]
    shown = [programme for programme in programmes if told.by_period("use/active", programme)]
    rows = tuple(
        (say_period(month), tuple(told.cell(told.by_period("use/active", each).get(month, {}).get("")) for each in shown))
        for month in months
    )
    return Section("programmes", told.say("programmes_title"), tuple(told.title(each) for each in shown), rows, Picture.MULTIPLES)


def _split(told: Told, programme: str, split: str, month: str) -> Section:
    """Return the newest month by one split."""
    names = ("active", "scenario_finished", "plans_made")
    tables = [told.by_period(f"use/{name}", programme, split).get(month, {}) for name in names]
    cells = list(dict.fromkeys(cell for table in tables for cell in table))
    rows = tuple((say_cell(told, split, cell), tuple(told.cell(table.get(cell)) for table in tables)) for cell in cells)
    return Section(
        "split",
        told.say("split_title", split=told.say(f"split_{split}"), month=say_period(month) if month else ""),
        tuple(told.say(f"measure_{name}") for name in names),
        rows,
        Picture.NONE,
        told.say("split_note") if rows else told.say("split_nothing"),
    )


def say_cell(told: Told, split: str, cell: str) -> str:
    """Return the name of a split's cell."""
    if cell == "none":
        return told.say("split_none")
    return told.say(f"post_{cell}") if split == "post" else told.titles.get(f"{split}:{cell}", cell)
