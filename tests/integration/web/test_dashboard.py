from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pypdf
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from bot.domain.access import Grant, Role
from bot.services.publishing import Publishing
from bot.storage.access import grant_role
from bot.storage.people import enrol
from bot.storage.tables import Audit
from bot.web.exports import as_csv
from bot.web.visitors import invitation
from tests.browsers import follow
from tests.integration.web.conftest import Web, open_web

pytestmark = pytest.mark.anyio

VIEWS = ("/dashboard", "/dashboard/view/quality", "/dashboard/view/change")
EXPORTS = ("/dashboard/view/use.csv", "/dashboard/view/change.xlsx", "/dashboard/report/programme.pdf", "/dashboard/research/answers.csv")


async def told(web: Web) -> Web:
    product = web.product
    await Publishing(product.database, product.toolkit, product.settings.file).publish(product.clock.now())
    return web


@pytest.fixture
async def year(tmp_path: Path) -> AsyncIterator[Web]:
    """Give the demonstration after more than a year, with everything told."""
    async for opened in open_web(tmp_path, is_demo=True, weeks=57):
        yield await told(opened)


async def sign_in(web: Web, browser: httpx.AsyncClient, role: Role | None, programme: str | None = None) -> None:
    """Sign in by a personal link as someone of this role."""
    name = f"new-{role}-{programme}"
    async with web.product.database.transaction() as session:
        await enrol(session, name, name="Someone", time_zone="Europe/London", now=web.product.clock.now())
        if role is not None:
            await grant_role(session, name, Grant(role, programme), by="test", now=web.product.clock.now())
    await follow(browser, invitation(web.product.settings.session_key, web.address, name))


async def test_a_year_in_pages_exports_and_report(year: Web) -> None:
    async with year.visitor() as browser:
        await browser.post("/sign-in", data={"person": "programme-team"})
        pages = {path: unescape((await browser.get(path)).text) for path in VIEWS}
        words = year.product.toolkit.sentences.group("statistics")
        for path, page in pages.items():
            assert words["limits_heading"] in page, "what figures cannot say stands on the page itself"
            assert "Sample person" not in page
            pictures = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', page)
            assert page.count("<table") >= len(pictures) > 0, f"{path}: every picture has its table"
        # One of each kind is drawn.
        for name in ("use/people", "use/programmes", "use/funnel", "use/themes", "change/paired", "change/waves", "quality/closeness"):
            drawn = await browser.get(f"/dashboard/charts/{name}.svg")
            assert drawn.headers["content-type"] == "image/svg+xml", name
        change = pages["/dashboard/view/change"]
        assert change.index(words["column_prospective"]) < change.index(words["column_retrospective"]), "the prospective one first"
        assert words["limits_change"].startswith("There is no control group")
        assert words["limits_change"] in change

        forum = unescape((await browser.get("/dashboard?programme=sample-forum&split=post")).text)
        assert words["split_nothing"] in forum or words["withheld"] in forum, "17 people get one total and no split"
        assert "withheld" in forum
        assert "fewer than 11 people" in forum, "it says why"

        written = (await browser.get("/dashboard/view/use.csv")).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(written)))
        assert any(row["withheld"] for row in rows)
        assert all(not row["value"] for row in rows if row["withheld"])
        assert not any(value.startswith(("=", "+", "-", "@")) and not is_number(value) for row in rows for value in row.values())
        book = CalamineWorkbook.from_filelike(io.BytesIO((await browser.get("/dashboard/view/change.xlsx")).content))
        assert book.sheet_names == ["Change", "Data dictionary"]
        assert len(book.get_sheet_by_name("Data dictionary").to_python()) == 10

        report = await browser.get("/dashboard/report/programme.pdf")
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(report.content)).pages)
        for key in ("report_methods_heading", "paired_title", "limits_heading"):
            assert " ".join(words[key].split("{")[0].split()) in " ".join(text.split()), key
        assert "no control group" in " ".join(text.split())

        research = (await browser.get("/dashboard/research/answers.csv")).content.decode("utf-8-sig")
        answers = list(csv.DictReader(io.StringIO(research)))
        assert set(answers[0]) == {"research_id", "instrument", "wave", "item", "value"}
        assert "sample-" not in research
        patterns: dict[str, set[tuple[str, str]]] = {}
        for row in answers:
            patterns.setdefault(row["research_id"], set()).add((row["wave"], row["item"]))
        by_pattern = [frozenset(each) for each in patterns.values()]
        assert min(by_pattern.count(each) for each in by_pattern) >= 11, "nobody is told apart by when they answered"
        assert "In the past two weeks" in (await browser.get("/dashboard/research/codebook.csv")).text
    async with year.product.database.reading() as session:
        noted = [row.action for row in await session.scalars(select(Audit).where(Audit.actor == "programme-team"))]
    for action in ("view", "export_csv", "export_xlsx", "report", "research_answers", "research_codebook"):
        assert f"figures.{action}" in noted, "every view and download is recorded"


