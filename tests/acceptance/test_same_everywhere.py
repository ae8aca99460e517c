"""The same conversation in the web chat, in Slack and in Teams: what is kept of it is the same."""

from __future__ import annotations

import html
import itertools
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from bot.content.toolkit import Toolkit
from tests.acceptance.conftest import Running, until, working_day
from tests.browsers import Browser
from tests.playground import Playground
from tests.playground import Talk as TeamsTalk
from tests.slack_peer import OTHERS, TEAM, Workspace
from tests.slack_peer import Talk as SlackTalk

CHALLENGE = "found out from the scrub nurse that my friday list is gone"
PLAN = "If Tuesday's 1:1 starts with the list, I ask what drove the cut"
# Who uses each of them here; whatever they said before is deleted first.
ON_THE_WEB, IN_SLACK = "general-manager", OTHERS[9]
_events = itertools.count(1)


class Surface(Protocol):
    """A place where somebody talks to the coach: they say and tap, and wait for what they hear."""

    def say(self, text: str) -> object: ...

    def tap(self, label: str) -> object: ...

    def hears(self, words: str) -> object: ...


class WebTalk:
    """The web chat without its script: each message is a form, and its answer is on the page."""

    def __init__(self, address: str) -> None:
        self._browser = Browser(base_url=address, trust_env=False, timeout=30, follow_redirects=True)
        self.sign_in()

    def __enter__(self) -> WebTalk:
        return self

    def __exit__(self, *_: object) -> None:
        self._browser.close()

    def sign_in(self) -> None:
        self._browser.post("/sign-in", data={"person": ON_THE_WEB})

    def say(self, text: str) -> None:
        self._send(text=text)

    def tap(self, label: str) -> None:
        found: list[str] = []

        def look() -> bool:
            found[:] = re.findall(rf'name="choice" value="([^"]+)">{re.escape(html.escape(label))}</button>', self._page())
            return bool(found)

        until(look, 60)
        self._send(choice=found[-1])

    def hears(self, words: str) -> None:
        until(lambda: words in html.unescape(self._page()), 60)

    def _page(self) -> str:
        return self._browser.get("/chat").text

    def _send(self, **fields: str) -> None:
        assert self._browser.post("/chat/messages", data={"event_id": f"same-{time.time()}-{next(_events)}", **fields}).status_code == 200


class NewSlackTalk(SlackTalk):
    """A conversation in Slack of which only what is said from now on is looked at."""

    def __init__(self, workspace: Workspace, user: str) -> None:
        super().__init__(workspace, user)
        self._began = 0
        self._began = len(self.said())

    def said(self) -> list[dict[str, Any]]:
        return super().said()[self._began :]


def outcome(running: Running, person: str) -> dict[str, Any]:
    """Return what is kept of somebody once all is answered, without ids and without moments, but for those in the person's own time."""
    held: dict[str, Any] = {}

    def is_answered() -> bool:
        held.update(running.held(person))
        return all(each["state"] == "answered" for each in held["inbound"])

    until(is_answered, 60)
    # A machine that is shared may be slow in one place and not in another.
    waiting = "I am slow just now"
    zone = ZoneInfo(held["person"]["time_zone"])

    def local(moment: str) -> str:
        return f"{datetime.fromisoformat(moment).astimezone(zone):%c}"

    messages = [(each["side"], each["text"], each["chosen"], len(each["choices"])) for each in held["message"]]
    return {
        "messages": [each for each in messages if waiting not in each[1]],
        "inbound": [(each["state"], each["choice"] is not None, each["redactions"]) for each in held["inbound"]],
        "plans": [(each["words"], each["state"]) for each in held["plan"]],
        "check-ins": [
            (f"{datetime.fromisoformat(each['due_at']).astimezone(zone):%c}", each["outcome"], each["rating"]) for each in held["check_in"]
        ],
        "activity": [each["kind"] for each in held["activity"]],
        "person": (held["person"]["consented_at"] is not None, held["person"]["stopped_at"] is not None, held["person"]["availability"]),
    }


def to_a_plan(talk: Surface, toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    talk.say(CHALLENGE)
    talk.hears("have not kept it")
    talk.tap("Yes, go ahead")
    talk.hears(scene.question)
    talk.tap("Show me the options")
    talk.hears("Three ways people take from here")
    talk.tap(scene.options[0].label)
    talk.hears(scene.options[0].learning)
    talk.tap("Make it a plan")
    talk.hears("What will you do, and when?")
    talk.say(PLAN)
    talk.hears("When shall I ask how it went?")
    talk.say(f"{working_day(14):%d %B}")
    talk.hears("I will ask on")


def typed_and_asides(talk: Surface, toolkit: Toolkit) -> None:
    talk.say("one of my colleagues is nine weeks behind on clinic letters")
    talk.hears("have not kept it")
    talk.tap("Yes, go ahead")
    talk.hears("what have you filled in for yourself?")
    talk.say("who sees this?")
    talk.hears("your forum lead")
    talk.say("theatre Tuesdays and Thursday mornings")
    talk.hears("theatre")
    talk.say("stop")
    talk.hears("I will not write first again")


def names_and_danger(talk: Surface, toolkit: Toolkit) -> None:
    talk.say("someone talked over everyone again")
    talk.hears("have not kept it")
    talk.tap("No, thanks")
    talk.hears("Nothing was kept")
    talk.say(CHALLENGE)
    talk.hears("have not kept it")
    talk.tap("Yes, go ahead")
    talk.hears(toolkit.scenarios["list_cut"].question)
    talk.say("NHS number 999 123 4560 was on my list again")
    talk.hears("an NHS, CHI")
    talk.say("I want to end my life")
    talk.hears("116 123")


@pytest.mark.parametrize("line", [to_a_plan, typed_and_asides, names_and_danger])
def test_what_is_kept_is_the_same_everywhere(
    line: Callable[[Surface, Toolkit], None], running: Running, slack: Workspace, teams: Playground, toolkit: Toolkit
) -> None:
    kept = {}
    with WebTalk(running.address) as web:
        for surface, person in (
            (web, ON_THE_WEB),
            (NewSlackTalk(slack, IN_SLACK), f"slack-{TEAM}-{IN_SLACK}"),
            (TeamsTalk(teams), teams.person),
        ):
            running.erase(person)
            # Whoever is erased is signed out everywhere.
            web.sign_in()
            line(surface, toolkit)
            kept[person] = outcome(running, person)
            running.erase(person)
    on_the_web = kept[ON_THE_WEB]
    assert on_the_web["messages"]
    for person, found in kept.items():
        for part, what in found.items():
            assert what == on_the_web[part], (person, part)
