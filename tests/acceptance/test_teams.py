"""The main line in Teams: activities in, the Bot Connector out, against a playground that nobody here wrote."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from bot.content.toolkit import Toolkit
from bot.rasa.engine import free_port
from tests.acceptance.conftest import Running, demonstration, until, working_day
from tests.browsers import keep_picture
from tests.conftest import BROWSER_FLAGS, browser_program
from tests.playground import MEGAN, Playground, Talk, actions_of, playground, words_of
from tests.slack_peer import Workspace

CHALLENGE = "the GM has cut my theatre list again, found out from the scrub nurse"


def test_from_first_contact_to_survey_in_teams(running: Running, teams: Playground, toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    # The playground has one person; whatever they said in another test is deleted first.
    running.erase(teams.person)
    talk = Talk(teams)
    talk.say(CHALLENGE)
    talk.hears("I have your message here but have not kept it")
    assert running.held(teams.person).get("message", []) == []
    answered = talk.tap("Yes, go ahead")
    assert "You chose: Yes, go ahead" in json.dumps(answered), "the card is changed in place"
    talk.hears(scene.question)
    talk.tap("Show me the options")
    options = talk.hears("Three ways people take from here")
    options["choices"] = [action["data"]["choice"] for action in actions_of(options)]
    # As a client does that knows no Action.Execute.
    talk.submit(scene.options[0].label)
    talk.hears(scene.options[0].learning)
    talk.tap("Make it a plan")
    talk.hears("What will you do, and when?")
    talk.say("If the next 1:1 starts with the list, I ask what drove the cut")
    talk.hears("When shall I ask how it went?")
    talk.say(f"{working_day(14):%d %B}")
    talk.hears("I will ask on")
    form = talk.hears("This form is closed")
    assert not actions_of(form), "the plan was made by writing"
    until(lambda: not actions_of(talk.hears("Three ways people take from here")), 30)
    assert f"You chose: {scene.options[0].label}" in words_of(talk.hears("Three ways people take from here"))

    sent = running.coach("tick", "--at", f"{working_day(14)}T09:00").stdout
    assert f"check_in for {teams.person}: sent" in sent
    talk.hears("How did it go?")
    talk.tap("Did it")
    talk.hears("0 (not at all) to 10")
    talk.tap("7")
    talk.hears("That one is closed")
    assert f"survey for {teams.person}: sent" in running.coach("tick", "--at", f"{working_day(15)}T18:00").stdout
    talk.hears("3 quick questions")
    talk.tap("Agree")
    talk.hears("it was plain who would decide")
    held = running.held(teams.person)
    assert held["person"]["name"] == "Alex Wilber"
    assert [(each["outcome"], each["rating"]) for each in held["check_in"]] == [("done", 7)]
    assert held["survey_answer"][0]["value"] == 4
    assert {each["state"] for each in held["posting"]} == {"sent"}

    # A choice that was taken stays what it was, and one that was never offered is nobody's.
    taken = {"verb": "choose", "data": {"choice": options["choices"][1]}}
    assert f"You chose: {scene.options[0].label}" in json.dumps(talk.press(options["id"], taken))
    talk.hears("is closed")
    never = {"verb": "choose", "data": {"choice": "9999999.0"}}
    assert "belongs to another conversation" in json.dumps(talk.press(options["id"], never))
    talk.hears("I do not know that choice")


def test_the_home_card_speaks_for_the_person(running: Running, teams: Playground) -> None:
    talk = Talk(teams)
    talk.say("home")
    talk.hears("When I write first")
    talk.tap("Who sees what")
    talk.hears("never see what you write")
    talk.tap("Quiet for a week")
    talk.hears("I will not write first until")
    assert "Start again" in [action["title"] for action in actions_of(talk.hears("Quiet until"))], "the card shows what was changed from it"


def test_where_others_read_along(running: Running, teams: Playground) -> None:
    group, channel, own = Talk(teams, teams.group, MEGAN), Talk(teams, teams.channel, MEGAN), Talk(teams)
    group.mention("who sees this?")
    group.hears("never see what you write")
    group.mention("hello")
    group.hears("The rest has its place in my own chat")
    group.mention("my GM is rude")
    # Whoever has a chat of their own with the coach is answered there.
    group.wait(lambda: any("stays between us" in words_of(each) for each in [*group.said(), *own.said()]) or None, "stays between us")
    channel.mention("a question for us")
    channel.hears("Something for everyone here to think on")
    assert running.held(f"teams-{teams.tenant}-{teams.config['users'][0]['aadObjectId']}") == {}, "nothing from there is kept"


def test_everything_that_passed_was_taken_without_a_fault(running: Running, teams: Playground) -> None:
    recorded = teams.recorded()
    assert len(recorded) > 20
    from_teams = [each for each in recorded if each["request"]["url"].endswith("/api/messages")]
    assert {each["response"]["statusCode"] for each in from_teams} <= {200, 202}
    to_teams = [each for each in recorded if "_connector" in each["request"]["url"]]
    # The playground has no way to delete a message, and says so.
    deleted = [each for each in to_teams if each["request"]["method"] == "DELETE"]
    assert {each["response"]["statusCode"] for each in to_teams if each not in deleted} <= {200, 201, 202}
    assert {each["response"]["statusCode"] for each in deleted} <= {501}


def test_the_main_line_on_the_playgrounds_page(slack: Workspace, toolkit: Toolkit, tmp_path: Path) -> None:
    scene = toolkit.scenarios["list_cut"]
    port, var, own = free_port(), tmp_path / "var", tmp_path / "teams"
    var.mkdir()
    own.mkdir()
    # A product and a playground of its own: what was said before on that page would be taken for what is heard now, and where its
    # history is long the page loses a message that comes in the moment in which another is changed.
    with (
        playground(own, f"http://127.0.0.1:{port}/api/messages") as teams,
        demonstration(var, port, slack, teams),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=browser_program(), args=BROWSER_FLAGS, viewport={"width": 1280, "height": 900}
        )
        page = browser.new_page()
        page.set_default_timeout(60_000)

        def hears(words: str) -> None:
            page.get_by_text(words).last.wait_for()

        def say(text: str) -> None:
            # The last one, below whatever form a card holds.
            page.get_by_role("textbox").last.click()
            page.keyboard.type(text)
            page.keyboard.press("Enter")

        def tap(label: str) -> None:
            # A choice is a button, or where its label is long a row of the card.
            page.get_by_text(label, exact=True).last.click()

        def look(name: str) -> None:
            keep_picture(page, f"teams-page-{name}")

        # The page adds the app by itself when it is opened.
        page.goto(teams.address)
        hears("May I keep our conversation?")
        look("1-asked")
        say(CHALLENGE)
        hears("I have your message here but have not kept it")
        tap("Yes, go ahead")
        hears("You chose: Yes, go ahead")
        hears(scene.question)
        tap("Show me the options")
        hears("Three ways people take from here")
        look("2-options")
        tap(scene.options[0].label)
        hears(f"You chose: {scene.options[0].label}")
        hears(scene.options[0].learning)
        tap("Make it a plan")
        say("If the next 1:1 starts with the list, I ask what drove the cut")
        hears("When shall I ask how it went?")
        look("3-plan")
        say("tomorrow")
        hears("I will ask on")
        say("home")
        hears("When I write first")
        look("4-home")
        browser.close()


@pytest.mark.parametrize("kind", ["event", "messageReaction", "endOfConversation", "something new"])
def test_what_is_no_message_is_taken_and_left(running: Running, teams: Playground, kind: str) -> None:
    body = {
        "type": kind,
        "id": f"odd-{kind}",
        "channelId": "msteams",
        "serviceUrl": f"{teams.address}/_connector",
        "from": {"id": "user-id-0"},
        "conversation": {"id": teams.personal, "conversationType": "personal"},
        "recipient": {"id": "coach"},
    }
    assert httpx.post(f"{running.address}/api/messages", json=body, trust_env=False).status_code == 202


def test_a_token_is_no_way_into_what_the_playground_may(running: Running) -> None:
    answer = httpx.post(f"{running.address}/api/messages", json={}, headers={"authorization": "Bearer x"}, trust_env=False)
    assert answer.status_code == 401
