"""Writing to Slack: a workspace that works, and a loopback Slack that fails as Slack does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import Request, Response

from bot.channels.slack.sending import SlackChannel
from bot.content.toolkit import Toolkit
from bot.domain.channel import Address, CannotTell, NotNow, Unreachable
from bot.domain.messages import Offered
from bot.rasa.engine import free_port
from tests.integration.slack.conftest import Start
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
    with pytest.raises(Unreachable, match="not_installed") as raised:
        await channel.send(Address(1, "anna", "slack", "T0OTHER", ALICE, "D1"), MESSAGE, 1)
    assert not raised.value.closes_address


def refuses(error: str) -> Response:
    return Response(f'{{"ok": false, "error": "{error}"}}', media_type="application/json")


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (Response("", 429, {"retry-after": "30"}), NotNow("ratelimited", timedelta(seconds=30))),
        (Response("", 429), NotNow("ratelimited")),
        (Response("oops", 500), NotNow("http_500", may_have_gone_out=True)),
        (Response("<html>", 503), NotNow("http_503", may_have_gone_out=True)),
        (Response("", 503, {"retry-after": "7"}), NotNow("http_503", timedelta(seconds=7), may_have_gone_out=True)),
        # Of these, Slack says that a part of what was asked for may have been done.
        (refuses("internal_error"), NotNow("internal_error", may_have_gone_out=True)),
        (refuses("fatal_error"), NotNow("fatal_error", may_have_gone_out=True)),
        (refuses("service_unavailable"), NotNow("service_unavailable")),
        (refuses("user_not_found"), Unreachable("user_not_found")),
        (refuses("is_archived"), Unreachable("is_archived")),
        (refuses("not_in_channel"), Unreachable("not_in_channel")),
        # Once the app is installed again, everybody in the workspace can be reached again.
        (refuses("account_inactive"), Unreachable("account_inactive", closes_address=False)),
        (refuses("invalid_auth"), Unreachable("invalid_auth", closes_address=False)),
        (refuses("token_revoked"), Unreachable("token_revoked", closes_address=False)),
        # The next message may be shorter.
        (refuses("msg_too_long"), Unreachable("msg_too_long", closes_address=False)),
    ],
)
async def test_what_a_refusal_means(
    failing: Start,
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


@pytest.mark.parametrize("body", ["", "no JSON", "[]", "null", '{"ok": true}'])
async def test_garbage_leaves_it_open_whether_the_message_went_out(failing: Start, toolkit: Toolkit, body: str) -> None:
    async def answer() -> Response:
        return Response(body)

    channel = SlackChannel(token_of, toolkit.sentences, await failing(answer))
    with pytest.raises(NotNow) as raised:
        await channel.send(Address(1, "anna", "slack", TEAM, ALICE, "D1"), MESSAGE, 1)
    assert raised.value.may_have_gone_out


class History:
    """A conversation of so many messages besides the one that is looked for, shown in pages of three, the newest first."""

    def __init__(self, before: int, *, says_where_to_go_on: bool = True, wanted: dict[str, Any] | None = None) -> None:
        self._messages: list[dict[str, Any]] = [{"ts": f"9.{number}", "text": "hello"} for number in range(before)]
        self._messages += [wanted] if wanted else []
        self._says_where_to_go_on, self.asked = says_where_to_go_on, 0

    async def answer(self, request: Request) -> Response:
        self.asked += 1
        first = int(request.query_params.get("cursor", "0"))
        has_more = first + 3 < len(self._messages)
        page: dict[str, Any] = {"ok": True, "messages": self._messages[first : first + 3], "has_more": has_more}
        if has_more and self._says_where_to_go_on:
            page["response_metadata"] = {"next_cursor": str(first + 3)}
        return Response(json.dumps(page), media_type="application/json")


BY_METADATA = {"ts": "1.1", "metadata": {"event_type": "coach_message", "event_payload": {"posting": 41}}}
BY_BLOCK = {"ts": "1.1", "blocks": [{"type": "section", "block_id": "posting-41"}]}
ODD = {"ts": "1.1", "metadata": "none", "blocks": [None]}


@pytest.mark.parametrize(
    ("history", "found", "asked"),
    [
        (History(0), None, 1),
        (History(2, wanted=BY_METADATA), "1.1", 1),
        (History(2, wanted=BY_BLOCK), "1.1", 1),
        (History(7, wanted=BY_METADATA), "1.1", 3),  # further back
        (History(8), None, 3),
        (History(2, wanted=ODD), None, 1),  # nothing of ours
    ],
)
async def test_a_message_is_looked_for_page_by_page(
    failing: Start, toolkit: Toolkit, history: History, found: str | None, asked: int
) -> None:
    channel = SlackChannel(token_of, toolkit.sentences, await failing(history.answer))
    assert await channel.find(Address(1, "anna", "slack", TEAM, ALICE, "D1"), 41, datetime.now(UTC)) == found
    assert history.asked == asked


@pytest.mark.parametrize("history", [History(40, wanted=BY_METADATA), History(8, says_where_to_go_on=False)])
async def test_what_was_not_searched_is_no_proof(failing: Start, toolkit: Toolkit, history: History) -> None:
    channel = SlackChannel(token_of, toolkit.sentences, await failing(history.answer))
    with pytest.raises(CannotTell):
        await channel.find(Address(1, "anna", "slack", TEAM, ALICE, "D1"), 41, datetime.now(UTC))


async def test_a_slack_that_does_not_show_what_was_said_cannot_be_asked(failing: Start, toolkit: Toolkit) -> None:
    async def answer() -> Response:
        return refuses("missing_scope")

    channel = SlackChannel(token_of, toolkit.sentences, await failing(answer))
    with pytest.raises(CannotTell, match="missing_scope"):
        await channel.find(Address(1, "anna", "slack", TEAM, ALICE, "D1"), 41, datetime.now(UTC))


async def test_silence_is_waited_for_only_so_long(failing: Start, toolkit: Toolkit, monkeypatch: pytest.MonkeyPatch) -> None:
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
