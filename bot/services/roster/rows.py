"""A roster between its file and the database: rows whose addresses are keyed hashes, and a report of what is wrong or would change."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any

import orjson

from bot.content.toolkit import Sentences
from bot.domain.roster import FORMULA, Column, Problem, Row, is_email, read_headings, read_row
from bot.services.roster.file import read_table

# So many problems are listed; whoever has more mends these first.
MOST_PROBLEMS = 2_000
# Progress is told every so many rows.
STEP = 500

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a roster; `key` is the keyed hash of their e-mail address, none where only an account of a channel is known."""

    number: int
    key: str | None
    name: str
    programme: str
    cohort: str = ""
    trust: str = ""
    forums: tuple[str, ...] = ()
    post: str = ""
    role: str = ""
    accounts: tuple[tuple[str, str, str], ...] = ()


@dataclass
class Report:
    """What is wrong with a roster, and what it changes."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    moved: int = 0
    roles: int = 0
    # Titles that are new, by kind: cohort, trust and forum.
    new: dict[str, list[str]] = field(default_factory=dict)
    # How many of its programmes' people are not in it, and how many were taken out for that.
    missing: int = 0
    left: int = 0
    problems: list[Problem] = field(default_factory=list)
    # So many problems are not listed.
    more: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.problems or self.more)

    def note(self, *problems: Problem) -> None:
        """Add what is wrong, as far as it is listed."""
        room = max(0, MOST_PROBLEMS - len(self.problems))
        self.problems += problems[:room]
        self.more += len(problems[room:])

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, held: Mapping[str, Any]) -> Report:
        problems = [
            Problem(each["row"], Column(each["column"]) if each["column"] else None, each["code"], each["value"], each["instead"])
            for each in held["problems"]
        ]
        return cls(**{**held, "problems": problems})


@dataclass(frozen=True, slots=True)
class ReadRoster:
    """A roster that was read: its lines as JSON, one a line, how many they are, and what is wrong with the others."""

    lines: str
    count: int
    report: Report


def read_roster(content: bytes, key_of: Callable[[str], str], labels: Mapping[Column, str], progress: Progress) -> ReadRoster:
    """Return what a file says; raises UnreadableFile when it gives no rows at all. It takes a second for 50,000 rows."""
    table = read_table(content)
    report, lines, count = Report(), io.StringIO(), 0
    columns: dict[int, Column] | None = None
    seen: dict[str, int] = {}
    for number, cells in table.rows:
        if columns is None:
            if not any(cell.strip() for cell in cells):
                continue
            columns, problems = read_headings(number, cells, labels)
            report.note(*problems)
            if problems:
                break
            continue
        row = read_row(number, cells, columns)
        if number % STEP == 0:
            progress(number, table.height)
        if row is None:
            continue
        report.rows += 1
        if isinstance(row, list):
            report.note(*row)
            continue
        line = line_of(row, key_of)
        twice = list(_said_before(line, seen))
        report.note(*twice)
        if not twice:
            lines.write(dump(line))
            count += 1
    if columns is not None and not report.rows and report.is_clean:
        report.note(Problem(1, None, "no_rows"))
    return ReadRoster(lines.getvalue(), count, report)


def roster_of(rows: Iterable[Row], key_of: Callable[[str], str]) -> ReadRoster:
    """Return rows that come from a group instead of a file; a malformed address is left out, and the account alone counts."""
    report, lines, count = Report(), io.StringIO(), 0
    seen: dict[str, int] = {}
    for row in rows:
        report.rows += 1
        line = line_of(row if is_email(row.email) else replace(row, email=""), key_of)
        twice = list(_said_before(line, seen))
        report.note(*twice)
        if not twice:
            lines.write(dump(line))
            count += 1
    if not count and report.is_clean:
        report.note(Problem(1, None, "no_rows"))
    return ReadRoster(lines.getvalue(), count, report)


def line_of(row: Row, key_of: Callable[[str], str]) -> Line:
    """Return a row without the address itself."""
    number, email, *rest = astuple(row)
    return Line(number, key_of(email) if email else None, *rest)


def dump(line: Line) -> str:
    """Return a line as one line of JSON."""
    return orjson.dumps(astuple(line)).decode() + "\n"


def load(lines: str) -> Iterator[Line]:
    """Give lines back one after another."""
    for text in io.StringIO(lines):
        number, key, name, programme, cohort, trust, forums, post, role, accounts = orjson.loads(text)
        yield Line(number, key, name, programme, cohort, trust, tuple(forums), post, role, tuple(tuple(each) for each in accounts))


def _said_before(line: Line, seen: dict[str, int]) -> Iterator[Problem]:
    """Find what an earlier row has already: the person, or the account."""
    if line.key is not None and (first := seen.setdefault(line.key, line.number)) != line.number:
        yield Problem(line.number, Column.EMAIL, "twice", instead=str(first))
    for account in line.accounts:
        if (first := seen.setdefault("/".join(account), line.number)) != line.number:
            yield Problem(line.number, Column.ACCOUNT, "account_twice", instead=str(first))


def say_problem(problem: Problem, sentences: Sentences) -> tuple[str, str, str, str]:
    """Return one problem in words: row, column, what is wrong, and what to write instead."""
    column = sentences[f"roster_file.column_{problem.column.value}"] if problem.column else ""
    values = {"value": problem.value, "instead": problem.instead, "column": column}
    is_near = bool(problem.instead) and problem.code.startswith("unknown_")
    remedy = "roster_file.remedy_near" if is_near else f"roster_file.remedy_{problem.code}"
    return str(problem.row), column, sentences.say(f"roster_file.problem_{problem.code}", **values), sentences.say(remedy, **values)


def problems_csv(report: Report, sentences: Sentences) -> bytes:
    """Return the problems as a file that Excel opens in the right encoding, and in which nothing is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([sentences[f"roster_file.report_{name}"] for name in ("row", "column", "problem", "remedy")])
    writer.writerows([without_formula(cell) for cell in say_problem(problem, sentences)] for problem in report.problems)
    if report.more:
        writer.writerow(["", "", sentences.say("roster_file.report_more", count=report.more), ""])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def without_formula(cell: str) -> str:
    """Return a cell's text so that no spreadsheet program works it out."""
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) else cell


def template_csv(sentences: Sentences, programme: str) -> bytes:
    """Return a roster with the headings and one example."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(_template(sentences, programme))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def template_workbook(sentences: Sentences, programme: str) -> bytes:
    """Return the same as an Excel workbook."""
    import xlsxwriter  # noqa: PLC0415 - only who asks for a workbook needs it

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(sentences["roster_file.template_sheet"])
        bold = book.add_format({"bold": True})
        for number, cells in enumerate(_template(sentences, programme)):
            sheet.write_row(number, 0, cells, bold if number == 0 else None)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(Column) - 1, 24)
    return out.getvalue()


def labels_of(sentences: Sentences) -> dict[Column, str]:
    """Return the template's headings."""
    return {column: sentences[f"roster_file.column_{column.value}"] for column in Column}


def _template(sentences: Sentences, programme: str) -> list[list[str]]:
    example = [programme if column is Column.PROGRAMME else sentences.get(f"roster_file.example_{column.value}", "") for column in Column]
    return [list(labels_of(sentences).values()), example]
