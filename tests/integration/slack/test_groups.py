"""A Slack user group put on the roster, read with Slack's own client from a Slack that answers as documented."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.channels.slack.groups import Source, slack_group, source_of
from bot.services.roster.rows import load, roster_of
from bot.settings import SettingError, SlackSettings
from bot.storage.database import Database
from bot.storage.tables import Installation
from tests.conftest import NOON
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
    rows = await slack_group(settings, Source("xoxb-test"), "S1", "north", lambda *step: told.append(step))
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
        await slack_group(settings, Source("xoxb-test"), "S1", "north", lambda *_: None)


def installed(account: str, **values: object) -> Installation:
    usual = {"team_id": account, "is_enterprise_install": False, "bot_token": f"xoxb-{account}", "installed_at": NOON, "scopes": ""}
    return Installation(account=account, **{**usual, **values})


OF_ALL = {"team_id": None, "enterprise_id": "E1", "is_enterprise_install": True}


@pytest.mark.parametrize(
    ("there", "named", "found", "why"),
    [
        ([installed("T1")], None, Source("xoxb-T1", "T1"), "the only one need not be named"),
        ([installed("T1"), installed("T2")], "T2", Source("xoxb-T2", "T2"), "of several, the one that is named"),
        ([installed("T1"), installed("T2", name="Leeds")], None, "T1, T2 (Leeds)", "of several, one has to be named"),
        ([installed("T1")], "T9", "must be one where the coach is installed: T1", "not another's"),
        ([installed("T1", ended_at=NOON, bot_token=None)], None, "there is none", "one that removed the app is none"),
        ([], None, "there is none", "installed nowhere"),
        (
            [installed("E1", **OF_ALL)],
            "T7",
            Source("xoxb-E1", "E1", "T7"),
            "a workspace of an organisation, whose people are known by the organisation",
        ),
        (
            [installed("E1", **OF_ALL)],
            None,
            "a workspace of E1",
            "an organisation has no user groups, its workspaces have",
        ),
    ],
)
async def test_the_workspace_is_one_where_the_coach_is_installed(
    database: Database, there: list[Installation], named: str | None, found: Source | str, why: str
) -> None:
    async with database.transaction() as session:
        for each in there:
            await session.merge(each)
    settings = replace(SETTINGS, bot_token="", client_id="1.2", client_secret="secret")
    if isinstance(found, Source):
        assert await source_of(settings, database, named) == found, why
    else:
        with pytest.raises(SettingError) as raised:
            await source_of(settings, database, named)
        assert found in str(raised.value), why


async def test_one_workspace_by_its_token_is_not_named(database: Database) -> None:
    assert await source_of(SETTINGS, database, None) == Source("xoxb-test")
    with pytest.raises(SettingError, match="SLACK_BOT_TOKEN says already"):
        await source_of(SETTINGS, database, "T1")


async def test_people_of_an_organisation_are_known_by_it_and_slack_is_told_the_workspace(failing: Start) -> None:
    asked: list[dict[str, str]] = []

    async def answer(method: str, request: Request) -> Response:
        asked.append({**request.query_params, **{name: str(value) for name, value in (await request.form()).items()}})
        if method == "usergroups.users.list":
            return JSONResponse({"ok": True, "users": ["U1"]})
        return JSONResponse({"ok": True, "user": {"id": "U1", **PEOPLE["U1"]}})

    settings = replace(SETTINGS, api_url=await failing(answer))
    rows = await slack_group(settings, Source("xoxb-E1", "E1", "T7"), "S1", "north", lambda *_: None)
    assert rows[0].accounts == (("slack", "E1", "U1"),)
    assert asked[0]["team_id"] == "T7"
