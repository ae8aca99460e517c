"""Asides, answered in place: help, who sees this, quiet for a while, thanks, and the evidence."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.content import presented
from bot.content.hours import say_availability, say_need, say_outside
from bot.domain.availability import Change
from bot.domain.messages import NO, YES, Choice, payload
from bot.domain.posts import Post
from bot.domain.wording import say_day, say_moment
from bot.rasa.actions.amending import plan_choices
from bot.rasa.actions.scenarios import offer_case, scenario_of
from bot.rasa.actions.turn import SILENCE, CoachAction, Slots, Turn
from bot.rasa.actions.ways_on import two_ways
from bot.storage.hours import NoDayLeft, OutsideHours, change_hours, resume, snooze
from bot.storage.plans import JUST_NOW, move_check_in, newest_open_plan, newest_plan, reflections_of, waiting_check_in
from bot.storage.posts import note_post, post_of
from bot.understanding.availability import understand_availability
from bot.understanding.when import understand_when

USUAL_SNOOZE = timedelta(days=7)


# Asked for help with one of these words, the coach says what it is.
_WHO_AM_I = re.compile(
    r"\b(?:ai|bot|robot|chat ?bot|chatgpt|gpt|human|person|software|machine)\b|\b(?:who|what) (?:are|r) (?:you|u)\b", re.I
)
# "Quiet next week" is about all of it; "until next week" is not.
_NEXT_WEEK = re.compile(r"(?<!until )(?<!till )(?<!til )(?<!to )\bnext week\b(?! (?:on )?(?:mon|tue|wed|thu|fri|sat|sun))", re.I)
_CLAUSES = re.compile(r"[,.;]\s+(?:but |and |so )?|\s+(?:but|and|so|because|as)\s+", re.I)
# Whoever asks when the coach writes is told; whoever says when and is not understood is told that first.
_ASKS = re.compile(r"\?|^\W*(?:when|what|how|which|are|is|do|does|can|show)\b", re.I)


class AnswerAside(CoachAction):
    """Answer an aside; a form that was asking goes on with its question afterwards."""

    called = "action_answer_aside"

    async def answer(self, turn: Turn) -> Slots:
        return await _ANSWERS[turn.intent](turn) or {}


def _ways_on(turn: Turn) -> list[Choice]:
    """Return two ways on when nothing is being asked; within a form its own question follows."""
    return [] if turn.active_form else two_ways(turn)


async def _help(turn: Turn) -> None:
    if turn.active_form == "survey_form":
        turn.say_sentence("survey.purpose", smallest=turn.desk.settings.dashboard.smallest_group)
        return
    turn.say_sentence("aside.who_am_i" if _WHO_AM_I.search(turn.text) else "aside.help", _ways_on(turn))


async def _who_sees(turn: Turn) -> None:
    turn.say_sentence("aside.who_sees", _ways_on(turn), smallest=turn.desk.settings.dashboard.smallest_group)


async def _export(turn: Turn) -> None:
    turn.say_sentence("aside.export", _ways_on(turn))


async def _thanks(turn: Turn) -> None:
    turn.say_sentence("aside.thanks", _ways_on(turn))


async def _greet(turn: Turn) -> None:
    turn.say_sentence("aside.greet", _ways_on(turn))


async def _quiet_hours(turn: Turn) -> None:
    """Change the person's hours as far as they say how, and say what holds now."""
    change = understand_availability(turn.entity("said") or turn.text, turn.now, turn.zone)
    if change is None:
        if len(turn.text.split()) > 3 and not _ASKS.search(turn.text):
            turn.say_sentence("availability.not_read")
        if turn.person.snoozed_until is not None and turn.person.snoozed_until > turn.now:
            turn.say_sentence("aside.snoozed", moment=say_moment(turn.person.snoozed_until.astimezone(turn.zone)))
        turn.say(say_availability(turn.toolkit.sentences, turn.hours))
        turn.say_sentence("availability.how", _ways_on(turn))
        return
    sentences = turn.toolkit.sentences
    before = say_availability(sentences, turn.hours).splitlines()
    try:
        hours = await change_hours(turn.session, turn.person, change, turn.desk.settings, turn.now)
    except OutsideHours as wrong:
        turn.say(say_outside(sentences, wrong.at, wrong.hours), _ways_on(turn))
        return
    except NoDayLeft:
        turn.say_sentence("availability.no_day_left", [Choice(turn.sentence("choice.stop_writing"), payload("stop")), *_ways_on(turn)])
        return
    if change.needs is not None:
        turn.say(say_need(sentences, change.needs, change.about), _ways_on(turn))
        return
    if change.wants_surveys is False and turn.active_form == "survey_form":
        # What is not wanted is not asked on; what was answered is kept.
        turn.leaves_form = True
    now = say_availability(sentences, hours).splitlines()
    # What was said about the rest before still holds, and need not be read again; where lines only went, all that is left is said.
    changed = [line for line in now if line not in before]
    if changed and len(changed) < len(now):
        turn.say_sentence("availability.changed_part", _ways_on(turn), now="\n".join(changed))
        return
    turn.say_sentence("availability.changed", _ways_on(turn), now="\n".join(now))


