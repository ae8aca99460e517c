"""Is anything changing: answers over waves, paired change, looking back, the other side, goals."""

from __future__ import annotations

from bot.services.change import OTHER_SIDE
from bot.services.views.section import Cell, Picture, Section, Told, View, say_period
from bot.services.views.use import say_cell

SUBJECTS = ("wave/", "paired/", "retro/", "scale/", "quarter/", "goal/")


def change_view(told: Told, programme: str, split: str) -> View:
    """Return the page: the prospective change first, with all that qualifies it beside it."""
    instrument = next(each for each in told.toolkit.instruments.values() if each.after_days and each.id != "counterpart")
    waves = range(2, len(instrument.after_days) + 1)
    last = max((wave for wave in waves if _is_told(told, programme, wave, instrument.anchor)), default=max(waves))
    items = [*instrument.rotating, instrument.anchor]
    scale = told.newest(f"scale/{last}/{instrument.id}", programme)
    headlines = [
        (told.toolkit.items[item].measures, told.cell(_newest(told, f"paired/{last}/{instrument.id}/{item}", programme), sign=True))
        for item in (instrument.anchor, *list(OTHER_SIDE)[:2])
    ]
    headlines.append((told.say("headline_scale"), told.cell(scale[1][""] if scale else None, sign=True)))
    sections = [
        _paired(told, programme, instrument.id, items, last),
        _waves(told, programme, instrument.id, items, len(instrument.after_days)),
        _sides(told, programme, instrument.id, last),
        _reliable(told, programme, instrument.id, list(waves)),
        _answers(told, programme, instrument.id, items, last),
        _goals(told, programme),
        _quarters(told, programme),
    ]
    if split:
        sections.insert(1, _split(told, programme, instrument.id, items, last, split))
    newest = max((period for key, by in told.figures.items() if key[1] == programme for period in by if "Q" not in period), default="")
    return View("change", told.title(programme), tuple(headlines), tuple(sections), say_period(newest) if newest else "")


def _newest(told: Told, subject: str, programme: str) -> dict[str, object] | None:
    found = told.newest(subject, programme)
    return dict(found[1][""]) if found else None


def _is_told(told: Told, programme: str, wave: int, item: str) -> bool:
    return any(
        "value" in figures.get("", {})
        for (subject, of, split), by in told.figures.items()
        if of == programme and not split and subject.startswith(f"paired/{wave}/") and subject.endswith(item)
        for figures in by.values()
    )


def _paired(told: Told, programme: str, instrument: str, items: list[str], wave: int) -> Section:
    rows = []
    for item in items:
        paired = _newest(told, f"paired/{wave}/{instrument}/{item}", programme)
        retro = _newest(told, f"retro/{wave}/{instrument}/{item}", programme)
        has_means = paired is not None and "before" in paired
        means = [Cell(f"{paired[name]:.1f}") if paired and has_means else told.cell(paired) for name in ("before", "after")]
        is_asked = f"{item}_then" in told.toolkit.items
        back = told.cell(retro, sign=True) if is_asked else Cell(told.say("not_asked"))
        rows.append((told.toolkit.items[item].measures, (told.cell(paired, sign=True), back, *means)))
    columns = tuple(told.say(f"column_{name}") for name in ("prospective", "retrospective", "before", "after"))
    title = told.say("paired_title", wave=told.say(f"wave_{wave}"))
    return Section("paired", title, columns, tuple(rows), Picture.INTERVALS, told.say("paired_note"))


def _waves(told: Told, programme: str, instrument: str, items: list[str], count: int) -> Section:
    rows = tuple(
        (
            told.toolkit.items[item].measures,
            tuple(_mean(told, programme, instrument, item, wave) for wave in range(1, count + 1)),
        )
        for item in items
    )
    columns = tuple(told.say(f"wave_{wave}") for wave in range(1, count + 1))
    scales = tuple(_scale_of(told, item) for item in items)
    return Section("waves", told.say("waves_title"), columns, rows, Picture.WAVES, told.say("waves_note"), scales=scales)


def _scale_of(told: Told, item: str) -> tuple[float, float]:
    """Return the lowest and the highest answer that there is to an item."""
    points = told.toolkit.scales[told.toolkit.items[item].scale].points
    return float(points[0].value), float(points[-1].value)


def _mean(told: Told, programme: str, instrument: str, item: str, wave: int) -> Cell:
    """Return a wave's mean; where that is not told by itself, the one that was told with the change since the first wave."""
    cell = told.cell(_newest(told, f"wave/{wave}/{instrument}/{item}", programme))
    paired = _newest(told, f"paired/{wave}/{instrument}/{item}", programme)
    if cell.value is not None or paired is None or "after" not in paired:
        return cell
    after, people = float(str(paired["after"])), int(str(paired["people"]))
    return Cell(told.say("mean_alone", value=f"{after:.1f}", people=people), after, people=people)


