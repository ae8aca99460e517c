"""A round of a micro-survey: its items one after another, by button or by typing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.content import presented
from bot.content.schema import Scale, SurveyItem
from bot.domain.messages import SKIP
from bot.domain.surveys import Subject
from bot.rasa.actions.plans import new_topic
from bot.rasa.actions.turn import ASIDES, LISTEN, SKIPPING, CoachAction, FormReader, Slots, Turn, is_beside, is_tap
from bot.rasa.actions.ways_on import two_ways
from bot.storage.counterparts import counterpart_named
from bot.storage.deliveries import mark_answered
from bot.storage.surveys import answers_in, find_round, keep_answer, next_item
from bot.storage.tables import DeliveryKind, RoundState, SurveyRound
from bot.understanding.replies import match_choice, named_choice, read_number, read_numbers

DONE = "done"
# An answer kept so recently was given in this turn.
JUST_NOW = timedelta(seconds=10)


class OpenSurvey(CoachAction):
    """Begin the round that has fallen due; when all its answers come with it, nothing is left to ask."""

    called = "action_open_survey"

    async def answer(self, turn: Turn) -> Slots:
        survey_round = await find_round(turn.session, int(turn.entity("survey_round") or 0), turn.person.id)
        answers = turn.entity("value")
        if answers is not None:
            turn.ends_form, turn.goes_on_with = True, CloseSurvey.called
        if survey_round is None or survey_round.state is RoundState.CLOSED:
            return {"survey_round": None, "survey_answer": DONE}
        if answers is not None:
            await self._keep(turn, survey_round, answers.split(","))
        return {"survey_round": str(survey_round.id), "survey_answer": None, "asked_again": None}

    @staticmethod
    async def _keep(turn: Turn, survey_round: SurveyRound, answers: Sequence[str]) -> None:
        """Keep the answers to a round's items, in the items' order; what is on no scale was not asked, and stays as it is."""
        for entry, answer in zip(survey_round.items, answers, strict=False):
            item = turn.toolkit.items.get(entry["item"])
            number = int(answer) if answer.isdecimal() else None
            if item and (answer == SKIP or (number is not None and turn.toolkit.scales[item.scale].holds(number))):
                await keep_answer(turn.session, survey_round, item.id, entry["version"], number, turn.now)


class AskSurveyItem(CoachAction):
    """Ask the next item of the round, with its scale."""

    called = "action_ask_survey_answer"

    async def answer(self, turn: Turn) -> Slots:
        current = await _current(turn)
        if current is None:
            return {}
        survey_round, item, _ = current
        scale = turn.toolkit.scales[item.scale]
        before = []
        if again := turn.slot("asked_again"):
            before = [turn.sentence(again, lowest=scale.points[0].label, highest=scale.points[-1].label)]
        elif turn.intent not in ASIDES | {"amend_answer"} and (noted := await _noted(turn, survey_round)):
            before = [noted]
        elif survey_round.items[0]["item"] == item.id:
            rated = await counterpart_named(turn.session, Subject.named(survey_round.instrument))
            before = [presented.survey_begin(turn.toolkit, len(survey_round.items), rated[1].name if rated else None)]
        asked = presented.survey_item(turn.toolkit, item, before)
        turn.say(asked.text, [*asked.choices, *(new_topic(turn) if turn.slot("asked_again") else [])])
        return {"asked_again": None}


class ReadSurveyAnswer(FormReader):
    """Read and keep one answer; the slot is filled only when no item is left, so that the form goes on till then."""

    called = "validate_survey_form"

    async def read(self, turn: Turn, asked: str) -> Slots:
        if is_tap(turn):
            return {}
        current = await _current(turn)
        if current is None:
            return {asked: DONE}
        survey_round, item, version = current
        if (since := await turn.tried_since()) and any(
            each.answered_at >= since for each in await answers_in(turn.session, survey_round.id)
        ):
            # An earlier attempt at this message kept its answer: the item that is next now was not asked yet.
            return {asked: None, "asked_again": None}
        scale = turn.toolkit.scales[item.scale]
        if await self._reads_all_at_once(turn, survey_round):
            return {asked: DONE, "asked_again": None}
        value = turn.entity("value") or ""
        number = read_number(value, 0, 100) if value else _typed_answer(turn.text, scale)
        if value == SKIP or (turn.text and SKIPPING.match(turn.text)):
            number = None
        elif number is None or not scale.holds(number):
            if is_beside(turn) or (turn.intent == "amend_answer" and turn.confidence >= 0.5):
                return {}
            return {asked: None, "asked_again": "survey.ask_again"}
        elif turn.intent == "amend_answer" and turn.confidence >= 0.5:
            return {}
        await keep_answer(turn.session, survey_round, item.id, version, number, turn.now)
        return {asked: None if await next_item(turn.session, survey_round) else DONE, "asked_again": None}

    @staticmethod
    async def _reads_all_at_once(turn: Turn, survey_round: SurveyRound) -> bool:
        """Keep the answers to all items that are left, when exactly as many numbers were typed and each lies on its scale."""
        answered = {answer.item for answer in await answers_in(turn.session, survey_round.id)}
        left = [entry for entry in survey_round.items if entry["item"] not in answered]
        numbers = read_numbers(turn.text, 0, 100)
        toolkit = turn.toolkit
        if len(numbers) != len(left) or len(left) < 2:
            return False
        if not all(toolkit.scales[toolkit.items[entry["item"]].scale].holds(n) for entry, n in zip(left, numbers, strict=True)):
            return False
        for entry, number in zip(left, numbers, strict=True):
            await keep_answer(turn.session, survey_round, entry["item"], entry["version"], number, turn.now)
        return True


def _typed_answer(text: str, scale: Scale) -> int | None:
    """Return the value that a typed answer names, by label or by number."""
    labels = [point.label for point in scale.points]
    index = match_choice(text, labels)
    index = named_choice(text, labels) if index is None else index
    if index is not None:
        return scale.points[index].value
    values = [point.value for point in scale.points]
    return read_number(text, min(values), max(values))


class CloseSurvey(CoachAction):
    """Close the round, saying what the answers are for."""

    called = "action_close_survey"

    async def answer(self, turn: Turn) -> Slots:
        cleared = {"survey_answer": None, "survey_round": None, "asked_again": None}
        if turn.intent == "EXTERNAL_survey":
            turn.goes_on_with = LISTEN  # the answers came all at once: no form asked for them
        survey_round = await find_round(turn.session, int(turn.slot("survey_round") or 0), turn.person.id)
        if survey_round is None:
            turn.say_sentence("survey.already_closed", two_ways(turn))
            return cleared
        survey_round.state, survey_round.closed_at = RoundState.CLOSED, turn.now
        answered = any(answer.value is not None for answer in await answers_in(turn.session, survey_round.id))
        key = "survey.closed" if answered else "survey.closed_without_answers"
        if answered:
            await mark_answered(turn.session, turn.person.id, (DeliveryKind.SURVEY,), survey_round.id, turn.now)
        closing = turn.sentence(key, smallest=turn.desk.settings.dashboard.smallest_group)
        turn.say(f"{await _noted(turn, survey_round)} {closing}".strip(), two_ways(turn))
        return cleared


async def _noted(turn: Turn, survey_round: SurveyRound) -> str:
    """Return as what a typed answer was noted, so that a misreading shows; nothing when the last turn noted none."""
    answers = await answers_in(turn.session, survey_round.id)
    last = max(answers, key=lambda answer: answer.answered_at, default=None)
    if not turn.text or last is None or last.value is None or turn.now - last.answered_at > JUST_NOW or read_numbers(turn.text, 0, 100):
        return ""
    scale = turn.toolkit.scales[turn.toolkit.items[last.item].scale]
    return turn.sentence("survey.noted", answer=next(point.label for point in scale.points if point.value == last.value))


async def _current(turn: Turn) -> tuple[SurveyRound, SurveyItem, int] | None:
    """Return the round being asked and its next item with the version of its wording."""
    survey_round = await find_round(turn.session, int(turn.slot("survey_round") or 0), turn.person.id)
    entry = await next_item(turn.session, survey_round) if survey_round else None
    item = turn.toolkit.items.get(entry[0]) if entry else None
    return (survey_round, item, entry[1]) if survey_round and item and entry else None
