from __future__ import annotations

from datetime import timedelta

import pytest

from bot.content.toolkit import Toolkit
from bot.domain.messages import Said
from bot.services.lobby import Lobby
from bot.understanding.safety import SafetyNet
from tests.conftest import NOON


@pytest.fixture
def lobby(toolkit: Toolkit) -> Lobby:
    return Lobby(toolkit, SafetyNet(tuple(toolkit.safety_rules.values())), timedelta(minutes=30), 11)


def said(text: str | None = None, choice: str | None = None) -> Said:
    return Said("test", "1", text=text, choice=choice)


def test_first_contact_says_what_it_is_in_under_80_words_and_asks(lobby: Lobby) -> None:
    shown = lobby.shown_to("a", NOON)
    assert len(shown) == 1
    assert len(shown[0].text.split()) < 80
    assert [label for label, _ in shown[0].choices] == ["Yes, go ahead", "No, thanks"]


@pytest.mark.parametrize("text", ["yes", "Yes please", "ok", "sure, go ahead", "y"])
def test_a_typed_yes(lobby: Lobby, text: str) -> None:
    assert lobby.hear("a", said(text), NOON) is True


@pytest.mark.parametrize("text", ["no", "No thanks", "not now"])
def test_a_typed_no(lobby: Lobby, text: str) -> None:
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


def test_danger_to_life_is_answered_before_consent(lobby: Lobby) -> None:
    lobby.hear("a", said("I want to kill myself"), NOON)
    assert any("999" in message.text for message in lobby.shown_to("a", NOON))
    assert lobby.leave("a", NOON) == []
