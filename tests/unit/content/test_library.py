"""Programmes add to the common content, override it and hide parts of it, and leave alone what keeps everybody safe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.content.check import check_references, check_style, unverified
from bot.content.library import Library, load_library
from bot.settings import ROOT, read_settings
from bot.yaml_files import FileError

CONTENT = ROOT / "toolkit_content"


def programme(folder: Path, hides: str = "[]", name: str = "leeds", **own: str) -> Path:
    """Make a programme's folder; `own` are the words of its files, by name."""
    content = folder / name / "content"
    content.mkdir(parents=True)
    (folder / name / "programme.yml").write_text(f"id: {name}\nhides: {hides}\n")
    for stem, text in own.items():
        (content / f"{stem}.yaml").write_text(text)
    return folder


def common(path: str) -> str:
    return (CONTENT / path).read_text()


def problems(folder: Path) -> list[str]:
    with pytest.raises(FileError) as raised:
        check_references(load_library(CONTENT, folder), read_settings().file)
    return [str(problem).replace(f"{folder}/", "") for problem in raised.value.problems]


def sentences(group: str, key: str, text: str = "Ours.") -> str:
    return f"kind: sentences\ngroup: {group}\nsentences:\n  {key}: {text}\n"


def test_a_programme_adds_overrides_and_hides(tmp_path: Path) -> None:
    ours = common("scenarios/list_cut.yaml").replace("id: list_cut", "id: our_list")
    guardian = common("signposts/speak_up_guardian.yaml").replace("line: ", "line: Ours. # ")
    words = sentences("options", "draft", '"Ours: {draft}"')
    library = load_library(CONTENT, programme(tmp_path, "[scenario/job_advert]", our_list=ours, speak_up_guardian=guardian, words=words))
    leeds = library.of("leeds")
    assert "our_list" in leeds.scenarios
    assert leeds.signposts["speak_up_guardian"].line == "Ours."
    assert leeds.sentences["options.draft"] == "Ours: {draft}"
    assert "job_advert" not in leeds.scenarios
    for other in (library.of("elsewhere"), library.of(None)):
        assert other is library.common
        assert "our_list" not in other.scenarios
        assert "job_advert" in other.scenarios
    assert {"our_list", "job_advert"} <= library.scenarios().keys(), "one model understands all of them"


@pytest.mark.parametrize(
    ("hides", "told", "reason"),
    [
        ("[scenario/nothing]", "hides 'scenario/nothing', which does not exist. Write kind/id", "misspelt"),
        ("[safety_rule/gentle_check]", "hides 'safety_rule/gentle_check', which is everybody's", "a rule"),
        ("[signpost/samaritans]", "hides 'signpost/samaritans', which is everybody's", "a line for danger to life"),
        ("[sentence/safety.crisis_gentle]", "hides 'sentence/safety.crisis_gentle', which is everybody's", "safety's words"),
        ("[sentence/removed.address]", "hides 'sentence/removed.address', which is everybody's", "what was taken out"),
        ("[sentence/choice.decline]", "hides 'sentence/choice.decline', which is everybody's", "consent's words"),
        ("[sentence/plan.ask]", "hides 'sentence/plan.ask', but something has to be said there", "any sentence"),
        (
            "[signpost/clinical_chain, signpost/speak_up_guardian]",
            "hides 'signpost/clinical_chain', which leaves nobody for safety_concern who can be reached at every hour. "
            "Keep one, or add a signpost with tiers: [safety_concern] and always_open: true",
            "the last line of a tier",
        ),
    ],
)
def test_what_a_programme_cannot_hide(tmp_path: Path, hides: str, told: str, reason: str) -> None:
    found = problems(programme(tmp_path, hides))
    assert found[0].startswith(f"leeds/programme.yml:2: {told}"), reason
    assert len(found) == hides.count("/"), found


def test_all_lines_for_danger_cannot_be_hidden_at_once(tmp_path: Path) -> None:
    lines = [path.stem for path in sorted((CONTENT / "signposts").glob("*.yaml"))]
    found = problems(programme(tmp_path, "[" + ", ".join(f"signpost/{name}" for name in lines) + "]"))
    for name in ("emergency", "nhs_111", "samaritans"):
        assert any(f"'signpost/{name}', which is everybody's" in problem for problem in found)


def test_a_line_may_go_while_its_tier_keeps_one_that_is_always_open(tmp_path: Path) -> None:
    library = load_library(CONTENT, programme(tmp_path, "[signpost/speak_up_guardian, signpost/bma]"))
    assert {"speak_up_guardian", "bma"}.isdisjoint(library.of("leeds").signposts)


