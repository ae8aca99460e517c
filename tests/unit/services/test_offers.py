"""What was on offer stays in sight after an aside, and only then."""

from __future__ import annotations

import pytest

from bot.content.schema import Tier
from bot.content.signposts import safety_replies
from bot.content.toolkit import Toolkit
from bot.domain.messages import Choice, Reply
from bot.services.offers import unread, with_offer
from bot.storage.tables import Message, Side
from tests.conftest import NOON

# Everything that a sentence of the coach may want filled in.
VALUES = {
    "smallest": 11,
    "moment": "Thursday 3 December at 08:30",
    "starts": "08:00",
    "ends": "18:00",
    "rating": 6,
    "value": "Agree",
    "item": "I know whom to ask.",
}
OPTIONS = (Choice("Ask first", "/ask"), Choice("Wait", "/wait"))


def offering(text: str, choices: tuple[Choice, ...]) -> Message:
    return Message(
        person_id="a",
        side=Side.COACH,
        text=text,
        choices=[{"label": choice.label, "payload": choice.payload, "means": choice.means} for choice in choices],
    )


def ways_on(toolkit: Toolkit) -> tuple[Choice, ...]:
    return (Choice(toolkit.sentences["choice.name_problem"], "/answer"), Choice(toolkit.sentences["choice.browse"], "/browse"))


@pytest.mark.parametrize(
    "key",
    [
        "aside.help",
        "aside.who_sees",
        "aside.greet",
        "aside.snoozed",
        "availability.how",
        "evidence.coaching",
        "ways_on.out_of_scope",
        "amend.rating",
        "amend.answer",
        "check_in.no_plan",
    ],
)
def test_an_aside_is_followed_by_what_was_on_offer(toolkit: Toolkit, key: str) -> None:
    text = toolkit.sentences.say(key, **VALUES)
    replies = with_offer([Reply(text, ways_on(toolkit))], offering("Three ways", OPTIONS), toolkit.sentences)
    assert replies == [Reply(text), Reply("Three ways", OPTIONS)]


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("cancelled.plan", "a plan that was called off is asked for no more"),
        ("cancelled.reflection", "nor a reflection"),
        ("cancelled.situation", "nor what the case is"),
        ("cancelled.survey", "nor the survey's item"),
        ("survey.closed", "all items were answered at once, so the one on offer is not open"),
        ("amend.day", "what was on offer still names the old day"),
    ],
)
def test_what_ends_a_question_does_not_bring_it_back(toolkit: Toolkit, key: str, reason: str) -> None:
    replies = [Reply(toolkit.sentences.say(key, **VALUES), ways_on(toolkit))]
    asked = offering("How did it go?\nWrite as much as you like.", (Choice("Leave it", "/deny"),))
    assert with_offer(replies, asked, toolkit.sentences) == replies, reason


def test_a_question_of_its_own_is_not_followed_by_another(toolkit: Toolkit) -> None:
    aside = Reply(toolkit.sentences["aside.thanks"])
    for replies in (
        [Reply("What will you do?")],
        [Reply("Which day?", (Choice("In a week", "/answer"),))],
        [aside, Reply("Which day?", (Choice("In a week", "/answer"),))],
    ):
        assert with_offer(replies, offering("Three ways", OPTIONS), toolkit.sentences) == replies


def test_the_general_ways_on_are_not_offered_twice(toolkit: Toolkit) -> None:
    replies = [Reply(toolkit.sentences["aside.thanks"], ways_on(toolkit))]
    assert with_offer(replies, offering("Hello.", ways_on(toolkit)), toolkit.sentences) == replies
    assert with_offer(replies, None, toolkit.sentences) == replies


@pytest.mark.parametrize("tier", ["crisis_immediate", "crisis_gentle", "safety_concern"])
def test_nothing_else_is_said_after_signposts(toolkit: Toolkit, tier: Tier) -> None:
    replies = safety_replies(toolkit, tier, NOON, None)
    assert with_offer(replies, offering("Three ways", OPTIONS), toolkit.sentences) == replies
    assert [choice.label for choice in replies[-1].choices] == [toolkit.sentences["choice.browse"]]


def test_options_are_not_read_out_again(toolkit: Toolkit) -> None:
    # Their costs stand above; what is said again is short, however often, and carries the same choices.
    thanks = Reply(toolkit.sentences["aside.thanks"], ways_on(toolkit))
    again = Reply(toolkit.sentences["options.still"], OPTIONS)
    first = toolkit.sentences["options.first"] + "\nAsk first: slower.\nWait: they go on."
    assert with_offer([thanks], offering(first, OPTIONS), toolkit.sentences) == [Reply(thanks.text), again]
    assert with_offer([thanks], offering(again.text, OPTIONS), toolkit.sentences) == [Reply(thanks.text), again]
    assert unread("Too long.", offering(first, OPTIONS), toolkit.sentences) == [Reply("Too long."), again]


def test_what_could_not_be_read_leaves_the_offer_open(toolkit: Toolkit) -> None:
    error = toolkit.sentences["conversation.no_words"]
    assert unread(error, offering("Three ways", OPTIONS), toolkit.sentences) == [Reply(error), Reply("Three ways", OPTIONS)]
    assert unread(error, None, toolkit.sentences) == [Reply(error)]


def test_a_greeting_is_not_said_again_after_an_error(toolkit: Toolkit) -> None:
    error = toolkit.sentences["conversation.no_words"]
    again = unread(error, offering("Hello.", ways_on(toolkit)), toolkit.sentences)
    assert again == [Reply(error, ways_on(toolkit))]
    # The error carries the choices now; a second one does not repeat the first.
    assert unread("Too long.", offering(error, ways_on(toolkit)), toolkit.sentences) == [Reply("Too long.", ways_on(toolkit))]
