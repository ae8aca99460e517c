"""The tab in Teams: whose token proves nothing gets a 401, whose does sees their own page, in a frame that only Teams may show."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Route, async_playwright
from sqlalchemy import func, select

from bot.domain.messages import Said
from bot.settings import ROOT
from bot.storage.addresses import expect_address
from bot.storage.people import enrol
from bot.storage.tables import WebSession
from tests.browsers import token_in
from tests.conftest import BROWSER_FLAGS, NOON, browser_program
from tests.integration.teams.conftest import Teams, open_teams
from tests.teams_peer import ANNA, APP, BEN, OTHER_TENANT, TENANT, Microsoft

pytestmark = pytest.mark.anyio

# What stands for Teams is a public host, and a browser would let none of those frame this machine.
LOOPBACK = "--disable-features=LocalNetworkAccessChecks"
PICTURES = ROOT / "var" / "screenshots"
NOW = int(time.time())
Forge = Callable[[Microsoft], str | None]
FORGED: dict[str, Forge] = {
    "no header": lambda _: None,
    "another scheme": lambda m: f"Basic {m.tab_token()}",
    "garbage": lambda _: "Bearer a.b.c",
    "a token of the bot's": lambda m: f"Bearer {m.token()}",
    "another's key": lambda m: f"Bearer {m.tab_token(key=m.stranger)}",
    "an unknown key": lambda m: f"Bearer {m.tab_token(headers={'kid': 'three'})}",
    "no key": lambda m: f"Bearer {m.tab_token(headers={})}",
    "another audience": lambda m: f"Bearer {m.tab_token(aud='api://evil.example/botid')}",
    "several audiences": lambda m: f"Bearer {m.tab_token(aud=[APP, 'another'])}",
    "no audience": lambda m: f"Bearer {m.tab_token(aud=None)}",
    "another issuer": lambda m: f"Bearer {m.tab_token(iss='https://login.microsoftonline.com.evil.example/v2.0')}",
    "another tenant's issuer": lambda m: f"Bearer {m.tab_token(iss=m.tab_issuer.replace('{tenantid}', OTHER_TENANT))}",
    "a tenant that is not set up": lambda m: f"Bearer {m.tab_token(tid=OTHER_TENANT)}",
    "no tenant": lambda m: f"Bearer {m.tab_token(tid=None)}",
    "nobody": lambda m: f"Bearer {m.tab_token(oid=None)}",
    "expired": lambda m: f"Bearer {m.tab_token(exp=NOW - 3600)}",
    "no end": lambda m: f"Bearer {m.tab_token(exp=None)}",
    "not yet": lambda m: f"Bearer {m.tab_token(nbf=NOW + 3600)}",
    "an app's own token": lambda m: f"Bearer {m.tab_token(scp=None, roles=['access_as_user'])}",
    "another right": lambda m: f"Bearer {m.tab_token(scp='User.Read')}",
}


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[Teams]:
    """Give the coach in Teams, with Anna on its roster by tenant and object, who has agreed."""
    async with open_teams(tmp_path) as opened:
        async with opened.product.database.transaction() as session:
            await enrol(session, "anna", name="Anna", time_zone="Europe/London", now=NOON)
            await expect_address(session, "anna", channel="teams", account=TENANT, user=ANNA, now=NOON)
        await opened.product.conversation.receive("anna", Said("web", "agreed", choice="consent.yes"))
        yield opened


async def test_a_forged_token_gives_401_and_no_session(teams: Teams) -> None:
    for name, forge in FORGED.items():
        proof = forge(teams.microsoft)
        answer = await teams.client.post("/teams/tab/sign-in", headers={"authorization": proof} if proof else {})
        assert (answer.status_code, answer.content) == (401, b""), name
    async with teams.product.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(WebSession)) == 0


async def sign_in(teams: Teams) -> str:
    """Sign Anna in and return her tab's cookie, as its header has it."""
    proof = {"authorization": f"Bearer {teams.microsoft.tab_token()}"}
    answer = await teams.client.post("/teams/tab/sign-in", headers=proof)
    assert answer.json() == {"next": "/teams/tab/home?begun=1"}
    given = answer.headers["set-cookie"]
    assert given.endswith("; Path=/teams/tab; HttpOnly; Secure; SameSite=None; Partitioned")
    return given.partition(";")[0]


