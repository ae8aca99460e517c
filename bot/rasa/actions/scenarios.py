"""Hearing a challenge, asking one question about it, and walking its options."""

from __future__ import annotations

from bot.content.schema import Scenario
from bot.domain.messages import Choice, payload
from bot.rasa.actions.turn import CoachAction, FormReader, Slots, Turn, is_beside, is_tap
from bot.rasa.actions.ways_on import two_ways
from bot.storage.tables import Happening


class HearChallenge(CoachAction):
    """Decide which theme and scenario a challenge is about; it says nothing unless a chosen scene is to be set."""

    called = "action_hear_challenge"

    async def answer(self, turn: Turn) -> Slots:
        toolkit = turn.desk.toolkit
        fresh: dict[str, object] = {"options_seen": [], "situation_words": None, "asked_again": None}
        if (picked := toolkit.scenarios.get(turn.entity("scenario") or "")) is not None:
            turn.note(Happening.SCENARIO_STARTED, theme=picked.theme, scenario=picked.id)
            turn.say(picked.situation)
            return fresh | {"theme": picked.theme, "scenario": picked.id, "theme_is_clear": True}
        if (theme := turn.entity("theme")) in toolkit.themes:
            return fresh | {"theme": theme, "scenario": self._scenario_of(turn, theme), "theme_is_clear": True}
        guesses = turn.ranking("theme_ranking")
        if not guesses or guesses[0][1] < turn.desk.settings.understanding.theme_clear_at:
            return fresh | {"theme": None, "scenario": None, "theme_is_clear": False}
        theme = guesses[0][0]
        scenario = self._scenario_of(turn, theme)
        turn.note(Happening.CHALLENGE_HEARD, theme=theme, scenario=scenario)
        if scenario:
            turn.note(Happening.SCENARIO_STARTED, theme=theme, scenario=scenario)
        return fresh | {"theme": theme, "scenario": scenario, "theme_is_clear": True}

    @staticmethod
    def _scenario_of(turn: Turn, theme: str | None) -> str | None:
        """Return the theme's scenario nearest to what was said, else its first."""
        known = [scenario.id for scenario in turn.desk.toolkit.scenarios_on(theme or "")]
        return next((name for name, _ in turn.ranking("scenario_ranking") if name in known), known[0] if known else None)


class AskSituation(CoachAction):
    """Name the situation back and ask the one question."""

    called = "action_ask_situation_words"

    async def answer(self, turn: Turn) -> Slots:
        theme, scenario = turn.theme, turn.scenario
        if theme is None:
            turn.say_sentence("ways_on.name_problem", two_ways(turn))
            return {}
        # A scenario's own opening speaks only when the engine is sure that this is the situation meant.
        near = dict(turn.ranking("scenario_ranking")).get(scenario.id, 0.0) if scenario else 0.0
        own = scenario if scenario and near >= turn.desk.settings.understanding.scenario_clear_at else None
        was_set = turn.intent == "pick_scenario"
        question = scenario.question if scenario and (own or was_set) else theme.question
        opening = "" if was_set or turn.intent in {"thanks", "help"} else (own.opening if own else theme.opening)
        choices = [Choice(turn.sentence("choice.see_options"), payload("answer", {"value": "options"}))]
        if not was_set:
            choices.append(Choice(turn.sentence("choice.not_this"), payload("something_else")))
        turn.say(f"{opening} {question}".strip(), choices)
        return {"asked_again": None}


class ReadSituation(FormReader):
    """Anything that is not an aside answers the question; what was said is not kept beyond the conversation itself."""

    called = "validate_situation_form"

    async def read(self, turn: Turn, asked: str) -> Slots:
        if is_tap(turn) or is_beside(turn):
            return {}
        return {asked: "answered"}


class OfferThemes(CoachAction):
    """Offer the nearest themes when none is clear."""

    called = "action_offer_themes"

    async def answer(self, turn: Turn) -> Slots:
        themes = turn.desk.toolkit.themes
        nearest = [themes[name] for name, _ in turn.ranking("theme_ranking")[:3] if name in themes]
        choices = [Choice(theme.title, payload("pick_theme", {"theme": theme.id})) for theme in nearest]
        turn.say_sentence("challenge.unclear", [*choices, Choice(turn.sentence("choice.something_else"), payload("something_else"))])
        return {}


class OfferOptions(CoachAction):
    """Offer a scenario's options with what each costs; those already tried are named as such."""

    called = "action_offer_options"

    async def answer(self, turn: Turn) -> Slots:
        scenario = turn.scenario
        if scenario is None:
            turn.say_sentence("options.none_written", _after_option(turn, None))
            return {}
        seen: list[str] = turn.slot("options_seen") or []
        lines = [f"{option.label}: {option.trade_off}." for option in scenario.options]
        key = "options.again" if seen else "options.first"
        turn.say(
            "\n".join([turn.sentence(key), *lines]),
            [_option(scenario, option.id, option.label) for option in scenario.options],
        )
        return {}


class FollowOption(CoachAction):
    """Show what follows from an option and what to take from it."""

    called = "action_follow_option"

    async def answer(self, turn: Turn) -> Slots:
        scenario = turn.desk.toolkit.scenarios.get(turn.entity("scenario") or "") or turn.scenario
        option = scenario.option(turn.entity("option") or "") if scenario else None
        if scenario is None or option is None:
            turn.say_sentence("options.gone", two_ways(turn))
            return {}
        seen: list[str] = turn.slot("options_seen") or []
        if not seen:
            turn.note(Happening.SCENARIO_FINISHED, theme=scenario.theme, scenario=scenario.id)
        turn.say(option.outcome)
        turn.say(option.learning, _after_option(turn, scenario))
        return {"scenario": scenario.id, "theme": scenario.theme, "options_seen": [*seen, option.id]}


class ShowTechnique(CoachAction):
    """Show the technique's steps and its draft sentence."""

    called = "action_show_technique"

    async def answer(self, turn: Turn) -> Slots:
        scenario = turn.scenario
        if scenario is None:
            turn.say_sentence("options.gone", two_ways(turn))
            return {}
        technique = scenario.technique
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(technique.steps, start=1))
        turn.say(f"{technique.name}\n{steps}")
        turn.say_sentence(
            "options.draft",
            [
                Choice(turn.sentence("choice.make_plan"), payload("make_plan")),
                Choice(turn.sentence("choice.try_another"), payload("see_options")),
            ],
            draft=technique.draft,
        )
        return {}


def _option(scenario: Scenario, option_id: str, label: str) -> Choice:
    return Choice(label, payload("choose_option", {"scenario": scenario.id, "option": option_id}))


def _after_option(turn: Turn, scenario: Scenario | None) -> list[Choice]:
    choices = [Choice(turn.sentence("choice.make_plan"), payload("make_plan"))]
    if scenario is not None:
        choices.insert(0, Choice(turn.sentence("choice.try_another"), payload("see_options")))
        choices.append(Choice(turn.sentence("choice.technique"), payload("see_technique")))
    choices.append(Choice(turn.sentence("choice.reflect"), payload("reflect_on")))
    return choices
