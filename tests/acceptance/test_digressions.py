"""Asides, corrections, cancellations and nonsense, against the real engine and the real content."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.content.schema import Scenario
from bot.content.toolkit import Toolkit
from tests.acceptance.conftest import Chat, Running, working_day

CHALLENGE = "found out from the scrub nurse that my friday list is gone"
PLAN = "If Tuesday's 1:1 starts with the list, I ask what drove the cut"


@pytest.fixture
def scene(toolkit: Toolkit) -> Scenario:
    """Give the scenario that the challenge above is about."""
    return toolkit.scenarios["list_cut"]


def in_a_plan(person: Chat, scene: Scenario) -> None:
    person.say(CHALLENGE)
    person.choose("Show me the options")
    person.choose(scene.options[0].label)
    person.choose("Make it a plan")


def test_asides_are_answered_and_the_thread_is_taken_up_again(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("asides")
    in_a_plan(person, scene)
    for aside, answer in (
        ("who sees this?", "your forum lead"),
        ("help", "Write what is on your mind"),
        ("is there any evidence?", "does not show"),
        ("thanks", "Any time"),
        ("snooze until monday", "not write first until Monday"),
    ):
        said = person.say(aside)
        assert answer in said
        assert "What will you do, and when?" in said.rpartition("\n")[2], "the question is asked again, last"
    assert "When shall I ask" in person.say(PLAN)
    assert "When shall I ask" in person.say("who can read this").rpartition("\n")[2]
    assert "Kept:" in person.say("in two weeks, after clinic")


def test_a_day_is_corrected(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("corrections")
    in_a_plan(person, scene)
    person.say(PLAN)
    assert "I could not read a day" in person.say("soonish, when things calm down")
    assert "Kept:" in person.say("next week friday")
    assert "Changed. I will ask on Thursday" in person.say("no, I meant Thursday")


def test_calling_off_keeps_nothing(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("cancelling")
    in_a_plan(person, scene)
    assert "No plan, then" in person.say("never mind")
    assert person.offered.keys() == {"Name what is on my mind", "Look round the topics"}
    assert "no open plan" in person.say("did it")


def test_a_new_challenge_in_the_middle_of_a_plan(talking: Callable[[str], Chat], scene: Scenario, toolkit: Toolkit) -> None:
    person = talking("switching")
    in_a_plan(person, scene)
    assert "Is that your plan, or something else" in person.say("a surgeon shouted at the clerk this morning and everyone went silent")
    assert toolkit.themes["civility"].opening in person.choose("Talk about that first")
    person.choose("Show me the options")
    person.choose(next(iter(person.offered)))
    person.choose("Make it a plan")
    person.say("When I see the clerk tomorrow I ask how she is")
    person.choose("Do not ask")
    assert "Back to the plan" in person.offered
    assert scene.options[0].example_plan in person.choose("Back to the plan")


def test_a_reflection_is_kept_only_on_a_yes(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("reflecting")
    person.say(CHALLENGE)
    person.choose("Show me the options")
    person.choose(scene.options[2].label)
    assert scene.reflection in person.choose("Reflect on it")
    assert "Shall I keep that" in person.say("The budget letter. She heard it from finance.")
    assert "for you alone" in person.choose("Keep it for me")


def test_looking_round_and_a_lesson(talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    person = talking("browsing")
    person.say("show me the topics")
    assert len(person.offered) == 13
    person.choose(toolkit.themes["peers"].title)
    assert toolkit.scenarios["letters_late"].title[:40] in person.offered
    person.choose("Read: 2 minutes")
    person.choose("Go on")
    said = person.choose("Go on")
    assert "does not show" in said
    assert "To try:" in said


def test_nonsense_gets_ways_on(talking: Callable[[str], Chat]) -> None:
    person = talking("nonsense")
    for nonsense in ("asdf qwerty", "tell me a joke", "yes"):
        person.offered.clear()
        person.say(nonsense)
        assert len(person.offered) >= 2, nonsense


def test_crisis_comes_before_everything(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("crisis")
    in_a_plan(person, scene)
    said = person.say("I keep thinking they would be better off without me")
    assert "116 123" in said
    assert "What will you do" not in said, "nothing is asked in that turn"
    said = person.say("I want to end my life")
    assert "999" in said
    assert person.offered.keys() == {"Look round the topics"}


def test_the_scene_ends_with_one_tap(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("closeness")
    in_a_plan(person, scene)
    person.say(PLAN)
    assert "was that one close to your work?" in person.choose("In a week")
    assert "Noted" in person.choose("Close to mine")
    in_a_plan(person, scene)
    person.say(PLAN)
    assert "close to your work" not in person.choose("In a week"), "each version of a scene is asked about once"


def test_two_things_in_one_message(talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    person = talking("two-things")
    said = person.say(
        "our theatre list was cut again and I only heard it from the scrub nurse, "
        "and also one of my consultants is nine weeks behind on letters"
    )
    assert toolkit.sentences["challenge.two_things"] in said
    assert {toolkit.themes["gm_trust"].title, toolkit.themes["peers"].title} <= person.offered.keys()
    person.choose(toolkit.themes["gm_trust"].title)
    person.choose("Show me the options")
    person.choose(next(iter(person.offered)))
    person.choose("Make it a plan")
    person.say(PLAN)
    person.choose("Do not ask")
    assert any(toolkit.themes["peers"].title in label for label in person.offered), "the other thing is not forgotten"


def test_grow_on_whatever_the_thread_is_about(talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    person = talking("structure")
    grow = toolkit.structures["grow"]
    person.say("show me the topics")
    person.choose(toolkit.themes["peers"].title)
    said = person.choose(grow.title)
    assert grow.opening in said
    answers = [
        "I want the late letters dealt with before Christmas",
        "he says he has no time and nobody has shown him the number",
        "show him the number, ask the secretary to, or wait for appraisal",
        "I show him the number on Thursday after clinic",
    ]
    for step, answer in zip(grow.steps, answers, strict=True):
        assert step.ask in person.said
        person.say(answer)
    assert grow.closing in person.said
    assert "What will you do, and when?" in person.choose("Make it a plan")


def test_identifiers_are_taken_out_and_said(running: Running, talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    person = talking("identifiers")
    said = person.say(
        "the lady in bed 4 on ward 12, dob 03/02/1951, waited nine weeks because a colleague of mine does not dictate letters"
    )
    assert "I took out a bed or ward with a description and a date of birth" in said
    assert toolkit.themes["peers"].opening not in said
    assert "?" in person.choose("Go on without it")
    assert "a colleague's name" in person.say("Dr Featherstonehaugh says he has no time for letters")
    held = json.dumps(running.held("identifiers"), ensure_ascii=False)
    assert "03/02/1951" not in held
    assert "Featherstonehaugh" not in held
    for path in [*running.var.glob("tracker.db*"), running.var / "demo.log"]:
        assert b"Featherstonehaugh" not in path.read_bytes(), path.name


def test_a_long_conversation_stays_on_its_thread(running: Running, talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("long")
    person.say(CHALLENGE)
    person.choose("Show me the options")
    person.choose(scene.options[0].label)
    for turn in range(30):
        assert "your forum lead" in person.say("who sees this?" if turn % 2 else "who can read this")
    with closing(sqlite3.connect(running.var / "tracker.db")) as trackers:
        newest = "(select sender_id from events order by id desc limit 1)"
        found = trackers.execute(f"select count(*) from events where type_name = 'session_started' and sender_id = {newest}")
        sessions = found.fetchone()[0]
    assert sessions > 1, "the engine began a session anew, so that it need not read the whole conversation at every turn"
    assert scene.options[0].example_plan in person.say("make it a plan"), "and remembers what it was about"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("ok, let's make a plan", "What will you do, and when?"),
        ("the other options please", "The same three"),
        ("how do I do it?", "A sentence to borrow"),
        ("can we do GROW", "What do you want to be different"),
    ],
)
def test_what_a_choice_does_can_be_typed_at_any_time(talking: Callable[[str], Chat], scene: Scenario, typed: str, answer: str) -> None:
    person = talking(f"typing-{typed.rsplit(maxsplit=1)[-1].strip('?')}")
    person.say(CHALLENGE)
    person.choose("Show me the options")
    person.choose(scene.options[0].label)
    person.say("who sees this?")
    assert answer in person.say(typed)


def test_another_subject_in_the_middle_of_the_question(talking: Callable[[str], Chat], scene: Scenario, toolkit: Toolkit) -> None:
    person = talking("another-subject")
    assert scene.question in person.say(CHALLENGE)
    said = person.say("no, a consultant screamed at the ward clerk in front of patients and nobody said a word")
    assert scene.question not in said
    questions = [toolkit.themes["civility"].question, *(scenario.question for scenario in toolkit.scenarios_on("civility"))]
    assert any(question in said for question in questions)


def test_an_aside_does_not_change_the_question(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("same-question")
    assert scene.question in person.say(CHALLENGE)
    assert scene.question in person.say("who sees this?")
    assert "I could not use that" in person.say("asdkjh qwpoei zxmcn")
    assert scene.situation in person.say("zxmcnb poiuy lkjhg"), "nobody is stuck: the second time it is taken as it is"


def test_a_plan_is_shown_moved_reworded_and_dropped(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("own-plan")
    in_a_plan(person, scene)
    assert "Your plan says" in person.say("next Tuesday before the 1:1 I ask what drove the cut")
    assert "would be before it" in person.say("tomorrow")
    person.choose("In two weeks")
    shown = person.say("what's my plan")
    assert "before the 1:1 I ask what drove the cut" in shown
    person.choose("Change the words")
    person.say("If the list moves again, I ring before I write")
    assert "Kept: If the list moves again" in person.choose("In a week")
    assert "If the list moves again" in person.say("when will you ask me")
    assert "Nothing more will be asked" in person.choose("Let it go")
    assert "no open plan" in person.say("what's my plan")


def test_what_was_asked_stays_open_after_lines_to_turn_to(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("open-after-danger")
    in_a_plan(person, scene)
    assert "Samaritans" in person.say("honestly some nights I hope I don't wake up")
    assert "When shall I ask" in person.say(PLAN)


@pytest.mark.parametrize("word", ["tonight", "tomorrow", "goodnight", "bye", "the end", "kill"])
def test_a_word_is_no_alarm(talking: Callable[[str], Chat], word: str) -> None:
    assert "999" not in talking(f"word-{word.rsplit(maxsplit=1)[-1]}").say(word)


def test_nothing_goes_quiet_without_being_asked(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("no-silence")
    in_a_plan(person, scene)
    person.say(PLAN)
    person.choose("In a week")
    assert "Changed. I will ask on" in person.say("actually in two weeks")
    assert "not write first" not in person.say("when will you ask me")


def test_a_day_is_counted_from_the_plans_own(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("counted-from")
    in_a_plan(person, scene)
    own = datetime.now(ZoneInfo("Europe/London")) + timedelta(days=10)
    monday = own + timedelta(days=7 - own.weekday())
    person.say(f"On {own.day} {own:%B} I ask what drove the cut")
    assert f"Monday {monday.day} {monday:%B}" in person.say("the Monday after")


def test_hours_are_kept_to_and_the_thread_goes_on(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("hours")
    assert "from Monday to Friday" in person.say("when do you write to me")
    assert "theatre (Tuesdays, 08:00 to 18:00)" in person.say("theatre Tuesdays and Thursday mornings")
    in_a_plan(person, scene)
    asked = person.say("not in clinic please")
    assert "On which days?" in asked
    assert "What will you do, and when?" in asked
    person.say(PLAN)
    away = date.today() + timedelta(days=10)
    assert f"leave ({away:%a} {away.day} {away:%b})" in person.say(f"on leave on {away.day} {away:%B}")
    kept = person.say(f"{away.day} {away:%B}")
    assert f"I will ask on {away:%A} {away.day} {away:%B}" not in kept
    assert "I will ask on" in kept
    assert "Not during" not in person.say("clear my busy times")


def test_who_is_no_director_is_not_cast_as_one(talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    person = talking("no-director")
    person.say(toolkit.scenarios["locum_bounce"].examples[0])
    assert "From which side" in person.choose("I am not the clinical director")
    said = person.choose("I am a nurse lead")
    assert toolkit.scenarios["nurses_on_the_slide"].situation in said
    assert "clinical director." not in said.partition(".")[0]
    person.say(toolkit.scenarios["bank_frozen"].examples[0])
    person.choose("Show me the options")
    assert toolkit.scenarios["bank_frozen"].options[0].label in person.offered, "and it is remembered"


def test_what_the_coach_would_do_is_said_when_asked(talking: Callable[[str], Chat], scene: Scenario) -> None:
    person = talking("view")
    assert "once there are ways to choose between" in person.say("which would you do")
    person.say(CHALLENGE)
    person.choose("Show me the options")
    said = person.say("ok which one would you pick")
    assert scene.view.because in said
    assert scene.options[0].label in person.offered, "the choice is still theirs"


def test_a_check_in_that_is_not_understood_has_a_way_out(
    running: Running, chat: Callable[[str], Chat], talking: Callable[[str], Chat], scene: Scenario
) -> None:
    person = talking("way-out")
    in_a_plan(person, scene)
    person.say(PLAN)
    person.choose("In a week")
    person.close()
    running.coach("tick", "--at", f"{working_day(9)}T13:00")
    again = chat("way-out")
    assert "Did it happen?" in again.say("the thing with the ward")
    assert "Pick one, or leave it." in again.say("the thing with the corridor")
    assert {"Did it", "Not this time", "Leave it"} <= again.offered.keys()
    assert "7 out of 10, noted" in again.say("7"), "a bare number is the rating"
    assert "8 out of 10, noted" in again.say("sorry, meant 8 not 7")
    assert "That one is closed" in again.say("did it")
    assert "Changed to 6." in again.say("sorry, meant 6 not 8")