async def _snooze(turn: Turn) -> None:
    if turn.entity("until"):
        until: datetime | None = datetime.fromisoformat(str(turn.entity("until")))
    else:
        until = understand_when(turn.text, turn.now, turn.zone, turn.desk.settings.follow_up.ask_at)
        if not SILENCE.search(turn.text):
            await _ask_before_silence(turn, until)
            return
    if until is None and (away := _days_away(turn)) is not None:
        # "No theatre for me, but I'm on leave 14 to 28 December" names the days itself.
        hours = await change_hours(turn.session, turn.person, away, turn.desk.settings, turn.now)
        turn.say_sentence("availability.changed", _ways_on(turn), now=say_availability(turn.toolkit.sentences, hours))
        return
    if _NEXT_WEEK.search(turn.text) and not turn.entity("until"):
        until = _end_of_next_week(turn)
    if until is None:
        until = _usual_end(turn)
    snooze(turn.person, until)
    turn.say_sentence("aside.snoozed", _ways_on(turn), moment=say_moment(until))


def _days_away(turn: Turn) -> Change | None:
    """Return the days away that one clause of the message names, none when none does."""
    clauses = _CLAUSES.split(turn.text)
    found = (understand_availability(clause, turn.now, turn.zone) for clause in clauses[1:])
    return next((change for change in found if change is not None and change.away), None)


async def _ask_before_silence(turn: Turn, until: datetime | None) -> None:
    """Ask first where no word for silence was said: "in two weeks" just after a plan was kept moves its day instead."""
    plan = await newest_plan(turn.session, turn.person.id)
    if until is not None and plan is not None and turn.now - plan.made_at < JUST_NOW:
        await move_check_in(turn.session, plan, until)
        turn.say_sentence("amend.day", _ways_on(turn), moment=turn.say_when(until))
        return
    quiet = until or _usual_end(turn)
    choices = [
        Choice(turn.sentence("choice.be_quiet"), payload("snooze", {"until": quiet.isoformat()}), YES),
        Choice(turn.sentence("choice.stay"), payload("help"), NO),
    ]
    turn.say_sentence("aside.ask_before_silence", choices, moment=say_moment(quiet))


def _end_of_next_week(turn: Turn) -> datetime:
    today = turn.now.astimezone(turn.zone).date()
    monday = today + timedelta(days=14 - today.weekday())
    return datetime.combine(monday, turn.desk.settings.follow_up.ask_at, turn.zone)


def _usual_end(turn: Turn) -> datetime:
    return datetime.combine((turn.now + USUAL_SNOOZE).astimezone(turn.zone).date(), turn.desk.settings.follow_up.ask_at, turn.zone)


async def _resume(turn: Turn) -> Slots | None:
    if turn.person.stopped_at is None and turn.person.snoozed_until is None:
        # Nothing to take up: a fresh start is meant, and what was being asked is left.
        turn.leaves_form = True
        turn.say_sentence("aside.nothing_stopped", two_ways(turn))
        return {"theme": None, "scenario": None, "options_seen": [], "asked_again": None}
    await resume(turn.session, turn.person, turn.desk.settings, turn.now)
    turn.say_sentence("aside.resumed", _ways_on(turn))
    return None


async def _evidence(turn: Turn) -> None:
    theme, scenario = turn.theme, turn.scenario
    source = (scenario.sources if scenario else theme.sources if theme else (None,))[0]
    turn.say_replies(presented.evidence(turn.toolkit, theme, source, _ways_on(turn)))


