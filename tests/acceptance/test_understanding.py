"""How well messages are understood that were not learned from: by others, and by those who wrote examples before they did.

The floors lie just under what is reached (docs/understanding.md has the figures); a change that falls below one fails here.
"""

from __future__ import annotations

import json

import pytest

from bot.settings import ROOT
from tests.acceptance.conftest import Running

MEASURED = ROOT / "tests" / "understanding"
# By file: what is reached at least, and what at most.
FLOORS = {
    "held_out": {
        "theme_macro_f1": 0.89,
        "theme_top3": 0.975,
        "other_intents_macro_f1": 0.9,
        "out_of_scope_f1": 0.875,
        "crisis_recall": 0.985,
        # These are not yet where they should be: docs/understanding.md says by how much.
        "crisis_immediate_recall": 0.94,
        "safety_concern_recall": 0.81,
        "identifier_recall": 0.985,
    },
    "strangers": {"theme_macro_f1": 0.78, "crisis_recall": 1.0, "safety_concern_recall": 1.0, "identifier_recall": 0.98},
    "dark_idioms": {"crisis_recall": 0.97, "crisis_immediate_recall": 0.93, "theme_macro_f1": 0.83},
    "two_things": {"two_things_precision": 0.9, "two_things_recall": 0.75, "two_things_both_right": 0.7},
    "short_answers": {"other_intents_macro_f1": 0.94},
}
CEILINGS = {
    "held_out": {"crisis_false_alarms": 0.031, "safety_concern_false_alarms": 0.006, "identifiable_false_alarms": 0.005},
    "strangers": {"crisis_false_alarms": 0.02, "safety_concern_false_alarms": 0.02, "identifiable_false_alarms": 0.0},
    "dark_idioms": {"crisis_false_alarms": 0.16, "identifiable_false_alarms": 0.0},
    "two_things": {"crisis_false_alarms": 0.01, "identifiable_false_alarms": 0.0},
    "short_answers": {"crisis_false_alarms": 0.0},
}
# Ordinary messages that strangers wrote and an earlier version took for danger, and how many of them it still may.
ONCE_ALARMED = MEASURED / "once_alarmed.jsonl"
STILL_ALARMING = 16


@pytest.mark.parametrize("name", FLOORS)
def test_messages_are_understood(running: Running, name: str) -> None:
    printed = running.coach("understand", "--evaluate", "--json", str(MEASURED / f"{name}.jsonl")).stdout
    found = {figure["name"]: figure["value"] for figure in map(json.loads, printed.splitlines())}
    missed = {figure: found[figure] for figure, floor in FLOORS[name].items() if found[figure] < floor}
    missed |= {figure: found[figure] for figure, ceiling in CEILINGS[name].items() if found[figure] > ceiling}
    assert missed == {}


def test_few_of_the_messages_that_once_alarmed_still_do(running: Running) -> None:
    lines = ONCE_ALARMED.read_text().splitlines()
    read = [json.loads(line) for line in running.coach("understand", str(ONCE_ALARMED)).stdout.splitlines()]
    assert len(read) == len(lines)
    alarming = [each["text_stored"] for each in read if each["safety"]]
    assert len(alarming) <= STILL_ALARMING, alarming


def test_what_is_printed_for_a_message(running: Running) -> None:
    lines = [
        {"text": "In 2009 this was a letter once a month and a nice lunch. Now it's four Teams calls before ten"},
        {"text": "mrs featherstonehaugh in bed 4 on ward 12 was readmitted, 999 000 0018"},
    ]
    printed = running.coach("understand", text="\n".join(map(json.dumps, lines))).stdout
    first, second = map(json.loads, printed.splitlines())
    assert first.keys() == {"text_stored", "intent", "theme", "themes", "confidence", "safety", "redactions"}
    assert (first["intent"], first["theme"], first["safety"], first["redactions"]) == ("challenge", "time_role", None, [])
    assert len(first["themes"]) == 3
    assert second["safety"] == "patient_identifiable"
    assert set(second["redactions"]) == {"patient_name", "bed_and_ward", "nhs_number"}
    assert "featherstonehaugh" not in json.dumps(second)
