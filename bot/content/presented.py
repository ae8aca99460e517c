"""How the things of the toolkit are put into messages: what the dialogue says, and what `coach content preview` shows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.content.schema import Lesson, Prompt, Scale, Scenario, Signpost, Structure, SurveyItem, Technique, Theme
from bot.content.toolkit import Toolkit
from bot.domain.messages import NO, SKIP, YES, Choice, Reply, payload

# Paragraphs of a lesson that are shown at once.
PAGE = 2
# So many questions are answered in half a minute.
FEW = 4


def opening(scenario: Scenario, choices: Sequence[Choice]) -> Reply:
    """Return the scenario's situation named back, with its one question."""
    return Reply(f"{scenario.opening} {scenario.question}", tuple(choices))


def options(toolkit: Toolkit, scenario: Scenario, *, is_first: bool) -> Reply:
    """Return the scenario's options with what each costs."""
    lines = [f"{option.label}: {option.trade_off}." for option in scenario.options]
    choices = [
        Choice(option.label, payload("choose_option", {"scenario": scenario.id, "option": option.id})) for option in scenario.options
    ]
    return Reply("\n".join([toolkit.sentences["options.first" if is_first else "options.again"], *lines]), tuple(choices))


def outcome(toolkit: Toolkit, scenario: Scenario, option_id: str, choices: Sequence[Choice]) -> list[Reply]:
    """Return what follows from an option and what to take from it; nothing when there is no such option."""
    option = scenario.option(option_id)
    return (
        [Reply(toolkit.sentences.say("options.outcome", outcome=option.outcome)), Reply(option.learning, tuple(choices))]
        if option is not None
        else []
    )


def technique(toolkit: Toolkit, card: Technique, draft: str, choices: Sequence[Choice]) -> list[Reply]:
    """Return a technique's steps, then a sentence to borrow."""
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(card.steps, start=1))
    return [Reply(f"{card.name}\n{steps}"), Reply(toolkit.sentences.say("options.draft", draft=draft), tuple(choices))]


def card(toolkit: Toolkit, shown: Technique, choices: Sequence[Choice]) -> list[Reply]:
    """Return a whole technique card: when it helps, its steps, an example, and a sentence to borrow."""
    steps, draft = technique(toolkit, shown, shown.draft, choices)
    return [Reply(shown.helps_when), steps, Reply(toolkit.sentences.say("options.example", example=shown.example)), draft]


def lesson_page(toolkit: Toolkit, lesson: Lesson, page: int, last_choices: Sequence[Choice]) -> list[Reply]:
    """Return one page of a lesson; the last one ends with its sources, their limits, and something to try."""
    say = toolkit.sentences.say
    replies = [Reply(lesson.title)] if page == 0 else []
    replies += [Reply(paragraph) for paragraph in lesson.body[page * PAGE : (page + 1) * PAGE]]
    if (page + 1) * PAGE < len(lesson.body):
        go_on = Choice(say("choice.go_on"), payload("read_lesson", {"lesson": lesson.id, "page": page + 1}))
        return [*replies[:-1], Reply(replies[-1].text, (go_on,))]
    replies += [
        Reply(say("evidence.source", source=source.text, says=source.says, not_shown=source.not_shown)) for source in lesson.sources
    ]
    return [*replies, Reply(say("topics.try_this", try_this=lesson.try_this), tuple(last_choices))]


def survey_item(toolkit: Toolkit, item: SurveyItem, before: Sequence[str]) -> Reply:
    """Return one question of a micro-survey with its scale; `before` are lines that come first."""
    scale: Scale = toolkit.scales[item.scale]
    lines = [*before, item.text]
    if scale.low and scale.high:
        lowest, highest = scale.points[0].value, scale.points[-1].value
        lines.append(toolkit.sentences.say("survey.ends", low=scale.low, high=scale.high, lowest=lowest, highest=highest))
    choices = [Choice(point.label, payload("answer", {"value": point.value})) for point in scale.points]
    return Reply("\n".join(lines), (*choices, Choice(toolkit.sentences["choice.skip"], payload("answer", {"value": SKIP}), SKIP)))


def check_in(toolkit: Toolkit, check_in_id: int, plan: str, key: str, **values: str) -> Reply:
    """Return the question how a plan went, worded by the sentence `key`; its choices say themselves what they are about."""
    about = {"check_in": check_in_id}
    say = toolkit.sentences.say
    return Reply(
        say(key, plan=plan, **values),
        (
            Choice(say("choice.did_it"), payload("checkin_done", about)),
            Choice(say("choice.partly"), payload("checkin_partly", about)),
            Choice(say("choice.not_this_time"), payload("checkin_missed", about)),
            Choice(say("choice.later"), payload("checkin_later", about)),
        ),
    )


def reflection_return(toolkit: Toolkit, reflection_id: int, days: int) -> Reply:
    """Return the offer to look at a kept reflection again; its words stay out of a message that may light up a phone in theatre."""
    say = toolkit.sentences.say
    show = Choice(say("choice.show_reflection"), payload("show_reflection", {"reflection": reflection_id}))
    return Reply(say("reflection.return", days=days), (show, Choice(say("choice.leave_it"), payload("something_else"))))


