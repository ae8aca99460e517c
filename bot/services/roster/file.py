"""Reads a roster as people send it: CSV in whatever way Excel wrote it, or an Excel workbook; always rows, or one clear reason."""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree import ElementTree

from bot.domain.roster import count_headings

# The largest file that is taken, in bytes, the most that a workbook may unpack to, and the most rows and columns.
LARGEST = 20 * 1024 * 1024
LARGEST_UNPACKED = 160 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 60
# So many characters in one cell are more than any column takes.
_LONGEST_CELL = 10_000
_DELIMITERS = ",;\t|"
_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK"
_CHUNK = 1 << 18
# A tag of a sheet that opens a row, a cell or a formula, and the place that a cell names.
_TAG = re.compile(rb"<(?:\w+:)?(?:(row)|(c)|(f))(?=[\s/>])([^>]*)>")
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,4})(\d{0,12})["']""")
_NAMESPACES = re.compile(r"^\{[^}]*\}")
# What stands for the text of a formula's cell: what it works out to is not what somebody wrote.
_A_FORMULA = "="


class UnreadableFile(Exception):
    """Raised with the code of a sentence when a file gives no rows; `row` says where, if that is known."""

    def __init__(self, code: str, row: int | None = None) -> None:
        super().__init__(code)
        self.code, self.row = code, row


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file with their numbers as a spreadsheet shows them, the headings first; `height` is about how many there are."""

    height: int
    rows: Iterator[tuple[int, list[str]]]


def read_table(content: bytes) -> Table:
    """Return a file's rows, read one after another where the format allows; raises UnreadableFile, also while they are read."""
    if not content.strip(b"\x00 \r\n\t\xef\xbb\xbf"):
        raise UnreadableFile("empty_file")
    if len(content) > LARGEST:
        raise UnreadableFile("too_large")
    if content.startswith(_OLE):
        raise UnreadableFile("encrypted" if "EncryptedPackage".encode("utf-16-le") in content else "old_excel")
    if content.startswith(_ZIP):
        return _read_workbook(content)
    return _read_csv(content)


def _read_csv(content: bytes) -> Table:
    text = _decode(content)
    if "\x00" in text:
        raise UnreadableFile("not_text")
    first, _, rest = text.partition("\n")
    skipped = 0
    if (said := first.strip().lower()).startswith("sep=") and len(said) == 5:
        delimiter, text, skipped = first.strip()[4], rest, 1
    else:
        delimiter = max(_DELIMITERS, key=lambda each: count_headings(_first_row(text, each)))
    return Table(text.count("\n") + 1, _csv_rows(text, delimiter, skipped))


def _decode(content: bytes) -> str:
    """Return the text of a CSV: in the encoding that its mark names, in UTF-8, or in that of Windows in Western Europe."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if content.startswith(mark):
            encodings: tuple[str, ...] = (encoding,)
            break
    else:
        encodings = ("utf-8", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("not_text")


def _first_row(text: str, delimiter: str) -> Sequence[str]:
    try:
        return next(csv.reader(io.StringIO(text[:_LONGEST_CELL], newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


def _csv_rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise UnreadableFile("broken_csv", number + 1 + skipped) from None
        if cells is None:
            return
        number += 1
        if any(len(cell) > _LONGEST_CELL for cell in cells):
            raise UnreadableFile("broken_csv", number + skipped)
        yield _checked(number + skipped, cells)


def _checked(number: int, cells: list[str]) -> tuple[int, list[str]]:
    """Return a row within the limits; raises UnreadableFile."""
    if number > MOST_ROWS + 1:
        raise UnreadableFile("too_many_rows")
    while cells and not cells[-1].strip():
        cells.pop()
    if len(cells) > MOST_COLUMNS:
        raise UnreadableFile("too_wide", number)
    return number, cells


def _read_workbook(content: bytes) -> Table:
    """Return the rows of a workbook's first sheet.

    What is handed to the library is packed anew from parts that were unpacked within the limits and looked at: it lays a sheet out as one
    block, from its first cell to its last, and two cells far apart would take all the memory there is.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - only who brings a workbook needs it

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            path, name = _first_sheet(archive)
            packed, formulas = _repack(archive, path)
    except UnreadableFile:
        raise
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, OSError, ValueError, NotImplementedError, ElementTree.ParseError):
        raise UnreadableFile("damaged") from None
    except RuntimeError:  # how the zip module says that a password is needed
        raise UnreadableFile("encrypted") from None
    try:
        sheet = CalamineWorkbook.from_filelike(packed).get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError):
        raise UnreadableFile("damaged") from None
    except BaseException as error:
        # A panic of the library's is no Exception of Python's.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFile("damaged") from None
    if sheet.start is None:
        raise UnreadableFile("empty_file")
    return Table(sheet.total_height, _sheet_rows(sheet.iter_rows(), sheet.start[1], formulas))


