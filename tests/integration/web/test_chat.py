from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.domain.messages import Said
from bot.storage.people import find_person
from bot.web.chat import position_of
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio

WAYS = [{"text": "Which way?", "buttons": [{"title": "Ask first", "payload": "/ask"}, {"title": "Wait", "payload": "/wait"}]}]


async def say(browser: httpx.AsyncClient, event_id: str, **fields: str) -> httpx.Response:
    return await browser.post("/chat/messages", data={"event_id": event_id, **fields})


async def events(stream: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """Give each event of a stream as its fields."""
    event: dict[str, str] = {}
    async for line in stream.aiter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            event[name] = f"{event[name]}\n{value}" if name in event else value
        elif event:
            yield event
            event = {}


@pytest.mark.parametrize(
    ("last_event_id", "start", "reason"),
    [
        (None, 7, "a page that was just loaded"),
        ("12", 12, "the browser reconnects by itself"),
        ("-999", -999, "a message of the lobby"),
        ("", 7, "no event yet"),
        ("--5", 7, "no number"),
        ("\u00b2", 7, "a digit that is no number"),
        ("9" * 5000, 7, "longer than any id"),
        ("9" * 18, 10**12, "beyond what a database can compare"),
    ],
)
async def test_where_the_stream_goes_on(last_event_id: str | None, start: int, reason: str) -> None:
    assert position_of(last_event_id, 7) == start, reason


async def test_without_scripts_the_page_after_a_message_shows_its_answer(web: Web, surgeon: httpx.AsyncClient) -> None:
    sent = await say(surgeon, "1", text="my list\r\nwas cut")
    assert (sent.status_code, sent.headers["location"]) == (303, "/chat#latest")
    page = (await surgeon.get("/chat")).text
    assert "<p>my list</p><p>was cut</p>" in page, "line breaks stay"
    assert page.index("You said: my list") < page.index('id="latest"'), "the address leads to below the newest message"


async def test_a_form_without_scripts_does_not_wait_for_a_slow_engine_for_ever(
    web: Web, surgeon: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.chat.PATIENCE", 0.05)
    web.engine.may_answer.clear()
    sent = await say(surgeon, "1", text="my list was cut")
    assert sent.status_code == 303
    web.engine.may_answer.set()


async def test_a_form_that_is_sent_twice_is_one_message(web: Web, surgeon: httpx.AsyncClient) -> None:
    await say(surgeon, "same", text="my list was cut")
    await say(surgeon, "same", text="my list was cut")
    assert web.engine.heard == ["my list was cut"]


async def test_the_next_message_has_an_event_id_of_its_own(surgeon: httpx.AsyncClient) -> None:
    found = [re.findall(r'name="event_id" value="(\w+)"', (await surgeon.get("/chat")).text) for _ in range(2)]
    assert found[0]
    assert found[0][-1] != found[1][-1]


async def test_what_people_write_is_text_and_not_markup(surgeon: httpx.AsyncClient) -> None:
    await say(surgeon, "1", text="<script>alert(1)</script> my list was cut")
    page = (await surgeon.get("/chat")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_a_taken_choice_is_shown_as_taken_and_offers_nothing_more(web: Web, surgeon: httpx.AsyncClient) -> None:
    web.engine.answers["which way is there"] = WAYS
    await say(surgeon, "1", text="which way is there")
    page = (await surgeon.get("/chat")).text
    value = re.search(r'name="choice" value="([^"]+)">Ask first', page)
    assert value
    await say(surgeon, "2", choice=value[1])
    page = (await surgeon.get("/chat")).text
    assert "Chosen: Ask first" in page
    assert ">Wait</button>" not in page
    assert web.engine.heard[-1] == "/ask", "the engine receives what the choice stands for"
    assert "/ask" not in page.replace("You said: /ask", ""), "and the page never does"


async def test_a_later_question_closes_the_choices_of_the_one_before(web: Web, surgeon: httpx.AsyncClient) -> None:
    web.engine.answers["which way is there"] = WAYS
    await say(surgeon, "1", text="which way is there")
    await say(surgeon, "2", text="something else entirely")
    assert ">Ask first</button>" not in (await surgeon.get("/chat")).text


async def test_each_day_is_announced_once(web: Web, surgeon: httpx.AsyncClient) -> None:
    await say(surgeon, "1", text="my list was cut")
    page = (await surgeon.get("/chat")).text
    assert page.count('class="day"') == 1
    assert page.count("data-day=") >= 3, "messages that arrive later are divided by it"


async def test_the_stream_brings_both_sides_in_order_and_says_when_the_coach_works(web: Web, surgeon: httpx.AsyncClient) -> None:
    after = re.findall(r'id="m(-?\d+)"', (await surgeon.get("/chat")).text)[-1]
    web.engine.may_answer.clear()
    async with asyncio.timeout(10), surgeon.stream("GET", f"/chat/events?after={after}") as stream:
        arriving = events(stream)
        first = await anext(arriving)
        assert (first["event"], first["data"]) == ("state", "<span></span>"), "a new page learns at once that nothing is under way"
        sent = await surgeon.post("/chat/messages", data={"event_id": "1", "text": "my list was cut"}, headers={"hx-request": "true"})
        assert sent.status_code == 204
        mine = await anext(arriving)
        assert "entry--person" in mine["data"]
        assert int(mine["id"]) > int(after)
        assert "reading your message" in (await anext(arriving))["data"]
        web.engine.may_answer.set()
        answer = await anext(arriving)
        assert "You said: my list was cut" in answer["data"]
        states = [await anext(arriving)]
        while states[-1]["data"] != "<span></span>":
            states.append(await anext(arriving))
        assert {state["event"] for state in states} == {"state"}


async def test_a_second_tap_that_gets_no_answer_leaves_nobody_waiting(web: Web, surgeon: httpx.AsyncClient) -> None:
    await say(surgeon, "1", text="my theatre list was cut")
    after = re.findall(r'id="m(-?\d+)"', (await surgeon.get("/chat")).text)[-1]
    async with asyncio.timeout(10), surgeon.stream("GET", f"/chat/events?after={after}") as stream:
        arriving = events(stream)
        await anext(arriving)
        await surgeon.post("/chat/messages", data={"event_id": "2", "text": "my theatre list was cut"}, headers={"hx-request": "true"})
        assert "entry--person" in (await anext(arriving))["data"]
        while (state := await anext(arriving))["data"] != "<span></span>":
            assert state["event"] == "state", "the coach says nothing to it"


async def test_a_reconnecting_browser_is_shown_what_it_missed(web: Web, surgeon: httpx.AsyncClient) -> None:
    await say(surgeon, "1", text="my list was cut")
    ids = re.findall(r'id="m(-?\d+)"', (await surgeon.get("/chat")).text)
    async with asyncio.timeout(10), surgeon.stream("GET", "/chat/events?after=0", headers={"last-event-id": ids[-2]}) as stream:
        missed = await anext(events(stream))
    assert missed["id"] == ids[-1]


async def test_nobody_reads_along(web: Web, surgeon: httpx.AsyncClient) -> None:
    await say(surgeon, "1", text="my list was cut")
    async with web.visitor() as other:
        await other.post("/sign-in", data={"person": "nurse-lead"})
        assert "my list was cut" not in (await other.get("/chat")).text
        async with asyncio.timeout(10), other.stream("GET", "/chat/events?after=0") as stream:
            assert "my list was cut" not in (await anext(events(stream)))["data"]


async def test_without_a_sign_in_pages_lead_to_it_and_streams_end(web: Web) -> None:
    async with web.visitor() as stranger:
        assert (await stranger.get("/chat")).headers["location"] == "/sign-in"
        assert (await say(stranger, "1", text="hello")).headers["location"] == "/sign-in"
        by_script = await stranger.post("/chat/messages", data={"event_id": "1", "text": "hello"}, headers={"hx-request": "true"})
        assert by_script.status_code == 401, "the script keeps the words and says so"
        assert (await stranger.get("/chat/events")).status_code == 401
    assert web.engine.heard == []


async def test_outside_the_demonstration_nobody_signs_in_by_name(closed_web: Web) -> None:
    async with closed_web.visitor() as stranger:
        assert (await stranger.post("/sign-in", data={"person": "surgeon"})).status_code == 405
        assert (await stranger.get("/chat")).status_code == 401
        assert (await stranger.get("/demo")).status_code == 404
        assert "Demonstration" not in (await stranger.get("/help")).text


async def test_nothing_is_kept_before_consent(web: Web) -> None:
    async with web.visitor() as browser:
        await browser.post("/sign-in", data={"person": "surgeon"})
        await say(browser, "1", text="my list was cut")
        page = (await browser.get("/chat")).text
    assert "Yes, go ahead" in page
    assert "my list was cut" not in page
    assert web.engine.heard == []


async def test_a_message_from_another_channel_appears_too(web: Web, surgeon: httpx.AsyncClient) -> None:
    await web.product.conversation.receive("surgeon", Said("terminal", "1", text="from a terminal"))
    await web.product.conversation.answer("surgeon")
    assert "You said: from a terminal" in (await surgeon.get("/chat")).text


async def test_that_all_is_deleted_is_said_first_and_alone(web: Web, surgeon: httpx.AsyncClient) -> None:
    product = web.product
    web.engine.answers["delete everything now"] = [{"text": "Everything is deleted."}]
    after = re.findall(r'id="m(-?\d+)"', (await surgeon.get("/chat")).text)[-1]
    web.engine.may_answer.clear()
    async with asyncio.timeout(20), surgeon.stream("GET", f"/chat/events?after={after}") as stream:
        arriving = events(stream)
        await surgeon.post("/chat/messages", data={"event_id": "1", "text": "delete everything now"}, headers={"hx-request": "true"})
        await web.engine.was_asked.wait()
        # What the engine's action does, before its answer is back; the page looks in between.
        async with product.database.transaction() as session:
            person = await find_person(session, "surgeon")
            assert person is not None
            person.consented_at = person.consent_version = None
        assert "delete everything now" not in (await surgeon.get("/chat")).text
        product.feed.publish("surgeon")
        await asyncio.sleep(0.3)
        web.engine.may_answer.set()
        while "entry--coach" not in (event := await anext(arriving))["data"]:
            pass
        assert "Everything is deleted." in event["data"]
    page = (await surgeon.get("/chat")).text
    assert "Everything is deleted." in page
    assert page.count("entry--coach") == 1


SIGNPOST = "I want to end my life"


async def test_after_signposts_nothing_else_is_asked(web: Web, surgeon: httpx.AsyncClient) -> None:
    web.engine.answers["which way is there"] = WAYS
    await say(surgeon, "1", text="which way is there")
    await say(surgeon, "2", text=SIGNPOST)
    shown = (await surgeon.get("/chat")).text.rpartition(SIGNPOST)[2]
    assert shown.index("999") < shown.index("The rest can wait")
    assert "Which way?" not in shown, "what was asked before waits too"
    assert web.engine.heard == ["which way is there"], "danger is answered without the engine"


async def test_after_signposts_and_nothing_open_there_is_a_way_on(web: Web, surgeon: httpx.AsyncClient) -> None:
    await say(surgeon, "1", text=SIGNPOST)
    page = (await surgeon.get("/chat")).text
    assert re.findall(r'<button class="choice"[^>]*>([^<]+)<', page) == [web.product.toolkit.sentences["choice.browse"]]
