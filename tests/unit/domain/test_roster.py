"""What one row of a roster says, and what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.roster import Column, Problem, Row, fold, plain, read_headings, read_post, read_role, read_row

COLUMNS = dict(enumerate(Column))
LABELS = {column: column.value for column in Column}
TENANT, ACCOUNT = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-2222-3333-4444-555555555555"


def cells(**values: str) -> list[str]:
    given = {"email": "a@b.uk", "name": "Ann", "programme": "north"} | values
    return [given.get(column.value, "") for column in Column]


@pytest.mark.parametrize(
    ("values", "codes", "reason"),
    [
        ({}, set(), "three cells are enough"),
        ({"email": "mailto:a@b.uk"}, set(), "as Excel copies an address out of a mail"),
        ({"email": "Zoë.Näher@trust.nhs.uk"}, set(), "letters with marks are letters"),
        ({"email": "a@b"}, {("email", "malformed_email")}, "no domain"),
        ({"email": "a b@c.uk"}, {("email", "malformed_email")}, "a space"),
        ({"email": "a@b.uk;c@d.uk"}, {("email", "malformed_email")}, "two addresses"),
        ({"email": "Ann <a@b.uk>"}, {("email", "malformed_email")}, "an address with its name"),
        ({"email": "a@b..uk"}, {("email", "malformed_email")}, "two dots"),
        ({"email": "x" * 65 + "@b.uk"}, {("email", "malformed_email")}, "longer than mail allows"),
        ({"email": ""}, {("email", "empty")}, "nobody can be found without it"),
        ({"name": " \u200b "}, {("name", "empty")}, "marks that nobody sees are no name"),
        ({"name": "=HYPERLINK(1)"}, {("name", "formula")}, "what a spreadsheet works out"),
        ({"trust": "@SUM(A1)"}, {("trust", "formula")}, "as older ones write it"),
        ({"name": "x" * 121}, {("name", "too_long")}, "no name is that long"),
        ({"forums": "x" * 100 + ";" + "y" * 100}, set(), "two forums, neither too long"),
        ({"tenant": TENANT, "account": ACCOUNT}, set(), "an account of Teams"),
        ({"tenant": TENANT}, {("account", "half_account")}, "half an account"),
        ({"tenant": "north", "account": ACCOUNT}, {("tenant", "malformed_id")}, "a name in an id's place"),
    ],
)
def test_a_row_is_read_or_told_what_is_wrong(values: dict[str, str], codes: set[tuple[str, str]], reason: str) -> None:
    read = read_row(7, cells(**values), COLUMNS)
    found = {(problem.column and problem.column.value, problem.code) for problem in read} if isinstance(read, list) else set()
    assert found == codes, reason


def test_a_row_holds_what_was_written_in_one_form() -> None:
    read = read_row(2, cells(name="  Zoe\u0308  Archer ", forums="Leeds ; York|Leeds", tenant=TENANT.upper(), account=ACCOUNT), COLUMNS)
    assert isinstance(read, Row)
    assert (read.name, read.forums) == ("Zoë Archer", ("Leeds", "York"))
    assert read.accounts == (("teams", TENANT, ACCOUNT),)


def test_an_empty_row_is_none_and_a_cell_beside_the_roster_is_told() -> None:
    assert read_row(3, ["", "  "], COLUMNS) is None
    assert read_row(3, [*cells(), "stray"], COLUMNS) == [Problem(3, None, "too_many_columns", "stray")]


@pytest.mark.parametrize(
    ("headings", "codes", "reason"),
    [
        (["E-mail address", "Full name", "Programme"], set(), "as people head them"),
        (["WORK E-MAIL", "name", "programme", "", "Forum(s)"], set(), "case, hyphens and brackets make no difference"),
        (["email", "name"], {"no_column"}, "a column is missing"),
        (["email", "name", "programme", "Salary"], {"unknown_heading"}, "what is no business of a roster's is not taken in silently"),
        (["email", "e-mail", "name", "programme"], {"heading_twice"}, "one of them would be lost"),
    ],
)
def test_headings_are_read_tolerantly(headings: list[str], codes: set[str], reason: str) -> None:
    _, problems = read_headings(1, headings, LABELS)
    assert {problem.code for problem in problems} == codes, reason


@given(st.lists(st.text(max_size=40), max_size=12))
def test_any_cells_give_a_row_or_problems_that_show_no_address(given_cells: list[str]) -> None:
    read = read_row(1, given_cells, COLUMNS)
    if isinstance(read, list):
        assert read
        assert not any("@" in problem.value for problem in read)
    elif read is not None:
        assert read.email
        assert read.name == plain(read.name)
        assert read.programme


def test_posts_and_roles_are_known_by_what_people_call_them() -> None:
    assert [read_post(text) for text in ("Clinical Director", "GM", "matron", "astronaut")] == ["director", "manager", "nurse_lead", None]
    assert [read_role(text) for text in ("", "Participant", "Forum lead", "king")] == ["", "", "forum_lead", None]
    assert fold("  Directors'   Forum ") == fold("directors\N{RIGHT SINGLE QUOTATION MARK} forum") != fold("Directors Set")
