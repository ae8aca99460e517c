"""What a person is shown of one thing in the content: the very messages that the dialogue says, in its order."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content import presented
from bot.content.schema import Instrument, Lesson, Prompt, Scenario, Signpost, Structure, SurveyItem, Technique, Theme
from bot.content.signposts import line_of
from bot.content.toolkit import Toolkit
from bot.domain.messages import Reply
from bot.domain.surveys import COUNTERPART


def preview(toolkit: Toolkit, thing_id: str) -> list[Reply]:
    """Return what a person would be shown of the thing with this id, whichever kind it is; nothing when there is none."""
    thing = toolkit.find(thing_id)
    if isinstance(thing, Scenario):
        return list(_scenario(toolkit, thing))
    if isinstance(thing, Technique):
        return presented.card(toolkit, thing)
    if isinstance(thing, Lesson):
        pages = range((len(thing.body) + presented.PAGE - 1) // presented.PAGE)
        return [reply for page in pages for reply in presented.lesson_page(toolkit, thing, page)]
    if isinstance(thing, Structure):
        steps = [presented.structure_question(toolkit, step) for step in thing.steps]
        return [Reply(thing.opening), *steps, Reply(thing.closing, tuple(presented.plan_or_else(toolkit)))]
    if isinstance(thing, Prompt):
        return [presented.reflection_question(toolkit, thing.text)]
    if isinstance(thing, SurveyItem):
        return [presented.survey_item(toolkit, thing, ())]
    if isinstance(thing, Instrument):
        return list(_instrument(toolkit, thing))
    if isinstance(thing, Theme):
        return list(_theme(toolkit, thing))
    if isinstance(thing, Signpost):
        return [Reply(f"{toolkit.sentences[f'safety.{tier}']}\n{line_of(thing)}") for tier in thing.tiers]
    return []


def _scenario(toolkit: Toolkit, scenario: Scenario) -> Iterator[Reply]:
    """Give a scenario as who picks it meets it: each option followed, with how to do it and the plan that it leads to."""
    yield presented.situation(toolkit, scenario, None)
    yield presented.question(toolkit, scenario, "", is_picked=True)
    for index, option in enumerate(scenario.options):
        yield presented.options(toolkit, scenario, is_first=index == 0)
        yield from presented.outcome(toolkit, scenario, option)
        yield from presented.how(toolkit, scenario, option)
        yield presented.plan_question(toolkit, option)
    yield presented.reflection_question(toolkit, scenario.reflection)
    yield presented.view(toolkit, scenario, ())


def _theme(toolkit: Toolkit, theme: Theme) -> Iterator[Reply]:
    yield presented.topic(toolkit, theme, None)
    yield presented.question(toolkit, theme, theme.opening, is_picked=False)
    yield from presented.evidence(toolkit, theme, theme.sources[0], presented.two_ways(toolkit))


def _instrument(toolkit: Toolkit, instrument: Instrument) -> Iterator[Reply]:
    """Give one round after another until every item has been asked; each begins with what is said before its first item."""
    asked: set[str] = set()
    wanted = {*instrument.rotating, instrument.anchor, *instrument.then}
    about = toolkit.sentences["counterpart.somebody"] if instrument.id == COUNTERPART else None
    number = 0
    while wanted - asked:
        number += 1
        names = instrument.items_of(number)
        for index, name in enumerate(names):
            before = [presented.survey_begin(toolkit, len(names), about)] if index == 0 else []
            yield presented.survey_item(toolkit, toolkit.items[name], before)
        asked |= set(names)
