from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.content.toolkit import Sentences, Toolkit
from bot.domain.messages import Reply, Said
from bot.services.lobby import Lobby, check_consent
from bot.understanding.safety import SafetyNet
from bot.yaml_files import FileError
from tests.conftest import NOON


@pytest.fixture
def lobby(toolkit: Toolkit) -> Lobby:
    return Lobby(toolkit, SafetyNet(tuple(toolkit.safety_rules.values())), timedelta(minutes=30), 11)


def said(text: str | None = None, choice: str | None = None) -> Said:
    return Said("test", "1", text=text, choice=choice)


def told(lobby: Lobby, text: str) -> list[str]:
    """Return what is said to a message of somebody who was greeted."""
    before = len(lobby.shown_to("a", NOON))
    assert lobby.hear("a", said(text), NOON) is None
    return [message.text for message in lobby.shown_to("a", NOON)[before:]]


def test_first_contact_says_what_it_is_in_under_80_words_and_asks(lobby: Lobby) -> None:
    shown = lobby.shown_to("a", NOON)
    assert len(shown) == 1
    assert len(shown[0].text.split()) < 80
    assert [label for label, _ in shown[0].choices] == ["Yes, go ahead", "No, thanks"]


@pytest.mark.parametrize("text", ["yes", "Yes please", "ok", "sure, go ahead", "y"])
def test_a_typed_yes(lobby: Lobby, text: str) -> None:
    lobby.shown_to("a", NOON)
    assert lobby.hear("a", said(text), NOON) is True


@pytest.mark.parametrize("text", ["no", "No thanks", "not now"])
def test_a_typed_no(lobby: Lobby, text: str) -> None:
    lobby.shown_to("a", NOON)
    assert lobby.hear("a", said(text), NOON) is False


@pytest.mark.parametrize(
    "text",
    [
        "yes but not the reflections",
        "ok who sees this?",
        "yes Mrs Jones fell yesterday",
        "the GM has cut my list",
        "no one tells me anything about my lists",
    ],
)
def test_neither(lobby: Lobby, text: str) -> None:
    lobby.shown_to("a", NOON)
    assert lobby.hear("a", said(text), NOON) is None


def test_words_before_consent_wait_for_a_yes_and_not_longer_than_said(lobby: Lobby) -> None:
    lobby.hear("a", said("my list was cut"), NOON)
    held = lobby.leave("a", NOON + timedelta(minutes=29))
    assert [each.text for each in held] == ["my list was cut"]
    lobby.hear("a", said("my list was cut"), NOON)
    assert lobby.leave("a", NOON + timedelta(minutes=31)) == []


def test_declining_forgets_what_was_held(lobby: Lobby) -> None:
    lobby.hear("a", said("my list was cut"), NOON)
    lobby.decline("a", NOON)
    assert lobby.leave("a", NOON) == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("who sees this", "aside.who_sees"),
        ("what is this?", "conversation.about"),
        ("are you a bot", "conversation.about"),
        ("what happens if I say no?", "conversation.if_no"),
        ("what am I agreeing to", "conversation.if_yes"),
        ("is there any evidence", "evidence.coaching"),
    ],
)
def test_what_consent_is_about_is_answered_before_it(lobby: Lobby, toolkit: Toolkit, text: str, answer: str) -> None:
    assert told(lobby, text) == [toolkit.sentences.say(answer, smallest=11), toolkit.sentences["conversation.may_i"]]
    assert [label for label, _ in lobby.shown_to("a", NOON)[-1].choices] == ["Yes, go ahead", "No, thanks"]
    assert lobby.leave("a", NOON) == [], "it was answered, so it does not wait"


def test_a_case_with_a_question_in_it_waits_and_the_question_does_not(lobby: Lobby, toolkit: Toolkit) -> None:
    sentences = toolkit.sentences
    said_to_it = told(lobby, "my friday list was cut again. Who sees this?")
    assert said_to_it == [sentences.say("aside.who_sees", smallest=11), sentences.say("conversation.welcome_held", minutes=30)]
    assert len(lobby.leave("a", NOON)) == 1


def test_a_second_message_that_waits_is_told_so_in_other_words(lobby: Lobby, toolkit: Toolkit) -> None:
    assert told(lobby, "my list was cut") == [toolkit.sentences.say("conversation.welcome_held", minutes=30)]
    assert told(lobby, "and nobody told me") == [toolkit.sentences["conversation.welcome_held_too"]]
    assert [each.text for each in lobby.leave("a", NOON)] == ["my list was cut", "and nobody told me"]


@pytest.mark.parametrize("is_greeted", [True, False])
def test_danger_to_life_is_answered_before_consent_and_before_all_else(lobby: Lobby, toolkit: Toolkit, is_greeted: bool) -> None:
    before = len(lobby.shown_to("a", NOON)) if is_greeted else 0
    lobby.hear("a", said("I want to kill myself"), NOON)
    shown = lobby.shown_to("a", NOON)[before:]
    assert "999" in shown[0].text
    assert [message.text for message in shown[1:]] == [toolkit.sentences["safety.and_after"]], "and nothing is asked in that turn"
    assert lobby.hear("a", said("yes"), NOON) is None, "a yes to nothing is no consent"
    assert lobby.shown_to("a", NOON)[-1].choices, "consent is asked with the next message"
    assert lobby.leave("a", NOON) == []


def test_deletion_is_confirmed_first_and_alone(lobby: Lobby) -> None:
    with lobby.closed_to("a"):
        assert lobby.shown_to("a", NOON) == [], "a page that looks meanwhile is not greeted"
        lobby.say("a", [Reply("Everything is deleted.")], NOON)
    assert [message.text for message in lobby.shown_to("a", NOON)] == ["Everything is deleted."]


@pytest.mark.parametrize("text", ["thanks", "ok", "yes", "no"])
def test_who_was_not_asked_does_not_agree(lobby: Lobby, toolkit: Toolkit, text: str) -> None:
    lobby.say("a", [Reply("Everything is deleted.")], NOON)
    assert told(lobby, text) == [toolkit.sentences.say("conversation.welcome", smallest=11)]
    assert lobby.leave("a", NOON) == []


def test_after_a_no_the_next_message_is_a_first_contact_again(lobby: Lobby, toolkit: Toolkit) -> None:
    lobby.shown_to("a", NOON)
    lobby.decline("a", NOON)
    sentences = toolkit.sentences
    assert told(lobby, "my list was cut") == [
        sentences.say("conversation.welcome", smallest=11),
        sentences.say("conversation.welcome_held", minutes=30),
    ]


def test_other_words_to_agree_to_need_another_version(toolkit: Toolkit) -> None:
    check_consent(toolkit)
    for key in ("conversation.welcome", "aside.who_sees", "choice.agree"):
        changed = replace(toolkit, sentences=Sentences({**toolkit.sentences, key: "We keep what you write and show it to your manager."}))
        with pytest.raises(FileError, match="Add version 2"):
            check_consent(changed)
