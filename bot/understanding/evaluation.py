"""How well messages are understood: figures over labelled messages, each with what it was counted from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

OUT_OF_SCOPE = "out_of_scope"
CRISIS = frozenset({"crisis_immediate", "crisis_gentle"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One labelled message: what it is (`intent`, `theme`, `safety`, perhaps `identifiers` or `two_things`), and what was made of it."""

    label: Mapping[str, Any]
    read: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure from 0 to 1, over `count` messages."""

    name: str
    value: float
    count: int


def measures(readings: Sequence[Reading]) -> list[Measure]:
    """Return every figure for which there are labelled messages.

    Macro-F1 is the mean over labels, so that a rare one weighs as much as a common one. `theme_top3` is the share of challenges
    whose theme is among the three likeliest. A crisis is found whichever of its tiers is said; immediate danger has a figure
    of its own. An identifier is found when its text is no longer in what would be stored.
    """
    # A message in danger is answered as such, whatever else it says, so its intent is no matter.
    calm = [each for each in readings if each.label.get("safety") in {None, "patient_identifiable"}]
    found = [*_intents(calm), *_themes([each for each in calm if each.label.get("theme")]), *_two_things(calm), *_safety(readings)]
    return [Measure(each.name, round(float(each.value), 4), each.count) for each in found if each.count]


def _intents(calm: Sequence[Reading]) -> list[Measure]:
    truth, said = [each.label["intent"] for each in calm], [each.read["intent"] for each in calm]

    def macro_f1(name: str, labels: Sequence[str]) -> Measure:
        count = sum(label in labels for label in truth)
        return Measure(name, f1_score(truth, said, labels=labels, average="macro", zero_division=0) if count else 0.0, count)

    names = sorted(set(truth))
    return [
        Measure("intent_accuracy", accuracy_score(truth, said) if truth else 0.0, len(truth)),
        macro_f1("intent_macro_f1", names),
        macro_f1("other_intents_macro_f1", [name for name in names if name not in {"challenge", OUT_OF_SCOPE}]),
        macro_f1("challenge_f1", ["challenge"]),
        macro_f1("out_of_scope_f1", [OUT_OF_SCOPE]),
    ]


def _themes(challenges: Sequence[Reading]) -> list[Measure]:
    truth, said = [each.label["theme"] for each in challenges], [str(each.read["theme"]) for each in challenges]
    count, names = len(challenges), sorted(set(truth))
    near = sum(theme in [name for name, _ in each.read["themes"]] for theme, each in zip(truth, challenges, strict=True))
    return [
        Measure("theme_accuracy", accuracy_score(truth, said) if count else 0.0, count),
        Measure("theme_macro_f1", f1_score(truth, said, labels=names, average="macro", zero_division=0) if count else 0.0, count),
        Measure("theme_top3", near / max(count, 1), count),
    ]


def _two_things(calm: Sequence[Reading]) -> list[Measure]:
    """Return how well two things in one message are told from one, over the lines that say whether they hold two (`two_things`)."""
    labelled = [each for each in calm if "two_things" in each.label]
    two = [each for each in labelled if each.label["two_things"]]
    said = [each for each in labelled if each.read.get("two_things")]
    right = sum(bool(each.label["two_things"]) for each in said)
    both = sum(set(each.label["two_things"]) == set(each.read["two_things"]) for each in said)
    return [
        Measure("two_things_precision", right / max(len(said), 1), len(said)),
        Measure("two_things_recall", right / max(len(two), 1), len(two)),
        Measure("two_things_both_right", both / max(len(two), 1), len(two)),
    ]


def _safety(readings: Sequence[Reading]) -> list[Measure]:
    def labelled(*tiers: str | None) -> list[Reading]:
        return [each for each in readings if each.label.get("safety") in tiers]

    def share(name: str, of: Sequence[Reading], *tiers: str) -> Measure:
        return Measure(name, sum(each.read["safety"] in tiers for each in of) / len(of) if of else 0.0, len(of))

    ordinary = labelled(None)
    named = [(each, text) for each in readings for text in each.label.get("identifiers") or ()]
    flagged = [each for each in readings if each.read["safety"] == "patient_identifiable"]
    right = [each for each in flagged if each.label.get("safety") == "patient_identifiable"]
    return [
        share("crisis_recall", labelled(*CRISIS), *CRISIS),
        share("crisis_immediate_recall", labelled("crisis_immediate"), "crisis_immediate"),
        share("crisis_false_alarms", ordinary, *CRISIS),
        share("safety_concern_recall", labelled("safety_concern"), "safety_concern", *CRISIS),
        share("safety_concern_false_alarms", ordinary, "safety_concern"),
        Measure("identifier_recall", sum(text not in each.read["text_stored"] for each, text in named) / max(len(named), 1), len(named)),
        Measure("identifiable_precision", len(right) / max(len(flagged), 1), len(flagged)),
        share("identifiable_false_alarms", ordinary, "patient_identifiable"),
    ]


def theme_table(readings: Sequence[Reading]) -> tuple[list[str], list[list[int]]]:
    """Return the themes and then "-", and for each true theme (a row) how often each of them was said (a column)."""
    challenges = [each for each in readings if each.label.get("theme")]
    names = sorted({each.label["theme"] for each in challenges} | {each.read["theme"] for each in challenges if each.read["theme"]})
    if not names:
        return [], []
    columns = [*names, "-"]
    truth, said = [each.label["theme"] for each in challenges], [each.read["theme"] or "-" for each in challenges]
    table = confusion_matrix(truth, said, labels=columns)
    return columns, [[int(count) for count in row] for row in table[: len(names)]]


def commonest_confusions(readings: Sequence[Reading], most: int) -> list[tuple[str, str, int]]:
    """Return the pairs of intents, true and said, that are most often taken for each other."""
    counts = Counter((each.label["intent"], each.read["intent"]) for each in readings if each.label["intent"] != each.read["intent"])
    return [(truth, str(said), count) for (truth, said), count in counts.most_common(most)]
