from __future__ import annotations

import pytest

from bot.content.toolkit import Toolkit
from bot.understanding.safety import SafetyNet


@pytest.mark.parametrize(
    ("text", "tier"),
    [
        ("I want to kill myself", "crisis_immediate"),
        ("thinking about ending my life", "crisis_immediate"),
        ("I\u2019ve taken an overdose", "crisis_immediate"),
        ("they would be better off without me", "crisis_gentle"),
        ("I can't go on", "crisis_gentle"),
        ("some nights I hope I don't wake up", "crisis_gentle"),
        ("a colleague smells of alcohol on the ward", "safety_concern"),
        ("they told me to keep quiet about it, it was covered up", "safety_concern"),
        ("the GM has cut my theatre list again", None),
        ("a patient on the ward was suicidal and the debrief went badly", None),
        ("taking that to the board is career suicide", None),
        ("we are desperate for a registrar", None),
    ],
)
def test_tiers(toolkit: Toolkit, text: str, tier: str | None) -> None:
    assert SafetyNet(tuple(toolkit.safety_rules.values())).tier_of(text) == tier


def test_no_training_example_of_ordinary_work_is_taken_for_a_crisis(toolkit: Toolkit) -> None:
    net = SafetyNet(tuple(toolkit.safety_rules.values()))
    found = [
        (example, net.tier_of(example))
        for scenario in toolkit.scenarios.values()
        for example in scenario.examples
        if str(net.tier_of(example)).startswith("crisis")
    ]
    assert found == []
