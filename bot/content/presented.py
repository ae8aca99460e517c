"""How the things of the toolkit are put into messages: what the dialogue says, and what `coach content preview` shows."""

from __future__ import annotations

from collections.abc import Sequence

from bot.content.schema import BUTTON, Lesson, Option, Prompt, Scale, Scenario, Source, StructureStep, SurveyItem, Technique, Theme
from bot.content.toolkit import Toolkit
from bot.domain.messages import NO, SKIP, YES, Choice, Reply, payload
from bot.domain.posts import Post

# Paragraphs of a lesson that are shown at once.
PAGE = 2
# So many questions are answered in half a minute.
FEW = 4


def two_ways(toolkit: Toolkit) -> list[Choice]:
    """Return the two ways on that are always open."""
    say = toolkit.sentences.say
    return [
        Choice(say("choice.name_problem"), payload("answer", {"value": "challenge"})),
        Choice(say("choice.browse"), payload("browse")),
    ]


def plan_or_else(toolkit: Toolkit) -> list[Choice]:
    """Return the choices where something has come to its end: a plan from it, or something else."""
    say = toolkit.sentences.say
    return [Choice(say("choice.make_plan"), payload("make_plan")), Choice(say("choice.something_else"), payload("something_else"))]


def situation(toolkit: Toolkit, scenario: Scenario, post: Post | None) -> Reply:
    """Return a scenario's situation for somebody who picked it; one told from another seat than theirs says so first."""
    if post is None or post is scenario.perspective:
        return Reply(scenario.situation)
    seat = toolkit.sentences[f"seat.{scenario.perspective.value}"]
    return Reply(toolkit.sentences.say("options.other_seat", seat=seat, situation=scenario.situation))


def case(toolkit: Toolkit, scenario: Scenario, post: Post | None) -> Reply:
    """Return a scenario's situation as a case beside what somebody told; it says whose seat it is told from unless that is theirs."""
    say = toolkit.sentences.say
    if post is scenario.perspective:
        return Reply(say("options.case", situation=scenario.situation))
    key = "options.case_seat" if post is None else "options.case_other_seat"
    return Reply(say(key, seat=say(f"seat.{scenario.perspective.value}"), situation=scenario.situation))


def question(
    toolkit: Toolkit, speaks: Scenario | Theme, before: str, *, is_picked: bool, is_stranger: bool = False, may_teach: bool = False
) -> Reply:
    """Return the one question about a situation after the words before it.

    `is_stranger` lets somebody say that they are no director, `may_teach` offers the wording to the editors.
    """
    say = toolkit.sentences.say
    choices = [Choice(say("choice.see_options"), payload("answer", {"value": "options"}))]
    choices += [] if is_picked else [Choice(say("choice.not_this"), payload("something_else"))]
    choices += [Choice(say("choice.not_the_director"), payload("say_post"))] if is_stranger and not is_picked else []
    choices += [Choice(say("choice.teach"), payload("teach"))] if may_teach else []
    return Reply(f"{before} {speaks.question}".strip(), tuple(choices))


def options(toolkit: Toolkit, scenario: Scenario, *, is_first: bool) -> Reply:
    """Return the scenario's options with what each costs."""
    lines = [f"{option.label}: {option.trade_off}." for option in scenario.options]
    choices = [
        Choice(option.label, payload("choose_option", {"scenario": scenario.id, "option": option.id})) for option in scenario.options
    ]
    return Reply("\n".join([toolkit.sentences["options.first" if is_first else "options.again"], *lines]), tuple(choices))


def make_plan(toolkit: Toolkit, scenario: Scenario | None, option: Option | None) -> Choice:
    """Return the choice to make a plan; it says on what, for a form that shows its example."""
    about = {"scenario": scenario.id, "option": option.id} if scenario and option else None
    return Choice(toolkit.sentences["choice.make_plan"], payload("make_plan", about))


def after_option(toolkit: Toolkit, scenario: Scenario | None, option: Option | None = None) -> list[Choice]:
    """Return the ways on from an option's outcome, or from a theme without a scenario."""
    say = toolkit.sentences.say
    plan = make_plan(toolkit, scenario, option)
    reflect = Choice(say("choice.reflect"), payload("reflect_on"))
    if scenario is None:
        return [plan, reflect]
    another = Choice(say("choice.try_another"), payload("see_options"))
    return [another, plan, Choice(say("choice.technique"), payload("see_technique")), reflect]


def outcome(toolkit: Toolkit, scenario: Scenario, option: Option) -> list[Reply]:
    """Return what follows from an option and what to take from it."""
    return [
        Reply(toolkit.sentences.say("options.outcome", outcome=option.outcome)),
        Reply(option.learning, tuple(after_option(toolkit, scenario, option))),
    ]


