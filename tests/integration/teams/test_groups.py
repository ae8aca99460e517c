"""An Entra group put on the roster, read page by page from a Graph of the tests' own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from bot.channels.teams.groups import entra_group, tenant_of
from bot.channels.teams.settings import TeamsSettings
from bot.domain.roster import Row
from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from bot.settings import SettingError

pytestmark = pytest.mark.anyio

GROUP, TENANT = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"


def member(number: int, **values: object) -> dict[str, object]:
    return {"id": f"A{number}", "displayName": f"Person {number}", "mail": f"p{number}@x.uk", "accountEnabled": True} | values


class Graph:
    """Answers with two pages, after one pause; with a status of another kind when the test says so."""

    def __init__(self) -> None:
        self.address, self.status, self.next_host, self.asked = "", 200, "", 0

    async def answer(self, request: Request, page: int = 1) -> Response:
        self.asked += 1
        if request.headers.get("authorization") != "Bearer a token":
            return Response(status_code=401)
        if self.status != 200:
            return JSONResponse({"error": {"code": "refused"}}, self.status)
        if self.asked == 1:
            return Response(status_code=429, headers={"Retry-After": "0"})
        if page == 1:
            following = f"{self.next_host or self.address}/v1.0/groups/{GROUP}/transitiveMembers/microsoft.graph.user?page=2"
            return JSONResponse({"value": [member(1), member(2, accountEnabled=False)], "@odata.nextLink": following})
        guest = member(4, mail=None, userPrincipalName="g_y.uk#EXT#@x.onmicrosoft.com")
        return JSONResponse({"value": [member(3, mail=None, userPrincipalName="p3@x.uk"), guest, member(5, mail="p5@other.uk")]})


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    graph, app = Graph(), FastAPI()
    app.add_api_route("/v1.0/groups/{group}/transitiveMembers/microsoft.graph.user", graph.answer)
    server = ActionServer(app, free_port())
    await server.start()
    graph.address = f"http://127.0.0.1:{server.port}"
    yield graph
    await server.stop()


async def read(graph: Graph, group: str = GROUP) -> list[Row]:
    async def token() -> str:
        return "a token"

    return await entra_group(token, TENANT, group, "north", lambda *_: None, {"x.uk"}, graph.address)


async def test_every_page_is_read_and_no_address_taken_on_trust(graph: Graph) -> None:
    rows = await read(graph)
    assert [(row.email, row.accounts[0][2]) for row in rows] == [("p1@x.uk", "a1"), ("p3@x.uk", "a3"), ("", "a4"), ("", "a5")]
    assert {row.accounts[0][:2] for row in rows} == {("teams", TENANT)}


@pytest.mark.parametrize(("status", "words"), [(403, "GroupMember.Read.All"), (404, "no group with this id"), (400, "refuses \\(400\\)")])
async def test_a_refusal_says_what_to_do(graph: Graph, status: int, words: str) -> None:
    graph.status = status
    with pytest.raises(SettingError, match=words):
        await read(graph)


async def test_the_token_goes_nowhere_else(graph: Graph) -> None:
    graph.next_host = "http://127.0.0.2:1"
    with pytest.raises(SettingError, match="another address"):
        await read(graph)
    with pytest.raises(SettingError, match="object id"):
        await read(graph, "../users")


def test_the_tenant_is_one_of_the_coachs() -> None:
    settings = TeamsSettings("app", {TENANT: frozenset(), GROUP: frozenset()}, {})
    assert tenant_of(settings, TENANT.upper()) == TENANT
    for named in (None, "elsewhere"):
        with pytest.raises(SettingError, match="--tenant must be"):
            tenant_of(settings, named)
