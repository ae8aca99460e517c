"""What a roster file says of people: its columns, what one row holds, and what is wrong with it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Column(StrEnum):
    """A column that a roster may have, in the order of the template."""

    EMAIL = "email"
    NAME = "name"
    PROGRAMME = "programme"
    COHORT = "cohort"
    TRUST = "trust"
    FORUMS = "forums"
    POST = "post"
    ROLE = "role"
    TENANT = "tenant"
    ACCOUNT = "account"


REQUIRED = (Column.EMAIL, Column.NAME, Column.PROGRAMME)
# What the headings of rosters that people keep already say, besides the template's own; letters and figures alone count.
_HEADINGS: Mapping[Column, tuple[str, ...]] = MappingProxyType(
    {
        Column.EMAIL: ("email", "emailaddress", "mail", "workemail", "nhsemail", "nhsmail", "userprincipalname", "upn"),
        Column.NAME: ("name", "fullname", "displayname", "participant", "participantname"),
        Column.PROGRAMME: ("programme", "program", "programmeid", "course"),
        Column.COHORT: ("cohort", "intake", "year"),
        Column.TRUST: ("trust", "organisation", "organization", "employer", "nhstrust"),
        Column.FORUMS: ("forum", "forums", "group", "groups"),
        Column.POST: ("post", "position", "jobtitle", "job"),
        Column.ROLE: ("role", "roles", "programmerole"),
        Column.TENANT: ("tenant", "tenantid", "teamstenant", "teamstenantid", "entratenant", "entratenantid"),
        Column.ACCOUNT: ("account", "objectid", "teamsobjectid", "entraobjectid", "aadobjectid", "teamsid", "userid"),
    }
)
LONGEST = 120
# What RFC 5321 allows.
_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s,;:<>()\[\]\"\\]{1,64}@[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
_ENTRA_ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_BETWEEN_FORUMS = re.compile(r"[;|\n]")
# What a spreadsheet program takes for the beginning of a formula.
FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `code` names the sentences, `value` is what stood there and `instead` what may have been meant."""

    row: int
    column: Column | None
    code: str
    value: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One person as a roster has them; what is empty is left as it is. `accounts` are channel, account and user."""

    number: int
    email: str
    name: str
    programme: str
    cohort: str = ""
    trust: str = ""
    forums: tuple[str, ...] = ()
    post: str = ""
    role: str = ""
    accounts: tuple[tuple[str, str, str], ...] = ()


def fold(text: str) -> str:
    """Return a title as titles are compared: case, spacing and punctuation make no difference, of which apostrophes come in two kinds."""
    bare = "".join(each if each.isalnum() else "" if each in "'\N{RIGHT SINGLE QUOTATION MARK}" else " " for each in text.casefold())
    return " ".join(bare.split()) or text.casefold()


def plain(value: str) -> str:
    """Return a cell's text in one form: composed letters, plain spaces, no marks that nobody sees."""
    text = unicodedata.normalize("NFC", value)
    return " ".join("".join(" " if each.isspace() else each for each in text if each.isspace() or each.isprintable()).split())


def masked(value: str) -> str:
    """Return a value as it may be shown in a report: short, and never an e-mail address."""
    shown = plain(value)
    return "\N{HORIZONTAL ELLIPSIS}" if "@" in shown else shown[:60]


def read_headings(number: int, cells: Sequence[str], labels: Mapping[Column, str]) -> tuple[dict[int, Column], list[Problem]]:
    """Return which column stands where, and what is wrong with the headings; `labels` are the template's own."""
    known = {_bare(labels[column]): column for column in labels} | {word: column for column in _HEADINGS for word in _HEADINGS[column]}
    found: dict[int, Column] = {}
    problems: list[Problem] = []
    for index, cell in enumerate(cells):
        if not _bare(cell):
            continue
        column = known.get(_bare(cell))
        if column is None:
            problems.append(Problem(number, None, "unknown_heading", masked(cell)))
        elif column in found.values():
            problems.append(Problem(number, column, "heading_twice", masked(cell)))
        else:
            found[index] = column
    problems += [Problem(number, column, "no_column") for column in REQUIRED if column not in found.values()]
    return found, problems


