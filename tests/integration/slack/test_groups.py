"""A Slack user group put on the roster, read with Slack's own client from a Slack that answers as documented."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.channels.slack.groups import slack_group
from bot.services.roster.rows import load, roster_of
from bot.settings import SettingError, SlackSettings
from tests.integration.slack.conftest import Start

pytestmark = pytest.mark.anyio

PEOPLE: dict[str, dict[str, object]] = {
    "U1": {"real_name": "Ann Archer", "profile": {"email": "ann@x.uk"}},
    "U2": {"name": "ben", "profile": {}},
    "U3": {"real_name": "Gone", "deleted": True, "profile": {"email": "gone@x.uk"}},
    "U4": {"real_name": "A bot", "is_bot": True, "profile": {}},
}
SETTINGS = SlackSettings("xoxb-test", "", "", None)


def answers(refusal: str | None = None) -> tuple[list[str], object]:
    calls: list[str] = []

    async def answer(method: str, request: Request) -> Response:
        body = {**request.query_params, **{name: str(value) for name, value in (await request.form()).items()}}
        calls.append(method)
        if method == "auth.test":
            return JSONResponse({"ok": True, "team_id": "T1"})
        if method == "usergroups.users.list":
            assert body["usergroup"] == "S1"
            return JSONResponse({"ok": False, "error": refusal} if refusal else {"ok": True, "users": list(PEOPLE)})
        if calls.count("users.info") == 2 and "slow" not in calls:
            calls.append("slow")
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "0"})
        return JSONResponse({"ok": True, "user": {"id": body["user"], **PEOPLE[body["user"]]}})

    return calls, answer


async def test_members_are_rows_bots_and_leavers_apart_and_a_pause_is_kept(failing: Start) -> None:
    calls, answer = answers()
    settings = replace(SETTINGS, api_url=await failing(answer))  # type: ignore[arg-type]  # the fixture's name for an endpoint
    told: list[tuple[int, int]] = []
    rows = await slack_group(settings, "xoxb-test", "S1", "north", lambda *step: told.append(step))
    assert [(row.email, row.name, row.accounts) for row in rows] == [
        ("ann@x.uk", "Ann Archer", (("slack", "T1", "U1"),)),
        ("", "ben", (("slack", "T1", "U2"),)),
    ]
    assert told[-1] == (4, 4)
    assert "slow" in calls
    lines = list(load(roster_of(rows, lambda email: f"key of {email}").lines))
    assert [line.key for line in lines] == ["key of ann@x.uk", None]


@pytest.mark.parametrize(("code", "words"), [("no_such_subteam", "begins with S"), ("missing_scope", "usergroups:read"), ("odd", "odd")])
async def test_a_refusal_says_what_to_do(failing: Start, code: str, words: str) -> None:
    _, answer = answers(code)
    settings = replace(SETTINGS, api_url=await failing(answer))  # type: ignore[arg-type]  # as above
    with pytest.raises(SettingError, match=words):
        await slack_group(settings, "xoxb-test", "S1", "north", lambda *_: None)
