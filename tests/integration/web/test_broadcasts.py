"""The pages of broadcasts: written, rehearsed, sent, followed and taken back, by whoever has the right and nobody else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from bot.domain.access import Grant, Role
from bot.domain.messages import Said
from bot.services.lobby import CONSENT_VERSION
from bot.storage.access import grant_role
from bot.storage.tables import Audit, Broadcast, Message, Person, Reflection
from tests.browsers import token_in
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio

HOME = "/dashboard/broadcasts"
DRAFT = {
    "kind": "poll",
    "title": "For Thursday",
    "text": "{first_name}, which first?",
    "choices": "Time\nMoney",
    "audience": "demonstration",
    "zone": "Europe/London",
    "version": "",
}


@pytest.fixture
async def lead(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """Give the browser of somebody who leads the whole programme."""
    async with web.product.database.transaction() as session:
        await grant_role(session, "forum-lead", Grant(Role.FORUM_LEAD, "demonstration"), by="test", now=web.product.clock.now())
    async with web.visitor(follow_redirects=True) as visitor:
        await visitor.post("/sign-in", data={"person": "forum-lead"})
        yield visitor


async def agree(web: Web, *people: str) -> None:
    async with web.product.database.transaction() as session:
        for person_id in people:
            person = await session.get_one(Person, person_id)
            person.consented_at, person.consent_version = web.product.clock.now(), CONSENT_VERSION
            person.availability = {**web.product.settings.file.follow_up.availability.as_json(), "day": ["00:00", "23:59"]}


async def draft(lead: httpx.AsyncClient, **changes: str) -> int:
    saved = await lead.post(f"{HOME}/save", data=DRAFT | changes)
    assert saved.status_code == 200, saved.text
    return int(str(saved.url).split("/")[-1].split("?")[0])


async def test_it_is_written_rehearsed_sent_and_taken_back(web: Web, lead: httpx.AsyncClient) -> None:
    await agree(web, "surgeon", "nurse-lead")
    number = await draft(lead)
    page = (await lead.get(f"{HOME}/{number}")).text
    assert "It goes to 2 people." in page
    assert "A nurse lead, A surgeon" in page
    assert "built-in method" not in page
    assert "Make a copy" in page
    assert "has not agreed to be written to" in page
    assert page.count("From A forum lead:") == 3, "once for each channel's preview"
    refused = await lead.post(f"{HOME}/{number}/send", data={"version": "1"})
    assert (refused.status_code, "Type the number of people, 2" in refused.text) == (409, True)
    sent = (await lead.post(f"{HOME}/{number}/send", data={"version": "1", "count": "2"})).text
    assert "2 people altogether" in sent
    assert "Nothing goes out before" in sent
    async with lead.stream("GET", f"{HOME}/{number}/events") as stream:
        lines = []
        async for line in stream.aiter_lines():
            lines.append(line)
            if "</table>" in line:
                break
    assert any("Queued" in line for line in lines)
    taken = (await lead.post(f"{HOME}/{number}/take-back")).text
    assert "Taken back" in taken
    assert re.search(r"Ended before it was sent.*?<td[^>]*>2<", taken, re.S)
    assert "fewer than 11 people" in (await lead.get(f"{HOME}/{number}/results")).text.lower()


async def test_whom_it_reaches_is_seen_while_choosing_with_and_without_a_script(web: Web, lead: httpx.AsyncClient) -> None:
    await agree(web, "surgeon", "nurse-lead")
    page = (await lead.get(f"{HOME}/new")).text
    for offered in ("Clinical Directors&#39; Forum", "2025", "Aire Valley NHS Trust", "Nurse lead", "Leads a forum"):
        assert offered in page, offered
    assert "Thameside" not in page, "nobody of the programme works there"
    scripted = {"hx-request": "true", "hx-target": "reached", "x-form-token": token_in(page)}
    for ticked, said in (
        ({}, "it reaches 2 people now"),
        ({"posts": ["director", "nurse_lead"]}, "it reaches 2 people now"),
        ({"posts": "director"}, "it reaches one person now"),
        ({"posts": "manager"}, "it reaches 0 people now"),
        ({"parts": "forum_lead"}, "it reaches 0 people now"),
        ({"forums": "999"}, "That forum is not in this programme"),
        ({"forums": "1", "cohorts": "x"}, "Choose one of those"),
    ):
        part = (await lead.post(f"{HOME}/choose", data={"audience": "demonstration", **ticked}, headers=scripted)).text
        assert said in part, (ticked, part)
        assert "<html" not in part
    whole = (await lead.post(f"{HOME}/choose", data=DRAFT | {"title": "Half written", "posts": ["director"]})).text
    assert "Half written" in whole
    assert "it reaches one person now" in whole
    number = await draft(lead, posts="director")
    assert "It goes to one person." in (await lead.get(f"{HOME}/{number}")).text
    assert re.search(r'value="director"[^>]*checked', (await lead.get(f"{HOME}/{number}/edit")).text)


async def test_an_older_version_does_not_write_over_a_newer_and_nothing_typed_is_lost(web: Web, lead: httpx.AsyncClient) -> None:
    number = await draft(lead)
    await lead.post(f"{HOME}/save", data=DRAFT | {"number": str(number), "version": "1", "title": "Theirs"})
    late = await lead.post(f"{HOME}/save", data=DRAFT | {"number": str(number), "version": "1", "title": "Mine instead"})
    assert late.status_code == 409
    assert "Somebody else has changed it" in late.text
    assert "Mine instead" in late.text


async def test_what_is_wrong_is_said_beside_its_field(lead: httpx.AsyncClient) -> None:
    wrong = await lead.post(f"{HOME}/save", data=DRAFT | {"choices": "One", "text": "{surname}", "title": ""})
    assert wrong.status_code == 409
    for said in ("Give it a title", "There is no field {surname}", "A poll has 2 to 5 choices"):
        assert said in wrong.text.replace("&#39;", "'")
    assert "One</textarea>" in wrong.text
    skipped = await lead.post(f"{HOME}/save", data=DRAFT | {"reply_day": "2027-03-28", "reply_hour": "01:30"})
    assert "The clocks go forward in that hour" in skipped.text


async def test_nobody_else_sees_them(web: Web, lead: httpx.AsyncClient) -> None:
    number = await draft(lead)
    async with web.visitor(follow_redirects=True) as other:
        await other.post("/sign-in", data={"person": "surgeon"})
        for path in (HOME, f"{HOME}/{number}", f"{HOME}/{number}/results", f"{HOME}/{number}/events"):
            assert (await other.get(path)).status_code == 403, path
        assert (await other.post(f"{HOME}/{number}/send")).status_code == 403
    assert (await lead.get(f"{HOME}/999")).status_code == 404


async def say(web: Web, text: str | None = None, choice: str | None = None) -> Message:
    """Say something as the surgeon and return the coach's last message."""
    product = web.product
    said = Said("web", f"{text}{choice}", text=text, choice=choice)
    await product.conversation.receive("surgeon", said)
    await product.conversation.answer("surgeon")
    async with product.database.reading() as session:
        wanted = select(Message).where(Message.person_id == "surgeon", Message.side == "coach").order_by(Message.id.desc()).limit(1)
        return (await session.scalars(wanted)).one()


