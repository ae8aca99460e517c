"""A general manager is invited to say how working together is, and says it, against the real engine and the real content."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.acceptance.conftest import Chat, Running


def test_a_general_manager_is_invited_and_answers(running: Running, talking: Callable[[str], Chat]) -> None:
    director, manager = talking("a director"), talking("a manager")
    code = re.search(r"[A-Z]{5}-\d{5}", director.say("invite my general manager"))
    assert code
    assert "your own invitation" in director.say(code[0])
    asked = manager.say(f"code {code[0].lower()}")
    assert "how working together is" in asked
    first = manager.choose("Answer now")
    assert "who never sees your answers" in first
    assert "while they could still be changed" in first
    assert "who would decide" not in first
    manager.choose("Agree")
    manager.say("4")
    manager.say("who sees this?")
    manager.choose("Skip this one")
    assert "Thank you" in manager.say("strongly agree")
    answers = [(each["item"], each["value"]) for each in running.held("a manager")["survey_answer"]]
    assert answers == [("together_early", 4), ("together_last_word", 4), ("together_bad_news", None), ("together_fixing", 5)]
    assert "used" in manager.say(code[0])
    assert "will not ask you about anybody" in manager.say("stop rating")


def test_wishes_about_surveys_and_digests_are_taken_in_the_middle_of_something(talking: Callable[[str], Chat]) -> None:
    person = talking("a person with wishes")
    person.say("found out from the scrub nurse that my friday list is gone")
    said = person.say("surveys at 5pm please")
    assert "Surveys come at 17:00" in said
    assert "A digest of your week comes on Mondays" in person.say("weekly digest please")
    assert "digest" not in person.say("no digest")
    assert "nothing was changed" in person.say("I don't work Mondays, Tuesdays, Wednesdays, Thursdays or Fridays")
