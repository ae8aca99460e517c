"""Hearing a challenge, asking one question about it, and walking its options."""

from __future__ import annotations

import re

from bot.content import presented
from bot.content.schema import Scenario
from bot.domain.messages import Choice, payload
from bot.domain.posts import Post
from bot.rasa.actions.turn import CoachAction, FormReader, Slots, Turn, is_beside, is_tap
from bot.rasa.actions.ways_on import two_ways
from bot.storage.editing import keep_guess
from bot.storage.tables import Happening

# The sentence that offers themes when none is clear.
UNSURE = "challenge.unclear"
# How the thread's scenario was found: chosen from a list, or heard in what was said.
PICKED, HEARD = "picked", "heard"
# How often the question was put to get an answer.
ONCE, TWICE = "once", "twice"
NONSENSE = frozenset({"out_of_scope", "nlu_fallback"})
# From this likelihood on, a scenario told from another side than a director's is the one that was meant.
CERTAIN = 0.85
# From this one on, what begins like this is a challenge of its own: "no, it's about my budget".
LIKELY = 0.4
# Who writes so is not the director.
_ANOTHERS_DIRECTOR = re.compile(r"\b(?:my|our|the) (?:clinical (?:director|lead)|cd)\b", re.I)
_OTHERWISE = re.compile(
    r"\W*(?:no|nope|nah|not|neither|none|wrong|actually|also|and also|another thing|on top of that|it'?s not|that'?s not|"
    r"(?:i (?:need|want|'?d like)|give me|show me|(?:have you|got|is there)(?: got)?) (?:an?|one|any|some)(?:thing)?\b|what about|"
    r"how about|instead)\b",
    re.I,
)


class HearChallenge(CoachAction):
    """Decide which theme and scenario a challenge is about; it says nothing unless a chosen scene is to be set."""

    called = "action_hear_challenge"

    async def answer(self, turn: Turn) -> Slots:
        toolkit = turn.toolkit
        fresh: dict[str, object] = {"options_seen": [], "situation_words": None, "asked_again": None, "also_named": None}
        fresh |= {"themes_offered": None, "offered_with": None, "unsure_words": None, "scenarios_near": None}
        fresh |= {"scenario_known": None, "situation_asked": None, "themes_near": None}
        turn.ends_form = True
        if (picked := toolkit.scenarios.get(turn.entity("scenario") or "")) is not None:
            turn.say_reply(presented.situation(toolkit, picked, turn.post))
            return fresh | {"theme": picked.theme, "scenario": picked.id, "scenario_known": PICKED, "theme_is_clear": True}
        if (theme := turn.entity("theme")) in toolkit.themes:
            return fresh | await self._chosen(turn, str(theme))
        guesses = [guess for guess in turn.ranking("theme_ranking") if guess[0] in toolkit.themes]
        if offered := self._to_offer(turn, guesses):
            near = [name for name, _ in turn.ranking("scenario_ranking")]
            return fresh | {"theme": None, "scenario": None, "theme_is_clear": False, "scenarios_near": near, **offered}
        theme = guesses[0][0]
        scenario = scenario_of(turn, theme)
        turn.note(Happening.CHALLENGE_HEARD, theme=theme, scenario=scenario)
        known = HEARD if scenario in self._clear(turn) else None
        near = [name for name, _ in guesses[1:3]]
        return fresh | {"themes_near": near, "theme": theme, "scenario": scenario, "scenario_known": known, "theme_is_clear": True}

    @staticmethod
    def _to_offer(turn: Turn, guesses: list[tuple[str, float]]) -> dict[str, object] | None:
        """Return the themes to choose from and the sentence that offers them; none when one theme is clear."""
        limits = turn.desk.settings.understanding
        if two := [name for name in turn.two_themes if name in turn.toolkit.themes]:
            return {"themes_offered": two, "offered_with": "challenge.two_things"}
        if not guesses or guesses[0][1] < limits.theme_clear_at:
            return {"themes_offered": [name for name, _ in guesses[:3]], "offered_with": UNSURE, "unsure_words": turn.text}
        return None

    async def _chosen(self, turn: Turn, theme: str) -> dict[str, object]:
        """Take a theme that was chosen; when it was one of several offered, keep which, so that the engine can be made better."""
        offered: list[str] = turn.slot("themes_offered") or []
        also_named = None
        if theme in offered:
            await keep_guess(turn.session, turn.person.id, offered, theme, turn.now)
            if turn.slot("offered_with") == "challenge.two_things":
                also_named = next((name for name in offered if name != theme), None)
        scenario = scenario_of(turn, theme)
        turn.note(Happening.CHALLENGE_HEARD, theme=theme, scenario=scenario)
        is_unsure = theme in offered and turn.slot("offered_with") == UNSURE
        return {
            "offered_with": UNSURE if is_unsure else None,
            "unsure_words": turn.slot("unsure_words") if is_unsure else None,
            "theme": theme,
            "scenario": scenario,
            "theme_is_clear": True,
            "also_named": also_named,
        }

    @staticmethod
    def _clear(turn: Turn) -> set[str]:
        """Return the scenarios that are without doubt the situation meant."""
        bar = turn.desk.settings.understanding.scenario_clear_at
        return {name for name, likelihood in turn.ranking("scenario_ranking") if likelihood >= bar}


