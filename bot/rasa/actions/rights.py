"""Stopping the coach, and deleting everything."""

from __future__ import annotations

import re

from bot.domain.messages import NO, YES, Choice, payload
from bot.rasa.actions.turn import CoachAction, Slots, Turn
from bot.storage.hours import stop
from bot.storage.tables import Person

# Plain words for wanting no more of it; whatever else was taken for such a wish is asked about first.
_STOP = re.compile(
    r"^\W*(?:please |pls |just |ok |now )*stop(?:\W+(?:now|please|pls|it|this|that|all(?: of it| this)?|everything|here|for good|thanks|"
    r"the (?:bot|coach|app)))*\W*$|"
    r"\bstop (?:\w+ ){0,2}?(?:messag\w*|writ\w*|contact\w*|text\w*|bother\w*|send\w*|ping\w*|nudg\w*|e-?mail\w*|remind\w*|check-?ins?|"
    r"ask\w*|"
    r"coach\w*|everything|for good|permanently)\b|"
    r"\b(?:unsub\w*|opt(?:ing)? (?:me )?out|leave me alone|go away|discontinue|cease|uninstall|for good|permanent(?:ly)?|withdraw\w*|"
    r"deactivate|"
    r"(?:remove|take|strike|drop|sign|count|block|discharge) me|(?:name|number|details) off|switch(?:ed)? (?:\w+ )?off|"
    r"turn(?:ed)? (?:\w+ )?off|shut up|"
    r"(?:do not|don'?t|never|no) (?:want (?:to hear|any|you|this|these|your)|write|message|contact|text|bother|send|ping|email|nudge|"
    r"remind|"
    r"(?:more|further) (?:messages|contact|of this))|no longer (?:want|wish)|(?:finished|done) with (?:this|you|it|coaching)|"
    r"end (?:this|it|my (?:part|involvement)\w*|(?:all )?contact|the (?:messages|chat)))\b",
    re.I,
)


class Stop(CoachAction):
    """Send nothing more of the coach's own accord until the person says otherwise; what is queued is dropped."""

    called = "action_stop"

    async def answer(self, turn: Turn) -> Slots:
        if turn.text and not _STOP.search(turn.text):
            # "I don't want to be in this meeting any more" is a guess: who is meant to stop, or what, is asked.
            choices = [
                Choice(turn.sentence("choice.stop_for_good"), payload("stop"), YES),
                Choice(turn.sentence("choice.stay"), payload("help"), NO),
            ]
            turn.say_sentence("rights.ask_stop", choices)
            return {}
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
