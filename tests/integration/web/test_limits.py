"""How much and how often may be asked of the web pages and of the conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import select
from starlette.responses import PlainTextResponse
from starlette.types import Message

from bot.domain.messages import Said
from bot.domain.rates import Rate
from bot.storage.tables import Message as Kept
from bot.web.limits import RateLimit
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio


async def endless(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 10_000):
        yield b"x" * 10_000


@pytest.mark.parametrize("path", ["/chat/messages", "/home/busy", "/sign-in", "/home/data/plan/1"])
async def test_a_long_body_is_refused_whatever_it_says_of_its_length(surgeon: httpx.AsyncClient, path: str) -> None:
    assert (await surgeon.post(path, content=b"text=" + b"x" * 200_000)).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await surgeon.post(path, content=endless(300_000), headers=form)).status_code == 413


async def test_wrong_guesses_are_slowed_down_and_right_ones_are_not(web: Web) -> None:
    async with web.visitor() as guesser:
        answers = [(await guesser.get(f"/sign-in?ticket=guess{number}")).status_code for number in range(25)]
        assert answers[:20] == [400] * 20
        assert answers[20:] == [429] * 5
        assert (await guesser.get("/invited/ABCDE-12345")).status_code == 429, "one kind of guess counts for the others"
        assert (await guesser.get("/help")).status_code == 200, "nothing else is closed"


async def test_a_visitor_who_asks_too_often_waits_and_others_do_not() -> None:
    moment = 0.0
    limited = RateLimit(PlainTextResponse("here"), clock=lambda: moment)

    async def ask(path: str, cookie: bytes) -> int:
        sent: list[int] = []

        async def send(message: Message) -> None:
            sent.extend([message["status"]] if "status" in message else [])

        async def receive() -> Message:
            return {"type": "http.request"}

        scope = {"type": "http", "path": path, "method": "GET", "client": ("192.0.2.1", 1), "headers": [(b"cookie", b"coach=" + cookie)]}
        await limited(scope, receive, send)
        return sent[0]

    statuses = [await ask("/chat", b"one") for _ in range(601)]
    assert statuses == [200] * 600 + [429]
    assert await ask("/chat", b"another") == 200
    assert await ask("/health/ready", b"one") == 200, "monitoring is not counted"
    moment = 1.0
    assert await ask("/chat", b"one") == 200


async def test_messages_that_come_too_fast_are_refused_with_a_word(web: Web, surgeon: httpx.AsyncClient) -> None:
    conversation = web.product.conversation
    conversation._of_person = Rate(burst=3, per_second=0)
    taken = [await conversation.receive("surgeon", Said("web", f"fast {number}", text="again and again")) for number in range(6)]
    assert taken == [True, True, True, False, False, False]
    async with web.product.database.reading() as session:
        texts = [each.text for each in await session.scalars(select(Kept).where(Kept.person_id == "surgeon"))]
    assert sum("faster than I can read" in text for text in texts) == 1, "said once, not each time"
    assert await conversation.receive("nurse-lead", Said("web", "another", text="hello")), "others are not held up"