async def _say_post(turn: Turn) -> Slots | None:
    """Say that somebody's post is noted; a scenario that was being walked from another seat makes place for one from theirs."""
    if (tapped := turn.entity("post")) is not None:
        note_post(turn.person, Post(tapped))
        turn.post = await post_of(turn.session, turn.person)
    if turn.post is None and tapped is None:
        if turn.active_form not in {None, "situation_form"}:
            turn.say_sentence("aside.say_post")
            return None
        turn.leaves_form = True
        seats = (Post.MANAGER, Post.NURSE_LEAD)
        choices = [Choice(turn.sentence(f"choice.{post.value}"), payload("say_post", {"post": post.value})) for post in seats]
        turn.say_sentence("aside.which_post", choices)
        return None
    if turn.post is None:
        # Who is on the roster as something else than a participant stays that.
        turn.say_sentence("aside.post_unknown", _ways_on(turn))
        return None
    turn.say_sentence("aside.post_noted", _ways_on(turn), seat=turn.sentence(f"seat.{turn.post.value}"))
    scenario, form = turn.scenario, turn.active_form
    theirs = turn.toolkit.scenarios.get(scenario_of(turn, turn.slot("theme")) or "")
    if scenario is None or theirs is None or scenario.perspective is turn.post or form not in {None, "situation_form"}:
        return None
    if form is None:
        offer_case(turn, theirs, is_known=False)
    return {"scenario": theirs.id, "scenario_known": None, "options_seen": []}


async def _ask_about(turn: Turn) -> None:
    """Answer a question about the coach itself: where the trial is, which option it would take, who wrote it."""
    about = turn.entity("about")
    if about in {"cost", "why"}:
        _answer_on_options(turn, about)
    elif about == "machine":
        turn.say_sentence("aside.who_am_i", _ways_on(turn))
    elif about == "hours":
        await _quiet_hours(turn)
    elif about == "last":
        await _say_last(turn)
    elif about == "others":
        turn.say_sentence("aside.others", _ways_on(turn), smallest=turn.desk.settings.dashboard.smallest_group)
    elif about != "view":
        turn.say_sentence(f"aside.{about}", _ways_on(turn))
    elif turn.scenario is None:
        turn.say_sentence("aside.no_view", _ways_on(turn))
    else:
        turn.say_reply(presented.view(turn.toolkit, turn.scenario, _ways_on(turn)))


async def _say_last(turn: Turn) -> None:
    """Say the plan in the making or the newest open one, and what can be done about it; without one the reflection that was kept last."""
    if turn.active_form == "plan_form" and (words := turn.slot("plan_words")):
        turn.say_sentence("aside.plan_so_far", plan=words)
        return
    if (plan := await newest_open_plan(turn.session, turn.person.id)) is not None:
        check_in = await waiting_check_in(turn.session, plan)
        choices = [] if turn.active_form else plan_choices(turn, plan)
        if check_in is None:
            turn.say_sentence("aside.last_plan_without_date", choices, plan=plan.words)
        else:
            turn.say_sentence("aside.last_plan", choices, plan=plan.words, moment=turn.say_when(check_in.due_at))
    elif kept := await reflections_of(turn.session, turn.person.id, 1):
        turn.say_sentence("aside.last_reflection", _ways_on(turn), day=say_day(kept[0].kept_at.astimezone(turn.zone)), words=kept[0].words)
    else:
        turn.say_sentence("aside.last_nothing", _ways_on(turn))


def _answer_on_options(turn: Turn, about: str) -> None:
    """Say what an option costs, or why one would or would not; of all of them where none is named."""
    scenario = turn.scenario
    if scenario is None:
        turn.say_sentence("aside.no_view", _ways_on(turn))
        return
    option = scenario.option(turn.entity("option") or "")
    if about == "why":
        seen = turn.option
        if option is not None:
            turn.say_sentence("options.why_one", _ways_on(turn), label=option.label, learning=option.learning)
        elif seen is not None:
            turn.say_sentence("options.why_seen", _ways_on(turn), label=seen.label, trade_off=seen.trade_off)
        else:
            turn.say_sentence("options.why", _ways_on(turn))
    elif option is not None:
        turn.say_sentence("options.cost", _ways_on(turn), label=option.label, trade_off=option.trade_off)
    else:
        lines = [turn.sentence("options.cost", label=each.label, trade_off=each.trade_off) for each in scenario.options]
        turn.say("\n".join(lines), _ways_on(turn))


_ANSWERS: dict[str, Callable[[Turn], Awaitable[Slots | None]]] = {
    "help": _help,
    "who_sees": _who_sees,
    "export_data": _export,
    "thanks": _thanks,
    "greet": _greet,
    "quiet_hours": _quiet_hours,
    "snooze": _snooze,
    "resume": _resume,
    "evidence": _evidence,
    "say_post": _say_post,
    "ask_about": _ask_about,
}
