"""What Teams sends is read into our own words, or refused; never an exception of another kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.channels.teams.activities import Activity, Reference, Unreadable, action_in, choice_in, read_activity, read_place
from tests.teams_peer import ANNA, COACH, TENANT, activity

URL = "https://smba.trafficmanager.net/uk/"
things = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
NAMES = ["type", "id", "serviceUrl", "from", "conversation", "recipient", "channelData", "text", "entities", "value", "name", "action"]


def test_a_message_is_read() -> None:
    read = read_activity(activity("message", URL, text="hello"))
    assert (read.kind, read.tenant, read.user, read.text, read.time_zone) == ("message", TENANT, ANNA, "hello", "Europe/London")
    assert read.is_personal
    assert read_place(read.sender.place) == Reference(URL, f"a:{ANNA}", COACH, f"29:{ANNA}")


@pytest.mark.parametrize(
    ("text", "mentioned", "words"),
    [
        ("<at>Coach</at> who sees this?", COACH, "who sees this?"),
        ("who sees this, <at>Coach</at>?", COACH, "who sees this,  ?"),
        ("<at>Coach</at>&nbsp;who sees this?\n", COACH, "who sees this?"),
        ("<at>Ben</at> said so", "29:ben", "<at>Ben</at> said so"),
    ],
)
def test_the_coachs_own_mention_is_no_word_of_the_message(text: str, mentioned: str, words: str) -> None:
    shown = text[text.index("<at>") : text.index("</at>") + 5]
    entities = [{"type": "mention", "text": shown, "mentioned": {"id": mentioned}}]
    read = read_activity(activity("message", URL, text=text, entities=entities))
    assert read.text == words
    assert read.is_mention == (mentioned == COACH)


QUOTE = {"type": "quotedReply", "quotedReply": {"messageId": "17", "preview": "What will you do, and when?", "senderName": "Coach"}}


@pytest.mark.parametrize(
    ("text", "entities", "words", "reason"),
    [
        ('<quoted messageId="17"/> if it is late, I ask', [QUOTE], "if it is late, I ask", "what was quoted is not theirs"),
        ('<quoted messageId="17"></quoted>\nyes', [QUOTE], "yes", "spelled in full"),
        ('a<quoted messageId="1"/>b<quoted messageId="2"/>', [QUOTE, QUOTE], "a b", "two of them"),
        ("<quoted> by the GM", [], "<quoted> by the GM", "somebody's own words"),
    ],
)
def test_what_is_quoted_is_no_word_of_the_message(text: str, entities: list[Any], words: str, reason: str) -> None:
    assert read_activity(activity("message", URL, text=text, entities=entities)).text == words, reason


def test_an_id_is_somebodys_in_one_conversation_only() -> None:
    one = read_activity(activity("message", URL, id="1"))
    same = read_activity(activity("message", URL, id="1"))
    elsewhere = read_activity(activity("message", URL, id="1", conversation={"id": "a:other", "conversationType": "personal"}))
    assert one.event_id == same.event_id != elsewhere.event_id
    assert len(one.event_id) == 40


@given(some.sampled_from(NAMES), things)
def test_whatever_stands_in_a_field_is_read_or_refused(name: str, thing: Any) -> None:
    body = activity("message", URL, text="hello") | {name: thing}
    try:
        read = read_activity(body)
    except Unreadable:
        return
    assert isinstance(read, Activity)
    assert isinstance(read.text, str)
    choice_in(read.value)
    action_in(read.value)


@given(things)
def test_whatever_is_sent_is_read_or_refused(thing: Any) -> None:
    with pytest.raises(Unreadable):
        read_activity(thing)


@given(things)
def test_whatever_stands_in_an_address_is_read_or_refused(thing: Any) -> None:
    with pytest.raises(Unreadable):
        read_place(json.dumps(thing))


def test_half_a_character_in_an_id_is_refused_and_in_words_replaced() -> None:
    body = {"type": "message", "id": "1", "serviceUrl": "https://smba.example/", "conversation": {"id": "a"}, "text": "a \ud800 b"}
    read_activity(body).text.encode()
    with pytest.raises(Unreadable, match="without id"):
        read_activity({**body, "id": "1\ud800"})
