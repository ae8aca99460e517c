"""Is the coach any good: closeness to people's work, guesses that were right, and content that waits for its review."""

from __future__ import annotations

from datetime import date

from bot.services.estimates import share_of
from bot.services.views.section import Cell, Picture, Section, Told, View, say_period

SUBJECTS = ("close/", "use/guesses", "use/guesses_first", "use/not_understood", "use/turns", "use/answers", "use/answers_quick")


def quality_view(told: Told, programme: str, today: date) -> View:
    """Return the page; what is past review does not depend on the programme."""
    guesses = _shares(told, programme, "guesses", "guesses_first", "guesses")
    understood = _shares(told, programme, "understood", "not_understood", "turns")
    quick = _shares(told, programme, "quick", "answers_quick", "answers")
    review = _past_review(told, today)
    headlines = tuple(
        (section.title, next((row[1][0] for row in reversed(section.rows) if row[1][0].value is not None), told.cell(None)))
        for section in (guesses, understood, quick)
    )
    headlines += ((review.title, Cell(str(len(review.rows)), float(len(review.rows)))),)
    newest = max(told.by_period("use/turns", programme), default="")
    sections = (_close(told, programme), guesses, understood, quick, review)
    return View("quality", told.title(programme), headlines, sections, say_period(newest) if newest else "")


def _close(told: Told, programme: str) -> Section:
    rows = []
    for scenario in told.toolkit.scenarios.values():
        found = told.newest(f"close/{scenario.id}", programme)
        if found is not None:
            rows.append((scenario.title, (told.cell(found[1][""], is_share=True),)))
    rows.sort(key=lambda row: (row[1][0].value is None, row[1][0].value or 0.0))
    return Section(
        "closeness", told.say("closeness_title"), (told.say("column_close"),), tuple(rows), Picture.INTERVALS, told.say("wilson_note")
    )


def _shares(told: Told, programme: str, name: str, part: str, whole: str) -> Section:
    """Return, by month, what share of something had something to it; both counts are told, and rounded."""
    rows = []
    for month in told.months([whole], programme):
        figures = [told.by_period(f"use/{each}", programme).get(month, {}).get("") for each in (part, whole)]
        # Of nothing there is no share.
        if figures[1] is not None and figures[1].get("count") == 0:
            continue
        some, all_of_it = (figure.get("count") if figure else None for figure in figures)
        if isinstance(some, int) and isinstance(all_of_it, int) and all_of_it:
            found = share_of(min(some, all_of_it), all_of_it)
            cell = Cell(f"{found.value * 100:.0f}%", found.value)
        else:
            cell = told.cell(figures[0] if figures[0] and "why" in figures[0] else figures[1] if figures[1] else None)
            cell = Cell(cell.text, None, why=cell.why)
        rows.append((say_period(month), (cell,)))
    return Section(name, told.say(f"{name}_title"), (told.say("column_share"),), tuple(rows), Picture.LINES, told.say("rounded"))


def _past_review(told: Told, today: date) -> Section:
    toolkit = told.toolkit
    rows = sorted(
        (each.id, (Cell(each.review_by.isoformat()),))
        for kind in (toolkit.scenarios, toolkit.techniques, toolkit.items, toolkit.signposts)
        for each in kind.values()
        if each.review_by < today
    )
    columns, nothing = (told.say("column_review_by"),), told.say("review_nothing")
    return Section("review", told.say("review_title"), columns, tuple(rows), Picture.NONE, told.say("review_note"), nothing)