def scenario_of(turn: Turn, theme: str | None) -> str | None:
    """Return the theme's scenario nearest to what was said, else its first; none when the theme has none.

    It is one from the person's own seat wherever there is one. For somebody whose seat is not known it is a director's, unless they
    tell of a director as of somebody else and another is clearly the one that was meant.
    """
    sure = dict(turn.ranking("scenario_ranking"))
    on_theme = turn.toolkit.scenarios_on(theme or "")
    is_other = _ANOTHERS_DIRECTOR.search(turn.text) is not None
    if turn.post is None:
        theirs = [each.id for each in on_theme if each.perspective is Post.DIRECTOR or (is_other and sure.get(each.id, 0.0) >= CERTAIN)]
    else:
        theirs = [each.id for each in on_theme if each.perspective is turn.post]
    known = theirs or [each.id for each in on_theme]
    # After a choice between themes, what was like the words that led to it.
    near = [name for name, _ in turn.ranking("scenario_ranking")] or turn.slot("scenarios_near") or []
    return next((name for name in near if name in known), known[0] if known else None)


class AskSituation(CoachAction):
    """Name the situation back and ask the one question."""

    called = "action_ask_situation_words"

    async def answer(self, turn: Turn) -> Slots:
        theme, scenario = turn.theme, turn.scenario
        if theme is None:
            turn.say_sentence("ways_on.name_problem", two_ways(turn))
            return {}
        # A scenario's own words speak only when this is the situation meant.
        known = turn.slot("scenario_known")
        speaks = scenario if scenario is not None and known else theme
        first = not turn.slot("situation_asked")
        again = turn.slot("asked_again")
        before = turn.sentence(again) if again else speaks.opening if first and known != PICKED else ""
        may_teach = turn.intent == "pick_theme" and turn.slot("offered_with") == UNSURE
        turn.say_reply(
            presented.question(turn.toolkit, speaks, before, is_picked=known == PICKED, is_stranger=turn.post is None, may_teach=may_teach)
        )
        return {"asked_again": None, "situation_asked": TWICE if again else turn.slot("situation_asked") or ONCE}


