"""Programmes add to the common content, override it and hide parts of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.library import load_library
from bot.settings import ROOT
from bot.yaml_files import FileError

CONTENT = ROOT / "toolkit_content"


def programme(folder: Path, hides: str = "[]", name: str = "leeds") -> Path:
    own = folder / name / "content"
    own.mkdir(parents=True)
    (folder / name / "programme.yml").write_text(f"id: {name}\nhides: {hides}\n")
    scenario = (CONTENT / "scenarios" / "list_cut.yaml").read_text()
    (own / "our_list.yaml").write_text(scenario.replace("id: list_cut", "id: our_list"))
    signpost = (CONTENT / "signposts" / "speak_up_guardian.yaml").read_text()
    (own / "speak_up_guardian.yaml").write_text(signpost.replace("line: ", "line: Ours. # "))
    return folder


def test_a_programme_adds_overrides_and_hides(tmp_path: Path) -> None:
    library = load_library(CONTENT, programme(tmp_path, "[scenario/job_advert]"))
    ours = library.of("leeds")
    assert "our_list" in ours.scenarios
    assert ours.signposts["speak_up_guardian"].line == "Ours."
    assert "job_advert" not in ours.scenarios
    for other in (library.of("elsewhere"), library.of(None)):
        assert other is library.common
        assert "our_list" not in other.scenarios
        assert "job_advert" in other.scenarios
    assert {"our_list", "job_advert"} <= library.scenarios().keys(), "one model understands all of them"


def test_hiding_what_does_not_exist_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"programme\.yml:2: hides 'scenario/nothing', which does not exist"):
        load_library(CONTENT, programme(tmp_path, "[scenario/nothing]"))


def test_a_programme_cannot_weaken_what_keeps_everybody_safe(tmp_path: Path) -> None:
    programme(tmp_path, "[safety_rule/gentle_check]")
    with pytest.raises(FileError, match="is everybody's"):
        load_library(CONTENT, tmp_path)


def test_a_folder_under_another_name_is_told(tmp_path: Path) -> None:
    programme(tmp_path)
    (tmp_path / "leeds").rename(tmp_path / "york")
    with pytest.raises(FileError, match="Write id: york"):
        load_library(CONTENT, tmp_path)
