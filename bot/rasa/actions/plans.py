"""Building an if-then plan: the words, then the day on which the coach asks how it went."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.content import presented
from bot.content.schema import BUTTON
from bot.domain.messages import NO, YES, Choice, payload
from bot.domain.wording import say_day
from bot.rasa.actions.editing import ask_closeness, end_scene
from bot.rasa.actions.turn import LISTEN, SILENCE, SURE, CoachAction, FormReader, Slots, Turn, is_beside, is_tap
from bot.rasa.actions.ways_on import two_ways
from bot.storage.messages import words_of
from bot.storage.plans import cancel_check_ins, find_plan, keep_plan
from bot.storage.tables import Plan, PlanState
from bot.understanding.costly_plans import Cost, cost_of_plan
from bot.understanding.days import working_day
from bot.understanding.plans import day_in_plan, fault_in_plan, is_before_plan, is_plan, says_what_to_do
from bot.understanding.when import understand_when

_AFTER_IT = re.compile(r"\bthe (?P<day>day|week|(?:mon|tues|wednes|thurs|fri|satur|sun)day) after(?: (?:that|it|the plan))?\W*$", re.I)
NEVER = "never"
# Instead of a plan that would cost dear: a smaller step.
SMALLER = "smaller"


class BeginPlan(CoachAction):
    """Begin a plan on the thread's theme, or on the one that a choice names; one that a form gives whole needs no questions."""

    called = "action_begin_plan"

    async def answer(self, turn: Turn) -> Slots:
        turn.ends_form = True
        fresh: dict[str, object] = {"plan_words": None, "plan_date": None, "plan_words_held": None, "asked_again": None}
        # A plan whose words are to be changed goes when its new words are kept.
        fresh |= {"plan_replaced": turn.entity("plan")}
        if (theme := turn.entity("theme")) in turn.toolkit.themes:
            scenario = turn.entity("scenario") or None
            fresh |= {"theme": theme, "scenario": scenario, "options_seen": [option] if (option := turn.entity("option")) else []}
            # The plan that was left for another challenge may be the one that is taken up again.
            fresh |= {"parked": None} if str(turn.slot("parked") or "").startswith(f"{theme}|{scenario or ''}|") else {}
        if (said := turn.entity("said")) is not None:
            fresh |= {"plan_words": await words_of(turn.session, turn.person.id, int(said)), "plan_date": turn.entity("value") or NEVER}
            if (cost := cost_of_plan(str(fresh["plan_words"] or ""))) is None:
                turn.goes_on_with = KeepPlan.called
            else:
                # What was handed in whole is asked about too; its day is kept for when it is meant.
                fresh |= {"plan_words": None, "plan_words_held": fresh["plan_words"], "asked_again": cost.value}
        return fresh


class AskPlanWords(CoachAction):
    """Ask for the plan in the person's own words, with an example for the option that they followed."""

    called = "action_ask_plan_words"

    async def answer(self, turn: Turn) -> Slots:
        again = turn.slot("asked_again")
        if again == "plan.or_new_topic":
            mine = Choice(turn.sentence("choice.it_is_my_plan"), payload("answer", {"value": "plan"}), YES)
            turn.say_sentence(again, [mine, *new_topic(turn)])
            return {}
        if again in set(Cost):
            smaller = Choice(turn.sentence("choice.smaller_first"), payload("answer", {"value": SMALLER}), NO)
            turn.say_sentence(again, [smaller, Choice(turn.sentence("choice.keep_plan"), payload("answer", {"value": "plan"}), YES)])
            return {}
        if again:
            turn.say_sentence(again, [Choice(turn.sentence("choice.leave_it"), payload("deny"), NO)])
        elif turn.intent == "smaller_step":
            turn.say_sentence("plan.ask_smaller")
        else:
            turn.say_reply(presented.plan_question(turn.toolkit, turn.option))
        return {"asked_again": None}


def new_topic(turn: Turn) -> list[Choice]:
    """Return the choice to talk about the challenge in this message first; nothing when it is none."""
    theme = next((name for name, _ in turn.ranking("theme_ranking") if name in turn.toolkit.themes), None)
    if theme is None or turn.intent != "challenge":
        return []
    return [Choice(turn.sentence("choice.switch_topic"), payload("switch_topic", {"theme": theme}))]


