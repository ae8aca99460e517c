"""Looking round: the themes, and a lesson read a page at a time."""

from __future__ import annotations

from bot.content import presented
from bot.content.schema import BUTTON
from bot.domain.messages import Choice, payload
from bot.rasa.actions.structures import structure_choices
from bot.rasa.actions.turn import CoachAction, Slots, Turn
from bot.rasa.actions.ways_on import two_ways
from bot.storage.tables import Happening


class OfferTopics(CoachAction):
    """Offer the themes; on one of them, its scenarios, its lesson and a reflection."""

    called = "action_offer_topics"

    async def answer(self, turn: Turn) -> Slots:
        toolkit = turn.toolkit
        theme = toolkit.themes.get(turn.entity("theme") or "")
        if theme is None:
            if named := [choice for choice in structure_choices(turn) if _names(turn.text, choice.label)]:
                turn.say_sentence("topics.structure", named)
                return {}
            choices = [Choice(each.title, payload("browse", {"theme": each.id})) for each in toolkit.themes.values()]
            turn.say_sentence("topics.themes", choices)
            return {}
        choices = [Choice(s.title[:BUTTON], payload("pick_scenario", {"scenario": s.id})) for s in toolkit.scenarios_on(theme.id)]
        choices += [
            Choice(turn.sentence("choice.lesson", minutes=lesson.minutes), payload("read_lesson", {"lesson": lesson.id, "page": 0}))
            for lesson in toolkit.lessons_on(theme.id)
        ]
        choices += [
            Choice(turn.sentence("choice.card", name=card.name)[:BUTTON], payload("see_technique", {"technique": card.id}))
            for card in toolkit.techniques_on(theme.id)
        ]
        choices += [
            Choice(turn.sentence("choice.talk_about_mine"), payload("pick_theme", {"theme": theme.id})),
            Choice(turn.sentence("choice.reflect"), payload("reflect")),
            *structure_choices(turn),
        ]
        turn.say_sentence("topics.theme", choices, title=theme.title, summary=theme.summary)
        return {"theme": theme.id, "scenario": None}


def _names(text: str, label: str) -> bool:
    """Return whether a message names what a choice offers by its first word: "can we do grow"."""
    return label.partition(":")[0].lower() in text.lower().split()


class ReadLesson(CoachAction):
    """Show the next page of a lesson; the last one ends with something to try, and the sources with their limits."""

    called = "action_read_lesson"

    async def answer(self, turn: Turn) -> Slots:
        lesson = turn.toolkit.lessons.get(turn.entity("lesson") or "")
        if lesson is None:
            turn.say_sentence("options.gone", two_ways(turn))
            return {}
        page = int(turn.entity("page") or 0)
        choices = [
            Choice(turn.sentence("choice.make_plan"), payload("make_plan")),
            Choice(turn.sentence("choice.something_else"), payload("something_else")),
        ]
        for reply in presented.lesson_page(turn.toolkit, lesson, page, choices):
            turn.say_reply(reply)
        if (page + 1) * presented.PAGE < len(lesson.body):
            return {"theme": lesson.theme}
        turn.note(Happening.LESSON_READ, theme=lesson.theme)
        return {"theme": lesson.theme, "scenario": None}
