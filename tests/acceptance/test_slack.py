"""The main line in Slack: signed requests in, the Web API out, against a workspace that nobody here wrote."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier

from bot.content.toolkit import Toolkit
from tests.acceptance.conftest import Running, until, working_day
from tests.slack_peer import ALICE, BOB, OTHERS, SECRET, TEAM, Talk, Workspace

CHALLENGE = "the GM has cut my theatre list again, found out from the scrub nurse"


def test_from_first_contact_to_survey_in_slack(running: Running, slack: Workspace, toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    talk = Talk(slack, ALICE)
    talk.say(CHALLENGE)
    talk.hears("I have your message here but have not kept it")
    assert json.loads(running.coach("export", "--person", f"slack-{TEAM}-{ALICE}", check=False).stdout or "{}") == {}
    talk.tap("Yes, go ahead")
    talk.hears(scene.question)
    talk.tap("Show me the options")
    talk.hears("Three ways people take from here")
    talk.tap(scene.options[0].label)
    talk.hears(scene.options[0].learning)
    talk.tap("Make it a plan")
    talk.hears("What will you do, and when?")
    talk.say("If the next 1:1 starts with the list, I ask what drove the cut")
    talk.hears("When shall I ask how it went?")
    talk.say(f"{working_day(14):%d %B}")
    talk.hears("I will ask on")

    until(lambda: not any(b["type"] == "actions" for b in talk.hears("Three ways people take from here")["blocks"]), 30)

    sent = running.coach("tick", "--at", f"{working_day(14)}T09:00").stdout
    assert f"check_in for slack-{TEAM}-{ALICE}: sent" in sent
    talk.hears("How did it go?")
    talk.tap("Did it")
    talk.hears("0 (not at all) to 10")
    talk.tap("7")
    talk.hears("That one is closed")
    assert f"survey for slack-{TEAM}-{ALICE}: sent" in running.coach("tick", "--at", f"{working_day(15)}T18:00").stdout
    talk.hears("3 quick questions")
    talk.tap("Agree")
    talk.hears("it was plain who would decide")
    held = json.loads(running.coach("export", "--person", f"slack-{TEAM}-{ALICE}").stdout)
    assert held["person"]["name"] == "Alice Anderson"
    assert [(each["outcome"], each["rating"]) for each in held["check_in"]] == [("done", 7)]
    assert held["survey_answer"][0]["value"] == 4
    assert {each["state"] for each in held["posting"]} == {"sent"}


def test_the_home_tab_and_the_command(running: Running, slack: Workspace) -> None:
    talk = Talk(slack, BOB)
    talk.say("hello")
    talk.hears("May I keep our conversation?")
    talk.tap("Yes, go ahead")
    talk.hears("Thank you")
    slack.control("command", channel=talk.place, user=BOB, command="/coach", text="who sees this")
    talk.hears("never see what you write")
    slack.control("command", channel=talk.place, user=BOB, command="/coach", text="help")
    until(lambda: "snooze until Monday" in json.dumps(slack.log()), 30)
    slack.control("open-home", user=BOB)

    def home() -> str:
        return json.dumps([entry for entry in slack.log() if "views.publish" in json.dumps(entry)])

    until(lambda: "You have no open plan" in home(), 30)


def signed(body: str, *, age: int = 0, secret: str = SECRET) -> dict[str, str]:

    timestamp = str(int(time.time()) - age)
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature is not None
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": signature, "content-type": "application/json"}


def event(user: str, place: str, text: str, event_id: str, **more: object) -> str:
    inner = {"type": "message", "channel_type": "im", "user": user, "channel": place, "text": text, "ts": "1.1", **more}
    return json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": event_id, "event": inner, "api_app_id": "A01APP"})


@pytest.mark.parametrize(
    ("age", "secret"), [(0, "another secret"), (301, SECRET), (-301, SECRET)], ids=["forged", "old", "from the future"]
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
    held = json.loads(running.coach("export", "--person", f"slack-{TEAM}-{BOB}").stdout)
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
    held = json.loads(running.coach("export", "--person", f"slack-{TEAM}-{BOB}").stdout)
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
    held = json.loads(running.coach("export", "--person", f"slack-{TEAM}-{OTHERS[0]}").stdout)
    assert {name: rows for name, rows in held.items() if name != "person" and rows} == {}
    talk.say("hello again")
    talk.hears("May I keep our conversation?")
    assert sum("May I keep our conversation?" in each["text"] for each in talk.said()) == 2, "as strangers"
