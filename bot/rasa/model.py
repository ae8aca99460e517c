"""Training: the dialogue project, together with the examples that come with each scenario, made into a model."""

from __future__ import annotations

import hashlib
import hmac
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml

from bot.content.library import Library
from bot.settings import ROOT, Settings

DIALOGUES = ROOT / "dialogues"
CONFIGURATION = ROOT / "config" / "rasa"
PYTHON = DIALOGUES / ".venv" / "bin" / "python"
_OF_SERVING = {"tracker_store.py", "lock_store.py"}


class TrainingFailed(Exception):
    """Raised with what the engine printed when the data are not valid or training fails."""


def scenario_examples(library: Library) -> str:
    """Return the scenarios' example messages as Rasa's training data, so that a scenario's own file is all it needs."""
    blocks = [
        {
            "intent": "challenge",
            "metadata": {"theme": scenario.theme, "scenario": scenario.id},
            "examples": "".join(f"- {' '.join(example.split())}\n" for example in scenario.examples),
        }
        for scenario in library.scenarios().values()
    ]
    return yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, sort_keys=False)


def fingerprint(library: Library, encoder: Path) -> str:
    """Return a hash of all that a model is made from; the same hash means the same model."""
    digest = hashlib.sha256()
    # Hashing half a gigabyte of weights at every start would take longer than the start. What `make setup` made them from is
    # noted beside them; another encoder is told by its files' names and sizes.
    made_from = encoder / "made_from.sha256"
    for path in [made_from] if made_from.exists() else sorted(encoder.glob("*.*")):
        digest.update(f"{path.name} {path.stat().st_size}\0".encode() + (path.read_bytes() if path == made_from else b""))
    inputs = [DIALOGUES / "domain.yml", CONFIGURATION / "config.yml", ROOT / "locks" / "engine.txt"]
    inputs += [path for folder in ("data", "components") for path in (DIALOGUES / folder).rglob("*") if path.suffix in {".yml", ".py"}]
    # How conversations are kept is no part of a model.
    for path in sorted(path for path in inputs if path.name not in _OF_SERVING):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(scenario_examples(library).encode())
    return digest.hexdigest()[:16]


def model_path(library: Library, settings: Settings) -> Path:
    return settings.var / "models" / f"{fingerprint(library, settings.encoder)}.tar.gz"


def train(library: Library, settings: Settings, say: Callable[[str], None]) -> Path:
    """Validate the dialogue data, train, and return the model's path; raises TrainingFailed.

    A model of the same inputs that is already there is used as it is.
    """
    model = model_path(library, settings)
    if model.exists():
        verify(model)
        say("the model is up to date")
        return model
    if not PYTHON.exists():
        raise TrainingFailed("the dialogue engine is not installed: run 'make setup'")
    model.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=model.parent) as folder:
        data = Path(folder) / "data"
        shutil.copytree(DIALOGUES / "data", data)
        (data / "scenarios.yml").write_text(scenario_examples(library), encoding="utf-8")
        say("checking the dialogue data and training (about a minute)")
        rasa(
            "train",
            "--data",
            str(data),
            "--domain",
            str(DIALOGUES / "domain.yml"),
            "--config",
            str(CONFIGURATION / "config.yml"),
            "--out",
            folder,
            "--fixed-model-name",
            "model",
            "--fail-on-validation-warnings",
            encoder=settings.encoder,
        )
        _note_hash(Path(folder) / "model.tar.gz", model)
        (Path(folder) / "model.tar.gz").replace(model)
    for old in sorted(model.parent.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-3]:
        old.unlink()
        _hash_file(old).unlink(missing_ok=True)
    say(f"trained {model.name}")
    return model


def verify(model: Path) -> str:
    """Return a model's hash, which is noted beside it when it is trained or first used; raises TrainingFailed when it is another one.

    COACH_MODEL_SHA256 pins it from outside the folder.
    """
    found = hashlib.sha256(model.read_bytes()).hexdigest()
    noted = _hash_file(model)
    expected = os.environ.get("COACH_MODEL_SHA256") or (noted.read_text(encoding="ascii").strip() if noted.exists() else found)
    if not hmac.compare_digest(found, expected):
        raise TrainingFailed(f"{model} is not the file that was trained: delete it and {noted.name}, then run 'coach train'")
    if not noted.exists():
        _note_hash(model, model)
    return found


def _hash_file(model: Path) -> Path:
    return model.with_name(model.name.removesuffix(".tar.gz") + ".sha256")


def _note_hash(file: Path, model: Path) -> None:
    draft = _hash_file(model).with_suffix(f".{os.getpid()}")
    draft.write_text(hashlib.sha256(file.read_bytes()).hexdigest() + "\n", encoding="ascii")
    draft.replace(_hash_file(model))


def rasa(*arguments: str, encoder: Path) -> str:
    """Run one of Rasa's commands in its own environment and return what it printed; raises TrainingFailed."""
    environment = os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "COACH_ENCODER": str(encoder),
    }
    finished = subprocess.run(
        [PYTHON, "-m", "rasa", *arguments],
        cwd=DIALOGUES,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise TrainingFailed(_without_noise(finished.stdout + finished.stderr))
    return finished.stdout + finished.stderr


def _without_noise(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip() and "Warning" not in line and "warnings.warn" not in line]
    return "\n".join(lines[-25:])
