"""How the dialogue engine is started."""

from __future__ import annotations

import argparse
import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from bot.rasa.model import TrainingFailed, verify
from bot.settings import ROOT


@pytest.fixture(scope="module")
def serve() -> ModuleType:
    spec = importlib.util.spec_from_file_location("serve", ROOT / "dialogues" / "serve.py")
    assert spec is not None
    assert spec.loader is not None
    serve = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(serve)
    return serve


def test_a_token_that_begins_with_a_dash_is_still_a_token(serve: ModuleType) -> None:
    parser = argparse.ArgumentParser()
    for name in ("interface", "port", "model", "endpoints", "credentials"):
        parser.add_argument(f"--{name}")
    parser.add_argument("-t", "--auth-token")
    parser.add_argument("--enable-api", action="store_true")
    read = parser.parse_args(serve.options({"COACH_ENGINE_PORT": "5005", "COACH_ENGINE_TOKEN": "-Ab_c", "COACH_MODEL": "m.tar.gz"}))
    assert read.auth_token == "-Ab_c"


def test_another_model_than_the_one_whose_hash_was_given_is_not_loaded(serve: ModuleType, tmp_path: Path) -> None:
    model = tmp_path / "model.tar.gz"
    model.write_bytes(b"trained")
    noted = {"COACH_MODEL": str(model), "COACH_MODEL_SHA256": verify(model)}
    serve.verify_model(noted)
    model.write_bytes(b"swapped")
    with pytest.raises(SystemExit, match="not the file whose hash was given"):
        serve.verify_model(noted)
    for given in (str(model), str(tmp_path)):
        with pytest.raises(SystemExit, match="not the file whose hash was given"):
            serve.verify_model({"COACH_MODEL": given})
    with pytest.raises(TrainingFailed, match="is not the file that was trained"):
        verify(model)


@pytest.mark.parametrize(
    ("answer", "is_one", "why"),
    [
        (
            {"events": [{"event": "slot", "name": "theme", "value": None}], "responses": [{"text": "Which one?"}]},
            True,
            "events and responses",
        ),
        ({"events": []}, True, "an action may say nothing"),
        ({}, True, "and change nothing"),
        (None, False, "an empty body"),
        ([], False, "a list"),
        ({"events": None}, False, "no list of events"),
        ({"events": [{"name": "theme"}]}, False, "an event of no kind"),
        ({"events": [{"event": 3}]}, False, "a kind that is no name"),
        ({"events": ["slot"]}, False, "an event that is a word"),
        ({"responses": ["Which one?"]}, False, "a response that is a word"),
    ],
)
def test_the_shape_of_an_actions_answer_is_looked_at(serve: ModuleType, answer: object, is_one: bool, why: str) -> None:
    assert serve.is_answer(answer) is is_one, why


def test_of_a_folder_the_newest_is_loaded_and_only_with_a_hash(serve: ModuleType, tmp_path: Path) -> None:
    folder = {"COACH_MODEL": str(tmp_path)}
    with pytest.raises(SystemExit, match="no model in the folder"):
        serve.verify_model(folder)
    for number, name in enumerate(("older.tar.gz", "newer.tar.gz")):
        (tmp_path / name).write_bytes(name.encode())
        os.utime(tmp_path / name, (number, number))
    with pytest.raises(SystemExit, match="the model has no hash"):
        serve.verify_model(dict(folder))
    verify(tmp_path / "newer.tar.gz")
    serve.verify_model(folder)
    assert folder["COACH_MODEL"].endswith("newer.tar.gz")
