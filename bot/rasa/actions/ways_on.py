"""Never a dead end: what fits nowhere, and what was called off, leads to two real ways on."""

from __future__ import annotations

from bot.domain.messages import Choice, payload
from bot.rasa.actions.turn import CoachAction, Slots, Turn
from bot.storage.tables import Happening


def two_ways(turn: Turn) -> list[Choice]:
    """Return the two ways on that are always open."""
    return [
        Choice(turn.sentence("choice.name_problem"), payload("answer", {"value": "challenge"})),
        Choice(turn.sentence("choice.browse"), payload("browse")),
    ]


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
        if turn.intent in {"checkin_done", "checkin_partly", "checkin_missed"}:
            turn.say_sentence("check_in.already_closed" if turn.entity("check_in") else "check_in.no_plan", two_ways(turn))
            return {}
        if turn.intent == "out_of_scope":
            turn.say_sentence("ways_on.out_of_scope", two_ways(turn))
            return {}
        if turn.intent in {"affirm", "deny", "survey_reply"}:
            turn.say_sentence("ways_on.nothing_asked", two_ways(turn))
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
