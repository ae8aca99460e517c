"""Looking round: the themes, and a lesson read a page at a time."""

from __future__ import annotations

from bot.domain.messages import Choice, payload
from bot.rasa.actions.turn import CoachAction, Slots, Turn
from bot.rasa.actions.ways_on import two_ways
from bot.storage.tables import Happening

# Paragraphs of a lesson that are shown at once.
PAGE = 2


class OfferTopics(CoachAction):
    """Offer the themes; on one of them, its scenarios, its lesson and a reflection."""

    called = "action_offer_topics"

    async def answer(self, turn: Turn) -> Slots:
        toolkit = turn.desk.toolkit
        theme = toolkit.themes.get(turn.entity("theme") or "")
        if theme is None:
            choices = [Choice(each.title, payload("browse", {"theme": each.id})) for each in toolkit.themes.values()]
            turn.say_sentence("topics.themes", choices)
            return {}
        choices = [Choice(s.title[:40], payload("pick_scenario", {"scenario": s.id})) for s in toolkit.scenarios_on(theme.id)]
        choices += [
            Choice(turn.sentence("choice.lesson", minutes=lesson.minutes), payload("read_lesson", {"lesson": lesson.id, "page": 0}))
            for lesson in toolkit.lessons_on(theme.id)
        ]
        choices += [
            Choice(turn.sentence("choice.talk_about_mine"), payload("pick_theme", {"theme": theme.id})),
            Choice(turn.sentence("choice.reflect"), payload("reflect")),
        ]
        turn.say_sentence("topics.theme", choices, title=theme.title, summary=theme.summary)
        return {"theme": theme.id, "scenario": None}


class ReadLesson(CoachAction):
    """Show the next page of a lesson; the last one ends with something to try, and the sources with their limits."""

    called = "action_read_lesson"

    async def answer(self, turn: Turn) -> Slots:
        lesson = turn.desk.toolkit.lessons.get(turn.entity("lesson") or "")
        if lesson is None:
            turn.say_sentence("options.gone", two_ways(turn))
            return {}
        page = int(turn.entity("page") or 0)
        paragraphs = lesson.body[page * PAGE : (page + 1) * PAGE]
        if page == 0:
            turn.say(lesson.title)
        for paragraph in paragraphs[:-1]:
            turn.say(paragraph)
        if (page + 1) * PAGE < len(lesson.body):
            turn.say(
                paragraphs[-1], [Choice(turn.sentence("choice.go_on"), payload("read_lesson", {"lesson": lesson.id, "page": page + 1}))]
            )
            return {"theme": lesson.theme}
        for text in paragraphs[-1:]:
            turn.say(text)
        turn.note(Happening.LESSON_READ, theme=lesson.theme)
        for source in lesson.sources:
            turn.say_sentence("evidence.source", source=source.text, says=source.says, not_shown=source.not_shown)
        turn.say_sentence(
            "topics.try_this",
            [
                Choice(turn.sentence("choice.make_plan"), payload("make_plan")),
                Choice(turn.sentence("choice.something_else"), payload("something_else")),
            ],
            try_this=lesson.try_this,
        )
        return {"theme": lesson.theme, "scenario": None}