@pytest.mark.parametrize(
    ("text", "line", "told", "reason"),
    [
        (common("safety/gentle_check.yaml"), 1, "a programme cannot have a safety_rule of its own. Change it in the common", "a rule"),
        (common("commands/grow.yaml"), 1, "a programme cannot have a command of its own", "what the engine is told"),
        (sentences("safety", "crisis_gentle"), 2, "a programme cannot have sentences of the group 'safety' of its own", "safety"),
        (sentences("removed", "address"), 2, "a programme cannot have sentences of the group 'removed' of its own", "identifiers"),
        (sentences("conversation", "welcome"), 2, "a programme cannot have sentences of the group 'conversation'", "consent"),
        (sentences("aside", "who_sees"), 4, "a programme cannot have 'aside.who_sees' of its own", "what consent rests on"),
        (sentences("aside", "who_knows"), 4, "nothing says 'aside.who_knows'. Write one of the names in", "misspelt"),
        (sentences("options", "draft", '"{text}"'), 4, "'options.draft' has no value for {text}. Use only: {draft}", "no such value"),
        (sentences("options", "draft", '"{draft"'), 4, "'options.draft' has a brace without its partner", "not a field"),
        (common("signposts/samaritans.yaml"), 2, "the line 'samaritans' is the same for everybody. Give the file another name", "a number"),
    ],
)
def test_what_a_programme_cannot_have_of_its_own(tmp_path: Path, text: str, line: int, told: str, reason: str) -> None:
    name = next((row.removeprefix("id: ") for row in text.splitlines() if row.startswith("id: ")), "words")
    found = problems(programme(tmp_path, **{name: text}))
    assert len(found) == 1, found
    assert found[0].startswith(f"leeds/content/{name}.yaml:{line}: {told}"), reason


def test_two_sentences_of_one_file_are_told_once(tmp_path: Path) -> None:
    text = sentences("safety", "crisis_gentle") + "  crisis_immediate: Ours too.\n"
    assert len(problems(programme(tmp_path, words=text))) == 1


def test_a_line_in_anothers_place_has_to_be_as_open(tmp_path: Path) -> None:
    closed = common("signposts/speak_up_guardian.yaml").replace(
        "always_open: true", 'always_open: false\nhours: [{days: [mon], opens: "09:00", closes: "17:00"}]'
    )
    found = problems(programme(tmp_path, "[signpost/clinical_chain]", speak_up_guardian=closed))
    assert "hides 'signpost/clinical_chain', which leaves nobody for safety_concern" in found[0]
    assert "speak_up_guardian.yaml:7: takes the place of a line, which leaves nobody" in found[1]


@pytest.mark.parametrize(
    ("hides", "told"),
    [
        ("technique/round_robin", "hides 'technique/round_robin', which is named by scenario/nobody_spoke. Take it out of hides"),
        ("scale/agreement5", "which is everybody's"),
        ("instrument/fortnightly", "which is everybody's"),
    ],
)
def test_what_names_a_hidden_thing_is_told_where_it_is_hidden(tmp_path: Path, hides: str, told: str) -> None:
    found = problems(programme(tmp_path, f"\n  - scenario/job_advert\n  - {hides}"))
    assert len(found) == 1, found
    assert found[0].startswith("leeds/programme.yml:4: ")
    assert told in found[0]


def test_much_that_names_a_hidden_thing_is_counted(tmp_path: Path) -> None:
    found = problems(programme(tmp_path, "[theme/civility]"))
    assert len(found) == 1, found
    named, more = found[0].split("named by ")[1].split(". ")[0].split(" and ")
    assert named.count("/") == 5
    assert more == "8 more"


def test_a_copied_file_is_told_once(tmp_path: Path) -> None:
    copied = common("scenarios/list_cut.yaml").replace("id: list_cut", "id: our_list")
    library = load_library(CONTENT, programme(tmp_path, our_list=copied))
    found = [str(problem) for problem in check_style(library, date(2026, 11, 24))]
    assert len(found) == 1, found
    assert "our_list.yaml:" in found[0]
    assert "texts here that stand in 'scenario/list_cut' too" in found[0]


def test_every_fault_of_every_programme_is_told_at_once(tmp_path: Path) -> None:
    programme(tmp_path, "[scenario/nothing, signpost/samaritans]")
    programme(tmp_path, name="york", words=sentences("safety", "crisis_gentle"))
    assert len(problems(tmp_path)) == 3


def test_a_folder_under_another_name_is_told(tmp_path: Path) -> None:
    programme(tmp_path)
    (tmp_path / "leeds").rename(tmp_path / "york")
    assert "Write id: york" in problems(tmp_path)[0]


def test_a_programme_without_content_of_its_own_is_one(tmp_path: Path) -> None:
    assert load_library(CONTENT, programme(tmp_path)).programmes.keys() == {"leeds"}


def test_signposts_that_nobody_has_verified_are_known(library: Library) -> None:
    assert "samaritans" in unverified(library)
    assert "clinical_chain" not in unverified(library)
