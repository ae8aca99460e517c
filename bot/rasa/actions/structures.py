"""Walking a conversation structure such as GROW or WOOP: its questions one after another, on whatever the thread is about."""

from __future__ import annotations

from bot.content import presented
from bot.content.schema import Structure
from bot.rasa.actions.turn import CoachAction, FormReader, Slots, Turn, is_beside, is_tap
from bot.rasa.actions.ways_on import two_ways

DONE = "done"


class BeginStructure(CoachAction):
    """Say what the structure is and begin with its first question."""

    called = "action_begin_structure"

    async def answer(self, turn: Turn) -> Slots:
        turn.ends_form = True
        structure = turn.toolkit.structures.get(turn.entity("structure") or "")
        if structure is None:
            turn.say_sentence("options.gone", two_ways(turn))
            return {"structure": None, "structure_answer": DONE}
        turn.say(structure.opening)
        return {"structure": structure.id, "structure_step": "0", "structure_answer": None, "asked_again": None}


class AskStructureAnswer(CoachAction):
    """Ask the structure's next question."""

    called = "action_ask_structure_answer"

    async def answer(self, turn: Turn) -> Slots:
        found = _current(turn)
        if found is not None:
            structure, step = found
            turn.say_reply(presented.structure_question(turn.toolkit, structure.steps[step]))
        return {}


class ReadStructureAnswer(FormReader):
    """Take whatever is written as the answer, unless it is plainly an aside; the slot is filled after the last one."""

    called = "validate_structure_form"

    async def read(self, turn: Turn, asked: str) -> Slots:
        if is_tap(turn) or is_beside(turn):
            return {}
        found = _current(turn)
        if found is None:
            return {asked: DONE}
        structure, step = found
        return {asked: DONE if step + 1 == len(structure.steps) else None, "structure_step": str(step + 1)}


class CloseStructure(CoachAction):
    """End the walk with what to do next; the last answer is most often a plan already."""

    called = "action_close_structure"

    async def answer(self, turn: Turn) -> Slots:
        structure = turn.toolkit.structures.get(turn.slot("structure") or "")
        if structure is not None:
            turn.say(structure.closing, presented.plan_or_else(turn.toolkit))
        return {"structure": None, "structure_step": None, "structure_answer": None}


def _current(turn: Turn) -> tuple[Structure, int] | None:
    structure = turn.toolkit.structures.get(turn.slot("structure") or "")
    step = int(turn.slot("structure_step") or 0)
    return (structure, step) if structure is not None and step < len(structure.steps) else None
