"""The whole toolkit, loaded once from toolkit_content/ and read by everything that speaks to a person."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.content.schema import (
    KINDS,
    BroadcastTemplate,
    Command,
    Identifier,
    Instrument,
    Kind,
    Lesson,
    Prompt,
    ReportNote,
    SafetyRule,
    Scale,
    Scenario,
    SentenceGroup,
    Signpost,
    Structure,
    SurveyItem,
    Technique,
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

    def list_of(self, keys: Iterable[str]) -> str:
        """Return the sentences of `keys` as a list within a sentence: "a name, an address and a date"."""
        texts = [self._texts[key] for key in keys]
        last = f" {self._texts['removed.and']} "
        return last.join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)

    def group(self, name: str) -> Mapping[str, str]:
        """Return one group's sentences without the group's name before each key."""
        return {key.partition(".")[2]: text for key, text in self._texts.items() if key.startswith(f"{name}.")}

    def fields(self, key: str) -> set[str]:
        """Return the names of the values that the sentence `key` needs."""
        return {name for _, name, _, _ in string.Formatter().parse(self._texts[key]) if name}


@dataclass(frozen=True)
class Toolkit:
    """Themes, scenarios, techniques, structures, prompts, lessons, surveys, signposts and sentences, each by its id."""

    themes: Mapping[str, Theme]
    scenarios: Mapping[str, Scenario]
    techniques: Mapping[str, Technique]
    structures: Mapping[str, Structure]
    prompts: Mapping[str, Prompt]
    lessons: Mapping[str, Lesson]
    scales: Mapping[str, Scale]
    items: Mapping[str, SurveyItem]
    instruments: Mapping[str, Instrument]
    report_notes: Mapping[str, ReportNote]
    broadcast_templates: Mapping[str, BroadcastTemplate]
    signposts: Mapping[str, Signpost]
    safety_rules: Mapping[str, SafetyRule]
    identifiers: Mapping[str, Identifier]
    commands: Mapping[str, Command]
    sentences: Sentences
    documents: Mapping[tuple[str, str], Document] = field(default_factory=dict, repr=False)
    # What a programme hides, by kind and id: its programme.yml, and the place in the list there.
    hidden: Mapping[tuple[str, str], tuple[Document, int]] = field(default_factory=dict, repr=False)

    def find(self, thing_id: str) -> Kind | None:
        """Return the thing with this id, of whichever kind; none when there is none."""
        kinds: tuple[Mapping[str, Kind], ...] = (
            self.scenarios,
            self.techniques,
            self.lessons,
            self.structures,
            self.prompts,
            self.items,
            self.instruments,
            self.themes,
            self.signposts,
        )
        return next((things[thing_id] for things in kinds if thing_id in things), None)

    def scenarios_on(self, theme: str) -> list[Scenario]:
        return [scenario for scenario in self.scenarios.values() if scenario.theme == theme]

    def lessons_on(self, theme: str) -> list[Lesson]:
        return [lesson for lesson in self.lessons.values() if lesson.theme == theme]

    def techniques_on(self, theme: str) -> list[Technique]:
        return [technique for technique in self.techniques.values() if technique.theme == theme]

    def prompts_on(self, theme: str) -> list[Prompt]:
        return [prompt for prompt in self.prompts.values() if prompt.theme == theme]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of the content with the file that it stands in; `text` is a sentence's."""

    document: Document
    thing: Kind
    text: str = ""


def read_things(folder: Path) -> dict[tuple[str, str], Entry]:
    """Read every YAML file under `folder`, by kind and id; raises FileError with all the problems found."""
    problems: list[Problem] = []
    entries: dict[tuple[str, str], Entry] = {}
    for path in sorted(folder.rglob("*.y*ml")):
        try:
            document = read_yaml(path)
            thing = document.parse(_kind_of(document))
        except FileError as error:
            problems += error.problems
            continue
        if isinstance(thing, SentenceGroup):
            for key, text in thing.sentences.items():
                name = f"{thing.group}.{key}"
                if ("sentence", name) in entries:
                    problems.append(document.problem(["sentences", key], f"'{name}' stands twice", "Keep one"))
                if not _has_whole_fields(text):
                    problems.append(document.problem(["sentences", key], f"'{name}' has a brace without its partner", "Pair or remove it"))
                entries["sentence", name] = Entry(document, thing, text)
            continue
        if thing.id != path.stem:
            problems.append(document.problem(["id"], f"id '{thing.id}' is not the file's name", f"Write id: {path.stem}"))
        elif twin := entries.get((thing.kind, thing.id)):
            remedy = "Keep one, or give this one another name and id"
            problems.append(document.problem(["id"], f"{thing.kind} '{thing.id}' stands in {twin.document.path} too", remedy))
        entries[thing.kind, thing.id] = Entry(document, thing)
    if not entries and not problems:
        problems.append(Problem(folder, 1, "holds no content", "Point 'content' in config/settings.yml at toolkit_content/"))
    if problems:
        raise FileError(problems)
    return entries


def hold(entries: Mapping[tuple[str, str], Entry]) -> Toolkit:
    """Return the toolkit that consists of these things."""

    def of(kind: type[Thing]) -> Mapping[str, Thing]:
        return {name: entry.thing for (_, name), entry in entries.items() if isinstance(entry.thing, kind)}

    return Toolkit(
        themes=of(Theme),
        scenarios=of(Scenario),
        techniques=of(Technique),
        structures=of(Structure),
        prompts=of(Prompt),
        lessons=of(Lesson),
        scales=of(Scale),
        items=of(SurveyItem),
        instruments=of(Instrument),
        report_notes=of(ReportNote),
        broadcast_templates=of(BroadcastTemplate),
        signposts=of(Signpost),
        safety_rules=of(SafetyRule),
        identifiers=of(Identifier),
        commands=of(Command),
        sentences=Sentences({name: entry.text for (kind, name), entry in entries.items() if kind == "sentence"}),
        documents={key: entry.document for key, entry in entries.items()},
    )


def _has_whole_fields(text: str) -> bool:
    """Return whether every brace of a sentence is one of a pair around a name."""
    try:
        return all(name != "" for _, name, _, _ in string.Formatter().parse(text))
    except ValueError:
        return False


def _kind_of(document: Document) -> type[Kind]:
    kind = document.data.get("kind")
    if kind not in KINDS:
        remedy = f"Write one of: {', '.join(KINDS)}"
        what = "'kind' is missing" if kind is None else f"kind '{kind}' is not known"
        raise FileError([document.problem(["kind"], what, remedy)])
    return KINDS[kind]
