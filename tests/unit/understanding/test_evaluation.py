"""The figures of understanding, on readings small enough to count by hand."""

from __future__ import annotations

from typing import Any

from bot.understanding.evaluation import Reading, commonest_confusions, measures, theme_table


def reading(label: dict[str, Any], **read: Any) -> Reading:
    base = {"intent": label["intent"], "theme": label.get("theme"), "themes": [], "safety": label.get("safety"), "text_stored": ""}
    return Reading({"theme": None, "safety": None, **label}, {**base, **read})


READINGS = [
    reading({"intent": "challenge", "theme": "peers"}, themes=[["peers", 0.9]]),
    reading({"intent": "challenge", "theme": "peers"}, theme="civility", themes=[["civility", 0.5], ["peers", 0.4]]),
    reading({"intent": "challenge", "theme": "civility"}, themes=[["civility", 0.9]]),
    reading({"intent": "help"}),
    reading({"intent": "out_of_scope"}, intent="help"),
    reading({"intent": "out_of_scope", "safety": "crisis_gentle"}, safety=None),
    reading({"intent": "out_of_scope", "safety": "crisis_immediate"}, safety="crisis_gentle"),
    reading(
        {"intent": "challenge", "theme": "peers", "safety": "patient_identifiable", "identifiers": ["Doe", "bed 4"]},
        themes=[["peers", 1.0]],
        text_stored="Doe in [bed and ward]",
    ),
]


def test_figures() -> None:
    found = {each.name: (each.value, each.count) for each in measures(READINGS)}
    assert found["theme_accuracy"] == (0.75, 4)
    assert found["theme_top3"] == (1.0, 4)
    # civility: precision 1/2, recall 1; peers: precision 1, recall 2/3.
    assert found["theme_macro_f1"] == (round((2 / 3 + 0.8) / 2, 4), 4)
    assert found["intent_accuracy"] == (round(5 / 6, 4), 6)
    assert found["out_of_scope_f1"] == (0.0, 1)
    assert found["crisis_recall"] == (0.5, 2)
    assert found["crisis_immediate_recall"] == (0.0, 1)
    assert found["crisis_false_alarms"] == (0.0, 5)
    assert found["identifier_recall"] == (0.5, 2)
    assert "safety_concern_recall" not in found, "there is none to find"


def test_two_things_in_one_message() -> None:
    challenge = {"intent": "challenge", "theme": None}
    readings = [
        reading({**challenge, "two_things": ["peers", "change"]}, two_things=["change", "peers"]),
        reading({**challenge, "two_things": ["peers", "change"]}, two_things=["change", "civility"]),
        reading({**challenge, "two_things": ["peers", "change"]}),
        reading({**challenge, "two_things": []}, two_things=["change", "peers"]),
        reading({**challenge, "two_things": []}),
        reading(challenge, two_things=["change", "peers"]),
    ]
    found = {each.name: (each.value, each.count) for each in measures(readings)}
    assert found["two_things_precision"] == (round(2 / 3, 4), 3), "the last one is not labelled"
    assert found["two_things_recall"] == (round(2 / 3, 4), 3)
    assert found["two_things_both_right"] == (round(1 / 3, 4), 3)


def test_confusions() -> None:
    columns, rows = theme_table(READINGS)
    assert columns == ["civility", "peers", "-"]
    assert rows == [[1, 0, 0], [1, 2, 0]]
    assert commonest_confusions(READINGS, 3) == [("out_of_scope", "help", 1)]
