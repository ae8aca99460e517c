"""A person's rights over their own data, on the page and in the chat; nobody else's are touched by them."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import httpx
import pytest
from pypdf import PdfReader
from sqlalchemy import select

from bot.domain.access import RIGHTS, Right
from bot.domain.messages import Said
from bot.domain.quarter import Quarter
from bot.services.rights import erase, export
from bot.storage.audit import note_action
from bot.storage.filing import file_answers
from bot.storage.plans import answer_check_in, keep_plan, keep_reflection, newest_plan, waiting_check_in
from bot.storage.surveys import find_or_add_round, keep_answer
from bot.storage.tables import CheckInState, FiledAnswer, Message, Outcome, Person, Reflection, RoundState, Side
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio

EVIL = '#eval("1") <script>alert(1)</script> {{ 7*7 }} =cmd()'


async def keep(web: Web, who: str, words: str = EVIL) -> int:
    now = web.product.clock.now()
    async with web.product.database.transaction() as session:
        plan = await keep_plan(session, who, "If the list is cut, I ask why", theme="gm_trust", scenario=None, check_in_at=now, now=now)
        check_in = await waiting_check_in(session, plan)
        assert check_in is not None
        check_in.state, check_in.asked_at = CheckInState.ASKED, now
        answer_check_in(check_in, plan, Outcome.PARTLY, 6, now)
        return (await keep_reflection(session, who, asked="What would nobody miss?", words=words, theme="gm_trust", now=now)).id


async def say(web: Web, who: str, text: str) -> list[str]:
    """Write a message and return what answers it; the number of its last message's choices does not matter."""
    product = web.product
    async with product.database.reading() as session:
        before = (await session.scalars(select(Message.id).order_by(Message.id.desc()))).first() or 0
    await product.conversation.receive(who, Said("web", f"{who}:{text}:{before}", text=text))
    await product.conversation.answer(who)
    async with product.database.reading() as session:
        rows = await session.scalars(select(Message).where(Message.person_id == who, Message.id > before).order_by(Message.id))
        return [each.text for each in rows if each.side.value == "coach"]


async def test_the_file_is_readable_by_people_and_machines_and_ready_for_an_appraisal(web: Web, surgeon: httpx.AsyncClient) -> None:
    await keep(web, "surgeon")
    assert "Download everything (ZIP)" in (await surgeon.get("/home/data")).text
    answer = await surgeon.get("/home/export.zip")
    assert "attachment" in answer.headers["content-disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    held = json.loads(archive.read("everything.json"))
    assert held["reflection"][0]["words"] == EVIL
    for name in ("everything.html", "reflections.html"):
        page = archive.read(name).decode()
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{ 7*7 }}" in page, "words are no template"
    text = " ".join("\n".join(page.extract_text() for page in PdfReader(io.BytesIO(archive.read("reflections.pdf"))).pages).split())
    for part in (
        "What",
        "So what",
        "Now what",
        "What would nobody miss?",
        '#eval("1")',
        "If the list is cut, I ask why",
        "partly done, 6 of 10",
    ):
        assert part in text, part


async def test_one_thing_is_corrected_and_deleted_with_the_messages_that_held_it(web: Web, surgeon: httpx.AsyncClient) -> None:
    words = "The Friday meeting would be missed by nobody at all"
    number = await keep(web, "surgeon", words)
    await say(web, "surgeon", words)
    corrected = await surgeon.post(f"/home/data/reflection/{number}", data={"action": "correct", "words": "The Monday meeting"})
    assert "Corrected." in corrected.text or corrected.status_code == 303
    async with web.product.database.reading() as session:
        assert (await session.get_one(Reflection, number)).words == "The Monday meeting"
    await surgeon.post(f"/home/data/reflection/{number}", data={"action": "correct", "words": words})
    await surgeon.post(f"/home/data/reflection/{number}", data={"action": "delete"})
    held = json.dumps(await export(web.product.database, "surgeon"))
    assert "Friday meeting" not in held, "also not in the messages, the coach's that quoted it among them"
    assert "If the list is cut" in held, "the plan stays"


@pytest.mark.parametrize(
    ("path", "status"),
    [("reflection/999999", 404), ("reflection/0", 404), ("reflection/99999999999999999999", 404), ("person/1", 404), ("message/-1", 404)],
)
async def test_what_is_not_there_is_said_and_nothing_changes(web: Web, surgeon: httpx.AsyncClient, path: str, status: int) -> None:
    await keep(web, "surgeon")
    answer = await surgeon.post(f"/home/data/{path}", data={"action": "delete"})
    assert answer.status_code == status
    assert "not among what is kept" in answer.text


async def test_nobody_corrects_or_deletes_what_is_anothers(web: Web, surgeon: httpx.AsyncClient) -> None:
    await web.product.conversation.receive("nurse-lead", Said("web", "agreed too", choice="consent.yes"))
    number = await keep(web, "nurse-lead")
    for data in ({"action": "delete"}, {"action": "correct", "words": "mine now"}):
        assert (await surgeon.post(f"/home/data/reflection/{number}", data=data)).status_code == 404
    async with web.product.database.reading() as session:
        assert (await session.get_one(Reflection, number)).words == EVIL


