"""Measure the second net behind the safety rules by cross-validation: how likely danger is to a model that had not learned an example.

Usage, in the engine's environment, after a training (which keeps the examples' vectors):
    python measure_second_net.py [--folds 3] > DANGER.jsonl
Prints one JSON object an example: its text, its intent, its file, and the likelihoods of a crisis and of a safety concern.
Examples of scenarios are no part of this. docs/understanding.md says what came of it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import scipy.sparse
import yaml
from components.message_classifier import MessageClassifier, _Decision, _Spelling
from components.sentence_encoder import _key, _read_vectors
from sklearn.model_selection import StratifiedKFold

NLU = Path(__file__).parent / "data" / "nlu"
CRISIS = {"crisis_immediate", "crisis_gentle"}


def examples() -> list[tuple[str, str, str | None, str]]:
    """Return each example once: its text, intent, theme or none, and file."""
    found: dict[str, tuple[str, str, str | None, str]] = {}
    for path in sorted(NLU.rglob("*.yml")):
        for block in yaml.safe_load(path.read_text())["nlu"]:
            theme = (block.get("metadata") or {}).get("theme")
            for line in block.get("examples", "").splitlines() if block.get("intent") else ():
                if line.strip().startswith("- "):
                    text = line.strip()[2:].strip()
                    found.setdefault(text, (text, block["intent"], theme, path.name))
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=3)
    arguments = parser.parse_args()
    vectors = _read_vectors()
    rows = [row for row in examples() if _key(row[0]) in vectors]
    dense = np.vstack([vectors[_key(text)].reshape(1, -1).astype(np.float32) for text, *_ in rows])
    labels = [json.dumps([intent, theme]) for _, intent, theme, _ in rows]
    config = MessageClassifier.get_default_config()
    for learned, asked in StratifiedKFold(arguments.folds, shuffle=True, random_state=0).split(dense, labels):
        spelling = _Spelling(config["longest_part"])
        spelling.learn([rows[at][0] for at in learned])

        def features(places: np.ndarray, spelling: _Spelling = spelling) -> scipy.sparse.csr_matrix:
            parts = config["spelling_weight"] * spelling.features([rows[at][0] for at in places])
            return scipy.sparse.hstack([scipy.sparse.csr_matrix(dense[places]), parts]).tocsr()

        decision = _Decision()
        decision.learn(features(learned), [json.loads(labels[at]) for at in learned], config["C"])
        wanted = features(asked)
        for number, at in enumerate(asked):
            text, intent, _, file = rows[at]
            likelihoods = decision.likelihoods(wanted[number], config["sharpness"])
            of = {
                name: sum(each for (said, _), each in zip(decision.labels, likelihoods, strict=True) if said in names)
                for name, names in (("crisis", CRISIS), ("concern", {"safety_concern"}))
            }
            print(json.dumps({"text": text, "intent": intent, "file": file, **{name: round(value, 4) for name, value in of.items()}}))


if __name__ == "__main__":
    main()
