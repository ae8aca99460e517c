"""The main line in Slack: signed requests in, the Web API out, against a workspace that nobody here wrote."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.content.toolkit import Toolkit
from bot.rasa.engine import free_port
from tests.acceptance.conftest import Running, demonstration, until, working_day
from tests.slack_peer import ALICE, BOB, COACH, OTHERS, SECRET, TEAM, Screen, Talk, Workspace, workspace

CHALLENGE = "the GM has cut my theatre list again, found out from the scrub nurse"


@dataclass
class Installed:
    """The coach in a Slack workspace, connected one way or the other."""

    running: Running
    slack: Workspace

    def person(self, user: str) -> str:
        return f"slack-{TEAM}-{user}"

    def export(self, user: str) -> dict[str, Any]:
        held: dict[str, Any] = self.running.held(self.person(user))
        return held


@pytest.fixture(scope="module")
def by_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Give a second installation, which Slack cannot call: it connects to its workspace by itself."""
    with (
        workspace(tmp_path_factory.mktemp("slack"), None) as slack,
        demonstration(tmp_path_factory.mktemp("var"), free_port(), slack) as running,
    ):
        yield Installed(running, slack)


@pytest.fixture(params=["signed requests", "Socket Mode"])
def installed(request: pytest.FixtureRequest) -> Installed:
    if request.param == "Socket Mode":
        found: Installed = request.getfixturevalue("by_socket")
        return found
    return Installed(request.getfixturevalue("running"), request.getfixturevalue("slack"))


@pytest.fixture
def screens() -> Iterator[Callable[[Workspace, str], Screen]]:
    """Give a function that opens what a user sees beside the conversation."""
    with ExitStack() as opened:

        def show(slack: Workspace, user: str) -> Screen:
            return opened.enter_context(closing(Screen(slack, user)))

        yield show


Screens = Callable[[Workspace, str], Screen]


def test_from_first_contact_to_survey_in_slack(installed: Installed, screens: Screens, toolkit: Toolkit) -> None:
    running, slack = installed.running, installed.slack
    scene = toolkit.scenarios["list_cut"]
    talk, screen = Talk(slack, ALICE), screens(slack, ALICE)
    talk.say(CHALLENGE)
    talk.hears("I have your message here but have not kept it")
    assert installed.export(ALICE) == {}
    talk.tap("Yes, go ahead")
    talk.hears(scene.question)
    old = talk.sees("Show me the options")
    talk.press(*old)
    talk.hears("Three ways people take from here")
    talk.tap(scene.options[0].label)
    talk.hears(scene.options[0].learning)

    # The plan, in a window, which says what is wrong beside its field and keeps what was written.
    talk.tap("Make it a plan")
    window = screen.window("If or when what happens?")
    assert scene.options[0].example_plan in json.dumps(window)
    halves = {"cue": {"value": "the next 1:1 starts with the list"}, "response": {"value": "ask what drove the cut"}}
    screen.fill_in(**halves, day={"selected_date": f"{date.today():%Y-%m-%d}"})
    assert list(screen.is_told("past or too far off")) == ["day"]
    screen.fill_in(**halves, day={"selected_date": f"{working_day(14):%Y-%m-%d}"})
    screen.is_closed()
    talk.hears("Kept: If the next 1:1 starts with the list, I will ask what drove the cut")
    talk.hears("I will ask on")
    until(lambda: not any(b["type"] == "actions" for b in talk.hears("Three ways people take from here")["blocks"]), 30)
    assert [plan["words"] for plan in installed.export(ALICE)["plan"]] == [
        "If the next 1:1 starts with the list, I will ask what drove the cut"
    ]

    # The follow-up by tick; the check-in is answered by a button on the home tab.
    sent = running.coach("tick", "--at", f"{working_day(14)}T09:00").stdout
    assert f"check_in for {installed.person(ALICE)}: sent" in sent
    talk.hears("How did it go?")
    slack.control("open-home", user=ALICE)
    screen.shows("Waiting for you")
    screen.press("Did it")
    talk.hears("0 (not at all) to 10")
    screen.shows("The answer is under Messages")
    talk.tap("7")
    talk.hears("That one is closed")

    # The survey: one answer by a button, one by typing, the rest in a window.
    assert f"survey for {installed.person(ALICE)}: sent" in running.coach("tick", "--at", f"{working_day(15)}T18:00").stdout
    talk.hears("3 quick questions")
    talk.tap("Agree")
    talk.hears("it was plain who would decide")
    talk.say("disagree")
    talk.hears("How confident are you")
    talk.tap("Answer in a window")
    window = screen.window("Quick questions")
    (last,) = [block["block_id"] for block in window["blocks"] if block["type"] == "input"]
    screen.fill_in(**{last: {"selected_option": {"value": "6"}}})
    screen.is_closed()
    talk.hears("Thank you, that is all")
    held = installed.export(ALICE)
    assert held["person"]["name"] == "Alice Anderson"
    assert [(each["outcome"], each["rating"]) for each in held["check_in"]] == [("done", 7)]
    assert [each["value"] for each in held["survey_answer"]] == [4, 2, 6]
    assert {each["state"] for each in held["posting"]} == {"sent"}

    # Months later the buttons are still there in somebody's scroll: they say that they are closed.
    talk.press(*old)
    talk.hears("belonged to an earlier question and is closed")