async def test_the_chat_says_what_is_held_who_may_what_and_who_looked(web: Web, surgeon: httpx.AsyncClient) -> None:
    await keep(web, "surgeon")
    assert "Reflections: 1" in (await say(web, "surgeon", "What do you hold about me?"))[0]
    assert "Programme team: sees totals" in (await say(web, "surgeon", "who can see what"))[0]
    assert "Nobody of the staff" in (await say(web, "surgeon", "who looked"))[0]
    async with web.product.database.transaction() as session:
        note_action(session, "account:root", "person.export", "surgeon", web.product.clock.now())
        note_action(session, "account:root", "person.export", "nurse-lead", web.product.clock.now())
    looked = (await say(web, "surgeon", "who looked"))[0]
    assert looked.count("root, took a copy of your data") == 1, "and not what concerns others"
    assert "root, took a copy of your data" in (await surgeon.get("/home/data")).text


async def test_delete_that_one_in_the_chat_asks_once_and_keeps_the_rest(web: Web, surgeon: httpx.AsyncClient) -> None:
    await keep(web, "surgeon", "The Friday meeting would be missed by nobody at all")
    asked = await say(web, "surgeon", "delete that one")
    assert "The Friday meeting" in asked[0]
    assert await say(web, "surgeon", "keep it") == ["Kept as it was."]
    await say(web, "surgeon", "delete that one")
    async with web.product.database.reading() as session:
        before = (await session.get_one(Person, "surgeon")).conversation_key
    assert "Deleted." in (await say(web, "surgeon", "yes"))[0]
    async with web.product.database.reading() as session:
        assert (await session.scalars(select(Reflection))).all() == []
        assert await newest_plan(session, "surgeon") is not None
        assert (await session.get_one(Person, "surgeon")).conversation_key != before, "the engine forgets it too"
    assert "Friday meeting" not in json.dumps(await export(web.product.database, "surgeon"))


async def answer_survey(web: Web, who: str, *, is_filed: bool) -> tuple[int, str]:
    """Have somebody answer two items, the first by a message; return the round and the first item."""
    product, now = web.product, web.product.clock.now()
    items = [(item, product.toolkit.items[item].version) for item in product.toolkit.instruments["fortnightly"].items_of(1)][:2]
    async with product.database.transaction() as session:
        found = await find_or_add_round(session, who, "fortnightly", 1, items, now - timedelta(days=1))
        session.add(Message(person_id=who, side=Side.PERSON, text="four, as ever", at=now - timedelta(seconds=1)))
        await session.flush()
        for (item, version), value in zip(items, (4, 2), strict=True):
            await keep_answer(session, found, item, version, value, now)
        found.state = RoundState.CLOSED
        number = found.id
    if is_filed:
        async with product.database.transaction() as session:
            await file_answers(session, now + timedelta(days=1), Quarter.of(now.date()), 1, ())
    return number, items[0][0]


async def values(web: Web, who: str) -> list[int | None]:
    held = await export(web.product.database, who)
    assert held is not None
    return [each["value"] for each in held["survey_answer"]]


@pytest.mark.parametrize("is_filed", [False, True])
async def test_one_answer_to_a_survey_is_deleted_with_the_message_that_gave_it(
    web: Web, surgeon: httpx.AsyncClient, is_filed: bool
) -> None:
    before = (await export(web.product.database, "surgeon") or {})["survey_answer"]
    number, item = await answer_survey(web, "surgeon", is_filed=is_filed)
    path = f"/home/data/answer.{item}/{number}"
    assert path in (await surgeon.get("/home/data")).text
    async with web.visitor() as other:
        await other.post("/sign-in", data={"person": "nurse-lead"})
        assert (await other.post(path, data={"action": "delete"})).status_code == 404, "another's is not there"
    async with web.product.database.reading() as session:
        filed = len((await session.scalars(select(FiledAnswer))).all())
    assert (await surgeon.post(path, data={"action": "delete"})).status_code == 303
    assert await values(web, "surgeon") == [*(each["value"] for each in before), None, 2]
    assert "four, as ever" not in json.dumps(await export(web.product.database, "surgeon"))
    async with web.product.database.reading() as session:
        assert len((await session.scalars(select(FiledAnswer))).all()) == filed - is_filed
    assert (await surgeon.post(path, data={"action": "delete"})).status_code == 404, "it is there no more"


async def test_delete_that_one_in_the_chat_names_the_newest_answer(web: Web, surgeon: httpx.AsyncClient) -> None:
    await keep(web, "surgeon")
    _, item = await answer_survey(web, "surgeon", is_filed=False)
    asked = await say(web, "surgeon", "delete that one")
    assert web.product.toolkit.items[item].text in asked[0]
    assert "Deleted." in (await say(web, "surgeon", "yes"))[0]
    assert (await values(web, "surgeon"))[-2:] == [None, 2]


async def test_objecting_is_one_sentence_and_so_is_taking_it_back(web: Web, surgeon: httpx.AsyncClient) -> None:
    async def objected() -> bool:
        async with web.product.database.reading() as session:
            return (await session.get_one(Person, "surgeon")).objected_at is not None

    await say(web, "surgeon", "I object")
    assert await objected()
    await say(web, "surgeon", "count me again")
    assert not await objected()
    await surgeon.post("/home/counting", data={"action": "object"})
    assert await objected()
    await erase(web.product.database, "surgeon")
    assert not await objected()


async def test_what_is_said_of_roles_is_the_table_of_rights(web: Web) -> None:
    sentences = web.product.toolkit.sentences
    assert not [right for right in Right if "read" in right.value or "words" in right.value], "no right reads what people write"
    async with web.visitor() as stranger:
        page = (await stranger.get("/help")).text
    for role, rights in RIGHTS.items():
        assert sentences[f"access.role_{role.value}"] in page
        for right in rights:
            assert sentences.get(f"access.right_{right.value}", right.value.replace("_", " ")).split("{")[0] in page.replace("&#39;", "'")
