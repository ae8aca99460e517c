"""Reflecting: one question, the person's own words, and their decision whether those are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.content import presented
from bot.content.schema import Prompt
from bot.domain.messages import NO, SKIP, YES, Choice, payload
from bot.domain.wording import say_day
from bot.rasa.actions.editing import ask_closeness, end_scene
from bot.rasa.actions.turn import SKIPPING, CoachAction, FormReader, Slots, Turn, is_beside, is_tap
from bot.storage.plans import find_reflection, keep_reflection
from bot.storage.schedules import schedule
from bot.storage.tables import DeliveryKind, Happening, Reflection


class BeginReflection(CoachAction):
    """Choose what to reflect on: the scenario's own question, or a prompt on the thread's theme."""

    called = "action_begin_reflection"

    async def answer(self, turn: Turn) -> Slots:
        turn.ends_form = True
        scenario = turn.scenario
        question = scenario.reflection if scenario is not None and turn.intent == "reflect_on" else self._prompt(turn).text
        return {"reflection_question": question, "reflection_words": None, "asked_again": None}

    @staticmethod
    def _prompt(turn: Turn) -> Prompt:
        """Return the prompt that was tapped, one on the thread's theme, or any; which one changes from day to day."""
        if (named := turn.toolkit.prompts.get(turn.entity("prompt") or "")) is not None:
            return named
        prompts = _prompts(turn)
        return prompts[turn.now.toordinal() % len(prompts)]


def _prompts(turn: Turn) -> list[Prompt]:
    """Return the prompts on the thread's theme, or all where it has none."""
    return (turn.toolkit.prompts_on(turn.theme.id) if turn.theme else []) or list(turn.toolkit.prompts.values())


class AskReflection(CoachAction):
    """Put the question; on the first time say that the words are kept only if the person says so."""

    called = "action_ask_reflection_words"

    async def answer(self, turn: Turn) -> Slots:
        turn.say_reply(presented.reflection_question(turn.toolkit, str(turn.slot("reflection_question") or "")))
        return {"asked_again": None}


class ReadReflection(FormReader):
    """Take whatever is written as the reflection, unless it passes the question over or is plainly an aside."""

    called = "validate_reflection_form"

    async def read(self, turn: Turn, asked: str) -> Slots:
        if is_tap(turn):
            return {}
        if turn.entity("value") == SKIP or SKIPPING.match(turn.text):
            return {asked: None, "reflection_question": self._next(turn)}
        if is_beside(turn):
            return {}
        return {asked: turn.text}

    @staticmethod
    def _next(turn: Turn) -> str:
        """Return the question after the one that was passed over."""
        questions = [prompt.text for prompt in _prompts(turn)]
        passed = turn.slot("reflection_question")
        return questions[(questions.index(passed) + 1) % len(questions)] if passed in questions else questions[0]


class OfferKeeping(CoachAction):
    """Ask whether to keep what was written."""

    called = "action_offer_keeping"

    async def answer(self, turn: Turn) -> Slots:
        turn.say_sentence(
            "reflection.offer_keeping",
            [
                Choice(turn.sentence("choice.keep_it"), payload("keep_reflection"), YES),
                Choice(turn.sentence("choice.let_it_go"), payload("discard_reflection"), NO),
            ],
        )
        return {}


class KeepReflection(CoachAction):
    """Keep the reflection for the person alone."""

    called = "action_keep_reflection"

    async def answer(self, turn: Turn) -> Slots:
        words = turn.slot("reflection_words")
        if not words:
            turn.say_sentence("reflection.nothing_to_keep", _after(turn))
            return {}
        reflection = await keep_reflection(
            turn.session,
            turn.person.id,
            asked=str(turn.slot("reflection_question") or ""),
            words=str(words),
            theme=turn.slot("theme"),
            now=turn.now,
            tried_since=await turn.tried_since(),
        )
        await self._schedule_return(turn, reflection)
        turn.note(Happening.REFLECTION_KEPT, theme=turn.slot("theme"))
        return {"reflection_words": None} | await _end(turn, "reflection.kept")

    @staticmethod
    async def _schedule_return(turn: Turn, reflection: Reflection) -> None:
        """Have the coach come back to it later, for what has moved since."""
        follow_up = turn.desk.settings.follow_up
        if not follow_up.reflection_returns_after_days:
            return
        day = turn.now.astimezone(turn.zone).date() + timedelta(days=follow_up.reflection_returns_after_days[0])
        await schedule(
            turn.session,
            turn.person.id,
            DeliveryKind.REFLECTION,
            f"reflection:{reflection.id}",
            number=1,
            due_at=datetime.combine(day, follow_up.ask_at, turn.zone),
        )


class ShowReflection(CoachAction):
    """Show a kept reflection again and ask what has moved since; without one named, the newest."""

    called = "action_show_reflection"

    async def answer(self, turn: Turn) -> Slots:
        named = turn.entity("reflection")
        reflection = await find_reflection(turn.session, turn.person.id, int(named) if named else None)
        if reflection is None:
            turn.say_sentence("reflection.none_kept", _after(turn))
            return {}
        kept_on = say_day(reflection.kept_at.astimezone(turn.zone))
        again = Choice(turn.sentence("choice.reflect"), payload("reflect"))
        turn.say_sentence("reflection.show", [again, *_after(turn)], day=kept_on, asked=reflection.asked, words=reflection.words)
        return {"theme": reflection.theme}


class DiscardReflection(CoachAction):
    """Let the reflection go; nothing of it is kept as one."""

    called = "action_discard_reflection"

    async def answer(self, turn: Turn) -> Slots:
        return {"reflection_words": None} | await _end(turn, "reflection.discarded")


async def _end(turn: Turn, key: str) -> dict[str, object]:
    last = await end_scene(turn, _after(turn))
    turn.say_sentence(key, last)
    return {} if last else dict(ask_closeness(turn, _after(turn)))


def _after(turn: Turn) -> list[Choice]:
    return presented.plan_or_else(turn.toolkit)