def test_the_home_tab_and_the_command(installed: Installed, screens: Screens) -> None:
    slack = installed.slack
    talk, screen = Talk(slack, BOB), screens(slack, BOB)
    slack.control("open-home", user=BOB)
    screen.shows("Write to me under Messages")
    talk.say("hello")
    talk.hears("May I keep our conversation?")
    talk.tap("Yes, go ahead")
    talk.hears("Thank you")
    slack.control("command", channel=talk.place, user=BOB, command="/coach", text="who sees this")
    talk.hears("never see what you write")
    slack.control("command", channel=talk.place, user=BOB, command="/coach", text="help")
    until(lambda: "snooze until Monday" in json.dumps(slack.log()), 30)
    slack.control("open-home", user=BOB)
    screen.shows("You have no open plan")
    screen.press("Quiet for a week")
    talk.hears("I will not write first until")
    screen.shows("Quiet until")
    screen.press("Start again")
    talk.hears("I am back")
    screen.shows("Quiet for a week")
    screen.press("Who sees what")
    screen.window("never see what you write")
    screen.leave()
    screen.press("Reflect")
    talk.hears("Write as much as you like")
    screen.press("Make a plan")
    screen.window("If or when what happens?")
    screen.fill_in(cue={"value": "the letters are late"}, response={"value": "ask what is in the way"})
    talk.hears("Kept: If the letters are late, I will ask what is in the way")
    screen.shows("If the letters are late, I will ask what is in the way")
    screen.press("Change my plan")
    talk.hears("Your plan: If the letters are late")
    talk.tap("Change the words")
    assert "ask what is in the way" in json.dumps(screen.window("If or when what happens?")["blocks"][1])
    screen.fill_in(cue={"value": "the letters are late"}, response={"value": "offer her a typist"})
    talk.hears("Kept: If the letters are late, I will offer her a typist")
    screen.press("A copy of my data")
    talk.hears("You can have all of it")
    screen.press("Delete everything")
    talk.hears("cannot be undone")
    talk.tap("Keep it")
    assert [plan["state"] for plan in installed.export(BOB)["plan"]] == ["closed", "open"]


def test_a_window_whose_thing_is_gone_says_so_and_keeps_what_was_written(installed: Installed, screens: Screens) -> None:
    slack = installed.slack
    talk, screen = Talk(slack, OTHERS[1]), screens(slack, OTHERS[1])
    talk.say("hello")
    talk.tap("Yes, go ahead")
    talk.hears("Thank you")
    slack.control("open-home", user=OTHERS[1])
    screen.press("Make a plan")
    screen.window("If or when what happens?")
    # In the meantime a plan is made in the conversation, then everything is deleted.
    talk.say("make a plan")
    talk.hears("What will you do, and when?")
    talk.say("If the list is cut again, I ask the GM why")
    talk.hears("When shall I ask")
    talk.tap("Do not ask")
    talk.hears("I will not ask about it")
    screen.fill_in(cue={"value": "the list is cut"}, response={"value": "ask the GM why"})
    assert list(screen.is_told("made a plan since")) == ["response"]
    assert screen.windows, "the window stays, with all that was written"
    talk.say("delete everything")
    talk.tap("Delete everything")
    talk.hears("is deleted")
    screen.fill_in(cue={"value": "the list is cut"}, response={"value": "ask the GM why"})
    screen.is_told("has been deleted")
    screen.leave()
    assert not installed.export(OTHERS[1]).get("plan")