async def test_the_tab_is_the_persons_own_page_and_no_more(teams: Teams) -> None:
    cookie = {"cookie": await sign_in(teams)}
    page = await teams.client.get("/teams/tab/home", headers=cookie)
    assert "When I write first" in page.text
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors teams.microsoft.com" in policy
    assert "'none'" not in policy.partition("frame-ancestors")[2]
    addresses = re.findall(r'<form method="post" action="([^"]+)"', page.text)
    assert addresses
    assert all(each.startswith("/teams/tab/home/") for each in addresses)
    token = {"x-form-token": token_in(page.text)}
    done = await teams.client.post("/teams/tab/home/quiet", data={"action": "stop"}, headers={**cookie, **token})
    assert done.headers["location"] == "/teams/tab/home?said=quiet"
    assert (await teams.client.post("/teams/tab/home/quiet", data={"action": "resume"}, headers=cookie)).status_code == 403
    # Outside the tab its cookie is nobody's, and no other page may be framed.
    for path in ("/home", "/chat", "/dashboard"):
        outside = await teams.client.get(path, headers={"cookie": cookie["cookie"].replace("__Secure-coach-tab", "coach")})
        assert "frame-ancestors 'none'" in outside.headers["content-security-policy"], path


async def test_whoever_keeps_no_cookie_is_told_so_once(teams: Teams) -> None:
    assert (await teams.client.get("/teams/tab/home")).headers["location"] == "/teams/tab"
    lost = await teams.client.get("/teams/tab/home?begun=1")
    assert lost.headers["location"] == "/teams/tab?without=cookies"
    page = (await teams.client.get(lost.headers["location"])).text
    assert "cookies are blocked" in page
    assert "tab.js" not in page


async def test_whoever_is_on_no_roster_is_told_what_the_roster_needs(teams: Teams) -> None:
    proof = {"authorization": f"Bearer {teams.microsoft.tab_token(oid=BEN, preferred_username='anna@example.nhs.uk')}"}
    answer = await teams.client.post("/teams/tab/sign-in", headers=proof)
    assert answer.status_code == 403
    assert f"{TENANT}/{BEN}" in answer.json()["say"]


# What Teams does around a tab, as its own client library asks for it.
HOST = """<!doctype html><title>Teams</title>
<iframe id="tab" style="width:100%;height:95vh;border:0" src="ADDRESS/teams/tab"></iframe>
<script>
window.addEventListener("message", (event) => {
  const asked = event.data, answer = (args) => event.source.postMessage({ id: asked.id, uuid: asked.uuid, args }, event.origin);
  if (asked.func === "initialize") {
    answer(["web", "web", JSON.stringify({ apiVersion: 2, hostVersionsInfo: {}, isLegacyTeams: false, supports: {} }), "2.58.0"]);
  }
  if (asked.func === "authentication.getAuthToken") { answer([true, "TOKEN"]); }
});
</script>"""


async def test_the_tab_signs_in_inside_teams_and_nowhere_else(teams: Teams, tmp_path: Path) -> None:
    address = str(teams.client.base_url).rstrip("/")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=browser_program(), args=[*BROWSER_FLAGS, LOOPBACK], viewport={"width": 390, "height": 800}
        )
        page = await browser.new_page()
        host = HOST.replace("ADDRESS", address).replace("TOKEN", teams.microsoft.tab_token())

        async def show(route: Route) -> None:
            await route.fulfill(body=host, content_type="text/html")

        for site in ("teams.microsoft.com", "evil.example"):
            await page.route(f"https://{site}/**", show)
        await page.goto("https://teams.microsoft.com/tab")
        frame = page.frame_locator("#tab")
        await frame.get_by_role("heading", name="When I write first").wait_for(timeout=20_000)
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / "teams-tab.png")
        await frame.get_by_role("button", name="Be quiet for a week").click()
        await frame.get_by_text("Quiet until").wait_for(timeout=20_000)
        # Another site is shown nothing.
        await page.goto("https://evil.example/tab")
        await page.wait_for_load_state("networkidle")
        assert await page.frame_locator("#tab").get_by_role("heading").count() == 0
        await browser.close()
