"""Installing the app in a workspace: Slack's own flow against a Slack that nobody here wrote."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.channels.slack.installations import Installations
from bot.channels.slack.manifest import manifest
from bot.channels.slack.oauth import STATE_LASTS, InstallStates
from bot.rasa.engine import free_port
from bot.storage.database import Database
from bot.storage.tables import Audit, Installation
from bot.web.installing import install_invitation
from tests.integration.web.conftest import Web, open_web
from tests.slack_oauth_peer import CLIENT_ID, CLIENT_SECRET, TEAM, OAuthPeer, oauth_peer

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def slack(port: int) -> Iterator[OAuthPeer]:
    with oauth_peer(f"http://127.0.0.1:{port}/slack/oauth_redirect") as peer:
        yield peer


def environment(slack: OAuthPeer, port: int) -> dict[str, str]:
    return {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_SIGNING_SECRET": "signing",
        "SLACK_API_URL": f"{slack.address}/api",
        "COACH_ADDRESS": f"http://127.0.0.1:{port}",
    }


@pytest.fixture
async def web(tmp_path: Path, slack: OAuthPeer, port: int) -> AsyncIterator[Web]:
    """Give the coach as it is served, for several workspaces."""
    async with aclosing(open_web(tmp_path, is_demo=False, more=environment(slack, port), port=port)) as opened:
        async for each in opened:
            yield each


class Browser:
    """An administrator's browser: it keeps the cookie, which httpx would not send without TLS."""

    def __init__(self, web: Web) -> None:
        self._web, self.cookie = web, ""

    async def get(self, url: str) -> httpx.Response:
        async with self._web.visitor() as visitor:
            answer = await visitor.get(url, headers={"cookie": self.cookie} if self.cookie else {})
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    async def begin(self) -> str:
        """Open the link of an invitation; return where it leads."""
        answer = await self.get(install_invitation(self._web.product.settings.session_key, ""))
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


async def installed(database: Database) -> list[Installation]:
    async with database.reading() as session:
        return list(await session.scalars(select(Installation)))


async def test_an_administrator_installs_the_coach(web: Web, slack: OAuthPeer, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    browser = Browser(web)
    page = await browser.begin()
    asked = parse_qs(urlsplit(page).query)
    assert asked["scope"] == [",".join(manifest(None)["oauth_config"]["scopes"]["bot"])], "no more than the manifest names"
    assert asked["redirect_uri"] == [f"{web.address}/slack/oauth_redirect"]
    assert "user_scope" not in asked or asked["user_scope"] == [""], "nobody's own token is asked for"

    done = await browser.get(slack.agree(page))
    assert done.status_code == 200
    assert "The coach is installed" in done.text

    [found] = await installed(web.product.database)
    assert (found.account, found.team_id, found.name, found.is_enterprise_install) == (TEAM, TEAM, "A trust", False)
    assert found.bot_token is not None
    assert found.bot_token.startswith("xoxb-")
    assert found.bot_user_id
    async with web.product.database.reading() as session:
        assert [each.action for each in await session.scalars(select(Audit))] == ["slack.install"]
    files = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in tmp_path.glob("coach.db*")))
    assert found.bot_token.encode() not in files, "only encrypted"
    assert found.bot_token not in caplog.text
    assert CLIENT_SECRET not in caplog.text

    settings = web.product.settings.slack
    assert settings is not None
    token = await Installations(web.product.database, settings).token_of(TEAM)
    who = await AsyncWebClient(token, f"{settings.api_url}/").auth_test()
    assert who["team_id"] == TEAM


async def test_a_state_is_good_once_and_in_its_own_browser(web: Web, slack: OAuthPeer) -> None:
    browser = Browser(web)
    back = slack.agree(await browser.begin())
    stranger = await Browser(web).get(back)
    assert stranger.status_code == 400
    assert "has run out" in stranger.text
    assert await installed(web.product.database) == []
    cookie = browser.cookie
    assert (await browser.get(back)).status_code == 200
    browser.cookie = cookie
    again = await browser.get(back)
    assert again.status_code == 401
    assert "has run out" in again.text


async def test_a_state_that_is_not_ours_is_refused(web: Web, slack: OAuthPeer) -> None:
    browser = Browser(web)
    back = slack.agree(await browser.begin())
    state = parse_qs(urlsplit(back).query)["state"][0]
    browser.cookie = "slack-app-oauth-state=forged"
    assert (await browser.get(back.replace(state, "forged"))).status_code == 401
    assert await installed(web.product.database) == []


async def test_a_state_runs_out(database: Database) -> None:
    now = datetime.now(UTC)
    states = InstallStates(database, lambda: now)
    late, early = await states.async_issue(), await states.async_issue()
    now += STATE_LASTS - timedelta(seconds=1)
    assert await states.async_consume(early)
    assert not await states.async_consume(early), "once"
    now += timedelta(seconds=1)
    assert not await states.async_consume(late)


async def test_whoever_leaves_slacks_page_installs_nothing(web: Web) -> None:
    answer = await Browser(web).get("/slack/oauth_redirect?error=access_denied&state=x")
    assert answer.status_code == 200
    assert "Nothing was installed" in answer.text


async def test_a_code_that_slack_does_not_know_installs_nothing(web: Web) -> None:
    browser = Browser(web)
    state = parse_qs(urlsplit(await browser.begin()).query)["state"][0]
    answer = await browser.get(f"/slack/oauth_redirect?code=made-up&state={state}")
    assert answer.status_code == 401
    assert "Slack refused the installation" in answer.text
    assert await installed(web.product.database) == []


@pytest.mark.parametrize("invitation", ["", "?invitation=made-up"])
async def test_nobody_installs_without_an_invitation(web: Web, invitation: str) -> None:
    answer = await Browser(web).get(f"/slack/install{invitation}")
    assert answer.status_code == 401
    assert "location" not in answer.headers


async def test_in_the_demonstration_an_administrator_may(tmp_path: Path, slack: OAuthPeer, port: int) -> None:
    async with aclosing(open_web(tmp_path, is_demo=True, more=environment(slack, port), port=port)) as opened:
        async for web in opened:
            async with web.visitor() as visitor:
                assert (await visitor.get("/slack/install")).headers["location"] == "/sign-in"
                await visitor.post("/sign-in", data={"person": "administrator"})
                assert (await visitor.get("/slack/install")).status_code == 302


async def test_a_slack_that_is_away_installs_nothing(tmp_path: Path, slack: OAuthPeer, port: int) -> None:
    more = environment(slack, port) | {"SLACK_API_URL": f"http://127.0.0.1:{free_port()}/api"}
    async with aclosing(open_web(tmp_path, is_demo=False, more=more, port=port)) as opened:
        async for web in opened:
            browser = Browser(web)
            state = parse_qs(urlsplit(await browser.begin()).query)["state"][0]
            answer = await browser.get(f"/slack/oauth_redirect?code=a-code&state={state}")
            assert answer.status_code == 502
            assert "Slack could not be reached" in answer.text
