"""The whole toolkit, loaded once from toolkit_content/ and read by everything that speaks to a person."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.content.schema import (
    KINDS,
    Instrument,
    Kind,
    Lesson,
    Prompt,
    SafetyRule,
    Scale,
    Scenario,
    SentenceGroup,
    Signpost,
    SurveyItem,
    Theme,
)
from bot.yaml_files import Document, FileError, Problem, read_yaml

Thing = TypeVar("Thing")


class Sentences(Mapping[str, str]):
    """Every sentence the coach says, by `group.key`."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, key: str) -> str:
        return self._texts[key]

    def __iter__(self):  # type: ignore[no-untyped-def]  # Mapping's own signature
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def say(self, key: str, **values: object) -> str:
        """Return the sentence `key` with its values filled in; raises KeyError when either is missing."""
        return self._texts[key].format_map({name: str(value) for name, value in values.items()})

    def group(self, name: str) -> Mapping[str, str]:
        """Return one group's sentences without the group's name before each key."""
        return {key.partition(".")[2]: text for key, text in self._texts.items() if key.startswith(f"{name}.")}

    def fields(self, key: str) -> set[str]:
        """Return the names of the values that the sentence `key` needs."""
        return {name for _, name, _, _ in string.Formatter().parse(self._texts[key]) if name}


@dataclass(frozen=True)
class Toolkit:
    """Themes, scenarios, prompts, lessons, surveys, signposts and sentences, each by its id."""

    themes: Mapping[str, Theme]
    scenarios: Mapping[str, Scenario]
    prompts: Mapping[str, Prompt]
    lessons: Mapping[str, Lesson]
    scales: Mapping[str, Scale]
    items: Mapping[str, SurveyItem]
    instruments: Mapping[str, Instrument]
    signposts: Mapping[str, Signpost]
    safety_rules: Mapping[str, SafetyRule]
    sentences: Sentences
    documents: Mapping[tuple[str, str], Document] = field(default_factory=dict, repr=False)

    def scenarios_on(self, theme: str) -> list[Scenario]:
        return [scenario for scenario in self.scenarios.values() if scenario.theme == theme]

    def lessons_on(self, theme: str) -> list[Lesson]:
        return [lesson for lesson in self.lessons.values() if lesson.theme == theme]

    def prompts_on(self, theme: str) -> list[Prompt]:
        return [prompt for prompt in self.prompts.values() if prompt.theme == theme]


def load_toolkit(folder: Path) -> Toolkit:
    """Read every YAML file under `folder`; raises FileError with all the problems found."""
    problems: list[Problem] = []
    things: dict[type[Kind], dict[str, Kind]] = {kind: {} for kind in KINDS.values()}
    documents: dict[tuple[str, str], Document] = {}
    texts: dict[str, str] = {}
    for path in sorted(folder.rglob("*.y*ml")):
        try:
            document = read_yaml(path)
            thing = document.parse(_kind_of(document))
        except FileError as error:
            problems += error.problems
            continue
        if isinstance(thing, SentenceGroup):
            for key, text in thing.sentences.items():
                if f"{thing.group}.{key}" in texts:
                    problems.append(document.problem(["sentences", key], f"'{thing.group}.{key}' stands twice", "Keep one"))
                texts[f"{thing.group}.{key}"] = text
                documents["sentence", f"{thing.group}.{key}"] = document
            continue
        if thing.id != path.stem:
            problems.append(document.problem(["id"], f"id '{thing.id}' is not the file's name", f"Write id: {path.stem}"))
        things[type(thing)][thing.id] = thing
        documents[thing.kind, thing.id] = document
    if not documents and not problems:
        problems.append(Problem(folder, 1, "holds no content", "Point 'content' in config/settings.yml at toolkit_content/"))
    if problems:
        raise FileError(problems)

    def of(kind: type[Thing]) -> Mapping[str, Thing]:
        return {key: thing for key, thing in things[kind].items() if isinstance(thing, kind)}  # type: ignore[index]

    return Toolkit(
        themes=of(Theme),
        scenarios=of(Scenario),
        prompts=of(Prompt),
        lessons=of(Lesson),
        scales=of(Scale),
        items=of(SurveyItem),
        instruments=of(Instrument),
        signposts=of(Signpost),
        safety_rules=of(SafetyRule),
        sentences=Sentences(texts),
        documents=documents,
    )


def _kind_of(document: Document) -> type[Kind]:
    kind = document.data.get("kind")
    if kind not in KINDS:
        remedy = f"Write one of: {', '.join(KINDS)}"
        what = "'kind' is missing" if kind is None else f"kind '{kind}' is not known"
        raise FileError([document.problem(["kind"], what, remedy)])
    return KINDS[kind]
