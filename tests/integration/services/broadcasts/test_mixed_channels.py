"""One broadcast to people in Slack, in Teams and on the web ends with the lead's themes page right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.channels.slack.sending import SlackChannel
from bot.channels.teams.activities import Reference
from bot.channels.teams.connector import Connector
from bot.channels.teams.sending import TeamsChannel
from bot.rasa.client import RasaClient
from bot.services.postman import Postman
from bot.storage.addresses import note_address
from bot.storage.tables import Delivery, Message, Person
from tests.broadcast_stage import NOON, Stage, add_people
from tests.slack_peer import BOT_TOKEN, OTHERS, TEAM, Talk, Workspace, workspace
from tests.teams_peer import COACH, TENANT, LoopbackHosts, Microsoft

pytestmark = pytest.mark.anyio

EACH = 8  # people in each channel
# What is written, of which theme the engine takes it for, and by how many in each channel.
SAID = (("The role outgrows the hours", "time_role", 4), ("Decisions land without me", "gm_trust", 2), ("Nothing in particular", None, 2))


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace(tmp_path_factory.mktemp("slack"), None) as opened:
        yield opened


@pytest.fixture
async def microsoft() -> AsyncIterator[Microsoft]:
    opened = Microsoft()
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
async def connector(microsoft: Microsoft) -> AsyncIterator[Connector]:
    async def token() -> str:
        return "the coach's own token"

    opened = Connector(token, LoopbackHosts(microsoft.address))
    yield opened
    await opened.close()


def engine() -> RasaClient:
    """Return an engine that reads themes as SAID has them, and is as sure as it has to be."""
    app = FastAPI()

    @app.post("/model/parse")
    async def parse(body: dict[str, str]) -> dict[str, object]:
        theme = next(theme for words, theme, _ in SAID if body["text"].startswith(words))
        return {"theme_ranking": [{"name": theme or "peers", "confidence": 0.9 if theme else 0.2}]}

    return RasaClient("http://engine", None, 10, httpx.ASGITransport(app))


async def answer(stage: Stage, person_id: str, words: str) -> str:
    """Have somebody write after the broadcast's message, and return what they are told."""
    async with stage.database.transaction() as session:
        person = await session.get_one(Person, person_id)
        wanted = select(Message).join(Delivery, Delivery.id == Message.delivery_id).where(Message.person_id == person_id)
        offer = (await session.scalars(wanted.order_by(Message.id.desc()).limit(1))).one()
        said = await stage.broadcasts.replies.hear(session, person, offer, offer.id, words, stage.now)
    assert said
    return said[0].text


async def test_slack_teams_and_web_end_in_one_page_of_themes(
    stage: Stage, slack: Workspace, microsoft: Microsoft, connector: Connector
) -> None:
    async def slack_token(_account: str) -> str:
        return BOT_TOKEN

    await add_people(stage.database, 3 * EACH, by_channel=False)
    async with stage.database.transaction() as session:
        for each in range(EACH):
            user = OTHERS[each]
            await note_address(session, f"p{each}", channel="slack", account=TEAM, user=user, place=slack.direct(user), now=NOON)
            member = f"member-{each}"
            place = Reference(microsoft.service_url, f"a:{each}", COACH, f"29:{member}").as_place()
            await note_address(session, f"p{EACH + each}", channel="teams", account=TENANT, user=member, place=place, now=NOON)
    sentences = stage.library.common.sentences
    channels = [SlackChannel(slack_token, sentences, f"{slack.address}/api"), TeamsChannel(connector, sentences)]
    stage.postman = Postman(stage.database, channels)

    number = await stage.sent()
    rehearsed = await stage.broadcasts.tracking.track(number, "lead")
    assert rehearsed.recipients == 3 * EACH
    await stage.later(minutes=2)
    async with asyncio.timeout(20):  # what a platform's pace lets through later
        while "sending" in await stage.lines(number):
            await stage.post()
            await asyncio.sleep(0.1)
    assert await stage.lines(number) == {"sent": 3 * EACH}
    for where in range(EACH):
        assert f"Pat{where}, what shall we open with?" in Talk(slack, OTHERS[where]).said()[-1]["text"]
    assert sorted(sent["conversation"] for sent in microsoft.sent) == [f"a:{where}" for where in range(EACH)]

    for channel in range(3):
        words = [said for said, _, count in SAID for _ in range(count)]
        for where, said in enumerate(words):
            assert "Kept as a reflection of yours" in await answer(stage, f"p{channel * EACH + where}", f"{said}, {channel}")
    reader = engine()
    while await stage.broadcasts.results.find_themes(reader):
        pass
    await reader.close()
    found = await stage.broadcasts.results.outcome(number, "lead")
    themes = stage.library.common.themes
    assert found.total == 3 * EACH
    assert [(title, count) for title, _, count in found.themes] == [(themes["time_role"].title, 12), (themes["gm_trust"].title, 6)]
    assert found.shared == []
    page = await stage.broadcasts.agendas.agenda(number, "lead")
    assert [theme.raised for theme in page.themes] == ["raised by 12", "raised by 6"]
    assert "outgrows the hours, 0" not in str(page), "nobody's words are on it unless they share them"
    assert await stage.lines(number) == {"sent": 3 * EACH}, "who answered shows nowhere"
