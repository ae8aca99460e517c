"""The second net: what the model takes for a sign of danger although the rules in front of the engine did not."""

from __future__ import annotations

from typing import cast

from bot.content.schema import Tier
from bot.content.signposts import safety_replies
from bot.rasa.actions.turn import CoachAction, Slots, Turn


class AnswerSafety(CoachAction):
    """Say the fixed wording of the tier with the lines that are open now."""

    called = "action_answer_safety"

    async def answer(self, turn: Turn) -> Slots:
        for reply in safety_replies(turn.toolkit, cast(Tier, turn.intent), turn.now, turn.post):
            turn.say(reply.text, reply.choices)
        return {"asked_again": None}
