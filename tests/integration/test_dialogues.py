"""The dialogue project on its own: Rasa's validation of its data, and its predictions on whole conversations."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.toolkit import Toolkit
from bot.rasa.model import CONFIGURATION, DIALOGUES, TrainingFailed, model_path, rasa, scenario_examples
from bot.settings import ROOT

STORIES = DIALOGUES / "tests"


def predict(stories: Path, toolkit: Toolkit, out: Path) -> str:
    return rasa(
        "test",
        "core",
        "--model",
        str(model_path(toolkit, ROOT / "var")),
        "--stories",
        str(stories),
        "--out",
        str(out),
        "--no-plot",
        "--fail-on-prediction-errors",
    )


def test_the_data_are_valid(toolkit: Toolkit, tmp_path: Path) -> None:
    (tmp_path / "scenarios.yml").write_text(scenario_examples(toolkit), encoding="utf-8")
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
    )


@pytest.mark.parametrize("folder", ["happy_path", "digressions", "corrections", "cancellations", "invalid_path"])
def test_every_behaviour_has_its_folder(folder: str) -> None:
    assert list((STORIES / folder).glob("test_*.yml"))


def test_every_prediction_is_right(toolkit: Toolkit, tmp_path: Path) -> None:
    predict(STORIES, toolkit, tmp_path)
    assert "none of the test stories failed" in (tmp_path / "failed_test_stories.yml").read_text().lower()


def test_a_wrong_prediction_would_be_noticed(toolkit: Toolkit, tmp_path: Path) -> None:
    story = (STORIES / "corrections" / "test_amending.yml").read_text().replace("action_amend", "action_cancel")
    (tmp_path / "test_wrong.yml").write_text(story)
    with pytest.raises(TrainingFailed):
        predict(tmp_path / "test_wrong.yml", toolkit, tmp_path / "out")
