"""A broadcast as its lead, a colleague and one who gets it see it, in a real browser; pictures go to var/screenshots."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Grant, Role
from bot.services.lobby import CONSENT_VERSION
from bot.settings import read_settings
from bot.storage.access import grant_role
from bot.storage.people import add_programme, enrol
from bot.storage.roster import add_forum, join_forum
from bot.storage.tables import Person
from bot.web.visitors import invitation
from tests.acceptance.conftest import Running, until
from tests.acceptance.pages import desk, hears, look, look_twice, say, tap

PEOPLE = 205  # above what may be sent without a second person
EACH_DAY = {"day": ["00:00", "23:59"], "working_days": [0, 1, 2, 3, 4, 5, 6]}
Sit = Callable[[], Page]


@pytest.fixture
def bradford(running: Running) -> Iterator[None]:
    """Give a programme of its own with one large forum; nothing more is sent to its people afterwards."""
    hours = read_settings(running.environment).file.follow_up.availability.as_json() | EACH_DAY

    async def fill(session: AsyncSession) -> None:
        now = datetime.now(UTC)
        await add_programme(session, "bradford", "Bradford programme")
        forum, _ = await add_forum(session, "bradford", "Bradford directors")
        forum.meets_at, forum.time_zone = now + timedelta(days=9), "Europe/London"
        await grant_role(session, "forum-lead", Grant(Role.FORUM_LEAD, "bradford", forum.id), by="test", now=now)
        for number in range(PEOPLE):
            person = await enrol(
                session, f"b{number}", name=f"Dr Bea{number} Lee", time_zone="Europe/London", now=now, programme_id="bradford"
            )
            person.consented_at, person.consent_version, person.availability = now, CONSENT_VERSION, hours
            await join_forum(session, forum.id, person.id)

    async def stop(session: AsyncSession) -> None:
        await session.execute(update(Person).where(Person.programme_id == "bradford").values(stopped_at=datetime.now(UTC)))

    running.transact(fill)
    yield
    running.transact(stop)


@pytest.fixture
def sit() -> Iterator[Sit]:
    """Give a function that opens a browser of somebody's own."""
    with desk(refusal="409") as open_page:
        yield open_page


def figures(page: Page) -> dict[str, int]:
    """Return the lines of the figures as the page shows them at this moment."""
    rows = page.evaluate("[...document.querySelectorAll('#track tbody tr')].map(row => [row.cells[0].innerText, row.cells[1].innerText])")
    return {str(name).splitlines()[0]: int(count) for name, count in rows}