def test_a_mention_in_a_channel_says_nothing_of_anybody(installed: Installed) -> None:
    slack = installed.slack
    said, challenge_there = [], "nobody in our forum dares to name the rota"
    for text in ("who sees this?", "a question for us", challenge_there, "I want to end my life"):
        said.append(slack.control("message", channel="C01GEN", user=ALICE, text=f"<@{COACH}> {text}")["message"]["ts"])

    def in_threads() -> list[list[str]]:
        return [[each["text"] for each in slack.messages("C01GEN") if each.get("thread_ts") == ts and each.get("bot_id")] for ts in said]

    def privately() -> str:
        return json.dumps([entry["detail"] for entry in slack.log() if entry["summary"] == "chat.postEphemeral"])

    until(lambda: all(in_threads()[:2]) and "stays between us" in privately() and "Samaritans" in privately(), 30)
    who_sees, question, challenge, danger = in_threads()
    assert "never see what you write" in who_sees[0]
    assert "A question for everyone here" in question[0]
    assert not challenge
    assert not danger
    assert challenge_there not in json.dumps(installed.export(ALICE)), "nothing from a channel is kept"


def shortcut(slack: Workspace, user: str, **more: Any) -> str:
    """Return what Slack sends when somebody uses a shortcut; the workspace of the tests has none of its own."""
    trigger = slack.trigger(user)
    payload = {"type": "shortcut", "callback_id": "talk", "team": {"id": TEAM}, "user": {"id": user}, "trigger_id": trigger, **more}
    return urlencode({"payload": json.dumps(payload)})


def post(running: Running, body: str, content_type: str = "application/json") -> httpx.Response:
    headers = signed(body) | {"content-type": content_type}
    return httpx.post(f"{running.address}/slack/events", content=body, headers=headers, trust_env=False, timeout=20)


FORM = "application/x-www-form-urlencoded"


def test_the_shortcuts(running: Running, slack: Workspace, screens: Screens) -> None:
    user = OTHERS[2]
    talk, screen = Talk(slack, user), screens(slack, user)
    assert post(running, shortcut(slack, user), FORM).status_code == 200
    screen.window("What is on your mind?")
    screen.fill_in(words={"value": CHALLENGE})
    screen.window("The answer is under Messages")
    screen.leave()
    talk.hears("I have your message here but have not kept it")
    talk.tap("Yes, go ahead")
    talk.hears("Back to what you wrote")

    def reflect_on(message: dict[str, Any]) -> None:
        more = {"type": "message_action", "callback_id": "reflect_on_this", "message": message, "channel": {"id": "C01GEN"}}
        assert post(running, shortcut(slack, user, **more), FORM).status_code == 200

    reflect_on({"user": BOB, "text": "a colleague's own words", "ts": "1.1"})
    screen.window("somebody else's")
    screen.leave()
    reflect_on({"user": user, "bot_id": "B2", "text": "another app's", "ts": "1.1"})
    screen.window("somebody else's")
    screen.leave()
    reflect_on({"user": user, "text": "", "files": [{"id": "F1"}], "ts": "1.1"})
    screen.window("no words of your own")
    screen.leave()
    reflect_on({"user": user, "text": "&gt; a colleague's own words\n<@U02BOB> was rude to the R&amp;D clerk", "ts": "1.1"})
    window = screen.window("Your own message")
    assert window["blocks"][0]["element"]["initial_value"] == "a colleague was rude to the R&D clerk"
    screen.fill_in(words={"value": "a consultant was rude to the R&D clerk and nobody said a word"})
    screen.window("The answer is under Messages")
    screen.leave()
    until(lambda: "R&D clerk" in json.dumps(Installed(running, slack).export(user)), 30)
    assert "own words" not in json.dumps(Installed(running, slack).export(user)), "a colleague's message never reaches the database"


