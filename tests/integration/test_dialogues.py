"""The dialogue project on its own: Rasa's validation of its data, and its predictions on whole conversations."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.library import Library
from bot.rasa.model import CONFIGURATION, DIALOGUES, TrainingFailed, model_path, rasa, scenario_examples
from bot.settings import read_settings

STORIES = DIALOGUES / "tests"
# Where a model was trained before the tests, as `make test` does.
SETTINGS = read_settings({})


def predict(stories: Path, library: Library, out: Path) -> str:
    return rasa(
        "test",
        "core",
        "--model",
        str(model_path(library, SETTINGS)),
        "--stories",
        str(stories),
        "--out",
        str(out),
        "--no-plot",
        "--fail-on-prediction-errors",
        encoder=SETTINGS.encoder,
    )


def test_the_data_are_valid(library: Library, tmp_path: Path) -> None:
    (tmp_path / "scenarios.yml").write_text(scenario_examples(library), encoding="utf-8")
    rasa(
        "data",
        "validate",
        "--data",
        str(DIALOGUES / "data"),
        str(tmp_path),
        "--domain",
        str(DIALOGUES / "domain.yml"),
        "--config",
        str(CONFIGURATION / "config.yml"),
        "--fail-on-warnings",
        encoder=SETTINGS.encoder,
    )


@pytest.mark.parametrize("folder", ["happy_path", "digressions", "corrections", "cancellations", "invalid_path"])
def test_every_behaviour_has_its_folder(folder: str) -> None:
    assert list((STORIES / folder).glob("test_*.yml"))


def test_every_prediction_is_right(library: Library, tmp_path: Path) -> None:
    predict(STORIES, library, tmp_path)
    assert "none of the test stories failed" in (tmp_path / "failed_test_stories.yml").read_text().lower()


def test_a_wrong_prediction_would_be_noticed(library: Library, tmp_path: Path) -> None:
    story = (STORIES / "corrections" / "test_amending.yml").read_text().replace("action_amend", "action_cancel")
    (tmp_path / "test_wrong.yml").write_text(story)
    with pytest.raises(TrainingFailed):
        predict(tmp_path / "test_wrong.yml", library, tmp_path / "out")
