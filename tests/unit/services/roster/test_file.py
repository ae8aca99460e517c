"""Files as people send them, and files that nobody should: rows or one clear reason, whatever the bytes."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.content.toolkit import Toolkit
from bot.domain.roster import Problem
from bot.services.roster.file import MOST_ROWS, UnreadableFile, read_table
from bot.services.roster.rows import (
    ReadRoster,
    labels_of,
    load,
    problems_csv,
    read_roster,
    template_csv,
    template_workbook,
    without_formula,
)

HEAD = "E-mail;Name;Programme\r\n"
ROW = "zoe@example.nhs.uk;Zoë Archer;north\r\n"
READ = [["E-mail", "Name", "Programme"], ["zoe@example.nhs.uk", "Zoë Archer", "north"]]


def rows(content: bytes) -> list[list[str]]:
    return [cells for _, cells in read_table(content).rows]


def reason(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        rows(content)
    return caught.value.code


def outcome(content: bytes, toolkit: Toolkit) -> ReadRoster | str:
    """Return what a file gives: what was read, or the code of the reason why nothing was; anything else is raised."""
    try:
        return read_roster(content, str, labels_of(toolkit.sentences), lambda *_: None)
    except UnreadableFile as error:
        return error.code


def workbook(write: Callable[[xlsxwriter.Workbook], object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        write(book)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ((HEAD + ROW).encode("utf-8-sig"), "CSV UTF-8 of Excel"),
        ((HEAD + ROW).encode("cp1252"), "CSV of Excel on a British machine"),
        ((HEAD + ROW).encode("utf-8"), "anything else"),
        ((HEAD + ROW).replace(";", "\t").encode("utf-16"), "Unicode text of Excel"),
        ((HEAD + ROW).replace(";", ",").encode(), "commas"),
        (("sep=;\r\n" + HEAD + ROW).encode(), "the line with which some programs name the delimiter"),
        ((HEAD + '"zoe@example.nhs.uk";"Zoë Archer";"north"\n').encode(), "all in quotation marks"),
        ((HEAD + ROW.strip()).encode().replace(b"\r\n", b"\n"), "no line end at the end"),
    ],
)
def test_csv_is_read_as_excel_writes_it(content: bytes, why: str) -> None:
    assert rows(content) == READ, why


def test_a_workbook_is_read_where_its_table_stands_and_formulas_are_told() -> None:
    def write(book: xlsxwriter.Workbook) -> None:
        hidden = book.add_worksheet("old")
        hidden.write(0, 0, "nothing of this")
        hidden.hide()
        sheet = book.add_worksheet("new")
        sheet.activate()
        sheet.write_row(2, 1, READ[0])
        sheet.write_row(4, 1, ["zoe@example.nhs.uk", 44.0, "north"])
        sheet.write_formula(4, 3, '="nor"&"th"', None, "north")

    read = [(number, cells) for number, cells in read_table(workbook(write)).rows if cells]
    assert read == [(3, ["", *READ[0]]), (5, ["", "zoe@example.nhs.uk", "44", "="])]


def bomb() -> bytes:
    out = io.BytesIO(workbook(lambda book: book.add_worksheet().write(0, 0, "x")))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as target:
        target.writestr("xl/sharedStrings2.xml", b" " * (170 * 1024 * 1024), compresslevel=1)
    return out.getvalue()


def far_apart(book: xlsxwriter.Workbook) -> None:
    sheet = book.add_worksheet()
    sheet.write(0, 0, "x")
    sheet.write(1_048_575, 16_383, "y")


def wide(book: xlsxwriter.Workbook) -> None:
    book.add_worksheet().write(0, 500, "y")


def with_password() -> bytes:
    content = bytearray(workbook(lambda book: book.add_worksheet().write(0, 0, "x")))
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + 8] |= 1
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("content", "code", "why"),
    [
        (b"", "empty_file", "nothing at all"),
        (b"\xef\xbb\xbf \r\n", "empty_file", "only a mark and spaces"),
        (b"x" * (20 * 1024 * 1024 + 1), "too_large", "no roster is that large"),
        (OLE, "old_excel", "a workbook of the last century"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted", "as Excel protects a workbook"),
        (with_password(), "encrypted", "as a zip program does"),
        (b"PK\x03\x04 and then nothing of the kind", "damaged", "begins like one"),
        (workbook(lambda book: book.add_worksheet().write(0, 0, "x"))[:-300], "damaged", "cut off on the way"),
        (bomb(), "too_large_unpacked", "small on the way, huge at the end"),
        (workbook(far_apart), "too_many_rows", "two cells that would take all the memory there is"),
        (workbook(wide), "too_wide", "a cell far to the right"),
        (workbook(lambda book: book.add_worksheet()), "empty_file", "a sheet with nothing on it"),
        (b"\x00\x01\x02\x03 a picture \x9d\x81", "not_text", "a picture"),
        (HEAD.encode() + b'"zoe@example.nhs.uk;never closed\r\n' + ROW.encode() * 4000, "broken_csv", "a quotation mark swallows the rest"),
        (("\n" * (MOST_ROWS + 5) + "x").encode(), "too_many_rows", "more than can be looked at"),
    ],
)
def test_what_is_no_roster_gets_one_reason(content: bytes, code: str, why: str, toolkit: Toolkit) -> None:
    assert reason(content) == code, why
    assert toolkit.sentences.say(f"roster_file.file_{code}", row=1), "said in words"


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400), st.binary(max_size=300).map(lambda rest: b"PK\x03\x04" + rest), st.text(max_size=300).map(str.encode)
    )
)
def test_any_bytes_give_rows_or_a_reason(toolkit: Toolkit, content: bytes) -> None:
    read = outcome(content, toolkit)
    assert (
        f"roster_file.file_{read}" in toolkit.sentences if isinstance(read, str) else read.report.problems or read.count == read.report.rows
    )


@pytest.fixture(scope="module")
def template(toolkit: Toolkit) -> bytes:
    """Give one workbook: two that are made in different seconds differ in length."""
    return template_workbook(toolkit.sentences, "north")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_workbook_gives_rows_or_a_reason(toolkit: Toolkit, template: bytes, data: st.DataObject) -> None:
    content = bytearray(template)
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    read = outcome(bytes(content), toolkit)
    assert not isinstance(read, str) or f"roster_file.file_{read}" in toolkit.sentences


@pytest.mark.parametrize("template", [template_csv, template_workbook])
def test_the_template_is_a_roster(template: Callable[..., bytes], toolkit: Toolkit) -> None:
    read = read_roster(template(toolkit.sentences, "north"), lambda email: f"key of {email}", labels_of(toolkit.sentences), lambda *_: None)
    assert read.report.is_clean
    (line,) = load(read.lines)
    assert (line.key, line.programme) == ("key of anna.archer@example.nhs.uk", "north")


def test_the_same_person_twice_is_told_with_the_first_row(toolkit: Toolkit) -> None:
    content = (HEAD + ROW + "\r\n" + ROW.replace("zoe@", "ZOE@")).encode()
    read = read_roster(content, str.casefold, labels_of(toolkit.sentences), lambda *_: None)
    assert [(each.row, each.code, each.instead) for each in read.report.problems] == [(4, "twice", "2")]


@given(st.text(max_size=30))
def test_nothing_in_a_report_is_a_formula(text: str) -> None:
    assert not without_formula(text).lstrip().startswith(("=", "+", "-", "@"))


def test_every_problem_has_words(toolkit: Toolkit) -> None:
    for key in [key for key in toolkit.sentences if key.startswith("roster_file.problem_")]:
        assert key.replace("problem_", "remedy_") in toolkit.sentences, key
    read = read_roster((HEAD + "=1;;x\r\n").encode(), str, labels_of(toolkit.sentences), lambda *_: None)
    read.report.note(Problem(9, None, "unknown_heading", "+44"))
    written = list(csv.reader(io.StringIO(problems_csv(read.report, toolkit.sentences).decode("utf-8-sig"))))
    assert written[0] == ["Row", "Column", "What is wrong", "What to write instead"]
    assert [line[:2] for line in written[1:]] == [["2", "E-mail"], ["2", "Name"], ["9", ""]]