def choice_named(message: Message, label: str) -> str:
    return f"{message.id}.{[each['label'] for each in message.choices].index(label)}"


async def test_an_answer_stays_private_unless_it_is_shared_and_can_be_taken_back(web: Web, lead: httpx.AsyncClient) -> None:
    await agree(web, "surgeon")
    number = await draft(lead, kind="text", choices="")
    await lead.post(f"{HOME}/{number}/send", data={"version": "1", "count": "1"})
    web.product.clock.offset += timedelta(minutes=2)
    async with web.product.database.transaction() as session:
        # Whatever the day of the test.
        (await session.get_one(Person, "surgeon")).availability = {
            **web.product.settings.file.follow_up.availability.as_json(),
            "working_days": [0, 1, 2, 3, 4, 5, 6],
            "day": ["00:00", "23:59"],
        }
    await web.product.deliveries.tick(web.product.clock.now())
    kept = await say(web, "The theatre list was cut without me")
    assert kept.text.startswith("Kept as a reflection of yours.")
    results = f"{HOME}/{number}/results"
    assert "theatre list" not in (await lead.get(results)).text
    shared = await say(web, choice=choice_named(kept, "Share it without my name"))
    page = (await lead.get(results)).text
    assert "The theatre list was cut without me" in page
    assert "A surgeon" not in page
    await say(web, choice=choice_named(shared, "Take it back"))
    assert "theatre list" not in (await lead.get(results)).text
    async with web.product.database.reading() as session:
        assert [each.words for each in await session.scalars(select(Reflection))] == ["The theatre list was cut without me"]
        assert (await session.get_one(Broadcast, number)).recipients == 1
    assert web.engine.heard == [], "no answer went to the dialogue engine"


async def test_the_agenda_is_a_page_and_a_pdf_and_who_took_it_is_kept(web: Web, lead: httpx.AsyncClient) -> None:
    await agree(web, "surgeon")
    number = await draft(lead, kind="text", choices="")
    await lead.post(f"{HOME}/{number}/send", data={"version": "1", "count": "1"})
    page = (await lead.get(f"{HOME}/{number}/agenda")).text
    assert "Colleagues, which first?" in page
    assert "None stands out by enough people" in page
    assert f"{HOME}/{number}/agenda.pdf" in page
    written = await lead.get(f"{HOME}/{number}/agenda.pdf")
    assert (written.headers["content-type"], written.content[:5]) == ("application/pdf", b"%PDF-")
    async with web.product.database.reading() as session:
        kept = [(each.actor, each.subject) for each in await session.scalars(select(Audit).where(Audit.action == "broadcast.download"))]
    assert kept == [("forum-lead", f"{number} agenda.pdf")]
    async with web.visitor(follow_redirects=True) as other:
        await other.post("/sign-in", data={"person": "surgeon"})
        for path in ("agenda", "agenda.pdf"):
            assert (await other.get(f"{HOME}/{number}/{path}")).status_code == 403, path
    assert (await lead.get(f"{HOME}/999/agenda.pdf")).status_code == 404
