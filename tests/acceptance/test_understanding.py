"""How well messages are understood that were written by somebody who had not seen the training examples.

The floors lie just under what is reached (docs/understanding.md has the figures); a change that falls below one fails here.
"""

from __future__ import annotations

import json

from bot.settings import ROOT
from tests.acceptance.conftest import Running

HELD_OUT = ROOT / "tests" / "understanding" / "held_out.jsonl"
FLOORS = {
    "theme_macro_f1": 0.88,
    "theme_top3": 0.97,
    "other_intents_macro_f1": 0.89,
    "out_of_scope_f1": 0.86,
    # These three are not yet where they should be: docs/understanding.md says by how much.
    "crisis_recall": 0.96,
    "crisis_immediate_recall": 0.92,
    "safety_concern_recall": 0.78,
    "identifier_recall": 0.98,
}
# Ordinary messages that strangers wrote and an earlier version took for danger, and how many of them it still may.
ONCE_ALARMED = HELD_OUT.with_name("once_alarmed.jsonl")
STILL_ALARMING = 16
CEILINGS = {"crisis_false_alarms": 0.037, "safety_concern_false_alarms": 0.01, "identifiable_false_alarms": 0.02}


def test_held_out_messages_are_understood(running: Running) -> None:
    printed = running.coach("understand", "--evaluate", "--json", str(HELD_OUT)).stdout
    found = {figure["name"]: figure["value"] for figure in map(json.loads, printed.splitlines())}
    missed = {name: found[name] for name, floor in FLOORS.items() if found[name] < floor}
    missed |= {name: found[name] for name, ceiling in CEILINGS.items() if found[name] > ceiling}
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
