"""Writing to Slack: a workspace that works, and a loopback Slack that fails as Slack does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI, Response

from bot.channels.slack.sending import SlackChannel
from bot.content.toolkit import Toolkit
from bot.domain.channel import Address, NotNow, Unreachable
from bot.domain.messages import Offered
from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from tests.slack_peer import ALICE, BOT_TOKEN, TEAM, Talk, Workspace, workspace

pytestmark = pytest.mark.anyio

MESSAGE = Offered(7, "How did it go?", (("Did it", "7.0"), ("Not this time", "7.1")))


async def token_of(account: str) -> str | None:
    return BOT_TOKEN if account == TEAM else None


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace(tmp_path_factory.mktemp("slack"), None) as opened:
        yield opened


async def test_a_message_is_sent_found_again_and_settled(slack: Workspace, toolkit: Toolkit) -> None:
    channel = SlackChannel(token_of, toolkit.sentences, f"{slack.address}/api")
    to = Address(1, "anna", "slack", TEAM, ALICE, slack.direct(ALICE))
    began = datetime.now(UTC)
    assert await channel.find(to, 41, began) is None
    external_id = await channel.send(to, MESSAGE, 41)
    await channel.send(to, Offered(8, "By the way."), 42)
    assert await channel.find(to, 41, began) == external_id
    await channel.settle(to, external_id, MESSAGE, "Did it")
    settled = Talk(slack, ALICE).said()[-2]
    assert settled["text"] == "How did it go?"
    assert [block["type"] for block in settled["blocks"]] == ["section", "context"]
    assert "Chosen: Did it" in str(settled["blocks"])


async def test_who_is_not_there_is_said_so(slack: Workspace, toolkit: Toolkit) -> None:
    channel = SlackChannel(token_of, toolkit.sentences, f"{slack.address}/api")
    with pytest.raises(Unreachable, match="channel_not_found"):
        await channel.send(Address(1, "anna", "slack", TEAM, ALICE, "D0NOWHERE"), MESSAGE, 1)
    with pytest.raises(Unreachable, match="not_installed"):
        await channel.send(Address(1, "anna", "slack", "T0OTHER", ALICE, "D1"), MESSAGE, 1)


@pytest.fixture
async def failing() -> AsyncIterator[Callable[[Callable[[], Awaitable[Response]]], Awaitable[str]]]:
    """Give a function that starts a Slack which answers every call in the given way, and returns its address."""
    servers = []

    async def start(answer: Callable[[], Awaitable[Response]]) -> str:
        app = FastAPI()
        app.add_api_route("/api/{method}", answer, methods=["GET", "POST"])
        server = ActionServer(app, free_port())
        await server.start()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}/api"

    yield start
    for server in servers:
        await server.stop()


def refuses(error: str) -> Response:
    return Response(f'{{"ok": false, "error": "{error}"}}', media_type="application/json")


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response("", 429, {"retry-after": "30"}), NotNow("ratelimited", timedelta(seconds=30))),
        (Response("", 429), NotNow("ratelimited")),
        (Response("oops", 500), NotNow("http_500", may_have_gone_out=True)),
        (Response("<html>", 503), NotNow("http_503", may_have_gone_out=True)),
        (refuses("internal_error"), NotNow("internal_error")),
        (refuses("service_unavailable"), NotNow("service_unavailable")),
        (refuses("user_not_found"), Unreachable("user_not_found")),
        (refuses("is_archived"), Unreachable("is_archived")),
        (refuses("not_in_channel"), Unreachable("not_in_channel")),
        (refuses("account_inactive"), Unreachable("account_inactive")),
        (refuses("invalid_auth"), Unreachable("invalid_auth")),
        (refuses("token_revoked"), Unreachable("token_revoked")),
        # The next message may be shorter.
        (refuses("msg_too_long"), Unreachable("msg_too_long", closes_address=False)),
    ],
)
async def test_what_a_refusal_means(
    failing: Callable[[Callable[[], Awaitable[Response]]], Awaitable[str]],
    toolkit: Toolkit,
    response: Response,
    expected: NotNow | Unreachable,
) -> None:
    async def answer() -> Response:
        return response

    channel = SlackChannel(token_of, toolkit.sentences, await failing(answer))
    with pytest.raises(type(expected)) as raised:
        await channel.send(Address(1, "anna", "slack", TEAM, ALICE, "D1"), MESSAGE, 1)
    assert vars(raised.value) == vars(expected)


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "null"])
async def test_garbage_leaves_it_open_whether_the_message_went_out(
    failing: Callable[[Callable[[], Awaitable[Response]]], Awaitable[str]], toolkit: Toolkit, body: str
) -> None:
    async def answer() -> Response:
        return Response(body)

    channel = SlackChannel(token_of, toolkit.sentences, await failing(answer))
    with pytest.raises(NotNow) as raised:
        await channel.send(Address(1, "anna", "slack", TEAM, ALICE, "D1"), MESSAGE, 1)
    assert raised.value.may_have_gone_out


async def test_silence_is_waited_for_only_so_long(
    failing: Callable[[Callable[[], Awaitable[Response]]], Awaitable[str]], toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def answer() -> Response:
        await asyncio.sleep(5)
        return Response("")

    monkeypatch.setattr("bot.channels.slack.sending.TIMEOUT", 1)
    channel = SlackChannel(token_of, toolkit.sentences, await failing(answer))
    with pytest.raises(NotNow, match="timeout") as raised:
        await channel.send(Address(1, "anna", "slack", TEAM, ALICE, "D1"), MESSAGE, 1)
    assert raised.value.may_have_gone_out


async def test_nobody_listening_means_that_nothing_went_out(toolkit: Toolkit) -> None:
    channel = SlackChannel(token_of, toolkit.sentences, f"http://127.0.0.1:{free_port()}/api")
    with pytest.raises(NotNow, match="no_connection") as raised:
        await channel.send(Address(1, "anna", "slack", TEAM, ALICE, "D1"), MESSAGE, 1)
    assert not raised.value.may_have_gone_out