def _sides(told: Told, programme: str, instrument: str, wave: int) -> Section:
    rows = tuple(
        (
            told.toolkit.items[item].measures,
            (
                told.cell(_newest(told, f"paired/{wave}/{instrument}/{item}", programme), sign=True),
                told.cell(_newest(told, f"paired/{wave}/counterpart/{other}", programme), sign=True),
            ),
        )
        for item, other in OTHER_SIDE.items()
    )
    columns = (told.say("column_person"), told.say("column_counterpart"))
    return Section("sides", told.say("sides_title"), columns, rows, Picture.INTERVALS, told.say("sides_note"))


def _reliable(told: Told, programme: str, instrument: str, waves: list[int]) -> Section:
    rows = []
    for wave in waves:
        figure = _newest(told, f"scale/{wave}/{instrument}", programme)
        counts = figure.get("reliable") if figure else None
        if isinstance(counts, list):
            shown = [Cell(str(count), float(count)) for count in reversed(counts)]
        else:
            shown = [told.cell({"why": "few"} if figure and "value" in figure else figure)] * 3
        alpha = figure.get("alpha") if figure else None
        reliability = Cell(f"{alpha:.2f}") if isinstance(alpha, float) else told.cell(None if figure is None else {"why": "few"})
        rows.append((told.say(f"wave_{wave}"), (told.cell(figure, sign=True, digits=2), reliability, *shown)))
    columns = tuple(told.say(f"column_{name}") for name in ("scale", "alpha", "worse", "same", "better"))
    return Section("reliable", told.say("reliable_title"), columns, tuple(rows), Picture.NONE, told.say("reliable_note"))


def _answers(told: Told, programme: str, instrument: str, items: list[str], wave: int) -> Section:
    """Return how the answers of the first and the last wave are distributed, in bands of enough people."""
    rows = []
    for item in items:
        cells = []
        for each in (1, wave):
            figure = _newest(told, f"wave/{each}/{instrument}/{item}", programme)
            parts = figure.get("bands") if figure else None
            if isinstance(parts, list):
                text = ", ".join(f"{low}: {people}" if low == high else f"{low}-{high}: {people}" for low, high, people in parts)
                cells.append(Cell(text))
            else:
                cells.append(told.cell({"why": "few"} if figure else None))
        rows.append((told.toolkit.items[item].measures, tuple(cells)))
    columns = (told.say("wave_1"), told.say(f"wave_{wave}"))
    return Section("answers", told.say("answers_title"), columns, tuple(rows), Picture.NONE, told.say("answers_note"))


def _goals(told: Told, programme: str) -> Section:
    periods = told.months(["rating", "kept"], programme, "goal/", 8)
    rows = tuple(
        (
            say_period(period),
            (
                told.cell(told.by_period("goal/rating", programme).get(period, {}).get("")),
                told.cell(told.by_period("goal/kept", programme).get(period, {}).get(""), is_share=True),
            ),
        )
        for period in periods
    )
    columns = (told.say("measure_rating"), told.say("measure_kept"))
    return Section("goals", told.say("goals_title"), columns, rows, Picture.NONE, told.say("goals_note"))


def _quarters(told: Told, programme: str) -> Section:
    instrument = next(each for each in told.toolkit.instruments.values() if not each.after_days)
    items = [instrument.anchor, *instrument.rotating]
    periods = told.months(items, programme, f"quarter/{instrument.id}/", 5)
    rows = tuple(
        (
            told.toolkit.items[item].measures,
            tuple(told.cell(told.by_period(f"quarter/{instrument.id}/{item}", programme).get(period, {}).get("")) for period in periods),
        )
        for item in items
    )
    columns = tuple(say_period(period) for period in periods)
    scales = tuple(_scale_of(told, item) for item in items)
    return Section("quarters", told.say("quarters_title"), columns, rows, Picture.WAVES, told.say("quarters_note"), scales=scales)


def _split(told: Told, programme: str, instrument: str, items: list[str], wave: int, split: str) -> Section:
    tables = {item: (told.newest(f"wave/{wave}/{instrument}/{item}", programme, split) or ("", {}))[1] for item in items}
    cells = list(dict.fromkeys(cell for table in tables.values() for cell in table))
    rows = tuple((told.toolkit.items[item].measures, tuple(told.cell(table.get(cell)) for cell in cells)) for item, table in tables.items())
    return Section(
        "split",
        told.say("split_title", split=told.say(f"split_{split}"), month=told.say(f"wave_{wave}")),
        tuple(say_cell(told, split, cell) for cell in cells),
        rows if cells else (),
        Picture.NONE,
        told.say("split_note") if cells else told.say("split_nothing"),
    )
