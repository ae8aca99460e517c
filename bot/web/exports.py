"""Figures to take away: CSV and XLSX that no spreadsheet takes for formulas, with a data dictionary."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from bot.services.views.section import View

COLUMNS = ("section", "row", "column", "figure", "value", "low", "high", "n", "withheld")
# What a spreadsheet would take the rest of a cell for a formula after.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows_of(views: Sequence[View]) -> Iterator[tuple[str | float | None, ...]]:
    """Give the figures of views, one a row."""
    for view in views:
        for section in view.sections:
            for name, cells in section.rows:
                for column, cell in zip(section.columns, cells, strict=True):
                    shown = (cell.text, cell.value, cell.low, cell.high, cell.people, cell.why)
                    yield (section.title, name, column, *shown)


def as_csv(columns: Sequence[str], rows: Iterator[tuple[str | float | None, ...]]) -> bytes:
    """Return rows as CSV in UTF-8 with a mark, so that Excel reads it as such."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return ("\ufeff" + written.getvalue()).encode()


def as_xlsx(views: Sequence[View], words: Mapping[str, str], meanings: Sequence[tuple[str, str]]) -> bytes:
    """Return a workbook: a sheet a view, and the data dictionary."""
    import xlsxwriter  # noqa: PLC0415 - needed by nothing but this

    written = io.BytesIO()
    workbook = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = workbook.add_format({"bold": True})
    for view in views:
        sheet = workbook.add_worksheet(words[f"nav_{view.name}"])
        sheet.write_row(0, 0, (words["dictionary_programme"], view.programme), bold)
        sheet.write_row(2, 0, COLUMNS, bold)
        for index, row in enumerate(rows_of([view]), 3):
            for place, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(index, place, value)
                elif value is not None:
                    sheet.write_string(index, place, value)
        sheet.set_column(0, 2, 32)
        sheet.set_column(3, 3, 30)
        sheet.freeze_panes(3, 0)
    sheet = workbook.add_worksheet(words["dictionary_sheet"])
    sheet.write_row(0, 0, (words["dictionary_column"], words["dictionary_meaning"]), bold)
    for index, (name, meaning) in enumerate(meanings, 1):
        sheet.write_string(index, 0, name)
        sheet.write_string(index, 1, meaning)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    workbook.close()
    return written.getvalue()


def dictionary(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the exports' columns with what each means."""
    return [(name, words[f"dictionary_{name}"]) for name in COLUMNS]


def _harmless(value: str | float | None) -> str | float | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
