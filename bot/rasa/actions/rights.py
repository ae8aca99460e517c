"""Stopping the coach, and deleting everything."""

from __future__ import annotations

from bot.domain.messages import NO, YES, Choice, payload
from bot.rasa.actions.turn import CoachAction, Slots, Turn
from bot.storage.hours import stop
from bot.storage.tables import Person


class Stop(CoachAction):
    """Send nothing more of the coach's own accord until the person says otherwise; what is queued is dropped."""

    called = "action_stop"

    async def answer(self, turn: Turn) -> Slots:
        await stop(turn.session, turn.person, turn.now)
        turn.say_sentence("rights.stopped", [Choice(turn.sentence("choice.resume"), payload("resume"))])
        return {}


class AskDeletion(CoachAction):
    """Ask once before deleting everything."""

    called = "action_ask_deletion"

    async def answer(self, turn: Turn) -> Slots:
        turn.say_sentence(
            "rights.ask_deletion",
            [
                Choice(turn.sentence("choice.delete_everything"), payload("confirm_deletion"), YES),
                Choice(turn.sentence("choice.keep_everything"), payload("answer", {"value": "keep"}), NO),
            ],
        )
        return {}


class DeleteEverything(CoachAction):
    """Mark the person for erasure; the conversation service erases once this last sentence has been said."""

    called = "action_delete_everything"

    async def answer(self, turn: Turn) -> Slots:
        person = await turn.session.get(Person, turn.person.id)
        if person is not None:
            person.consented_at, person.consent_version = None, None
        turn.say_sentence("rights.deleted")
        return {}
