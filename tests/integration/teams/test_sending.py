"""Writing to Teams: what goes out, and what its refusals mean for the next try."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import Response
from fastapi.responses import JSONResponse

from bot.channels.teams import connector as connecting
from bot.channels.teams.activities import Reference
from bot.channels.teams.connector import Connector
from bot.channels.teams.refusals import _JITTER
from bot.channels.teams.sending import TeamsChannel
from bot.content.toolkit import Toolkit
from bot.domain.channel import Address, CannotTell, NotNow, Unreachable
from bot.domain.messages import Offered
from bot.rasa.engine import free_port
from tests.teams_peer import ANNA, COACH, TENANT, LoopbackHosts, Microsoft

pytestmark = pytest.mark.anyio

MESSAGE = Offered(7, "How did it go?", (("Did it", "7.0"), ("Not this time", "7.1")))


async def token_of() -> str:
    return "the coach's own token"


@pytest.fixture
async def microsoft() -> AsyncIterator[Microsoft]:
    opened = Microsoft()
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def channel(microsoft: Microsoft, toolkit: Toolkit) -> AsyncIterator[TeamsChannel]:
    connector = Connector(token_of, LoopbackHosts(microsoft.address))
    yield TeamsChannel(connector, toolkit.sentences)
    await connector.close()


def at(service_url: str, conversation: str = "a:1/../x?y") -> Address:
    reference = Reference(service_url, conversation, COACH, f"29:{ANNA}")
    return Address(1, "anna", "teams", TENANT, ANNA, reference.as_place())


async def test_a_message_is_sent_and_settled(microsoft: Microsoft, channel: TeamsChannel) -> None:
    to = at(microsoft.service_url, "a:1pL6i0oY3C0K8oAj8-_x;messageid=17")
    sent = await channel.send(to, MESSAGE, 41)
    assert microsoft.authorizations == ["Bearer the coach's own token"]
    assert microsoft.sent[0]["conversation"] == "a:1pL6i0oY3C0K8oAj8-_x;messageid=17"
    assert microsoft.sent[0]["summary"] == "How did it go?"
    assert "text" not in microsoft.sent[0], "else it would be two messages"
    assert list(microsoft.choices()) == ["Did it", "Not this time"]
    await channel.settle(to, sent, MESSAGE, "Did it")
    assert "You chose: Did it" in str(microsoft.updated[sent])
    assert "Action" not in str(microsoft.updated[sent])


async def test_a_conversations_id_is_no_path_of_its_own(microsoft: Microsoft, channel: TeamsChannel) -> None:
    with pytest.raises(NotNow, match="foreign"):
        await channel.send(at(microsoft.service_url), MESSAGE, 1)
    assert microsoft.sent == []


async def test_teams_cannot_be_asked(microsoft: Microsoft, channel: TeamsChannel) -> None:
    with pytest.raises(CannotTell, match="cannot_be_asked"):
        await channel.find(at(microsoft.service_url), 1, datetime.now(UTC))


def refuses(code: str, status: int) -> Response:
    return JSONResponse({"error": {"code": code, "message": "no"}}, status)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response("", 429), NotNow("throttled", of_conversation=True)),
        (Response("", 412), NotNow("busy", of_conversation=True)),
        # A gateway that failed may have handed the message on.
        (Response("oops", 500), NotNow("failed", may_have_gone_out=True)),
        (Response("<html>", 502), NotNow("failed", may_have_gone_out=True)),
        (Response("", 504), NotNow("failed", may_have_gone_out=True)),
        # Once the registration's secret is put right, it goes out.
        (Response("", 401), NotNow("unauthorised")),
        (refuses("MessageWritesBlocked", 403), Unreachable("blocked")),
        (refuses("ConversationBlockedByUser", 403), Unreachable("blocked")),
        (refuses("Forbidden", 403), Unreachable("blocked")),
        (refuses("BotNotInConversationRoster", 403), Unreachable("not_installed")),
        (refuses("BotDisabledByAdmin", 403), Unreachable("disabled_by_admin", closes_address=False)),
        (refuses("ConversationNotFound", 404), Unreachable("gone")),
        (refuses("NotFound", 404), Unreachable("gone")),
        # The next message may be shorter.
        (refuses("MessageSizeTooBig", 413), Unreachable("too_long", closes_address=False)),
        (refuses("BadSyntax", 400), Unreachable("bad_message", closes_address=False)),
        # What a proxy says closes nobody's address.
        (Response("<html>", 403), NotNow("foreign")),
        (Response("", 404), NotNow("foreign")),
        (Response("", 413), NotNow("foreign")),
        (Response('{"error": "no"}', 404), NotNow("foreign")),
        (Response("", 307, {"location": "https://example.com/"}), NotNow("foreign")),
    ],
)
async def test_what_a_refusal_means(
    microsoft: Microsoft, channel: TeamsChannel, toolkit: Toolkit, response: Response, expected: NotNow | Unreachable
) -> None:
    microsoft.fail = lambda _: response
    with pytest.raises(type(expected)) as raised:
        await channel.send(at(microsoft.service_url, "a:1"), MESSAGE, 1)
    assert vars(raised.value) == vars(expected)
    assert f"teams.reason_{expected.reason}" in toolkit.sentences, "whoever runs the programme can read it"


@pytest.mark.parametrize(
    ("said", "least"),
    [("30", 30), (" 5 ", 5), ("99999999999999", 3600), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None), ("\u0661", None)],
)
async def test_a_pause_is_kept_and_never_by_all_at_the_same_moment(
    microsoft: Microsoft, channel: TeamsChannel, said: str, least: int | None
) -> None:
    headers = {"retry-after": said.encode().decode("latin-1")}
    microsoft.fail = lambda _: Response("", 429, headers)
    pauses = set()
    for _ in range(5):
        with pytest.raises(NotNow) as raised:
            await channel.send(at(microsoft.service_url, "a:1"), MESSAGE, 1)
        pauses.add(raised.value.retry_after)
    if least is None:
        assert pauses == {None}
    else:
        assert len(pauses) > 1
        assert all(pause and timedelta(seconds=least) <= pause <= timedelta(seconds=least * (1 + _JITTER)) for pause in pauses)


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "null", "{}"])
async def test_garbage_leaves_it_open_whether_the_message_went_out(microsoft: Microsoft, channel: TeamsChannel, body: str) -> None:
    microsoft.fail = lambda _: Response(body, 201)
    with pytest.raises(NotNow) as raised:
        await channel.send(at(microsoft.service_url, "a:1"), MESSAGE, 1)
    assert raised.value.may_have_gone_out


async def test_silence_is_waited_for_only_so_long(microsoft: Microsoft, toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
    has_ended = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        has_ended.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(connecting, "TIMEOUT", 0.3)
    connector = Connector(token_of, LoopbackHosts(f"http://127.0.0.1:{port}"))
    with pytest.raises(NotNow, match="timeout") as raised:
        await TeamsChannel(connector, toolkit.sentences).send(at(f"http://127.0.0.1:{port}/uk/", "a:1"), MESSAGE, 1)
    assert raised.value.may_have_gone_out
    await connector.close()
    async with asyncio.timeout(10):
        await has_ended.wait()
    server.close()
    await server.wait_closed()


async def test_nobody_listening_means_that_nothing_went_out(toolkit: Toolkit) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    connector = Connector(token_of, LoopbackHosts(address))
    with pytest.raises(NotNow, match="no_connection") as raised:
        await TeamsChannel(connector, toolkit.sentences).send(at(f"{address}/uk/", "a:1"), MESSAGE, 1)
    assert not raised.value.may_have_gone_out
    await connector.close()


async def test_without_a_token_nothing_goes_out_and_no_secret_is_logged(
    microsoft: Microsoft, toolkit: Toolkit, caplog: pytest.LogCaptureFixture
) -> None:
    async def refused() -> str:
        raise ValueError("AADSTS7000222: the secret hunter2 has expired")

    connector = Connector(refused, LoopbackHosts(microsoft.address))
    with pytest.raises(NotNow, match="no_token") as raised:
        await TeamsChannel(connector, toolkit.sentences).send(at(microsoft.service_url, "a:1"), MESSAGE, 1)
    assert not raised.value.may_have_gone_out
    assert microsoft.sent == []
    assert "hunter2" not in caplog.text
    await connector.close()


async def test_an_address_elsewhere_is_never_called(microsoft: Microsoft, channel: TeamsChannel) -> None:
    with pytest.raises(Unreachable, match="wrong_region") as raised:
        await channel.send(at("https://example.com/uk/", "a:1"), MESSAGE, 1)
    assert not raised.value.closes_address


@pytest.mark.parametrize("place", ["", "{}", "null", '{"service_url": "x"}'])
async def test_somebody_who_never_wrote_has_no_conversation(channel: TeamsChannel, place: str) -> None:
    with pytest.raises(Unreachable, match="never_written"):
        await channel.send(Address(1, "anna", "teams", TENANT, ANNA, place), MESSAGE, 1)


async def test_a_text_beyond_the_limit_goes_in_parts_with_the_choices_last(microsoft: Microsoft, channel: TeamsChannel) -> None:
    text = "A sentence of some length. " * 3000
    sent = await channel.send(at(microsoft.service_url, "a:1"), Offered(7, text, MESSAGE.choices), 1)
    assert len(microsoft.sent) > 1
    assert microsoft.sent[-1]["id"] == sent
    assert all("attachments" not in each for each in microsoft.sent[:-1])
    assert list(microsoft.choices()) == ["Did it", "Not this time"]
    assert all(len(str(each).encode("utf-16-le")) < 100_000 for each in microsoft.sent)


async def test_a_message_of_which_a_part_is_there_may_have_gone_out(microsoft: Microsoft, channel: TeamsChannel) -> None:
    answers: list[Any] = [None, Response("", 429)]
    microsoft.fail = lambda _: answers.pop(0)
    with pytest.raises(NotNow, match="throttled") as raised:
        await channel.send(at(microsoft.service_url, "a:1"), Offered(7, "A sentence. " * 3000), 1)
    assert raised.value.may_have_gone_out
