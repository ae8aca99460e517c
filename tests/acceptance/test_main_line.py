"""From first contact to a survey, through `coach chat --json` and `coach tick --at`; the database and the page show it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.content.toolkit import Toolkit
from bot.settings import ROOT
from tests.acceptance.conftest import Chat, Running, chat_command, working_day
from tests.browsers import Browser

LONDON = ZoneInfo("Europe/London")


def dashboard(running: Running) -> str:
    with Browser(base_url=running.address, trust_env=False, timeout=30, follow_redirects=True) as browser:
        browser.get("/dashboard")
        return browser.post("/sign-in", data={"person": "programme-team"}).text


def test_from_first_contact_to_survey(running: Running, toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    asking, replying, _ = scene.options
    person = "main-line"
    first = chat_command(running, person)
    assert "May I keep our conversation?" in first.pending
    assert "have not kept it" in first.say("the GM has cut my theatre list again, found out from the scrub nurse")
    assert running.held(person) == {}, "nothing was kept before consent"

    assert scene.question in first.choose("Yes, go ahead")
    options = first.say("he has to hit the elective numbers by friday")
    assert scene.situation in options, "whose case it is"
    assert all(option.trade_off in options for option in scene.options)
    assert asking.label in first.offered
    assert replying.outcome in first.choose(replying.label)
    first.choose("Try another option")
    assert asking.outcome in first.say("the first one")
    assert asking.example_plan in first.choose("Make it a plan")
    assert "When shall I ask" in first.say("If Tuesday's 1:1 starts with the list, I ask what drove the cut")
    # Named outright, since "in two weeks" avoids weekends and bank holidays.
    due = datetime.now(LONDON) + timedelta(days=14)
    kept = first.say(f"{due.day} {due:%B}")
    assert "Kept: If Tuesday's 1:1 starts with the list" in kept
    first.close()

    assert f"{due:%A} {due.day} {due:%B} at 08:30" in kept
    early = running.coach("tick", "--at", f"{due:%Y-%m-%d}T08:00").stdout
    assert person not in early
    sent = running.coach("tick", "--at", f"{due:%Y-%m-%d}T09:00").stdout
    assert f"check_in for {person}: sent" in sent
    again = running.coach("tick", "--at", f"{due:%Y-%m-%d}T09:00").stdout
    assert f"check_in for {person}: sent" not in again

    second = chat_command(running, person)
    assert "How did it go?" in second.pending
    assert "0 (not at all) to 10" in second.choose("Partly")
    assert "smaller step" in second.say("about a six")
    second.choose("Let it go")
    second.close()

    survey = working_day(15)
    assert f"survey for {person}: sent" in running.coach("tick", "--at", f"{survey}T18:00").stdout
    third = chat_command(running, person)
    assert "3 quick questions" in third.pending
    third.choose("Agree")
    assert "How confident" in third.say("strongly disagree")
    assert "that is all" in third.say("about an 8")
    third.close()

    held = json.loads(running.coach("export", "--person", person).stdout)
    assert [plan["words"] for plan in held["plan"]] == ["If Tuesday's 1:1 starts with the list, I ask what drove the cut"]
    assert [(each["outcome"], each["rating"]) for each in held["check_in"]] == [("partly", 6)]
    assert [answer["value"] for answer in held["survey_answer"]] == [4, 1, 8]
    assert {each["kind"]: each["state"] for each in held["delivery"]} == {
        "check_in": "answered",
        "reminder": "cancelled",
        "survey": "answered",
    }

    # Figures are told of months that are over, so what is counted of today is looked at where it is kept.
    assert [each["kind"] for each in held["activity"]] == [
        "conversation_started",
        "challenge_heard",
        "scenario_started",
        "scenario_finished",
    ]
    assert "Sample data" in dashboard(running)


def test_everything_is_deleted_in_the_chat(running: Running, talking: Callable[[str], Chat]) -> None:
    leaving = talking("leaving")
    leaving.say("one of my colleagues is nine weeks behind on clinic letters")
    assert "cannot be undone" in leaving.say("delete everything")
    assert "is deleted" in leaving.choose("Delete everything")
    leaving.close()
    held = running.held("leaving")
    assert {name: rows for name, rows in held.items() if name not in ("person", "roster") and rows} == {}
    assert held["person"]["consented_at"] is None
    for path in [*running.var.glob("tracker.db*"), *running.var.glob("coach.db*"), running.var / "demo.log"]:
        assert b"nine weeks behind" not in path.read_bytes(), path.name


def test_words_stand_nowhere_in_plain_text(running: Running, talking: Callable[[str], Chat]) -> None:
    words = "zebra crossing quarrel about the theatre list"
    talking("discreet").say(words)
    kept = [*running.var.glob("tracker.db*"), *running.var.glob("coach.db*")]
    assert len(kept) >= 2
    for path in [*kept, running.var / "demo.log"]:
        assert b"zebra" not in path.read_bytes(), path.name
    assert not list(ROOT.glob("*.log"))
