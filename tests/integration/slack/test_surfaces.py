"""What Slack may send, good and bad, as signed requests to the application; and what the coach then asks of Slack."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import select

from bot.channels.slack.app import SlackApp
from bot.channels.slack.sending import SlackChannel
from bot.domain.access import Grant, Role
from bot.domain.broadcasts import Audience
from bot.domain.messages import Said, Sender
from bot.rasa.engine import free_port
from bot.rasa.link import ActionServer
from bot.services.lobby import CONSENT_VERSION
from bot.settings import SlackSettings
from bot.storage.access import grant_role
from bot.storage.addresses import note_address
from bot.storage.tables import Inbound, Message, Person, Side
from bot.web.slack import slack_router
from tests.integration.slack.loopback import LoopbackSlack
from tests.integration.web.conftest import Web, open_web
from tests.slack_peer import ALICE, APP_TOKEN, BOB, BOT_TOKEN, COACH, SECRET, TEAM

pytestmark = pytest.mark.anyio

LIMIT = 15  # seconds


@dataclass
class Installed:
    """The application with its Slack; people in it have agreed that the conversation is kept.

    At `another` address a second application answers, which shares the database alone.
    """

    web: Web
    slack: LoopbackSlack
    apps: tuple[SlackApp, SlackApp]
    address: str
    another: str
    markers: int = 0

    async def send(self, body: str, content_type: str = "application/json") -> int:
        """Send what Slack would, signed, and return the answer's status."""
        return (await self.ask(body, content_type)).status_code

    async def ask(self, body: str, content_type: str = "application/json") -> httpx.Response:
        timestamp = str(int(time.time()))
        signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body)
        headers = {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature or "", "content-type": content_type}
        async with httpx.AsyncClient(trust_env=False, timeout=LIMIT) as client:
            return await client.post(f"{self.address}/slack/events", content=body, headers=headers)

    async def event(self, event_id: str, user: Any = ALICE, **event: Any) -> int:
        inner = {"type": "message", "channel_type": "im", "user": user, "channel": f"D{user}", "ts": "5.1", **event}
        whole = {"type": "event_callback", "team_id": TEAM, "event_id": event_id, "event": inner, "api_app_id": "A01APP"}
        return await self.send(json.dumps({**whole, "authorizations": [{"team_id": TEAM, "user_id": COACH, "is_bot": True}]}))

    async def interact(self, user: str = ALICE, **payload: Any) -> httpx.Response:
        whole = {"team": {"id": TEAM}, "user": {"id": user}, "trigger_id": "1.2.abc", **payload}
        return await self.ask(urlencode({"payload": json.dumps(whole)}), "application/x-www-form-urlencoded")

    async def press(self, value: str, user: str = ALICE, action_ts: str = "7.1") -> None:
        action = {"type": "button", "action_id": "choose-0", "block_id": "choices", "value": value, "action_ts": action_ts}
        answer = await self.interact(user, type="block_actions", channel={"id": f"D{user}"}, actions=[action])
        assert answer.status_code == 200

    async def answer_consent(self, ts: str, text: str, user: str, value: str = "consent.yes") -> None:
        """Press a button under a question for agreement."""
        action = {"type": "button", "action_id": "choose-0", "block_id": "choices-0", "value": value, "action_ts": f"{time.time()}"}
        where = {"channel": {"id": f"D{user}"}, "message": {"ts": ts, "text": text}}
        assert (await self.interact(user, type="block_actions", actions=[action], **where)).status_code == 200

    def value_under(self, text: str) -> str:
        """Return the value of the first button under the message with this text."""
        blocks = next(each["blocks"] for each in self.slack.called("chat.postMessage") if each["text"] == text)
        value: str = blocks[-1]["elements"][0]["value"]
        return value

    async def agree(self, user: str) -> str:
        person = f"slack-{TEAM}-{user}"
        said = Said("slack", f"agreed-{user}", choice="consent.yes", sender=Sender(TEAM, user, f"D{user}"))
        await self.web.product.conversation.receive(person, said, may_join=True)
        await self.until(lambda: len(self.slack.said()) > 0)
        return person

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not condition():  # noqa: ASYNC110 - what a server was asked is seen by looking
                await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Wait until all that was sent is dealt with: a message that goes the longest way was sent after it, and is answered."""
        self.markers += 1
        await self.event(f"marker-{self.address}-{self.markers}", text=f"this is marker {self.markers}")
        await self.until(lambda: f"You said: this is marker {self.markers}" in self.slack.said())
        for app in self.apps:
            await app.close(LIMIT)

    async def texts(self, person: str, side: Side) -> list[str]:
        async with self.web.product.database.reading() as session:
            return [m.text for m in await session.scalars(select(Message).where(Message.person_id == person, Message.side == side))]

    async def event_ids(self) -> list[str]:
        async with self.web.product.database.reading() as session:
            return list(await session.scalars(select(Inbound.event_id)))


async def token_of(_account: str) -> str:
    return BOT_TOKEN


def slack_app(web: Web, slack: LoopbackSlack, app_token: str = "") -> SlackApp:
    settings = SlackSettings(BOT_TOKEN, SECRET, app_token, f"{slack.address}/api")
    channel = SlackChannel(token_of, web.product.toolkit.sentences, settings.api_url)
    web.product.postman.serve(channel)
    return SlackApp(web.product, channel, settings)


@pytest.fixture
async def installed(tmp_path: Path) -> AsyncIterator[Installed]:
    slack = LoopbackSlack()
    peer = ActionServer(slack.app(), free_port())
    await peer.start()
    slack.address = f"http://127.0.0.1:{peer.port}"
    async for web in open_web(tmp_path, is_demo=True):
        app = slack_app(web, slack)
        second, front = slack_app(web, slack), FastAPI()
        front.include_router(slack_router(app, SECRET))
        front.include_router(slack_router(second, SECRET), prefix="/second")
        server = ActionServer(front, free_port())
        await server.start()
        postman = asyncio.create_task(web.product.postman.run())
        address = f"http://127.0.0.1:{server.port}"
        given = Installed(web, slack, (app, second), address, f"{address}/second")
        await given.agree(ALICE)
        yield given
        for event in slack.held.values():
            event.set()
        for each in given.apps:
            await each.close(LIMIT)
        web.product.postman.stop()
        await postman
        await server.stop()
    await peer.stop()


# The agent view


async def test_ways_to_begin_are_offered_when_the_conversation_is_opened(installed: Installed) -> None:
    assert await installed.event("opened", type="app_home_opened", tab="messages") == 200
    await installed.until(lambda: bool(installed.slack.called("assistant.threads.setSuggestedPrompts")))
    (asked,) = installed.slack.called("assistant.threads.setSuggestedPrompts")
    assert asked["channel_id"] == f"D{ALICE}"
    assert "thread_ts" not in asked, "with it, Slack shows nothing and says nothing"
    assert len(asked["prompts"]) == 4


async def test_a_status_is_shown_while_the_engine_works(installed: Installed) -> None:
    installed.web.engine.may_answer.clear()
    await installed.event("slow", text="which way is there", ts="8.5")
    await installed.web.engine.was_asked.wait()
    await installed.until(lambda: bool(installed.slack.called("assistant.threads.setStatus")))
    shown = installed.slack.called("assistant.threads.setStatus")
    assert [(each["thread_ts"], bool(each["status"])) for each in shown] == [("8.5", True)]
    installed.web.engine.may_answer.set()
    await installed.until(lambda: len(installed.slack.called("assistant.threads.setStatus")) == 2)
    assert installed.slack.called("assistant.threads.setStatus")[1]["status"] == "", "it goes with the answer"
    await installed.until(lambda: "You said: which way is there" in installed.slack.said())


async def test_a_workspace_without_the_agent_view_loses_nothing(installed: Installed) -> None:
    installed.slack.refusals = {"assistant.threads.setStatus": "unknown_method", "assistant.threads.setSuggestedPrompts": "missing_scope"}
    for number in range(3):
        assert await installed.event(f"opened-{number}", type="app_home_opened", tab="messages") == 200
        await installed.event(f"said-{number}", text=f"way number {number}", ts=f"9.{number}")
        await installed.until(lambda number=number: f"You said: way number {number}" in installed.slack.said())  # type: ignore[misc]
        await installed.settled()
    assert len(installed.slack.called("assistant.threads.setStatus")) == 1, "what is refused is not asked for again and again"
    assert len(installed.slack.called("assistant.threads.setSuggestedPrompts")) == 1


async def test_an_answer_does_not_wait_for_the_status(installed: Installed) -> None:
    installed.slack.held["assistant.threads.setStatus"] = asyncio.Event()
    await installed.event("said", text="which way is there")
    await installed.until(lambda: "You said: which way is there" in installed.slack.said())


# Agreeing


async def test_no_question_for_agreement_keeps_its_buttons(installed: Installed) -> None:
    slack, question = installed.slack, "May I keep our conversation?"

    def asked() -> list[str]:
        # The peer names each message by how many calls it had.
        return [f"{number}.000001" for number, call in enumerate(slack.calls, 1) if "consent.yes" in json.dumps(call)]

    def taken_back() -> dict[str, str]:
        return {each["ts"]: json.dumps(each["blocks"]) for each in slack.called("chat.update")}

    for number, text in enumerate(("hello", "the list has been cut")):
        await installed.event(f"before-{number}", BOB, text=text)
        await installed.until(lambda number=number: len(asked()) == number + 1)  # type: ignore[misc]
    first, second = asked()
    await installed.until(lambda: first in taken_back())
    assert "consent" not in taken_back()[first]
    assert second not in taken_back(), "the newest can be answered"
    await installed.answer_consent(second, question, BOB)
    await installed.until(lambda: "You said: the list has been cut" in slack.said())
    await installed.until(lambda: "Chosen: Yes, go ahead" in taken_back().get(second, ""))


async def test_an_old_question_for_agreement_loses_its_buttons_when_pressed(installed: Installed) -> None:
    before = len(installed.slack.called("chat.postMessage"))
    for value in ("consent.yes", "consent.yes", "consent.no"):
        # This process has not put it: it may be from before a restart.
        await installed.answer_consent("4.2", "May I keep our &lt;conversation&gt;?", ALICE, value)
    await installed.until(lambda: len(installed.slack.called("chat.update")) == 3)
    for update in installed.slack.called("chat.update"):
        assert (update["ts"], update["text"]) == ("4.2", "May I keep our &lt;conversation&gt;?")
        assert "Chosen: Yes, go ahead" in json.dumps(update["blocks"]), "what was agreed stands"
    await installed.until(lambda: len(installed.slack.called("chat.postMessage")) > before)
    assert len(installed.slack.called("chat.postMessage")) == before + 1, "a second yes says nothing new; the no is answered"


# Bad input


LEFT_ALONE: list[dict[str, Any]] = [
    {"bot_id": "B2", "text": "delete everything"},  # another app's
    {"bot_id": "B0BOT", "user": COACH, "text": "delete everything"},  # our own
    {"subtype": "bot_message", "text": "delete everything"},
    {"subtype": "message_changed", "message": {"text": "delete everything", "user": ALICE}},  # an edit
    {"subtype": "message_deleted", "previous_message": {"text": "delete everything"}},
    {"subtype": "channel_join", "text": "joined"},
    {"channel_type": "channel", "channel": "C1", "text": "delete everything"},  # not to the coach
    {"text": "delete everything", "user": {"id": ALICE}},  # not as Slack documents it
    {"text": "delete everything", "channel": None},
    {"text": "delete everything", "user": None},
    {"type": "message", "subtype": ["file_share"], "channel_type": ["im"]},
    {"type": "app_home_opened", "tab": {"a": 1}},
    {"type": "app_mention", "channel": 7, "text": "hello", "ts": "1.1"},
    {"type": "app_mention", "channel": "C1", "text": "hello", "ts": "1.1", "bot_id": "B2"},
    {"type": "reaction_added"},  # nothing that the manifest asks for
]


async def test_what_is_no_message_to_the_coach_is_left_alone(installed: Installed, caplog: pytest.LogCaptureFixture) -> None:
    for number, event in enumerate(LEFT_ALONE):
        assert await installed.event(f"left-alone-{number}", **event) in {200, 400, 404}, event
    await installed.settled()
    assert await installed.event_ids() == ["marker-" + installed.address + "-1"]
    assert installed.slack.said()[1:] == ["You said: this is marker 1"], "nothing but the yes and this was answered"
    assert not installed.slack.called("chat.postEphemeral")
    assert "delete everything" not in caplog.text, "nobody's words are logged"


NOT_PRESSED: list[dict[str, Any]] = [
    {"type": "block_actions"},
    {"type": "block_actions", "actions": []},
    {"type": "block_actions", "actions": [{"action_id": "choose-0", "block_id": "b"}]},  # no value
    {"type": "block_actions", "actions": [{"action_id": "choose", "block_id": "b", "selected_option": "1.0"}]},
    {"type": "block_actions", "actions": [{"action_id": "window-nothing", "block_id": "b"}]},
    {"type": "block_actions", "actions": [{"action_id": "home-nothing", "block_id": "b"}]},
    {"type": "block_actions", "actions": [{"action_id": "choose-0", "block_id": "b", "value": "1.0"}], "user": None},
    {"type": "view_submission", "view": {"callback_id": "nothing", "type": "modal"}},
    {"type": "message_action", "callback_id": "nothing"},
]


async def test_what_nobody_could_have_pressed_does_nothing(installed: Installed) -> None:
    for payload in NOT_PRESSED:
        assert (await installed.interact(**payload)).status_code in {200, 400, 404}, payload
    await installed.settled()
    assert installed.slack.said()[1:] == ["You said: this is marker 1"], "nothing but the yes and this was answered"
    assert not installed.slack.called("views.open")


async def test_a_file_without_words_is_said_to_be_unreadable(installed: Installed) -> None:
    await installed.event("file", subtype="file_share", text="", files=[{"id": "F1", "name": "rota.xlsx"}])
    await installed.until(lambda: any("I can only read words" in text for text in installed.slack.said()))
    await installed.event("captioned", subtype="file_share", text="the rota is a mess", files=[{"id": "F1"}])
    await installed.until(lambda: "You said: the rota is a mess" in installed.slack.said())


async def test_a_huge_text_is_kept_and_its_heart_asked_for(installed: Installed) -> None:
    await installed.event("huge", text="the list was cut. " * 2200)
    await installed.until(lambda: any("What is the one sentence at the heart of it?" in text for text in installed.slack.said()))


async def test_two_people_press_one_button(installed: Installed) -> None:
    alice, bob = f"slack-{TEAM}-{ALICE}", await installed.agree(BOB)
    installed.web.engine.answers["which way"] = [{"text": "Which?", "buttons": [{"title": "Ask first", "payload": "/ask"}]}]
    await installed.event("asked", text="which way")
    await installed.until(lambda: "Which?" in installed.slack.said())
    value = installed.value_under("Which?")
    await asyncio.gather(installed.press(value, BOB), installed.press(value, ALICE), installed.press(value, ALICE, "7.2"))
    await installed.until(lambda: "You said: /ask" in installed.slack.said())
    await installed.settled()
    assert installed.web.engine.heard.count("/ask") == 1, "it is Alice's to press, once"
    assert not any("Ask first" in text for text in await installed.texts(bob, Side.PERSON))
    assert any("I do not know that choice" in text or "earlier question" in text for text in await installed.texts(bob, Side.COACH))
    assert any("earlier question" in text for text in await installed.texts(alice, Side.COACH)), "the second press is told so"


async def test_a_press_that_slack_delivers_again_is_one_press(installed: Installed) -> None:
    installed.web.engine.answers["which way"] = [{"text": "Which?", "buttons": [{"title": "Ask first", "payload": "/ask"}]}]
    await installed.event("asked", text="which way")
    await installed.until(lambda: "Which?" in installed.slack.said())
    value = installed.value_under("Which?")
    for address in (installed.address, installed.another):
        # The second application has seen nothing of the first's: only the database knows.
        installed.address = address
        await installed.press(value)
        await installed.until(lambda: "/ask" in installed.web.engine.heard)
        await installed.settled()
    said = await installed.texts(f"slack-{TEAM}-{ALICE}", Side.PERSON)
    assert [text for text in said if "marker" not in text] == ["Yes, go ahead", "which way", "Ask first"]


async def test_a_mention_is_answered_once_by_all_processes_together(installed: Installed) -> None:
    mention = {"type": "app_mention", "channel": "C1", "text": f"<@{COACH}> who sees this?", "ts": "3.1", "channel_type": "channel"}
    await asyncio.gather(*(installed.event("mentioned", **mention) for _ in range(5)))
    installed.address = installed.another
    await installed.event("mentioned", **mention)
    await installed.until(lambda: len(installed.slack.said()) >= 2)
    assert await installed.event("mentioned again", **mention | {"thread_ts": "2.9"}) == 200
    await installed.until(lambda: len(installed.slack.said()) >= 3)
    in_channel = [each for each in installed.slack.called("chat.postMessage") if each["channel"] == "C1"]
    assert [each["thread_ts"] for each in in_channel] == ["3.1", "2.9"], "the first in a thread of its own, the other where it was"


# Windows


async def test_a_window_that_slack_no_longer_opens_leaves_the_conversation_as_it_is(installed: Installed) -> None:
    installed.slack.refusals["views.open"] = "expired_trigger_id"
    installed.web.engine.answers["which way"] = [{"text": "Which?", "buttons": [{"title": "Make it a plan", "payload": "/make_plan"}]}]
    await installed.event("asked", text="which way")
    await installed.until(lambda: "Which?" in installed.slack.said())
    await installed.press(installed.value_under("Which?"))
    await installed.until(lambda: "You said: /make_plan" in installed.slack.said())
    assert len(installed.slack.called("views.open")) == 1


def plan_sent(**halves: str) -> dict[str, Any]:
    values = {name: {"value": {"type": "plain_text_input", "value": text}} for name, text in halves.items()}
    return {"type": "modal", "id": "V1", "callback_id": "plan", "private_metadata": '{"since":0}', "state": {"values": values}}


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    (plan_sent(cue="\N{ELECTRIC PLUG}", response="ask"), "cue", "only read words"),
    (plan_sent(cue="it is late"), "response", "too short"),
    (plan_sent(cue="it is late", response="ask why") | {"private_metadata": '{"since":99}'}, "response", "made a plan since"),
    (plan_sent(cue="it is late", response="ask why") | {"private_metadata": "{"}, "response", "too short"),
    ({"type": "modal", "id": "V1", "callback_id": "talk", "state": {"values": {}}}, "words", "only read words"),
    (
        {
            "type": "modal",
            "id": "V1",
            "callback_id": "survey",
            "private_metadata": '{"round":99}',
            "state": {"values": {"item-involved_early": {"value": {"selected_option": {"value": "4"}}}}},
        },
        "item-involved_early",
        "has closed; nothing was changed",
    ),
]


async def test_what_is_wrong_is_said_beside_its_field(installed: Installed) -> None:
    for view, field, words in FAULTS:
        answer = (await installed.interact(type="view_submission", view=view)).json()
        assert answer["response_action"] == "errors"
        assert words in answer["errors"][field]


async def test_a_plan_from_a_window_reaches_the_engine_once_without_its_words(installed: Installed) -> None:
    view = plan_sent(cue="the list is cut", response="ask the GM why")
    for _ in range(2):
        assert (await installed.interact(type="view_submission", view=view)).status_code == 200
    await installed.until(lambda: bool(installed.web.engine.heard))
    await installed.settled()
    heard, _ = installed.web.engine.heard
    assert heard.startswith("/make_plan{")
    assert "GM" not in heard, "what was written stays on the server"
    assert "If the list is cut, I will ask the GM why" in await installed.texts(f"slack-{TEAM}-{ALICE}", Side.PERSON)


async def test_danger_written_into_a_window_is_answered_as_anywhere(installed: Installed) -> None:
    await installed.interact(type="view_submission", view=plan_sent(cue="nobody is home", response="end my life"))
    await installed.until(lambda: any("Samaritans" in text for text in installed.slack.said()))
    assert installed.web.engine.heard == []


async def test_a_shortcut_by_socket_mode(installed: Installed) -> None:
    app = slack_app(installed.web, installed.slack, APP_TOKEN)
    handler = await app.connect()
    colleague = {"user": BOB, "text": "words of somebody else", "ts": "1.1"}
    about = {"team": {"id": TEAM}, "user": {"id": ALICE}, "trigger_id": "1.2.abc"}
    for payload in (
        {"type": "shortcut", "callback_id": "talk"},
        {"type": "message_action", "callback_id": "reflect_on_this", "message": colleague, "channel": {"id": "C1"}},
    ):
        await installed.slack.envelopes.put({"envelope_id": "E1", "type": "interactive", "payload": {**about, **payload}})
        async with asyncio.timeout(LIMIT):
            assert (await installed.slack.acknowledged.get())["envelope_id"] == "E1"
    await installed.until(lambda: len(installed.slack.called("views.open")) == 2)
    opened = [json.dumps(each["view"]) for each in installed.slack.called("views.open")]
    assert "What is on your mind?" in opened[0]
    assert "words of somebody else" not in opened[1]
    await handler.close_async()  # type: ignore[no-untyped-call]


def broadcast_sent(name: str, about: dict[str, int], **fields: str) -> dict[str, Any]:
    values = {
        key: {"value": {"selected_option": {"value": text}} if key == "audience" else {"value": text}} for key, text in fields.items()
    }
    return {"type": "modal", "id": "V1", "callback_id": name, "private_metadata": json.dumps(about), "state": {"values": values}}


async def test_it_is_rehearsed_before_it_is_sent_and_everyone_takes_the_count(installed: Installed) -> None:
    product = installed.web.product
    now = product.clock.now()
    async with product.database.transaction() as session:
        for person_id in ("surgeon", "nurse-lead"):
            person = await session.get_one(Person, person_id)
            person.consented_at, person.consent_version = now, CONSENT_VERSION
        await note_address(session, "forum-lead", channel="slack", account=TEAM, user=ALICE, place=f"D{ALICE}", now=now)
        await grant_role(session, "forum-lead", Grant(Role.FORUM_LEAD), by="test", now=now)
    everyone = json.dumps(Audience("demonstration").as_json())
    wrong = broadcast_sent("broadcast-write", {}, title="T", audience=everyone, text="{surname}", choices="")
    answer = (await installed.interact(type="view_submission", view=wrong)).json()
    assert "There is no field {surname}" in answer["errors"]["text"]
    others = broadcast_sent("broadcast-write", {}, title="T", audience=json.dumps(Audience("elsewhere").as_json()), text="x", choices="")
    right = broadcast_sent("broadcast-write", {}, title="T", audience=everyone, text="{first_name}, which first?", choices="Time\nMoney")
    shown = (await installed.interact(type="view_submission", view=right)).json()["view"]
    assert "It would go to 2 people now" in json.dumps(shown)
    about = json.loads(shown["private_metadata"])
    for count in ("", "3"):
        refused = (await installed.interact(type="view_submission", view=broadcast_sent("broadcast-send", about, count=count))).json()
        assert "Type the number of people, 2" in refused["errors"]["count"]
    done = (await installed.interact(type="view_submission", view=broadcast_sent("broadcast-send", about, count="2"))).json()
    assert "On its way" in json.dumps(done["view"])
    again = (await installed.interact(type="view_submission", view=broadcast_sent("broadcast-send", about, count="2"))).json()
    assert "no longer a draft" in again["errors"]["count"], "a second tap sends nothing twice"
    assert (await installed.interact(type="view_submission", view=others)).json()["response_action"] == "errors"
    for act, shown in (("cancel", "Ended before it was sent: 2"), ("take_back", "Taken back. To"), ("take_back", "It was taken back.")):
        pressed = {"action_id": f"broadcast-act-{act}", "value": json.dumps(about), "type": "button"}
        done = len(installed.slack.called("views.update")) + 1
        await installed.interact(type="block_actions", view={"id": "V1"}, actions=[pressed])
        await installed.until(partial(lambda count: len(installed.slack.called("views.update")) == count, done))
        view = installed.slack.called("views.update")[-1]["view"]
        assert shown in (view if isinstance(view, str) else json.dumps(view)), act
