"""A turn that is done again, because the engine died after its actions and before it kept the turn, keeps nothing twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.content.library import Library
from bot.domain.clock import Clock
from bot.rasa.actions.desk import Desk
from bot.rasa.actions.webhook import action_app
from bot.settings import read_settings
from bot.storage.database import Database
from bot.storage.messages import claim_inbound, keep_inbound
from bot.storage.people import enrol
from bot.storage.surveys import answers_in, find_or_add_round
from bot.storage.tables import Base, CheckIn, Person, Plan, Reflection, RoundState, Schedule

pytestmark = pytest.mark.anyio

WHEN = "2030-01-08T09:00:00+00:00"
PLAN = {"plan_words": "If Tuesday starts with the list, I ask what drove it", "plan_date": WHEN, "theme": "gm_trust"}
REFLECTION = {"reflection_words": "I spoke too soon and too much", "reflection_question": "What would you do again?"}


class Engine:
    """What the engine sends to the webhook of one person's turn, as often as it begins it anew."""

    def __init__(self, database: Database, library: Library, person: Person, text: str) -> None:
        self._desk = Desk(database, library, Clock(), read_settings({}).file)
        self._database, self._person, self._text = database, person, text
        self._event = self._inbound = 0

    async def receive(self) -> None:
        now = self._desk.clock.now()
        self._event += 1
        async with self._database.transaction() as session:
            kept = await keep_inbound(
                session, self._person.id, channel="web", event_id=str(self._event), text=self._text, choice=None, redactions=[], now=now
            )
            self._inbound = kept.id

    async def do(self, action: str, slots: dict[str, Any], loop: str | None = None) -> None:
        """Begin the turn, at once or anew, and do one action; the engine forgets what came of it."""
        async with self._database.transaction() as session:
            now = self._desk.clock.now()
            assert await claim_inbound(session, self._inbound, now, timedelta(0))
        said = {"text": self._text, "intent": {"name": "answer", "confidence": 1.0}, "entities": [], "metadata": {"inbound": self._inbound}}
        tracker: dict[str, Any] = {"sender_id": self._person.conversation_key, "slots": slots, "latest_message": said, "events": []}
        tracker |= {"active_loop": {"name": loop} if loop else {}, "paused": False, "followup_action": None, "latest_action_name": None}
        body = {"next_action": action, "sender_id": self._person.conversation_key, "tracker": tracker}
        transport = httpx.ASGITransport(action_app(self._desk, "token"))
        async with httpx.AsyncClient(transport=transport, base_url="http://actions") as client:
            (await client.post("/webhook", params={"token": "token"}, json=body)).raise_for_status()

    async def count(self, table: type[Base]) -> int:
        async with self._database.reading() as session:
            return len((await session.scalars(select(table))).all())


async def begin(database: Database, library: Library, text: str) -> Engine:
    async with database.transaction() as session:
        person = await enrol(session, "anna", name="Anna", time_zone="Europe/London", now=Clock().now())
    engine = Engine(database, library, person, text)
    await engine.receive()
    return engine


async def test_a_plan_and_its_check_in_are_kept_once(database: Database, library: Library) -> None:
    engine = await begin(database, library, "Tuesday week")
    for _ in range(3):
        await engine.do("action_keep_plan", PLAN)
    assert [await engine.count(table) for table in (Plan, CheckIn)] == [1, 1]
    await engine.receive()
    await engine.do("action_keep_plan", PLAN)
    assert await engine.count(Plan) == 2, "said anew, it is another plan"


async def test_a_reflection_and_its_return_are_kept_once(database: Database, library: Library) -> None:
    engine = await begin(database, library, "keep it")
    for _ in range(2):
        await engine.do("action_keep_reflection", REFLECTION)
    assert [await engine.count(table) for table in (Reflection, Schedule)] == [1, 1]


async def test_an_answer_is_not_taken_for_the_next_items_too(database: Database, library: Library) -> None:
    engine = await begin(database, library, "4")
    instrument = library.common.instruments["fortnightly"]
    items = [(item, library.common.items[item].version) for item in instrument.items_of(1)]
    async with database.transaction() as session:
        survey_round = await find_or_add_round(session, "anna", "fortnightly", 1, items, Clock().now())
        survey_round.state = RoundState.ASKED
        number = survey_round.id
    slots = {"survey_round": number, "requested_slot": "survey_answer"}
    for _ in range(2):
        await engine.do("validate_survey_form", slots, "survey_form")
    async with database.reading() as session:
        assert [answer.item for answer in await answers_in(session, number)] == [items[0][0]]