class AskPlanDate(CoachAction):
    """Ask on which day to come back, proposing the day after one that the plan itself names."""

    called = "action_ask_plan_date"

    async def answer(self, turn: Turn) -> Slots:
        choices = [
            Choice(turn.sentence("choice.in_a_week"), payload("answer", {"value": "in a week"})),
            Choice(turn.sentence("choice.in_two_weeks"), payload("answer", {"value": "in two weeks"})),
            Choice(turn.sentence("choice.do_not_ask"), payload("answer", {"value": NEVER})),
        ]
        named = _own_day(turn)
        if named is not None:
            after = morning_after(named, turn)
            choices.insert(0, Choice(turn.sentence("choice.on_day", day=say_day(after)), payload("answer", {"value": after.isoformat()})))
            if (turn.now + timedelta(weeks=1)).date() < named.date():
                # What would be asked before the plan's own day is no choice.
                choices.pop(1)
        key = turn.slot("asked_again") or ("plan.ask_date" if named is None else "plan.ask_date_after")
        turn.say_sentence(key, choices, day=say_day(named) if named else "", plan=turn.slot("plan_words") or "")
        return {"asked_again": None}


def _own_day(turn: Turn) -> datetime | None:
    """Return the moment that the plan's own words name; none when they name none."""
    return day_in_plan(str(turn.slot("plan_words") or ""), turn.now, turn.zone, turn.desk.settings.follow_up.ask_at)


def morning_after(named: datetime, turn: Turn) -> datetime:
    """Return the usual asking time on the first working day after the day on which the plan is to happen."""
    return datetime.combine(working_day(named.date() + timedelta(days=1)), turn.desk.settings.follow_up.ask_at, turn.zone)


class ReadPlan(FormReader):
    """Read the plan's words or its day; what is unclear is asked again, never guessed."""

    called = "validate_plan_form"

    async def read(self, turn: Turn, asked: str) -> Slots:
        if is_tap(turn):
            return {}
        return self._read_words(turn) if asked == "plan_words" else self._read_date(turn)

    def _read_words(self, turn: Turn) -> Slots:
        if turn.intent == "answer" and turn.entity("value") == SMALLER:
            return {"plan_words": None, "plan_words_held": None, "asked_again": "plan.ask_smaller"}
        if turn.intent == "answer":
            # "It is my plan": the words themselves were held while the person was asked.
            held = turn.slot("plan_words_held")
            return {"plan_words": held, "plan_words_held": None, "asked_again": None if held else "plan.too_short"}
        looks_like_a_plan = is_plan(turn.text)
        if not looks_like_a_plan and (is_beside(turn) or (turn.intent == "amend_answer" and turn.confidence >= SURE)):
            return {}
        if (fault := fault_in_plan(turn.text)) is not None:
            return {"plan_words": None, "asked_again": fault}
        if not looks_like_a_plan and self._is_new_challenge(turn):
            return {"plan_words": None, "plan_words_held": turn.text, "asked_again": "plan.or_new_topic"}
        if (cost := cost_of_plan(turn.text)) is not None:
            return {"plan_words": None, "plan_words_held": turn.text, "asked_again": cost.value}
        return {"plan_words": turn.text, "asked_again": None}

    @staticmethod
    def _is_new_challenge(turn: Turn) -> bool:
        themes = turn.ranking("theme_ranking")
        return turn.intent == "challenge" and turn.confidence >= 0.5 and bool(themes) and themes[0][0] != turn.slot("theme")

    def _read_date(self, turn: Turn) -> Slots:
        value = (turn.entity("value") or "") if turn.intent == "answer" else ""
        if value == NEVER or re.search(r"\b(?:don'?t|do not|no need to|never) ask\b", turn.text, re.I):
            return {"plan_date": NEVER, "asked_again": None}
        if re.match(r"\d{4}-\d\d-\d\dT", value):
            return {"plan_date": value, "asked_again": None}
        moment = self._after_own_day(turn) or understand_when(value or turn.text, turn.now, turn.zone, turn.desk.settings.follow_up.ask_at)
        if moment is not None and is_before_plan(moment.date(), _own_day(turn)):
            return {"plan_date": None, "asked_again": "plan.date_too_early"}
        if moment is not None:
            return {"plan_date": moment.isoformat(), "asked_again": None}
        if turn.intent == "affirm" and (own := _own_day(turn)) is not None:
            # A yes to the day that was proposed first.
            return {"plan_date": morning_after(own, turn).isoformat(), "asked_again": None}
        if says_what_to_do(turn.text) and fault_in_plan(turn.text) is None and cost_of_plan(turn.text) is None:
            # Not a day but the plan in better words: those are what will be asked about.
            return {"plan_words": turn.text, "plan_date": None, "asked_again": "plan.reworded"}
        # "Soonish, when things calm down" is a day that is not clear yet; only plain words for it mean silence here.
        if is_beside(turn) and turn.intent != "quiet_hours" and (turn.intent != "snooze" or SILENCE.search(turn.text)):
            return {}
        return {"plan_date": None, "asked_again": "plan.date_unclear"}

    @staticmethod
    def _after_own_day(turn: Turn) -> datetime | None:
        """Return the moment that is named from the plan's own day on: "the Monday after", "the day after"; none otherwise."""
        own, found = _own_day(turn), _AFTER_IT.search(turn.text)
        if own is None or found is None:
            return None
        named = found["day"].lower()
        if named == "day":
            return morning_after(own, turn)
        usual = turn.desk.settings.follow_up.ask_at
        return understand_when(named if named != "week" else "in a week", own, turn.zone, usual)