def signed(body: str, *, age: int = 0, secret: str = SECRET) -> dict[str, str]:

    timestamp = str(int(time.time()) - age)
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature is not None
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature, "content-type": "application/json"}


def event(user: str, place: str, text: str, event_id: str, **more: object) -> str:
    inner = {"type": "message", "channel_type": "im", "user": user, "channel": place, "text": text, "ts": "1.1", **more}
    return json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": event_id, "event": inner, "api_app_id": "A01APP"})


@pytest.mark.parametrize(
    ("age", "secret"), [(0, "another secret"), (301, SECRET), (-330, SECRET)], ids=["forged", "old", "from the future"]
)
def test_what_slack_did_not_sign_is_refused(running: Running, slack: Workspace, age: int, secret: str) -> None:
    talk = Talk(slack, BOB)
    before = len(talk.said())
    body = event(BOB, talk.place, "who sees this", f"forged-{age}-{len(secret)}")
    answer = httpx.post(f"{running.address}/slack/events", content=body, headers=signed(body, age=age, secret=secret), trust_env=False)
    assert answer.status_code == 401
    assert len(talk.said()) == before


def test_an_event_that_slack_sends_again_is_answered_once(running: Running, slack: Workspace) -> None:
    talk = Talk(slack, BOB)
    body = event(BOB, talk.place, "is there any evidence for this", "sent-again")
    for _ in range(3):
        answer = httpx.post(f"{running.address}/slack/events", content=body, headers=signed(body), trust_env=False)
        assert answer.status_code == 200
    talk.say("who sees this?")
    talk.hears("in 94 tests")
    held = running.held(f"slack-{TEAM}-{BOB}")
    assert sum(each["event_id"] == "sent-again" for each in held["inbound"]) == 1


@pytest.mark.parametrize(
    "more",
    [{"bot_id": "B2"}, {"subtype": "message_changed"}, {"subtype": "message_deleted"}, {"channel_type": "channel"}],
    ids=["another app", "an edit", "a deletion", "a channel"],
)
def test_what_is_no_message_to_the_coach_is_left_alone(running: Running, slack: Workspace, more: dict[str, str]) -> None:
    talk = Talk(slack, BOB)
    body = event(BOB, talk.place, "delete everything", f"left-alone-{more}", **more)
    assert httpx.post(f"{running.address}/slack/events", content=body, headers=signed(body), trust_env=False).status_code == 200
    held = running.held(f"slack-{TEAM}-{BOB}")
    assert not any("left-alone" in each["event_id"] for each in held["inbound"])


def test_garbage_with_a_good_signature_does_no_harm(running: Running) -> None:
    for body in ("", "{", "[]", '"x"', "payload=%7B", json.dumps({"type": "event_callback", "event": None})):
        answer = httpx.post(f"{running.address}/slack/events", content=body, headers=signed(body), trust_env=False)
        assert answer.status_code < 500, body


def test_everything_is_deleted_in_slack(running: Running, slack: Workspace) -> None:
    talk = Talk(slack, OTHERS[0])
    talk.say("one of my colleagues is nine weeks behind on clinic letters")
    talk.tap("Yes, go ahead")
    talk.hears("Back to what you wrote")
    talk.say("delete everything")
    talk.hears("cannot be undone")
    talk.tap("Delete everything")
    talk.hears("is deleted")
    held = running.held(f"slack-{TEAM}-{OTHERS[0]}")
    assert {name: rows for name, rows in held.items() if name not in ("person", "roster") and rows} == {}
    talk.say("hello again")
    talk.hears("May I keep our conversation?")
    assert sum("May I keep our conversation?" in each["text"] for each in talk.said()) == 2, "as strangers"
