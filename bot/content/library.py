"""The toolkit as each programme sees it: the common content, with what the programme adds, overrides or hides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.schema import ProgrammeFile, Scenario
from bot.content.toolkit import Toolkit, hold, read_things
from bot.yaml_files import FileError, read_yaml

PROGRAMME_FILE = "programme.yml"
# Nobody's safety depends on which programme they are in.
COMMON_ONLY = frozenset({"safety_rule", "identifier"})


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
    toolkits: dict[str, Toolkit] = {}
    for folder in sorted(path for path in programmes.glob("*") if path.is_dir()) if programmes.is_dir() else ():
        document = read_yaml(folder / PROGRAMME_FILE)
        programme = document.parse(ProgrammeFile)
        if programme.id != folder.name:
            raise FileError([document.problem(["id"], f"id '{programme.id}' is not the folder's name", f"Write id: {folder.name}")])
        own = read_things(folder / "content") if (folder / "content").is_dir() else {}
        for (kind, _), entry in own.items():
            if kind in COMMON_ONLY:
                remedy = "Change it in the common content, for everybody"
                raise FileError([entry.document.problem(["kind"], f"a programme cannot have a {kind} of its own", remedy)])
        shown = common | own
        for index, name in enumerate(programme.hides):
            kind, _, thing = name.partition("/")
            if kind in COMMON_ONLY or shown.pop((kind, thing), None) is None:
                remedy = "Write kind/id of something in the common content, such as scenario/list_cut"
                raise FileError([document.problem(["hides", index], f"hides '{name}', which does not exist or is everybody's", remedy)])
        toolkits[programme.id] = hold(shown)
    return Library(hold(common), toolkits)
