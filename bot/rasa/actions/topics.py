"""Looking round: the themes, and a lesson read a page at a time."""

from __future__ import annotations

from bot.content import presented
from bot.domain.messages import Choice, payload
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
            if named := [choice for choice in presented.structure_choices(toolkit) if _names(turn.text, choice.label)]:
                turn.say_sentence("topics.structure", named)
                return {}
            choices = [Choice(each.title, payload("browse", {"theme": each.id})) for each in toolkit.themes.values()]
            turn.say_sentence("topics.themes", choices)
            return {}
        turn.say_reply(presented.topic(toolkit, theme, turn.post))
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
        turn.say_replies(presented.lesson_page(turn.toolkit, lesson, page))
        if (page + 1) * presented.PAGE < len(lesson.body):
            return {"theme": lesson.theme}
        turn.note(Happening.LESSON_READ, theme=lesson.theme)
        # What was read is the thread now; a scene on it is chosen when one is asked for.
        return {"theme": lesson.theme, "scenario": None, "options_seen": []}
