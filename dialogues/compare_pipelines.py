"""Compare ways of understanding messages: by cross-validation on the training examples, and on files that others wrote.

Usage, in the engine's environment:
    python compare_pipelines.py SCENARIO_EXAMPLES.yml TEST.jsonl [TEST.jsonl ...] [--folds 3] [--rounds 3] [--only WORDS]
`make compare` calls it. Every pipeline learns the same labels: each intent, and each theme of `challenge` as one of its own.
Prints one row of a Markdown table a pipeline, with how many of the folds were asked; nothing is written outside a scratch folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold

HERE = Path(__file__).parent
DIET = {"name": "DIETClassifier", "epochs": 20, "batch_size": [64, 256], "entity_recognition": False, "constrain_similarities": True}
WORDS = [{"name": "WhitespaceTokenizer"}, {"name": "CountVectorsFeaturizer"}]
PARTS = {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}
ENCODER = {"name": "components.sentence_encoder.SentenceEncoder"}
CLASSIFIER = "components.message_classifier.MessageClassifier"
PIPELINES: dict[str, list[dict[str, Any]]] = {
    "sparse: words and parts of words, logistic regression": [*WORDS, PARTS, {"name": "LogisticRegressionClassifier", "max_iter": 100}],
    # DIET wants something of every word: without words beside the encoder's vector of the whole it refuses to train.
    "DIET on words and the encoder's vector (20 epochs)": [*WORDS, ENCODER, DIET],
    "DIET on words and parts of words (20 epochs)": [*WORDS, PARTS, DIET],
    "encoder, linear": [ENCODER, {"name": CLASSIFIER, "spelling_weight": 0.0}],
    "encoder and parts of words, linear (chosen)": [ENCODER, {"name": CLASSIFIER}],
}


def examples(paths: list[Path]) -> list[tuple[str, str]]:
    """Return each example with its label: a challenge's theme, else the intent."""
    rows: dict[str, str] = {}
    for path in paths:
        for block in yaml.safe_load(path.read_text())["nlu"]:
            if label := (block.get("metadata") or {}).get("theme") or block.get("intent"):
                for line in block["examples"].splitlines():
                    if line.strip().startswith("- "):
                        rows[line.strip()[2:]] = label
    return list(rows.items())


def tests(path: Path) -> list[tuple[str, str]]:
    """Return the calm messages of a labelled file with their labels."""
    rows = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    return [(row["text"], row["theme"] or row["intent"]) for row in rows if not row.get("safety")]


def measured(pipeline: str, learned: list[tuple[str, str]], asked: list[tuple[str, str]]) -> dict[str, Any]:
    """Train and ask in a process of its own, so that memory is its own too."""
    with tempfile.NamedTemporaryFile() as answer:
        finished = subprocess.run(
            [sys.executable, __file__, "--one", pipeline, answer.name],
            input=json.dumps([learned, asked]),
            capture_output=True,
            text=True,
            cwd=HERE,
            check=False,
        )
        if finished.returncode:
            sys.exit(finished.stderr[-3000:])
        return dict(json.load(answer))


def one(pipeline: str, answer: Path) -> None:
    """Train on the rows on standard input, ask the others, and write what came of it as JSON: libraries print what they like."""
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    learned, asked = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        nlu: dict[str, list[str]] = {}
        for text, label in learned:
            nlu.setdefault(label, []).append(f"- {text}\n")
        data = {"version": "3.1", "nlu": [{"intent": label, "examples": "".join(lines)} for label, lines in nlu.items()]}
        config = {"recipe": "default.v1", "language": "en", "assistant_id": "compared", "pipeline": PIPELINES[pipeline]}
        (Path(folder) / "nlu.yml").write_text(yaml.safe_dump(data, allow_unicode=True))
        (Path(folder) / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False))
        started = time.monotonic()
        model = train_nlu(str(Path(folder) / "config.yml"), str(Path(folder) / "nlu.yml"), folder)
        trained = time.monotonic() - started
        agent = Agent.load(model)

        async def ask() -> tuple[list[list[str]], list[float]]:
            rankings, times = [], []
            for text, _ in asked:
                begun = time.perf_counter()
                parsed = await agent.parse_message(text)
                times.append(time.perf_counter() - begun)
                rankings.append([guess["name"] for guess in parsed["intent_ranking"]] or [parsed["intent"]["name"]])
            return rankings, times

        rankings, times = asyncio.run(ask())
    found = {
        "rankings": rankings,
        "trained": trained,
        "p95": float(np.percentile(times, 95)) * 1000,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    answer.write_text(json.dumps(found))


def scores(asked: list[tuple[str, str]], rankings: list[list[str]], themes: set[str]) -> tuple[float, float, float]:
    """Return the themes' macro-F1, the share of themes among the three likeliest, and the other intents' macro-F1."""
    truth = [label for _, label in asked]
    said = [ranking[0] for ranking in rankings]
    others = sorted({label for label in truth if label not in themes})
    present = sorted(set(truth) & themes)
    near = [
        label in [name for name in ranking if name in themes][:3] for label, ranking in zip(truth, rankings, strict=True) if label in themes
    ]
    return (
        float(f1_score(truth, said, labels=present, average="macro", zero_division=0)),
        float(np.mean(near)) if near else 0.0,
        float(f1_score(truth, said, labels=others, average="macro", zero_division=0)),
    )


def main() -> None:
    if sys.argv[1] == "--one":
        one(sys.argv[2], Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", type=Path)
    parser.add_argument("tests", type=Path, nargs="+")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--rounds", type=int, help="of the folds, ask only so many, or 0: each takes a training")
    parser.add_argument("--only", default="", help="only the pipelines whose name begins so")
    arguments = parser.parse_args()
    rounds = arguments.folds if arguments.rounds is None else arguments.rounds
    rows = examples([*sorted((HERE / "data" / "nlu").rglob("*.yml")), arguments.scenarios])
    labels = [label for _, label in rows]
    themes = {path.stem for path in (HERE / "data" / "nlu" / "challenge").glob("*.yml")}
    heads = ["cross-validation", *(path.stem for path in arguments.tests)]
    print(f"{len(rows)} examples; each cell: themes' macro-F1, theme within three, other intents' macro-F1")
    print("| pipeline | folds | " + " | ".join(heads) + " | ms a message, p95 | MB | training, s |")
    print("|---" * (len(heads) + 5) + "|")
    for pipeline in (name for name in PIPELINES if name.startswith(arguments.only)):
        asked_all, ranked_all = [], []
        folds = StratifiedKFold(arguments.folds, shuffle=True, random_state=0).split(rows, labels)
        for learned, held in islice(folds, rounds):
            asked = [rows[index] for index in held]
            ranked_all += measured(pipeline, [rows[index] for index in learned], asked)["rankings"]
            asked_all += asked
        cells: list[tuple[float, ...]] = [scores(asked_all, ranked_all, themes)] if rounds else [()]
        files = [tests(path) for path in arguments.tests]
        found = measured(pipeline, rows, [row for file in files for row in file])
        for file in files:
            ranked, found["rankings"] = found["rankings"][: len(file)], found["rankings"][len(file) :]
            cells.append(scores(file, ranked, themes))
        texts = [f"{rounds} of {arguments.folds}", *(", ".join(f"{value:.2f}" for value in cell) or "-" for cell in cells)]
        texts += [f"{found[name]:.0f}" for name in ("p95", "memory", "trained")]
        print(f"| {pipeline} | {' | '.join(texts)} |", flush=True)


if __name__ == "__main__":
    main()
