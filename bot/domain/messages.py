"""What passes between a person and the coach, in words of our own: no channel's or engine's payload comes this far."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

# What a choice can mean beside its label.
YES, NO, SKIP = "yes", "no", "skip"
# The forms that can be filled in at once.
PLAN, SURVEY = "plan", "survey"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to tap. `payload` is what the engine receives; it never leaves the server.

    Where the coach asks a question of yes or no, `means` says which a choice is, so that it can be typed too; a choice that
    skips a question has no place among its answers.
    """

    label: str
    payload: str
    means: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One message from the coach."""

    text: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a message came from on a channel that answers are sent to: `account` is Slack's workspace or the Teams tenant.

    `user` is the person's id there, `place` what it takes to write to them; name and time zone are the channel's directory's.
    """

    account: str
    user: str
    place: str
    name: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was filled in at once, instead of question by question: what the engine receives of it.

    The words that were written into it are the message's own, and stay on the server.
    """

    intent: str
    entities: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Said:
    """One message from a person, as a channel hands it in: words, perhaps written into a form, or the value of a choice.

    `event_id` is the channel's own id of the event; a second one with the same id is the same message.
    """

    channel: str
    event_id: str
    text: str | None = None
    choice: str | None = None
    sender: Sender | None = None
    filled: Filled | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """One message of the coach as a person is shown it; `choices` are label and value, the value to be handed back.

    Where the rest of what is being asked can be answered at once, `form` is the name of that form.
    """

    id: int
    text: str
    choices: tuple[tuple[str, str], ...] = ()
    form: str | None = None


def value_of(message_id: int, index: int) -> str:
    """Return the value of a choice: it points back at its message, so that what it stands for stays on the server."""
    return f"{message_id}.{index}"


def payload(intent: str, entities: Mapping[str, str | int] | None = None) -> str:
    """Return the text by which Rasa takes an intent as given: /intent{"entity": "value"}."""
    return f"/{intent}{json.dumps({name: str(value) for name, value in entities.items()}) if entities else ''}"


def read_payload(text: str) -> tuple[str, Mapping[str, str]]:
    """Return the intent and the entities that `payload` put into a text."""
    intent, brace, rest = text.removeprefix("/").partition("{")
    return intent, json.loads(brace + rest) if brace else {}


def read_value(value: str) -> tuple[int, int] | None:
    """Return the message id and the index that a choice's value points at, or none when it is not of ours."""
    message, dot, index = value.partition(".")
    if dot and message.isascii() and message.isdigit() and index.isascii() and index.isdigit() and len(message) < 16 and len(index) < 4:
        return int(message), int(index)
    return None