def go_on(toolkit: Toolkit) -> Reply:
    """Return the question, after long silence, whether the coach should go on writing first."""
    say = toolkit.sentences.say
    return Reply(
        say("rights.ask_to_go_on"),
        (Choice(say("choice.go_on_writing"), payload("resume"), YES), Choice(say("choice.stop_writing"), payload("stop"), NO)),
    )


def survey_begin(toolkit: Toolkit, count: int, about: str | None = None) -> str:
    """Return what is said before the first of so many questions, which are about somebody of that name or about oneself."""
    if about is not None:
        return toolkit.sentences.say("counterpart.begin", count=count, name=about)
    return toolkit.sentences.say("survey.begin" if count <= FEW else "survey.begin_long", count=count)


def first_rating(toolkit: Toolkit, round_id: int, count: int, name: str) -> Reply:
    """Return what somebody is told who accepted an invitation to rate, with the round that they can answer at once."""
    say = toolkit.sentences.say
    now = Choice(say("choice.answer_now"), payload("EXTERNAL_survey", {"survey_round": round_id}), YES)
    return Reply(say("counterpart.accepted", name=name, count=count), (now, Choice(say("choice.leave_it"), payload("something_else"), NO)))


def digest(toolkit: Toolkit, due: Sequence[str], prompt: Prompt) -> Reply:
    """Return the week's digest: when check-ins are due, never the words of a plan, and one question to carry."""
    say = toolkit.sentences.say
    begin = say("digest.nothing") if not due else say("digest.one" if len(due) == 1 else "digest.some", first=due[0], count=len(due))
    show = (Choice(say("choice.show_plan"), payload("amend_answer")),) if due else ()
    reflect = Choice(say("choice.reflect"), payload("reflect", {"prompt": prompt.id}))
    none = Choice(say("choice.no_digest"), payload("quiet_hours", {"said": say("digest.says_no")}))
    return Reply(f"{begin}\n{say('digest.question', question=prompt.text)}", (*show, reflect, none))


def report(
    toolkit: Toolkit,
    months: str,
    lines: Sequence[tuple[str, float, float | None]],
    *,
    anchor: str,
    own: Sequence[int],
    news: Sequence[str],
    smallest: int,
) -> list[Reply]:
    """Return what came back in a quarter: items with their mean now and before, then what is only this person's, and what was changed."""
    say = toolkit.sentences.say
    told = [say("report.heading", months=months)]
    for item, now, before in lines:
        values = {"what": toolkit.items[item].measures, "now": f"{now:.1f}", "highest": _highest(toolkit, item)}
        told.append(say("report.first", **values) if before is None else say("report.line", **values, before=f"{before:.1f}"))
    told.append(say("report.limits") if lines else say("report.too_few", smallest=smallest))
    rest = [say("report.changed", text=text) for text in news]
    if len(own) > 1:
        rest.append(say("report.own", what=toolkit.items[anchor].measures, first=own[0], last=own[-1], highest=_highest(toolkit, anchor)))
    return [Reply("\n".join(told)), *([Reply("\n".join(rest))] if rest else [])]


def _highest(toolkit: Toolkit, item: str) -> int:
    return max(point.value for point in toolkit.scales[toolkit.items[item].scale].points)


def preview(toolkit: Toolkit, thing_id: str) -> list[Reply]:
    """Return what a person would be shown of the thing with this id, whichever kind it is; nothing when there is none."""
    say = toolkit.sentences.say
    ways_on = [Choice(say("choice.make_plan"), payload("make_plan")), Choice(say("choice.something_else"), payload("something_else"))]
    thing = toolkit.find(thing_id)
    if isinstance(thing, Scenario):
        shown = [Reply(thing.situation), opening(thing, [Choice(say("choice.see_options"), payload("answer", {"value": "options"}))])]
        shown.append(options(toolkit, thing, is_first=True))
        for option in thing.options:
            shown += outcome(toolkit, thing, option.id, ways_on)
        shown += technique(toolkit, toolkit.techniques[thing.technique], thing.draft, ways_on)
        return [*shown, Reply(thing.reflection), Reply(say("plan.ask_with_example", example=thing.example_plan))]
    if isinstance(thing, Technique):
        return card(toolkit, thing, ways_on)
    if isinstance(thing, Lesson):
        pages = range((len(thing.body) + PAGE - 1) // PAGE)
        return [reply for page in pages for reply in lesson_page(toolkit, thing, page, ways_on)]
    if isinstance(thing, Structure):
        return [Reply(thing.opening), *(Reply(step.ask) for step in thing.steps), Reply(thing.closing, tuple(ways_on))]
    if isinstance(thing, Prompt):
        return [Reply(say("reflection.ask", question=thing.text), (Choice(say("choice.leave_it"), payload("deny")),))]
    if isinstance(thing, SurveyItem):
        return [survey_item(toolkit, thing, ())]
    if isinstance(thing, Theme):
        return [
            Reply(say("topics.theme", title=thing.title, summary=thing.summary)),
            Reply(f"{thing.opening} {thing.question}"),
            Reply(thing.evidence),
        ]
    if isinstance(thing, Signpost):
        return [Reply(thing.line)]
    return []
