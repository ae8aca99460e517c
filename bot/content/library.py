"""The toolkit as each programme sees it: the common content, with what the programme adds, overrides or hides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from bot.content.schema import ProgrammeFile, Scenario, SentenceGroup, Signpost, Tier
from bot.content.toolkit import Entry, Sentences, Toolkit, hold, read_things
from bot.yaml_files import Document, FileError, Problem, read_yaml

PROGRAMME_FILE = "programme.yml"
# Nobody's safety, consent or rights depend on which programme they are in, and what is measured is the same in all of them.
COMMON_KINDS = frozenset({"safety_rule", "identifier", "command", "instrument", "survey_item", "scale"})
COMMON_GROUPS = frozenset({"safety", "removed", "conversation", "rights"})
COMMON_SENTENCES = frozenset({"aside.who_sees", "aside.who_am_i", "choice.agree", "choice.decline"})

Entries = Mapping[tuple[str, str], Entry]


@dataclass(frozen=True)
class Library:
    """The common toolkit, and one for each programme that has a folder of its own."""

    common: Toolkit
    programmes: Mapping[str, Toolkit]

    def of(self, programme_id: str | None) -> Toolkit:
        """Return the toolkit for people of this programme; the common one when it has no folder."""
        return self.programmes.get(programme_id or "", self.common)

    def scenarios(self) -> dict[str, Scenario]:
        """Return every scenario of every programme, by id: one model understands them all."""
        known = {name: scenario for toolkit in self.programmes.values() for name, scenario in toolkit.scenarios.items()}
        return known | dict(self.common.scenarios)


def load_library(content: Path, programmes: Path) -> Library:
    """Read the common content and each folder under `programmes`; raises FileError with all the problems found.

    A programme's folder holds programme.yml, which may hide things, and content/ with files of the same kinds as the common
    ones: a new id adds a thing, a known one takes its place.
    """
    common = read_things(content)
    problems = [
        Problem(content / "signposts", 1, f"no line for {tier} is open at every hour", "Give one of that tier always_open: true")
        for tier in _unanswered(common)
    ]
    toolkits: dict[str, Toolkit] = {}
    for folder in sorted(path for path in programmes.glob("*") if path.is_dir()) if programmes.is_dir() else ():
        try:
            toolkits[folder.name] = _read_programme(folder, common)
        except FileError as error:
            problems += error.problems
    if problems:
        raise FileError(problems)
    return Library(hold(common), toolkits)


def _read_programme(folder: Path, common: Entries) -> Toolkit:
    document = read_yaml(folder / PROGRAMME_FILE)
    programme = document.parse(ProgrammeFile)
    if programme.id != folder.name:
        raise FileError([document.problem(["id"], f"id '{programme.id}' is not the folder's name", f"Write id: {folder.name}")])
    content = folder / "content"
    own = read_things(content) if any(content.rglob("*.y*ml")) else {}
    shown = dict(common) | own
    hidden = {(kind, thing): index for index, name in enumerate(programme.hides) for kind, _, thing in [name.partition("/")]}
    problems = [*_wrong_overrides(own, common), *_wrong_hides(document, hidden, shown)]
    if not problems:
        for key in hidden:
            del shown[key]
        problems += _lines_lost(document, hidden, own, common, shown)
    if problems:
        # A file of sentences is told once, however many it holds.
        raise FileError(list(dict.fromkeys(problems)))
    return replace(hold(shown), hidden={key: (document, index) for key, index in hidden.items()})


def _wrong_overrides(own: Entries, common: Entries) -> Iterator[Problem]:
    """Find what a programme may not have of its own, or has although nothing would show it."""
    everybodys = "Change it in the common content, for everybody"
    for (kind, name), entry in own.items():
        known = common.get((kind, name))
        if kind in COMMON_KINDS:
            yield entry.document.problem(["kind"], f"a programme cannot have a {kind} of its own", everybodys)
        elif isinstance(entry.thing, SentenceGroup):
            group, _, key = name.partition(".")
            if group in COMMON_GROUPS:
                yield entry.document.problem(["group"], f"a programme cannot have sentences of the group '{group}' of its own", everybodys)
            elif name in COMMON_SENTENCES:
                yield entry.document.problem(["sentences", key], f"a programme cannot have '{name}' of its own", everybodys)
            elif known is None:
                remedy = f"Write one of the names in toolkit_content/sentences/{group}.yaml"
                yield entry.document.problem(["sentences", key], f"nothing says '{name}'", remedy)
            elif unknown := _fields(entry) - (fields := _fields(known)):
                remedy = f"Use only: {', '.join(f'{{{field}}}' for field in sorted(fields))}" if fields else "Leave it out"
                yield entry.document.problem(["sentences", key], f"'{name}' has no value for {{{min(unknown)}}}", remedy)
        elif known is not None and isinstance(known.thing, Signpost) and known.thing.contact_kind != "local":
            remedy = "Give the file another name and id to add a line; only one with contact_kind: local can be replaced"
            yield entry.document.problem(["id"], f"the line '{name}' is the same for everybody", remedy)


def _wrong_hides(document: Document, hidden: Mapping[tuple[str, str], int], shown: Entries) -> Iterator[Problem]:
    """Find what a programme hides and cannot do without."""
    for (kind, name), index in hidden.items():
        entry = shown.get((kind, name))
        if entry is None:
            what, remedy = "which does not exist", "Write kind/id of something in the common content, such as scenario/list_cut"
        elif kind in COMMON_KINDS or (kind == "sentence" and _is_common(name)) or _is_for_everybody(entry):
            what, remedy = "which is everybody's", "Remove it from this list"
        elif kind == "sentence":
            what, remedy = "but something has to be said there", "Word it anew in a file of kind: sentences"
        else:
            continue
        yield document.problem(["hides", index], f"hides '{kind}/{name}', {what}", remedy)


def _is_common(sentence: str) -> bool:
    return sentence.partition(".")[0] in COMMON_GROUPS or sentence in COMMON_SENTENCES


def _is_for_everybody(entry: Entry) -> bool:
    """Return whether this is a line for danger to life, and not some place's own."""
    return isinstance(entry.thing, Signpost) and "crisis_immediate" in entry.thing.tiers and entry.thing.contact_kind != "local"


def _lines_lost(
    document: Document, hidden: Mapping[tuple[str, str], int], own: Entries, common: Entries, shown: Entries
) -> Iterator[Problem]:
    """Find what the programme hides or replaces so that, for some tier, nobody is left who can be reached at every hour."""
    for tier in _unanswered(shown):
        what = f"which leaves nobody for {tier} who can be reached at every hour"
        remedy = f"Keep one, or add a signpost with tiers: [{tier}] and always_open: true"
        for key in sorted(key for key in (hidden.keys() | own.keys()) & common.keys() if _answers(common[key], tier)):
            if key in hidden:
                yield document.problem(["hides", hidden[key]], f"hides '{'/'.join(key)}', {what}", remedy)
            elif not _answers(own[key], tier):
                yield own[key].document.problem(["tiers"], f"takes the place of a line, {what}", remedy)


def _unanswered(entries: Entries) -> list[Tier]:
    return [tier for tier in get_args(Tier) if not any(_answers(entry, tier) for entry in entries.values())]


def _answers(entry: Entry, tier: Tier) -> bool:
    """Return whether a thing is a line that anybody can reach at every hour in this tier."""
    line = entry.thing
    return isinstance(line, Signpost) and line.always_open and not line.only_doctors and tier in line.tiers


def _fields(entry: Entry) -> set[str]:
    return Sentences({"": entry.text}).fields("")