class KeepPlan(CoachAction):
    """Keep the plan with its check-in and say when the coach will ask."""

    called = "action_keep_plan"

    async def answer(self, turn: Turn) -> Slots:
        words, when = str(turn.slot("plan_words") or ""), str(turn.slot("plan_date") or NEVER)
        moment = None if when == NEVER else datetime.fromisoformat(when)
        await keep_plan(
            turn.session,
            turn.person.id,
            words,
            theme=turn.slot("theme"),
            scenario=turn.slot("scenario"),
            check_in_at=moment,
            now=turn.now,
            tried_since=await turn.tried_since(),
        )
        if (replaced := turn.slot("plan_replaced")) and (old := await find_plan(turn.session, int(replaced), turn.person.id)):
            await _close(turn, old)
        choices = [Choice(turn.sentence("choice.something_else"), payload("something_else"))]
        if parked := turn.slot("parked"):
            left = dict(zip(("theme", "scenario", "option"), str(parked).split("|"), strict=False))
            choices.insert(0, Choice(turn.sentence("choice.back_to_plan"), payload("make_plan", left)))
        if (also := turn.toolkit.themes.get(turn.slot("also_named") or "")) is not None:
            label = turn.sentence("choice.also_named", title=also.title)[:BUTTON]
            choices.insert(0, Choice(label, payload("pick_theme", {"theme": also.id})))
        last = await end_scene(turn, choices)
        if moment is None:
            turn.say_sentence("plan.kept_without_date", last, plan=words)
        else:
            turn.say_sentence("plan.kept", last, plan=words, moment=turn.say_when(moment))
        if turn.entity("said") is not None:
            turn.goes_on_with = LISTEN
        cleared = ("plan_words", "plan_date", "plan_words_held", "plan_replaced", "asked_again", "also_named", "parked")
        return dict.fromkeys(cleared) | ({} if last else dict(ask_closeness(turn, choices)))


class BeginSmallerStep(CoachAction):
    """Begin a plan for a smaller step towards what did not happen."""

    called = "action_begin_smaller_step"

    async def answer(self, turn: Turn) -> Slots:
        return _like(await _named_plan(turn)) | {"plan_words": None}


class BeginSameAgain(CoachAction):
    """Take the same plan up again; only its day is asked."""

    called = "action_begin_same_again"

    async def answer(self, turn: Turn) -> Slots:
        plan = await _named_plan(turn)
        return _like(plan) | {"plan_words": plan.words if plan else None}


async def _named_plan(turn: Turn) -> Plan | None:
    """Return the plan that a choice is about."""
    return await find_plan(turn.session, int(turn.entity("plan") or 0), turn.person.id)


def _like(plan: Plan | None) -> dict[str, object]:
    """Return the slots of a new plan on another one's subject."""
    return {
        "theme": plan.theme if plan else None,
        "scenario": plan.scenario if plan else None,
        "plan_date": None,
        "plan_words_held": None,
        "plan_replaced": None,
        "asked_again": None,
    }


async def _close(turn: Turn, plan: Plan) -> None:
    plan.state, plan.closed_at = PlanState.CLOSED, turn.now
    await cancel_check_ins(turn.session, plan)


class DropPlan(CoachAction):
    """Let a plan go without comment."""

    called = "action_drop_plan"

    async def answer(self, turn: Turn) -> Slots:
        if (plan := await _named_plan(turn)) is not None:
            await _close(turn, plan)
        turn.say_sentence("plan.dropped", two_ways(turn))
        return {}


class SwitchTopic(CoachAction):
    """Leave the plan for the new challenge, remembering where it was."""

    called = "action_switch_topic"

    async def answer(self, turn: Turn) -> Slots:
        theme = turn.entity("theme")
        known = turn.toolkit.scenarios_on(theme or "")
        first = next((each.id for each in known if turn.post is None or each.perspective is turn.post), known[0].id if known else None)
        # Only a plan is taken up again afterwards: a check-in stays open above, and a survey's other items are left out.
        in_plan = turn.active_form == "plan_form"
        return {
            "parked": f"{turn.slot('theme') or ''}|{turn.slot('scenario') or ''}|{turn.option.id if turn.option else ''}"
            if in_plan
            else None,
            "theme": theme,
            "scenario": first,
            "scenario_known": None,
            "situation_asked": None,
            "options_seen": [],
            "theme_is_clear": True,
            "situation_words": None,
            "plan_words": None,
            "plan_date": None,
            "plan_words_held": None,
            "asked_again": None,
        }