class ReadSituation(FormReader):
    """Anything that is not an aside or another challenge answers the question; what was said is not kept.

    What makes no sense is asked about once; after that it is taken as it is, for nobody must be stuck here.
    """

    called = "validate_situation_form"

    async def read(self, turn: Turn, asked: str) -> Slots:
        if is_tap(turn) or is_beside(turn) or self._is_new_challenge(turn):
            return {}
        if (turn.intent in NONSENSE or turn.text.strip().isdigit()) and turn.slot("situation_asked") == ONCE:
            return {asked: None, "asked_again": "challenge.asked_again"}
        return {asked: "answered"}

    @staticmethod
    def _is_new_challenge(turn: Turn) -> bool:
        """Return whether this says that it is about something else, and is: an answer, too, may sound like another theme."""
        themes = turn.ranking("theme_ranking")
        if turn.intent != "challenge" or not themes or themes[0][0] == turn.slot("theme"):
            return False
        return _OTHERWISE.match(turn.text) is not None and min(turn.confidence, themes[0][1]) >= LIKELY


class OfferThemes(CoachAction):
    """Offer the nearest themes when none is clear, or the two that one message named."""

    called = "action_offer_themes"

    async def answer(self, turn: Turn) -> Slots:
        offered: list[str] = turn.slot("themes_offered") or []
        nearest = [turn.toolkit.themes[name] for name in offered]
        choices = [Choice(theme.title, payload("pick_theme", {"theme": theme.id})) for theme in nearest]
        turn.say_sentence(
            str(turn.slot("offered_with") or UNSURE),
            [*choices, Choice(turn.sentence("choice.something_else"), payload("something_else"))],
        )
        return {}


class OfferOptions(CoachAction):
    """Offer a scenario's options with what each costs; where the thread has a theme only, a scenario on it is taken."""

    called = "action_offer_options"

    async def answer(self, turn: Turn) -> Slots:
        turn.ends_form = True
        scenario = turn.scenario or turn.toolkit.scenarios.get(scenario_of(turn, turn.slot("theme")) or "")
        if scenario is None:
            turn.say_sentence("options.none_written", presented.after_option(turn.toolkit, None))
            return {}
        offer_case(turn, scenario, is_known=turn.scenario is not None and turn.slot("scenario_known") == PICKED)
        return {"scenario": scenario.id}


def offer_case(turn: Turn, scenario: Scenario, *, is_known: bool) -> None:
    """Say a scenario's situation, unless it is known or was walked already, and offer its options."""
    is_first = not turn.slot("options_seen") or turn.scenario is not scenario
    if is_first:
        turn.note(Happening.SCENARIO_STARTED, theme=scenario.theme, scenario=scenario.id)
        if not is_known:
            turn.say_reply(presented.case(turn.toolkit, scenario, turn.post))
    turn.say_reply(presented.options(turn.toolkit, scenario, is_first=is_first))


class FollowOption(CoachAction):
    """Show what follows from an option and what to take from it."""

    called = "action_follow_option"

    async def answer(self, turn: Turn) -> Slots:
        scenario = turn.toolkit.scenarios.get(turn.entity("scenario") or "") or turn.scenario
        option = scenario.option(turn.entity("option") or "") if scenario else None
        if scenario is None or option is None:
            turn.say_sentence("options.gone", two_ways(turn))
            return {}
        seen: list[str] = (turn.slot("options_seen") or []) if turn.slot("scenario") == scenario.id else []
        if not seen:
            turn.note(Happening.SCENARIO_FINISHED, theme=scenario.theme, scenario=scenario.id)
        turn.say_replies(presented.outcome(turn.toolkit, scenario, option))
        return {"scenario": scenario.id, "theme": scenario.theme, "options_seen": [*seen, option.id]}


class ShowTechnique(CoachAction):
    """Show the steps that help on the option taken with a sentence for just that, or the whole card that a choice names."""

    called = "action_show_technique"

    async def answer(self, turn: Turn) -> Slots:
        turn.ends_form = True
        if (named := turn.toolkit.techniques.get(turn.entity("technique") or "")) is not None:
            turn.say_replies(presented.card(turn.toolkit, named))
            return {"theme": named.theme}
        scenario = turn.scenario
        if scenario is None:
            turn.say_sentence("options.gone", two_ways(turn))
            return {}
        turn.say_replies(presented.how(turn.toolkit, scenario, turn.option))
        return {}
