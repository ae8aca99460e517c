"""Asking how a plan went: done, partly or not, then a rating from 0 to 10, then the next step."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.content import presented
from bot.domain.messages import NO, SKIP, Choice, payload
from bot.rasa.actions.plans import morning_after, new_topic
from bot.rasa.actions.turn import ASIDES, SHORT, SKIPPING, CoachAction, FormReader, Slots, Turn, is_beside, is_tap
from bot.storage.deliveries import mark_answered
from bot.storage.plans import answer_check_in, asked_check_in, check_in_to_answer, find_check_in, newest_open_plan
from bot.storage.tables import CheckIn, CheckInState, DeliveryKind, Outcome, Plan
from bot.understanding.corrections import corrected_number
from bot.understanding.replies import read_number
from bot.understanding.when import understand_when

_OUTCOME_OF = {"checkin_done": Outcome.DONE, "checkin_partly": Outcome.PARTLY, "checkin_missed": Outcome.MISSED}
_PARTLY = re.compile(
    r"\b(?:part(?:ly|ially)?|half|sort of|kind of|sorta|kinda|ish|some of (?:it|them)|a bit|more or less|almost|nearly|tried)\b", re.I
)
# Read before the model: short answers to "did it happen?" that it has seen too rarely alone.
_DONE = re.compile(
    r"^\W*(?:no (?:problems?|issues?|worries|bother)\b|(?:yes|yep|yeah|yup|sorted|all done)\b(?!.*\b(?:but|not)\b)|"
    r"(?:i )?did\b(?! not|n't)|done\b)",
    re.I,
)
_MISSED = re.compile(
    r"^\W*(?!.*\bmeant\b)(?:no(?! (?:problem|issue|worr|bother))|nope|nah|not yet|didn'?t|did not|haven'?t|never|not this time|"
    r"missed it|forgot|ran out of time)\b",
    re.I,
)
# "Yes but next week", "moved to Thursday": it has another day.
_MOVED = re.compile(
    r"\b(?:but|not until|will|going to|moved?|postponed|rearranged|put (?:it )?(?:off|back)|pushed|doing it|do it|it's now)\b", re.I
)
_NEAR_THE_START = 12  # characters
_BEST = 10
_BARE = re.compile(
    r"^\W*(?:(?:about|around|maybe|say|roughly|i'?d say|call it|it'?s)\s+)?(?:an?\s+)?[\w-]+(?:\s*(?:/|out of)\s*(?:10|ten))?\W*$", re.I
)
# After so many answers that could not be read, the person is shown the way out.
_MOST_UNREAD = 2
# The answer was understood: the count begins anew.
_HEARD: dict[str, object] = {"asked_again": None, "checkin_unread": None}
LATER = timedelta(days=1)
MOVED = "moved:"
# It is told as past, so a day in it is the day on which it happened.
_HAPPENED = re.compile(r"\b(?:did|had|went|was|were|got|said|spoke|talked|met|asked|told|happened|walked)\b", re.I)


class OpenCheckIn(CoachAction):
    """Begin the check-in that has fallen due."""

    called = "action_open_check_in"

    async def answer(self, turn: Turn) -> Slots:
        return {"check_in": turn.entity("check_in"), "checkin_outcome": None, "goal_rating": None, **_HEARD}


class TakeUpCheckIn(CoachAction):
    """Take an answer that came by itself ("did it") to the check-in that waits, or to the newest open plan."""

    called = "action_take_up_check_in"

    async def answer(self, turn: Turn) -> Slots:
        named = turn.entity("check_in")
        found = (
            await find_check_in(turn.session, int(named), turn.person.id) if named else await asked_check_in(turn.session, turn.person.id)
        )
        if named and (found is None or found[0].state is CheckInState.ANSWERED):
            return {"check_in_is_open": False}
        if found is None:
            plan = await newest_open_plan(turn.session, turn.person.id)
            if plan is None:
                return {"check_in_is_open": False}
            found = await check_in_to_answer(turn.session, plan, turn.now), plan
        outcome = Outcome.PARTLY if turn.text and _PARTLY.search(turn.text) else _OUTCOME_OF[turn.intent]
        return {
            "check_in": str(found[0].id),
            "check_in_is_open": True,
            "checkin_outcome": outcome.value,
            "goal_rating": None,
            "theme": found[1].theme,
            "scenario": found[1].scenario,
            **_HEARD,
        }


class PostponeCheckIn(CoachAction):
    """Ask again tomorrow."""

    called = "action_postpone_check_in"

    async def answer(self, turn: Turn) -> Slots:
        named = turn.entity("check_in") or turn.slot("check_in")
        found = await find_check_in(turn.session, int(named), turn.person.id) if named else None
        if found is None or found[0].state is CheckInState.ANSWERED:
            turn.say_sentence("check_in.already_closed")
            return {}
        check_in, _ = found
        check_in.state = CheckInState.DUE
        tomorrow = (turn.now + LATER).astimezone(turn.zone)
        check_in.due_at = datetime.combine(tomorrow.date(), turn.desk.settings.follow_up.ask_at, turn.zone)
        turn.say_sentence("check_in.postponed", moment=turn.say_when(check_in.due_at))
        return {"checkin_outcome": None, "goal_rating": None}


class AskOutcome(CoachAction):
    """Say the plan back and ask how it went."""

    called = "action_ask_checkin_outcome"

    async def answer(self, turn: Turn) -> Slots:
        found = await _current(turn)
        if found is None:
            turn.say_sentence("check_in.already_closed")
            return {}
        check_in, plan = found
        again = turn.slot("asked_again")
        key = "check_in.ask_after_rating" if turn.slot("goal_rating") and not again else again or "check_in.ask"
        asked = presented.check_in(turn.toolkit, check_in.id, plan.words, key, rating=turn.slot("goal_rating") or "")
        leave = [Choice(turn.sentence("choice.leave_it"), payload("deny"), NO)] if again else []
        turn.say(asked.text, [*asked.choices, *(new_topic(turn) if again else []), *leave])
        return {"asked_again": None, "theme": plan.theme, "scenario": plan.scenario}


class AskRating(CoachAction):
    """Ask for the goal rating."""

    called = "action_ask_goal_rating"

    async def answer(self, turn: Turn) -> Slots:
        choices = [Choice(str(value), payload("answer", {"value": value})) for value in range(11)]
        if turn.slot("asked_again"):
            choices.append(Choice(turn.sentence("choice.skip"), payload("answer", {"value": SKIP}), SKIP))
        outcome = turn.slot("checkin_outcome") or Outcome.DONE.value
        turn.say_sentence(turn.slot("asked_again") or f"check_in.rate_{outcome}", choices)
        return {"asked_again": None}


class ReadCheckIn(FormReader):
    """Read how it went, or the rating."""

    called = "validate_checkin_form"

    async def read(self, turn: Turn, asked: str) -> Slots:
        return self._read_outcome(turn) if asked == "checkin_outcome" else self._read_rating(turn)

    def _read_outcome(self, turn: Turn) -> Slots:
        if not turn.text:
            # A tap on this check-in's own choice; another check-in's is taken up by a rule of its own.
            own = turn.entity("check_in") == turn.slot("check_in")
            if own and turn.intent in _OUTCOME_OF:
                return {"checkin_outcome": _OUTCOME_OF[turn.intent].value, **_HEARD}
            # "Sorry, meant 7 not 4", of a rating that came before its question.
            changed = corrected_number(turn.said) if turn.slot("goal_rating") else None
            return {"checkin_outcome": None, "goal_rating": str(changed), **_HEARD} if changed is not None and changed <= _BEST else {}
        if (moved := _moved_to(turn)) is not None:
            # Nothing to rate yet: both questions are answered, and closing the check-in puts it off.
            return {"checkin_outcome": f"{MOVED}{moved.isoformat()}", "goal_rating": MOVED, **_HEARD}
        if (rating := _bare_number(turn.text)) is not None:
            # A bare number is the rating, given before its question; whether it happened is asked still.
            return {"checkin_outcome": None, "goal_rating": str(rating), **_HEARD}
        outcome = _outcome_in(turn)
        if outcome is not None:
            return {"checkin_outcome": outcome.value, **_HEARD}
        if is_beside(turn):
            return {}
        return {"checkin_outcome": None, **self._not_heard(turn, "check_in.ask_again", "check_in.ask_plainly")}

    def _read_rating(self, turn: Turn) -> Slots:
        if is_tap(turn):
            return {}
        if turn.text and turn.intent == "amend_answer" and (outcome := _outcome_in(turn)) is not None:
            # "No, I meant partly": the answer before is not kept yet, so it is corrected here.
            return {"checkin_outcome": outcome.value, "goal_rating": None, **_HEARD}
        if turn.entity("value") == SKIP or SKIPPING.match(turn.text):
            return {"goal_rating": SKIP, **_HEARD}
        rating = read_number(turn.entity("value") or turn.text, 0, _BEST)
        if rating is not None and turn.intent != "amend_answer":
            return {"goal_rating": str(rating), **_HEARD}
        if turn.intent == "amend_answer" and turn.confidence >= 0.5:
            return {}
        if is_beside(turn) and turn.intent != "deny":
            return {}
        if (turn.slot("checkin_unread") or 0) >= _MOST_UNREAD:
            return {"goal_rating": SKIP, **_HEARD}
        return {"goal_rating": None, **self._not_heard(turn, "check_in.rate_again", "check_in.rate_or_skip")}

    @staticmethod
    def _not_heard(turn: Turn, first: str, then: str) -> dict[str, object]:
        """Count an answer that could not be read; from the second on the question shows the way out."""
        unread = (turn.slot("checkin_unread") or 0) + 1
        return {"checkin_unread": unread, "asked_again": first if unread < _MOST_UNREAD else then}


def _bare_number(text: str) -> int | None:
    """Return the rating that a message consists of; none for one that says more."""
    return read_number(text, 0, _BEST) if _BARE.match(text) else None


def _moved_to(turn: Turn) -> datetime | None:
    """Return the morning after the day on which it is now to happen, as far as a typed answer names one."""
    if not _MOVED.search(turn.text) or _HAPPENED.search(turn.text):
        return None
    moment = understand_when(turn.text, turn.now, turn.zone, turn.desk.settings.follow_up.ask_at, is_answer=False)
    return morning_after(moment, turn) if moment is not None else None


def _outcome_in(turn: Turn) -> Outcome | None:
    """Return how it went, as far as a typed answer says; a doubtful one is none."""
    if turn.intent in ASIDES and turn.confidence >= 0.8:
        return None
    # "They have cut half my list again" is no answer to whether it happened.
    if (partly := _PARTLY.search(turn.text)) and (partly.start() < _NEAR_THE_START or len(turn.text.split()) <= SHORT):
        return Outcome.PARTLY
    if _MISSED.match(turn.text):
        return Outcome.MISSED
    if _DONE.match(turn.text):
        return Outcome.DONE
    if turn.confidence >= 0.5:
        return {**_OUTCOME_OF, "affirm": Outcome.DONE}.get(turn.intent)
    return None


class CloseCheckIn(CoachAction):
    """Record the answer and offer the next step; a plan that was not carried out is accepted without comment."""

    called = "action_close_check_in"

    async def answer(self, turn: Turn) -> Slots:
        found = await _current(turn)
        cleared: dict[str, object] = {"checkin_outcome": None, "goal_rating": None, "check_in": None, **_HEARD}
        if found is None:
            turn.say_sentence("check_in.already_closed")
            return cleared
        check_in, plan = found
        said = str(turn.slot("checkin_outcome"))
        if said.startswith(MOVED):
            check_in.state, check_in.due_at = CheckInState.DUE, datetime.fromisoformat(said.removeprefix(MOVED))
            turn.say_sentence("check_in.postponed", moment=turn.say_when(check_in.due_at))
            return cleared
        outcome = Outcome(said)
        rating = read_number(str(turn.slot("goal_rating")), 0, 10)
        answer_check_in(check_in, plan, outcome, rating, turn.now)
        await mark_answered(turn.session, turn.person.id, (DeliveryKind.CHECK_IN, DeliveryKind.REMINDER), check_in.id, turn.now)
        if outcome is Outcome.DONE:
            turn.say_sentence(
                "check_in.closed_done",
                [
                    Choice(turn.sentence("choice.reflect"), payload("reflect_on")),
                    Choice(turn.sentence("choice.something_else"), payload("something_else")),
                ],
            )
        else:
            turn.say_sentence(
                f"check_in.closed_{outcome.value}",
                [
                    Choice(turn.sentence("choice.smaller_step"), payload("smaller_step", {"plan": plan.id})),
                    Choice(turn.sentence("choice.same_again"), payload("same_again", {"plan": plan.id})),
                    Choice(turn.sentence("choice.drop_plan"), payload("drop_plan", {"plan": plan.id})),
                ],
            )
        return cleared


async def _current(turn: Turn) -> tuple[CheckIn, Plan] | None:
    named = turn.slot("check_in")
    return await find_check_in(turn.session, int(named), turn.person.id) if named else None