def count_headings(cells: Sequence[str]) -> int:
    """Return how many of these are headings that a roster has, by which the right delimiter is told."""
    words = {word for words in _HEADINGS.values() for word in words}
    return sum(_bare(cell) in words for cell in cells)


def read_row(number: int, cells: Sequence[str], columns: Mapping[int, Column]) -> Row | list[Problem] | None:
    """Return what one row says, or all that is wrong with it as far as it can be told by itself; none for an empty row."""
    if not any(cell.strip() for cell in cells):
        return None
    values = {column: plain(cells[index]) if index < len(cells) else "" for index, column in columns.items()}
    values |= {column: "" for column in Column if column not in values}
    if Column.FORUMS in columns.values():
        values[Column.FORUMS] = next(cells[index] if index < len(cells) else "" for index, each in columns.items() if each is Column.FORUMS)
    problems = list(_wrong_cells(number, cells, columns))
    wrong = {problem.column for problem in problems}
    problems += [Problem(number, column, "empty") for column in REQUIRED if not values[column] and column not in wrong]
    email = values[Column.EMAIL].removeprefix("mailto:")
    if email and Column.EMAIL not in wrong and not is_email(email):
        problems.append(Problem(number, Column.EMAIL, "malformed_email"))
    tenant, account = values[Column.TENANT].lower(), values[Column.ACCOUNT].lower()
    for column, value in ((Column.TENANT, tenant), (Column.ACCOUNT, account)):
        if column in wrong:
            continue
        if not value and (tenant or account):
            problems.append(Problem(number, column, "half_account"))
        elif value and not _ENTRA_ID.fullmatch(value):
            problems.append(Problem(number, column, "malformed_id", masked(value)))
    if problems:
        return problems
    return Row(
        number,
        email,
        values[Column.NAME],
        values[Column.PROGRAMME],
        values[Column.COHORT],
        values[Column.TRUST],
        tuple(dict.fromkeys(forum for part in _BETWEEN_FORUMS.split(values[Column.FORUMS]) if (forum := plain(part)))),
        values[Column.POST],
        values[Column.ROLE],
        (("teams", tenant, account),) if tenant else (),
    )


def _wrong_cells(number: int, cells: Sequence[str], columns: Mapping[int, Column]) -> Iterator[Problem]:
    for index, cell in enumerate(cells):
        text = cell.strip()
        column = columns.get(index)
        if not text:
            continue
        if column is None:
            yield Problem(number, None, "too_many_columns", masked(text))
        elif text.startswith(FORMULA):
            yield Problem(number, column, "formula", masked(text))
        elif _is_too_long(column, text):
            yield Problem(number, column, "too_long", masked(text))


def _is_too_long(column: Column, text: str) -> bool:
    if column is Column.EMAIL:
        return len(text) > _LONGEST_EMAIL
    return any(len(part) > LONGEST for part in (_BETWEEN_FORUMS.split(text) if column is Column.FORUMS else [text]))


def _bare(heading: str) -> str:
    return "".join(each for each in heading.casefold() if each.isalnum())


# What rosters call the posts and the roles, letters and figures alone.
_POSTS: Mapping[str, str] = MappingProxyType(
    {"clinicaldirector": "director", "director": "director", "cd": "director", "medicaldirector": "director", "doctor": "director"}
    | {"generalmanager": "manager", "manager": "manager", "gm": "manager", "servicemanager": "manager", "operationsmanager": "manager"}
    | {"nurselead": "nurse_lead", "leadnurse": "nurse_lead", "matron": "nurse_lead", "headofnursing": "nurse_lead", "nurse": "nurse_lead"}
)
_ROLES: Mapping[str, str] = MappingProxyType(
    {"": "", "participant": "", "member": "", "none": "", "forumlead": "forum_lead", "lead": "forum_lead", "chair": "forum_lead"}
    | {"programmeteam": "programme_team", "team": "programme_team", "administrator": "administrator", "admin": "administrator"}
)


def is_email(text: str) -> bool:
    """Return whether a text is one e-mail address and nothing else."""
    return len(text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


def read_post(text: str) -> str | None:
    """Return the post that a cell names, by its value; none when it names none that is known."""
    return _POSTS.get(_bare(text))


def read_role(text: str) -> str | None:
    """Return the role that a cell names, by its value, empty for who takes part; none when it names none that is known."""
    return _ROLES.get(_bare(text))
