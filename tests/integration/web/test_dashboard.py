from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest
from sqlalchemy import delete

from bot.domain.access import Grant, Role
from bot.storage.access import grant_role
from bot.storage.people import enrol
from bot.storage.tables import Activity, CheckIn, Plan, SurveyAnswer
from bot.web.visitors import invitation
from tests.browsers import follow
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio


async def open_dashboard(web: Web, browser: httpx.AsyncClient, role: Role | None) -> httpx.Response:
    """Sign in by a personal link as someone of this role, and ask for the dashboard."""
    async with web.product.database.transaction() as session:
        await enrol(
            session,
            f"new-{role}",
            name="Someone",
            time_zone="Europe/London",
            now=web.product.clock.now(),
        )
        if role is not None:
            await grant_role(session, f"new-{role}", Grant(role), by="test", now=web.product.clock.now())
    link = invitation(web.product.settings.session_key, web.address, f"new-{role}")
    assert (await follow(browser, link)).headers["location"] == "/chat"
    return await browser.get("/dashboard")


async def test_the_figures_are_marked_as_sample_and_their_limits_are_said(team: httpx.AsyncClient, web: Web) -> None:
    page = unescape((await team.get("/dashboard")).text)
    words = web.product.toolkit.sentences.group("web")
    assert words["dashboard_sample"] in page
    assert words["dashboard_limits"] in page


async def test_every_chart_has_its_figures_as_a_table(team: httpx.AsyncClient) -> None:
    page = (await team.get("/dashboard")).text
    charts = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', page)
    assert len(charts) == page.count("<table") == 2
    for address, description in charts:
        assert description.startswith("Line chart")
        drawn = await team.get(address)
        assert drawn.headers["content-type"] == "image/svg+xml"
    assert page.count("<tr") == 2 * (12 + 1), "twelve weeks and a head each"
    assert "Sample person" not in page


async def test_the_present_week_is_no_plunge(team: httpx.AsyncClient, web: Web) -> None:
    now = web.product.clock.now().astimezone(web.product.settings.zone)
    monday = now.date() - timedelta(days=now.weekday())
    before = monday - timedelta(weeks=1)
    page = unescape((await team.get("/dashboard")).text)
    drawn = (await team.get("/dashboard/charts/use.svg")).text
    assert f"week: {before.day} {before:%b}" in drawn
    assert f"week: {monday.day} {monday:%b}" not in drawn, "it is not over"
    assert f"{monday.day} {monday:%b %Y}" in page, "the table has it"
    assert page.count(web.product.toolkit.sentences["web.chart_note"]) == 2


async def test_a_chart_that_cannot_be_drawn_leaves_the_tables(team: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.charts.TIME_LIMIT", 0.001)
    assert (await team.get("/dashboard/charts/use.svg")).status_code == 503
    assert "<table" in (await team.get("/dashboard")).text


async def test_there_is_no_other_chart(team: httpx.AsyncClient) -> None:
    assert (await team.get("/dashboard/charts/people.svg")).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [(None, 403), (Role.FORUM_LEAD, 403), (Role.ADMINISTRATOR, 403), (Role.PROGRAMME_TEAM, 200)],
)
async def test_outside_the_demonstration_only_the_programme_team_sees_it(closed_web: Web, role: Role | None, status: int) -> None:
    async with closed_web.visitor() as browser:
        assert (await browser.get("/dashboard")).status_code == 401
        assert (await browser.get("/dashboard/charts/use.svg")).status_code == 401
        answer = await open_dashboard(closed_web, browser, role)
        assert answer.status_code == status
        assert ("<table" in answer.text) == (status == 200)
        assert (await browser.get("/dashboard/charts/use.svg")).status_code == status


async def test_with_too_few_people_no_figure_is_shown(team: httpx.AsyncClient, web: Web) -> None:
    async with web.product.database.transaction() as session:
        for happened in (Activity, CheckIn, SurveyAnswer, Plan):
            await session.execute(delete(happened))
    smallest = web.product.settings.file.dashboard.smallest_group
    page = (await team.get("/dashboard")).text
    assert f"once {smallest} people have taken part" in page
    assert "<table" not in page
    assert 'class="totals"' not in page
    assert (await team.get("/dashboard/charts/use.svg")).status_code == 404
