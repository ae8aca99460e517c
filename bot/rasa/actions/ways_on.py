"""Never a dead end: what fits nowhere, and what was called off, leads to two real ways on."""

from __future__ import annotations

import re

from bot.content import presented
from bot.domain.messages import NO, YES, Choice, payload
from bot.rasa.actions.turn import SURE, CoachAction, Slots, Turn
from bot.storage.plans import JUST_NOW, newest_open_plan
from bot.storage.tables import Happening
from bot.understanding.replies import read_number

# A yes or no and nothing else: what any other reply was meant for is asked.
_YES_OR_NO = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|y|ok|okay|sure|fine|no|nope|nah|n|never|of course|absolutely)(?:\W+(?:please|thanks|thank you))?\W*$", re.I
)


def two_ways(turn: Turn) -> list[Choice]:
    """Return the two ways on that are always open."""
    return presented.two_ways(turn.toolkit)


# A number in more words than these is one of many things: "I have two minutes".
_FEW = 3


class OfferWaysOn(CoachAction):
    """Say that a message was not understood, or what a lone yes or no leads to, and offer two ways on."""

    called = "action_offer_ways_on"

    async def answer(self, turn: Turn) -> Slots:
        # It is also what the engine falls back on when no rule fits: then whatever form was asking is left.
        turn.leaves_form = True
        if turn.intent == "answer" and turn.entity("value") == "challenge":
            turn.say_sentence("ways_on.name_problem")
            return {}
        if turn.intent == "answer" and turn.entity("value") == "keep":
            turn.say_sentence("rights.kept", two_ways(turn))
            return {}
        if turn.intent == "answer" and turn.entity("value") == "keep_plan":
            turn.say_sentence("ways_on.plan_stands", two_ways(turn))
            return {}
        if turn.intent in {"checkin_done", "checkin_partly", "checkin_missed"}:
            turn.say_sentence("check_in.already_closed" if turn.entity("check_in") else "check_in.no_plan", two_ways(turn))
            return {}
        if turn.intent == "out_of_scope" and turn.confidence >= SURE:
            turn.say_sentence("ways_on.out_of_scope", two_ways(turn))
            return {}
        if turn.intent == "deny" and turn.text and not _YES_OR_NO.match(turn.text):
            await self._call_off(turn)
            return {}
        if (key := _read_as(turn)) is not None:
            turn.say_sentence(key, two_ways(turn), said=turn.text.strip())
            return {}
        turn.note(Happening.NOT_UNDERSTOOD)
        # The nearest themes are the best guess at what an unread message was about.
        themes = turn.toolkit.themes
        guesses = [
            Choice(themes[name].title, payload("pick_theme", {"theme": name}))
            for name, confidence in turn.ranking("theme_ranking")[:2]
            if name in themes and confidence >= 0.15
        ]
        turn.say_sentence("ways_on.not_understood", [*guesses, *two_ways(turn)])
        return {}

    @staticmethod
    async def _call_off(turn: Turn) -> None:
        """Answer "forget it" where nothing is being asked: a plan that was just made may be what is meant."""
        plan = await newest_open_plan(turn.session, turn.person.id)
        if plan is None or turn.now - plan.made_at > JUST_NOW:
            turn.say_sentence("ways_on.nothing_open", two_ways(turn))
            return
        choices = [
            Choice(turn.sentence("choice.drop_plan"), payload("drop_plan", {"plan": plan.id}), YES),
            Choice(turn.sentence("choice.keep_plan"), payload("answer", {"value": "keep_plan"}), NO),
        ]
        turn.say_sentence("ways_on.drop_this_plan", choices, plan=plan.words)


def _read_as(turn: Turn) -> str | None:
    """Return the sentence that says as what a message was read that answers nothing; none for one that was not understood."""
    if _YES_OR_NO.match(turn.text):
        return "ways_on.plain_answer"
    if read_number(turn.text, 0, 100) is not None and len(turn.text.split()) <= _FEW:
        return "ways_on.number"
    return None


class Cancel(CoachAction):
    """Leave what was being asked; nothing of it is kept."""

    called = "action_cancel"

    async def answer(self, turn: Turn) -> Slots:
        key = {
            "plan_form": "cancelled.plan",
            "reflection_form": "cancelled.reflection",
            "survey_form": "cancelled.survey",
            "structure_form": "cancelled.structure",
            "checkin_form": "cancelled.check_in",
        }.get(turn.active_form or "", "cancelled.situation")
        near = [name for name in turn.slot("themes_near") or [] if name in turn.toolkit.themes] if key == "cancelled.situation" else []
        others = [Choice(turn.toolkit.themes[name].title, payload("pick_theme", {"theme": name})) for name in near]
        turn.say_sentence(key, [*others, *two_ways(turn)])
        return {
            "themes_near": None,
            "situation_words": None,
            "plan_words": None,
            "plan_date": None,
            "plan_words_held": None,
            "reflection_words": None,
            "checkin_outcome": None,
            "goal_rating": None,
            "survey_answer": None,
            "structure": None,
            "structure_answer": None,
            "asked_again": None,
        }
