from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.content.check import check_references, check_style
from bot.content.library import Library, load_library
from bot.content.schema import KINDS, ProgrammeFile
from bot.content.toolkit import Toolkit
from bot.domain.posts import Post
from bot.settings import ROOT, read_settings
from bot.yaml_files import FileError, read_yaml

CONTENT = ROOT / "toolkit_content"
TEMPLATES = ROOT / "docs" / "templates"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(FileError) as raised:
        check_references(load_library(folder, folder / "none"), read_settings().file)
    return [str(problem) for problem in raised.value.problems]


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (lambda text: text.replace("theme: gm_trust", "theme: gm_thrust"), 3, "'theme' cannot be used"),
        (lambda text: text.replace("reflection:", "reflexion:"), 54, "'reflexion' is not a field"),
        (lambda text: text.replace("version: 1\n", ""), 1, "'version' is missing. Add a line 'version: ...'"),
        (lambda text: text.replace("kind: scenario", "kind: scenery"), 1, "kind 'scenery' is not known. Write one of: theme, scenario"),
        (lambda text: text.replace("id: list_cut", "id: cut_list"), 2, "is not the file's name. Write id: list_cut"),
        (lambda text: text.replace("title: The", "title: 'The"), 5, "YAML"),
        (lambda text: text + "version: 2\n", -1, "'version' stands twice"),
        (lambda text: text.replace("review_by: 2027-11-24", "review_by: 2020-01-01"), 1, "'review_by' on or before 'reviewed'"),
    ],
)
def test_a_faulty_file_is_named_with_line_and_remedy(copy: Path, change: Callable[[str], str], line: int, words: str) -> None:
    path = copy / "scenarios" / "list_cut.yaml"
    edit(path, change)
    problems = problems_of(copy)
    assert any(words in problem for problem in problems), problems
    named = next(problem for problem in problems if words in problem)
    assert named.startswith(f"{path}:")
    expected = line if line > 0 else path.read_text().count("\n")
    assert abs(int(named.split(":")[1]) - expected) <= 2, named


def test_all_faults_are_told_at_once(copy: Path) -> None:
    for name in ("list_cut", "job_advert"):
        edit(copy / "scenarios" / f"{name}.yaml", lambda text: text.replace("version: 1", "version: none"))
    assert len(problems_of(copy)) == 2


def test_a_reference_to_nothing_is_named(copy: Path) -> None:
    edit(copy / "surveys" / "instruments" / "fortnightly.yaml", lambda text: text.replace("  - last_word", "  - lost_word"))
    assert any("item 'lost_word' does not exist. Write one of: bad_news_safe" in problem for problem in problems_of(copy))


def test_the_content_keeps_its_style(library: Library) -> None:
    assert check_style(library, date(2026, 11, 24)) == []


def test_one_id_in_two_folders_is_told(copy: Path) -> None:
    shutil.copy(copy / "prompts" / "let_off.yaml", copy / "themes" / "let_off.yaml")
    (problem,) = problems_of(copy)
    assert "themes/let_off.yaml:2: prompt 'let_off' stands in " in problem


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("word " * 61, "61 words"),
        ("Is it? Was it?", "more than one question"),
        ("Look at that!", "exclamation mark"),
        ("Well done for asking", "says 'Well done'"),
        ("Prioritize it", "American"),
        ("Good \U0001f600", "emoji"),
    ],
)
def test_style_is_checked(copy: Path, text: str, words: str) -> None:
    path = copy / "prompts" / "let_off.yaml"
    edit(path, lambda old: "\n".join(f'text: "{text.strip()}"' if line.startswith("text:") else line for line in old.splitlines()))
    found = check_style(load_library(copy, copy / "none"), date(2026, 11, 24))
    assert any(words in str(problem) and "let_off.yaml:4" in str(problem) for problem in found), found


def test_a_name_that_its_button_would_cut_is_told(copy: Path) -> None:
    edit(copy / "techniques" / "biff.yaml", lambda old: old.replace("name: BIFF, for a heated email", f"name: {'b' * 37}"))
    found = [str(problem) for problem in check_style(load_library(copy, copy / "none"), date(2026, 11, 24))]
    assert len(found) == 1
    assert "biff.yaml:4: is cut on its button ('Card: bbb" in found[0]
    assert "Shorten it by 3 letter(s)" in found[0]


def test_a_signpost_past_its_review_is_told(library: Library) -> None:
    assert any("signpost 'samaritans' was to be reviewed" in str(problem) for problem in check_style(library, date(2027, 6, 1)))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_template_that_names_every_field(kind: str) -> None:
    document = read_yaml(TEMPLATES / f"{kind}.yaml")
    model = KINDS[kind]
    document.parse(model)
    text = document.path.read_text()
    for name, field in model.model_fields.items():
        # One that is left out as a rule stands there behind a comment's mark.
        assert re.search(rf"\n(?:# )?{field.alias or name}:", text), name


def test_the_template_of_a_programme_is_one() -> None:
    assert read_yaml(TEMPLATES / "programme.yml").parse(ProgrammeFile).hides == ()


def test_each_theme_is_whole(toolkit: Toolkit) -> None:
    assert len(toolkit.themes) == 13
    for theme in toolkit.themes:
        scenarios = toolkit.scenarios_on(theme)
        assert len(scenarios) >= 3, theme
        assert {scenario.perspective for scenario in scenarios} == set(Post), f"{theme} is told from every side"
        assert len(toolkit.prompts_on(theme)) >= 5, theme
        assert toolkit.techniques_on(theme), theme
        assert toolkit.lessons_on(theme), theme
    assert {"grow", "woop"} <= toolkit.structures.keys()
    assert (len(toolkit.items), len(toolkit.signposts)) == (14, 8)


def test_the_best_option_is_not_known_by_its_place(toolkit: Toolkit) -> None:
    for scenario in toolkit.scenarios.values():
        assert len(scenario.options) == 3, scenario.id
        for option in scenario.options:
            sentences = option.outcome.rstrip(".").split(". ")
            assert len(sentences) == 2, f"{scenario.id}/{option.id}: what follows is two sentences"