def view(toolkit: Toolkit, scenario: Scenario, choices: Sequence[Choice]) -> Reply:
    """Return which of a scenario's options the coach would take, for somebody who asks, with what it costs."""
    taken = scenario.option(scenario.view.option)
    label = taken.label if taken else scenario.view.option
    return Reply(toolkit.sentences.say("options.view", label=label, because=scenario.view.because), tuple(choices))


def how(toolkit: Toolkit, scenario: Scenario, option: Option | None) -> list[Reply]:
    """Return the card for an option with a sentence to say on just that way; for no option, the scenario's card with its own."""
    shown = toolkit.techniques[scenario.technique_of(option)]
    say = toolkit.sentences.say
    choices = [make_plan(toolkit, scenario, option), Choice(say("choice.try_another"), payload("see_options"))]
    return technique(toolkit, shown, option.draft if option else shown.draft, choices)


def technique(toolkit: Toolkit, shown: Technique, draft: str, choices: Sequence[Choice]) -> list[Reply]:
    """Return a technique's steps, then a sentence to borrow."""
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(shown.steps, start=1))
    return [Reply(f"{shown.name}\n{steps}"), Reply(toolkit.sentences.say("options.draft", draft=draft), tuple(choices))]


def card(toolkit: Toolkit, shown: Technique) -> list[Reply]:
    """Return a whole technique card: when it helps, its steps, an example, and a sentence to borrow."""
    choices = [Choice(toolkit.sentences["choice.make_plan"], payload("make_plan")), two_ways(toolkit)[-1]]
    steps, draft = technique(toolkit, shown, shown.draft, choices)
    return [Reply(shown.helps_when), steps, Reply(toolkit.sentences.say("options.example", example=shown.example)), draft]


def plan_question(toolkit: Toolkit, option: Option | None) -> Reply:
    """Return the question for a plan, with an example for the option that was followed."""
    if option is None:
        return Reply(toolkit.sentences["plan.ask"])
    return Reply(toolkit.sentences.say("plan.ask_with_example", example=option.example_plan))


def reflection_question(toolkit: Toolkit, asked: str) -> Reply:
    """Return a question to reflect on, with the ways round it."""
    say = toolkit.sentences.say
    choices = (
        Choice(say("choice.another_question"), payload("answer", {"value": SKIP}), SKIP),
        Choice(say("choice.leave_it"), payload("deny"), NO),
    )
    return Reply(say("reflection.ask", question=asked), choices)


def structure_question(toolkit: Toolkit, step: StructureStep) -> Reply:
    """Return one question of a structure, which can be left at any."""
    return Reply(step.ask, (Choice(toolkit.sentences["choice.leave_it"], payload("deny"), NO),))


def structure_choices(toolkit: Toolkit) -> list[Choice]:
    """Return one choice for each structure that the toolkit holds."""
    return [Choice(each.title, payload("begin_structure", {"structure": each.id})) for each in toolkit.structures.values()]


def topic(toolkit: Toolkit, theme: Theme, post: Post | None) -> Reply:
    """Return a theme's page: its scenarios, those from somebody's own seat first, its lesson, its cards and what else it leads to."""
    say = toolkit.sentences.say
    scenes = sorted(toolkit.scenarios_on(theme.id), key=lambda each: post is not None and each.perspective is not post)
    choices = [Choice(each.title[:BUTTON], payload("pick_scenario", {"scenario": each.id})) for each in scenes]
    choices += [
        Choice(say("choice.lesson", minutes=lesson.minutes), payload("read_lesson", {"lesson": lesson.id, "page": 0}))
        for lesson in toolkit.lessons_on(theme.id)
    ]
    choices += [
        Choice(say("choice.card", name=each.name)[:BUTTON], payload("see_technique", {"technique": each.id}))
        for each in toolkit.techniques_on(theme.id)
    ]
    choices += [
        Choice(say("choice.talk_about_mine"), payload("pick_theme", {"theme": theme.id})),
        Choice(say("choice.reflect"), payload("reflect")),
        *structure_choices(toolkit),
    ]
    return Reply(say("topics.theme", title=theme.title, summary=theme.summary), tuple(choices))


def evidence(toolkit: Toolkit, theme: Theme | None, source: Source | None, choices: Sequence[Choice]) -> list[Reply]:
    """Return what is known on a theme, one source with its limits, and what is known on plans and coaching."""
    say = toolkit.sentences.say
    replies = [Reply(theme.evidence)] if theme is not None else []
    if source is not None:
        replies.append(Reply(say("evidence.source", source=source.text, says=source.says, not_shown=source.not_shown)))
    return [*replies, Reply(say("evidence.coaching"), tuple(choices))]


def lesson_page(toolkit: Toolkit, lesson: Lesson, page: int) -> list[Reply]:
    """Return one page of a lesson; the last one ends with its sources, their limits, something to try, and a scene to walk through."""
    say = toolkit.sentences.say
    last_choices = plan_or_else(toolkit)
    if toolkit.scenarios_on(lesson.theme):
        last_choices.insert(0, Choice(say("choice.walk_scene"), payload("see_options")))
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