def _sheet_rows(rows: Iterable[Sequence[object]], left: int, formulas: Mapping[int, set[int]]) -> Iterator[tuple[int, list[str]]]:
    # The library gives empty rows above the first cell, but not the empty columns left of it.
    for number, values in enumerate(rows, 1):
        cells = [""] * left + [_say(value) for value in values]
        for column in formulas.get(number, ()):
            cells += [""] * (column - len(cells))
            cells[column - 1] = _A_FORMULA
        yield _checked(number, cells)


def _say(value: object) -> str:
    """Return a cell's value as it would be typed."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _first_sheet(archive: zipfile.ZipFile) -> tuple[str, str]:
    """Return the path and the name of the first sheet that is not hidden; raises UnreadableFile."""
    sheets = [each for each in _parse(archive, "xl/workbook.xml").iter() if _NAMESPACES.sub("", each.tag) == "sheet"]
    targets = {each.get("Id"): each.get("Target") or "" for each in _parse(archive, "xl/_rels/workbook.xml.rels").iter()}
    for sheet in sheets:
        if sheet.get("state", "visible") != "visible":
            continue
        relation = next((value for key, value in sheet.attrib.items() if _NAMESPACES.sub("", key) == "id"), "")
        target = targets.get(relation) or ""
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if path in archive.NameToInfo:
            return path, sheet.get("name", "")
    raise UnreadableFile("damaged")


def _parse(archive: zipfile.ZipFile, path: str) -> ElementTree.Element:
    with archive.open(path) as file:
        text = file.read(_CHUNK * 4 + 1)
    # Neither is found in a workbook that a spreadsheet program wrote.
    if len(text) > _CHUNK * 4 or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise UnreadableFile("damaged")
    return ElementTree.fromstring(text)  # noqa: S314 - without a document type there is nothing to expand


def _repack(archive: zipfile.ZipFile, sheet: str) -> tuple[io.BytesIO, Mapping[int, set[int]]]:
    """Return the workbook with that one sheet's parts alone, and in which columns of which rows formulas stand, both from 1."""
    packed, formulas, budget = io.BytesIO(), defaultdict[int, set[int]](set), LARGEST_UNPACKED
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        for info in archive.infolist():
            is_needed = info.filename.endswith((".xml", ".rels")) and (
                not info.filename.startswith("xl/worksheets/") or info.filename == sheet
            )
            if not is_needed:
                continue
            scan = _SheetScan(formulas) if info.filename == sheet else None
            with archive.open(info) as source, out.open(info.filename, "w") as target:
                while chunk := source.read(_CHUNK):
                    budget -= len(chunk)
                    if budget < 0:
                        raise UnreadableFile("too_large_unpacked")
                    if scan is not None:
                        scan.take(chunk)
                    target.write(chunk)
            if scan is not None:
                scan.end()
    packed.seek(0)
    return packed, formulas


class _SheetScan:
    """Looks through a sheet's text as it passes: where its formulas are, and that no cell lies beyond the limits."""

    def __init__(self, formulas: defaultdict[int, set[int]]) -> None:
        self._formulas, self._rest = formulas, b""
        self._row = self._column = 0

    def take(self, chunk: bytes) -> None:
        """Look at the next piece; raises UnreadableFile."""
        text = self._rest + chunk
        end = text.rfind(b">") + 1
        if len(text) - end > _CHUNK * 8:
            raise UnreadableFile("damaged")
        self._look(text[:end])
        self._rest = text[end:]

    def end(self) -> None:
        self._look(self._rest)

    def _look(self, text: bytes) -> None:
        for tag in _TAG.finditer(text):
            place = _PLACE.search(tag[4])
            if tag[1]:
                self._row = int(place[2]) if place and place[2] else self._row + 1
                self._column = 0
            elif tag[2]:
                self._column += 1
                if place:
                    self._row = int(place[2] or 0) or self._row
                    self._column = _column_number(place[1]) or self._column
            else:
                self._formulas[self._row].add(max(self._column, 1))
            if self._row > MOST_ROWS + 1:
                raise UnreadableFile("too_many_rows")
            if self._column > MOST_COLUMNS:
                raise UnreadableFile("too_wide", self._row)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
