"""A broadcast in Slack's windows and on a card in Teams, against peers that nobody here wrote, until it is taken back."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
from slack_sdk.signature import SignatureVerifier
from sqlalchemy import select

from bot.domain.access import Grant, Role
from bot.storage.access import grant_role
from bot.storage.database import Database
from bot.storage.people import find_person
from bot.storage.tables import Forum, ForumMember
from tests.acceptance.conftest import Running, until, working_day
from tests.playground import Playground, words_of
from tests.playground import Talk as TeamsTalk
from tests.slack_peer import OTHERS, SECRET, TEAM, Screen, Talk, Workspace

# Nobody else's in these tests.
LEAD, MEMBER = OTHERS[20], OTHERS[21]
WORDS = "which of these do we open with?"


def make_forum(running: Running, title: str, members: list[str], lead: str) -> str:
    """Put people who joined by themselves into a forum of their own, with its lead; return the value of its option."""

    async def put(database: Database) -> int:
        async with database.transaction() as session:
            forum = await session.scalar(select(Forum).where(Forum.title == title))
            if forum is None:
                forum = Forum(programme_id="demonstration", title=title)
                session.add(forum)
                await session.flush()
            for person_id in members:
                person = await find_person(session, person_id)
                assert person is not None, person_id
                # The peers' people live in other zones, where another hour is theirs.
                person.programme_id, person.time_zone = "demonstration", "Europe/London"
                session.add(ForumMember(forum_id=forum.id, person_id=person_id))
            await grant_role(session, lead, Grant(Role.FORUM_LEAD, "demonstration", forum.id), by="test", now=datetime.now(UTC))
            return forum.id

    number = running._with_database(put)
    return json.dumps({"programme": "demonstration", "forums": [number]}, separators=(",", ":"))


def press(running: Running, window: dict[str, Any], label: str) -> None:
    """Press a button in a window, which local-slack's page cannot: what Slack would send for it, signed."""
    buttons = [each for block in window["blocks"] if block["type"] == "actions" for each in block["elements"]]
    button = next(each for each in buttons if each["text"]["text"] == label)
    about = {"type": "block_actions", "team": {"id": TEAM}, "user": {"id": LEAD}, "view": {"id": window["id"]}}
    body = urlencode({"payload": json.dumps({**about, "actions": [button]})})
    now = str(int(time.time()))
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": now,
        "x-slack-signature": SignatureVerifier(SECRET).generate_signature(timestamp=now, body=body) or "",
    }
    answer = httpx.post(f"{running.address}/slack/events", content=body, headers=headers, trust_env=False, timeout=20)
    assert answer.status_code == 200


def test_in_slack_it_is_written_rehearsed_sent_and_taken_back(running: Running, slack: Workspace) -> None:
    lead, member = Talk(slack, LEAD), Talk(slack, MEMBER)
    for talk in (lead, member):
        talk.say("hello")
        talk.tap("Yes, go ahead")
        talk.hears("Thank you")
    people = [f"slack-{TEAM}-{user}" for user in (LEAD, MEMBER)]
    audience = make_forum(running, "Of Slack", people, people[0])
    with closing(Screen(slack, MEMBER)) as screen:
        slack.control("command", channel=member.place, user=MEMBER, command="/coach", text="broadcast")
        screen.window("You lead no forum here")
        screen.leave()
    with closing(Screen(slack, LEAD)) as screen:
        slack.control("command", channel=lead.place, user=LEAD, command="/coach", text="broadcast")
        form = screen.window("Who gets it")
        written = {
            "title": {"value": "For Thursday"},
            "audience": {"selected_option": {"value": audience}},
            "choices": {"value": "Time\nMoney"},
        }
        assert "Of Slack" in json.dumps(form)
        screen.fill_in(**written, text={"value": "{surname}"})
        assert list(screen.is_told("There is no field {surname}")) == ["text"]
        screen.fill_in(**written, text={"value": f"{{first_name}}, {WORDS}"})
        sheet = screen.window("It would go to 2 people now")
        number = json.loads(sheet["private_metadata"])["broadcast"]
        screen.fill_in(count={"value": ""})
        screen.window("Queued: 2")
        ticked = running.coach("tick", "--at", f"{working_day(1)}T10:30").stdout
        assert f"broadcast for {people[1]}: sent" in ticked, ticked
        asked = member.hears(WORDS)
        assert "Time" in json.dumps(asked["blocks"])
        screen.leave()
        slack.control("command", channel=lead.place, user=LEAD, command="/coach", text=f"broadcast {number}")
        press(running, screen.window("On its way"), "Take it back")
        screen.window("Taken back. To")
    until(lambda: not any(WORDS in each["text"] for talk in (lead, member) for each in talk.said()), 30)


def test_in_teams_it_is_written_rehearsed_sent_and_taken_back(running: Running, teams: Playground) -> None:
    # The playground has one person; whatever they said in another test is deleted first.
    running.erase(teams.person)
    talk = TeamsTalk(teams)
    talk.say("hello")
    talk.tap("Yes, go ahead")
    talk.hears("Thank you")
    talk.say("broadcast")
    talk.hears("You lead no forum here")
    audience = make_forum(running, "Of Teams", [teams.person], teams.person)
    talk.say("broadcast")
    talk.hears("A broadcast")
    written = {"title": "For Thursday", "audience": audience, "choices": "Time\nMoney"}

    def act(label: str, **inputs: str) -> str:
        message, action = talk.wait(lambda: talk._action(label), label)
        return json.dumps(talk.press(message["id"], {**action, "data": {**action["data"], **inputs}}))

    assert "There is no field {surname}" in act("Rehearse", **written, text="{surname}")
    assert "It would go to 1 people now" in act("Rehearse", **written, text=f"{{first_name}}, {WORDS}")
    assert "Queued: 1" in act("Send", count="")
    ticked = running.coach("tick", "--at", f"{working_day(1)}T10:30").stdout
    assert f"broadcast for {teams.person}: sent" in ticked, ticked
    asked = talk.hears(WORDS)
    assert "From Alex" in words_of(asked)
    act("Look again")
    assert "Taken back. To" in act("Take it back")
    until(lambda: any(each["request"]["method"] == "DELETE" and asked["id"] in each["request"]["url"] for each in teams.recorded()), 30)