async def test_somebody_of_one_programme_sees_that_one(year: Web) -> None:
    async with year.visitor() as browser:
        await sign_in(year, browser, Role.PROGRAMME_TEAM, "sample-transformation")
        page = (await browser.get("/dashboard")).text
        assert "Leading Transformation Programme" in page
        assert "Darzi" not in page
        assert "All programmes" not in page
        for path in VIEWS:
            for other in ("*", "sample-fellows", "no-such"):
                assert (await browser.get(path, params={"programme": other})).status_code == 403, other
        assert (await browser.get("/dashboard/view/use.csv", params={"programme": "sample-fellows"})).status_code == 403
        assert (await browser.get("/dashboard/charts/use/people.svg", params={"programme": "*"})).status_code == 403
        assert (await browser.get("/dashboard/report/programme.pdf", params={"programme": "*"})).status_code == 403
        assert (await browser.get("/dashboard/research/answers.csv")).status_code == 403, "research data are of all programmes"


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/dashboard?split=age", 400, "no such split"),
        ("/dashboard?split=post,forum", 400, "two splits at once"),
        ("/dashboard/view/people", 404, "no such view"),
        ("/dashboard/view/use.exe", 404, "no such kind"),
        ("/dashboard/charts/use/nothing.svg", 404, "no such chart"),
        ("/dashboard/charts/else/people.svg", 404, "a chart of no view"),
        ("/dashboard/research/names.csv", 404, "no such data"),
    ],
)
async def test_what_there_is_none_of_is_said(team: httpx.AsyncClient, path: str, status: int, reason: str) -> None:
    assert (await team.get(path)).status_code == status, reason


async def test_before_anything_is_told_the_page_says_when_it_will_be(team: httpx.AsyncClient) -> None:
    for path in VIEWS:
        page = (await team.get(path)).text
        assert "Figures come once a month is over" in page
    report = await team.get("/dashboard/report/programme.pdf")
    assert report.content.startswith(b"%PDF")


async def test_a_chart_that_cannot_be_drawn_leaves_the_tables(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.charts.TIME_LIMIT", 0.001)
    await told(web)
    async with web.visitor() as browser:
        await browser.post("/sign-in", data={"person": "programme-team"})
        assert (await browser.get("/dashboard/charts/use/people.svg")).status_code == 503
        assert "<table" in (await browser.get("/dashboard")).text


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 403), (Role.FORUM_LEAD, 403), (Role.ADMINISTRATOR, 403), (Role.PROGRAMME_TEAM, 200)],
)
async def test_outside_the_demonstration_only_the_programme_team_sees_it(closed_web: Web, role: Role | None, status: int) -> None:
    async with closed_web.visitor() as browser:
        for path in (*VIEWS, *EXPORTS):
            assert (await browser.get(path)).status_code == 401
        await sign_in(closed_web, browser, role)
        for path in (*VIEWS, *EXPORTS):
            assert (await browser.get(path)).status_code == status


@pytest.mark.parametrize("entered", ["=1+1", "+44", "-2+3", "@SUM(A1)", "\tcmd", "\r=1"])
def test_no_spreadsheet_takes_a_cell_for_a_formula(entered: str) -> None:
    cell = next(csv.reader(io.StringIO(as_csv(("a",), iter([(entered,)])).decode("utf-8-sig").split("\r\n", 1)[1], newline="")))[0]
    assert cell.startswith("'")


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
