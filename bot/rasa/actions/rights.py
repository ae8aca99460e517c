"""Stopping the coach, deleting everything, and changing an earlier answer."""

from __future__ import annotations

from bot.domain.messages import NO, YES, Choice, payload
from bot.rasa.actions.turn import CoachAction, Slots, Turn
from bot.rasa.actions.ways_on import two_ways
from bot.storage.hours import stop
from bot.storage.plans import move_check_in, newest_answered_check_in, newest_open_plan, newest_plan, waiting_check_in
from bot.storage.surveys import keep_answer, newest_answer
from bot.storage.tables import Person
from bot.understanding.replies import match_choice, named_choice, read_number
from bot.understanding.when import understand_when


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


class Amend(CoachAction):
    """Change the answer that was given last, a plan's day, a rating, or a survey's answer; else show the open plan."""

    called = "action_amend"

    async def answer(self, turn: Turn) -> Slots:
        plan = await newest_plan(turn.session, turn.person.id)
        check_in = await newest_answered_check_in(turn.session, turn.person.id)
        survey = await newest_answer(turn.session, turn.person.id)
        newest = max(
            [
                (plan.made_at, "plan") if plan else None,
                (check_in.answered_at, "check_in") if check_in and check_in.answered_at else None,
                (survey[0].answered_at, "survey") if survey else None,
            ],
            key=lambda entry: entry[0].timestamp() if entry else 0.0,
        )
        ways_on = [] if turn.active_form else two_ways(turn)
        day = understand_when(turn.text, turn.now, turn.zone, turn.desk.settings.follow_up.ask_at)
        if newest and newest[1] == "survey" and survey:
            answer, survey_round = survey
            item = turn.toolkit.items.get(answer.item)
            scale = turn.toolkit.scales[item.scale] if item else None
            values = [point.value for point in scale.points] if scale else [0]
            value = _label_in(turn.text, [point.label for point in scale.points] if scale else [], values)
            if value is None:
                value = read_number(turn.text, min(values), max(values))
            if item and value is not None:
                await keep_answer(turn.session, survey_round, answer.item, answer.item_version, value, turn.now)
                turn.say_sentence(
                    "amend.answer",
                    ways_on,
                    item=item.text,
                    value=next(p.label for p in scale.points if p.value == value) if scale else value,
                )
                return {}
        if newest and newest[1] == "check_in" and check_in:
            rating = read_number(turn.text, 0, 10)
            if rating is not None:
                check_in.rating = rating
                turn.say_sentence("amend.rating", ways_on, rating=rating)
                return {}
        if plan is not None and day is not None:
            await move_check_in(turn.session, plan, day)
            turn.say_sentence("amend.day", ways_on, moment=turn.say_when(day))
            return {}
        await self._show_plan(turn, ways_on)
        return {}

    @staticmethod
    async def _show_plan(turn: Turn, ways_on: list[Choice]) -> None:
        """Show the open plan with what can be done about it; without one say what can be changed."""
        plan = await newest_open_plan(turn.session, turn.person.id)
        if plan is None or turn.active_form:
            turn.say_sentence("amend.unclear" if turn.active_form else "amend.no_plan", ways_on)
            return
        check_in = await waiting_check_in(turn.session, plan)
        carried: dict[str, str | int] = {"plan": plan.id, "theme": plan.theme or "", "scenario": plan.scenario or ""}
        choices = [
            Choice(turn.sentence("choice.change_words"), payload("make_plan", carried)),
            Choice(turn.sentence("choice.drop_plan"), payload("drop_plan", {"plan": plan.id})),
            two_ways(turn)[0],
        ]
        if check_in is None:
            turn.say_sentence("amend.plan_without_date", choices, plan=plan.words)
        else:
            turn.say_sentence("amend.plan", choices, plan=plan.words, moment=turn.say_when(check_in.due_at))


def _label_in(text: str, labels: list[str], values: list[int]) -> int | None:
    """Return the value of the one label that a correction names: "no, I meant disagree"."""
    index = match_choice(text, labels)
    index = named_choice(text, labels) if index is None else index
    return values[index] if index is not None else None
