from __future__ import annotations

from bot.content import presented
from bot.content.preview import preview
from bot.content.toolkit import Toolkit
from bot.domain.posts import Post


def test_each_option_has_its_own_words(toolkit: Toolkit) -> None:
    for scenario in toolkit.scenarios.values():
        drafts = [presented.how(toolkit, scenario, option)[-1].text for option in scenario.options]
        plans = [presented.plan_question(toolkit, option).text for option in scenario.options]
        assert len({*drafts}) == len({*plans}) == len(scenario.options), scenario.id


def test_an_options_own_card_comes_before_the_scenarios(toolkit: Toolkit) -> None:
    scenario = toolkit.scenarios["list_cut"]
    answering = scenario.option("reply_all")
    assert presented.how(toolkit, scenario, answering)[0].text.startswith(toolkit.techniques["biff"].name)
    assert presented.how(toolkit, scenario, None)[0].text.startswith(toolkit.techniques[scenario.technique].name)


def test_a_case_from_another_seat_says_whose(toolkit: Toolkit) -> None:
    scenario = toolkit.scenarios["list_cut"]
    assert presented.situation(toolkit, scenario, Post.DIRECTOR).text == scenario.situation
    assert "a clinical director" in presented.situation(toolkit, scenario, Post.NURSE_LEAD).text
    assert "a clinical director" in presented.case(toolkit, scenario, Post.MANAGER).text
    assert "a clinical director" in presented.case(toolkit, scenario, None).text, "nobody unknown is taken for the director"
    assert presented.case(toolkit, scenario, Post.DIRECTOR).text.endswith(scenario.situation)


def test_a_topic_begins_with_ones_own_side(toolkit: Toolkit) -> None:
    theme = toolkit.themes["triumvirate"]
    first = presented.topic(toolkit, theme, Post.NURSE_LEAD).choices[0]
    assert first.label == toolkit.scenarios["nurses_on_the_slide"].title


def test_a_scenario_is_previewed_as_it_is_walked(toolkit: Toolkit) -> None:
    scenario = toolkit.scenarios["list_cut"]
    shown = preview(toolkit, "list_cut")
    assert shown[0].text == scenario.situation
    assert [choice.label for choice in shown[1].choices] == [toolkit.sentences["choice.see_options"]]
    for option in scenario.options:
        assert any(reply.text == option.learning and len(reply.choices) == 4 for reply in shown)
        assert any(option.draft in reply.text for reply in shown)
        assert any(option.example_plan in reply.text for reply in shown)


def test_an_instrument_is_previewed_round_by_round(toolkit: Toolkit) -> None:
    for name, instrument in toolkit.instruments.items():
        shown = "\n".join(reply.text for reply in preview(toolkit, name))
        for item in (*instrument.rotating, instrument.anchor, *instrument.then):
            assert toolkit.items[item].text in shown
    begun = [reply for reply in preview(toolkit, "fortnightly") if toolkit.sentences.say("survey.begin", count=3) in reply.text]
    assert len(begun) == 4, "seven rotating items, two a round"