def test_a_broadcast_from_the_first_word_to_the_agenda(running: Running, bradford: None, sit: Sit) -> None:
    lead = sit()
    lead.goto(f"{running.address}/sign-in")
    tap(lead, "Be a forum lead")
    expect(lead.get_by_role("link", name="Broadcasts")).to_be_visible()
    lead.goto(f"{running.address}/dashboard/broadcasts")
    look_twice(lead, "broadcast-1-list")
    lead.get_by_role("link", name="Write one").click()
    lead.get_by_label("Title").fill("What shall we open with?")
    lead.get_by_label("What people read").fill("{first_name}, what should {forum} open with?")
    with lead.expect_response("**/choose"):
        lead.get_by_label("Programme", exact=True).select_option(label="Bradford programme")
    # What is chosen from is put there anew, and with it what was opened before is closed.
    expect(lead.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    expect(lead.get_by_label("Bradford directors")).to_be_checked()
    expect(lead.locator("#reached")).to_contain_text(f"it reaches {PEOPLE} people now")
    lead.get_by_text("Only some of them").click()
    lead.get_by_label("Nurse lead").check()
    expect(lead.locator("#reached")).to_contain_text("it reaches 0 people now")
    lead.get_by_label("Nurse lead").uncheck()
    expect(lead.locator("#reached")).to_contain_text(f"it reaches {PEOPLE} people now")
    expect(lead.get_by_label("Title")).to_have_value("What shall we open with?")
    look_twice(lead, "broadcast-2-write")
    tap(lead, "Save")
    expect(lead.get_by_text("Saved.")).to_be_visible()
    lead.get_by_role("link", name="Edit").click()
    lead.get_by_label("What people read").fill("{first_name}, what should {forum} open with on {forum_date}?")
    tap(lead, "Save")
    expect(lead.get_by_text(f"It goes to {PEOPLE} people.")).to_be_visible()
    for channel in ("Web", "Slack", "Teams"):
        preview = lead.locator(".preview").filter(has=lead.get_by_role("heading", name=channel))
        expect(preview).to_contain_text("what should Bradford directors open with on")
        expect(preview).to_contain_text("Write an answer")
    look_twice(lead, "broadcast-3-rehearsal")
    tap(lead, "Send now")
    expect(lead.get_by_role("alert")).to_contain_text("Above 200 somebody else has to approve it first")
    look_twice(lead, "broadcast-4-refused")
    address = re.sub(r"/send$", "", lead.url)

    colleague = sit()
    colleague.goto(f"{running.address}/sign-in")
    tap(colleague, "Be the programme team")
    colleague.wait_for_load_state()
    colleague.goto(address)
    tap(colleague, "Approve this version")
    expect(colleague.get_by_text("Approved as it is now.")).to_be_visible()
    look_twice(colleague, "broadcast-5-approved")

    lead.goto(address)
    tap(lead, "Send now")
    expect(lead.get_by_text("Nothing goes out before")).to_be_visible()
    assert figures(lead) == {"Queued": PEOPLE}
    look_twice(lead, "broadcast-6-undo")
    # What the lead's page shows from here on comes without reload.
    lead.evaluate("window.wasReloaded = false")
    colleague.goto(f"{running.address}/demo")
    for step in ("One hour on", "One day on", "One day on", "One day on", "One day on"):
        tap(colleague, step)
        colleague.wait_for_load_state()
        seen = figures(lead)
        assert sum(seen.values()) == PEOPLE, seen
        if seen == {"Sent": PEOPLE} or "Queued" not in seen:
            break
    until(lambda: sum(figures(lead).values()) == PEOPLE and figures(lead) == {"Sent": PEOPLE}, 30)
    assert lead.evaluate("window.wasReloaded") is False
    look_twice(lead, "broadcast-7-sent")

    reader = sit()
    reader.goto(invitation(read_settings(running.environment).session_key, running.address, "b0"))
    reader.get_by_role("button").last.click()
    hears(reader, "what should Bradford directors open with on")
    tap(reader, "Write an answer")
    hears(reader, "Write it in one message")
    say(reader, "Who has the last word when a list is cut")
    hears(reader, "Kept as a reflection of yours")
    tap(reader, "Share it without my name")
    hears(reader, "The forum's lead now sees it without your name")
    look(reader, "broadcast-8-answer")

    lead.get_by_role("link", name="What came back").click()
    expect(lead.get_by_text("Who has the last word when a list is cut")).to_be_visible()
    assert "Bea0" not in lead.content(), "who wrote it is not shown"
    look_twice(lead, "broadcast-9-results")
    lead.get_by_role("link", name="Agenda for the forum").click()
    expect(lead.get_by_text("What people share with the forum")).to_be_visible()
    look_twice(lead, "broadcast-10-agenda")
    with lead.expect_download() as taken:
        lead.get_by_role("link", name="One page as PDF").click()
    assert taken.value.path().read_bytes()[:5] == b"%PDF-"

    lead.goto(address)
    tap(lead, "Take it back")
    expect(lead.locator("#track")).to_contain_text("Taken back")
    assert figures(lead) == {"Taken back": PEOPLE}
    look_twice(lead, "broadcast-11-taken-back")
    reader.reload()
    hears(reader, "took this message back")
    colleague.goto(f"{running.address}/demo")
    tap(colleague, "Back to the real time")
