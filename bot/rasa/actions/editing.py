"""What people give the toolkit's editors: whether a scenario was close to their work, and wording to learn from."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.messages import NO, YES, Choice, payload
from bot.rasa.actions.turn import CoachAction, Slots, Turn
from bot.rasa.actions.ways_on import two_ways
from bot.storage.editing import has_said_how_close, keep_closeness, newest_guess
from bot.storage.tables import ClosenessAnswer


async def end_scene(turn: Turn, choices: Sequence[Choice]) -> Sequence[Choice]:
    """Return the choices for the last message of a scenario's walk; none when `ask_closeness` has to follow with them.

    Everybody is asked once for each version of a scenario whose outcome they have seen.
    """
    scenario = turn.scenario
    if scenario is None or not turn.slot("options_seen"):
        return choices
    return choices if await has_said_how_close(turn.session, turn.person.id, scenario.id, scenario.version) else []


def ask_closeness(turn: Turn, choices: Sequence[Choice]) -> Slots:
    """Ask with one tap whether the scenario was close to the person's work; the ways on stay beside it.

    The walk is over with that: who does not answer is not asked again about it.
    """
    scenario = turn.scenario
    assert scenario is not None
    means = {ClosenessAnswer.CLOSE: YES, ClosenessAnswer.NOT_CLOSE: NO}
    answers = [
        Choice(
            turn.sentence(f"choice.{answer.value}"),
            payload("say_closeness", {"scenario": scenario.id, "value": answer.value}),
            means.get(answer),
        )
        for answer in ClosenessAnswer
    ]
    turn.say_sentence("closeness.ask", [*answers, *choices])
    return {"options_seen": []}


class KeepCloseness(CoachAction):
    """Keep the answer for the editors."""

    called = "action_keep_closeness"

    async def answer(self, turn: Turn) -> Slots:
        scenario = turn.toolkit.scenarios.get(turn.entity("scenario") or "")
        if scenario is not None:
            answer = ClosenessAnswer(turn.entity("value") or "")
            await keep_closeness(turn.session, turn.person.id, scenario.id, scenario.version, answer, turn.now)
        turn.say_sentence("closeness.kept", two_ways(turn))
        return {}


class Teach(CoachAction):
    """Let the editors see the one message that the engine was not sure about, because the person says so."""

    called = "action_teach"

    async def answer(self, turn: Turn) -> Slots:
        words = str(turn.slot("unsure_words") or "")
        guess = await newest_guess(turn.session, turn.person.id)
        if guess is not None and words:
            guess.words = words
        turn.say_sentence("closeness.taught", [] if turn.active_form else two_ways(turn))
        return {"offered_with": None, "unsure_words": None}
