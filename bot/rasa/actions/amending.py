"""Changing the answer that was given last: a rating, a survey's answer, or the day of a plan."""

from __future__ import annotations

from bot.domain.messages import Choice, payload
from bot.rasa.actions.turn import CoachAction, Slots, Turn
from bot.rasa.actions.ways_on import two_ways
from bot.storage.plans import move_check_in, newest_answered_check_in, newest_open_plan, newest_plan, waiting_check_in
from bot.storage.surveys import Answer, keep_answer, newest_answer
from bot.storage.tables import CheckIn, Plan, SurveyRound
from bot.understanding.corrections import corrected_number
from bot.understanding.replies import match_choice, named_choice, read_number
from bot.understanding.when import understand_when


class Amend(CoachAction):
    """Change the newest answer that what was said fits: a rating, a survey's answer, or a plan's day; else show the open plan."""

    called = "action_amend"

    async def answer(self, turn: Turn) -> Slots:
        check_in = await newest_answered_check_in(turn.session, turn.person.id)
        survey = await newest_answer(turn.session, turn.person.id)
        plan = await newest_plan(turn.session, turn.person.id)
        ways_on = [] if turn.active_form else two_ways(turn)
        rated_at = check_in.answered_at if check_in else None
        is_survey_newer = survey is not None and (rated_at is None or survey[0].answered_at > rated_at)
        is_plan_newest = plan is not None and all(
            at is None or plan.made_at > at for at in (rated_at, survey[0].answered_at if survey else None)
        )
        # "7 not 4" names an answer, whatever was said since; a lone number or a label may belong to the plan that was made after it.
        if not is_plan_newest or corrected_number(turn.said) is not None:
            if survey is not None and is_survey_newer and await _change_survey(turn, *survey, ways_on):
                return {}
            if check_in is not None and not is_survey_newer and _change_rating(turn, check_in, ways_on):
                return {}
        day = understand_when(turn.said, turn.now, turn.zone, turn.desk.settings.follow_up.ask_at)
        if plan is not None and day is not None:
            await move_check_in(turn.session, plan, day)
            turn.say_sentence("amend.day", ways_on, moment=turn.say_when(day))
            return {}
        await _show_plan(turn, ways_on)
        return {}


def _number(turn: Turn, lowest: int, highest: int) -> int | None:
    """Return the number that is meant now, of those between the two."""
    number = corrected_number(turn.said)
    number = read_number(turn.said, lowest, highest) if number is None else number
    return number if number is not None and lowest <= number <= highest else None


def _change_rating(turn: Turn, check_in: CheckIn, ways_on: list[Choice]) -> bool:
    """Change a rating to the number that is meant now and say so; return whether one was."""
    rating = _number(turn, 0, 10)
    if rating is None:
        return False
    check_in.rating = rating
    turn.say_sentence("amend.rating", ways_on, rating=rating)
    return True


async def _change_survey(turn: Turn, answer: Answer, survey_round: SurveyRound, ways_on: list[Choice]) -> bool:
    """Change a survey's answer to the label or number that is meant now and say so; return whether one was."""
    item = turn.toolkit.items.get(answer.item)
    if item is None:
        return False
    points = turn.toolkit.scales[item.scale].points
    labels, values = [point.label for point in points], [point.value for point in points]
    index = match_choice(turn.said, labels)
    index = named_choice(turn.said, labels) if index is None else index
    value = values[index] if index is not None else _number(turn, min(values), max(values))
    if value is None:
        return False
    await keep_answer(turn.session, survey_round, answer.item, answer.item_version, value, turn.now)
    turn.say_sentence("amend.answer", ways_on, item=item.text, value=labels[values.index(value)])
    return True


def plan_choices(turn: Turn, plan: Plan) -> list[Choice]:
    """Return what can be done about an open plan, and a way on."""
    carried: dict[str, str | int] = {"plan": plan.id, "theme": plan.theme or "", "scenario": plan.scenario or ""}
    return [
        Choice(turn.sentence("choice.change_words"), payload("make_plan", carried)),
        Choice(turn.sentence("choice.drop_plan"), payload("drop_plan", {"plan": plan.id})),
        two_ways(turn)[0],
    ]


async def _show_plan(turn: Turn, ways_on: list[Choice]) -> None:
    """Show the open plan with what can be done about it; without one say what can be changed."""
    plan = await newest_open_plan(turn.session, turn.person.id)
    if plan is None or turn.active_form:
        turn.say_sentence("amend.unclear" if turn.active_form else "amend.no_plan", ways_on)
        return
    check_in = await waiting_check_in(turn.session, plan)
    choices = plan_choices(turn, plan)
    if check_in is None:
        turn.say_sentence("amend.plan_without_date", choices, plan=plan.words)
    else:
        turn.say_sentence("amend.plan", choices, plan=plan.words, moment=turn.say_when(check_in.due_at))
