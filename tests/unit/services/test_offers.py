"""What was on offer stays in sight after an aside, and only then."""

from __future__ import annotations

from bot.content.toolkit import Toolkit
from bot.domain.messages import Choice, Reply
from bot.services.offers import offer_of, with_offer
from bot.storage.tables import Message, Side

OPTIONS = Message(
    person_id="a",
    side=Side.COACH,
    text="Three ways",
    choices=[{"label": "Ask first", "payload": "/ask", "means": None}, {"label": "Wait", "payload": "/wait", "means": None}],
)


def ways_on(toolkit: Toolkit) -> tuple[Choice, ...]:
    return (Choice(toolkit.sentences["choice.name_problem"], "/answer"), Choice(toolkit.sentences["choice.browse"], "/browse"))


def test_an_aside_is_followed_by_what_was_on_offer(toolkit: Toolkit) -> None:
    replies = with_offer([Reply("You, and nobody else.", ways_on(toolkit))], OPTIONS, toolkit.sentences)
    assert [reply.text for reply in replies] == ["You, and nobody else.", "Three ways"]
    assert [[choice.label for choice in reply.choices] for reply in replies] == [[], ["Ask first", "Wait"]]


def test_a_question_of_its_own_is_not(toolkit: Toolkit) -> None:
    for replies in ([Reply("What will you do?")], [Reply("Which day?", (Choice("In a week", "/answer"),))]):
        assert with_offer(replies, OPTIONS, toolkit.sentences) == replies


def test_the_general_ways_on_are_not_offered_twice(toolkit: Toolkit) -> None:
    general = Message(
        person_id="a", side=Side.COACH, text="Two ways", choices=[{"label": choice.label, "payload": "/x"} for choice in ways_on(toolkit)]
    )
    replies = [Reply("Any time.", ways_on(toolkit))]
    assert with_offer(replies, general, toolkit.sentences) == replies
    assert with_offer(replies, None, toolkit.sentences) == replies
    assert offer_of(None) == []
