"""YAML files read with the line of every value, so that an error can say where to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

Loc = Sequence[str | int]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: where it is, what is wrong and what to write instead."""

    path: Path
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}. {self.remedy}"


class FileError(Exception):
    """Raised with every problem found when a file cannot be used."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file's data, with the node tree that knows each value's line."""

    path: Path
    data: dict[str, Any]
    node: yaml.MappingNode

    def line_of(self, loc: Loc) -> int:
        """Return the 1-based line of the value at `loc`, or of its nearest parent that the file has."""
        node: yaml.Node = self.node
        line = 1
        for step in loc:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return line

    def problem(self, loc: Loc, what: str, remedy: str) -> Problem:
        return Problem(self.path, self.line_of(loc), what, remedy)

    def parse(self, model: type[Model]) -> Model:
        """Return the file as a `model`; raises FileError naming line and remedy for each fault."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise FileError([self._explain(dict(fault)) for fault in error.errors()]) from None

    def _explain(self, fault: dict[str, Any]) -> Problem:
        loc: Loc = fault["loc"]
        name = ".".join(str(step) for step in loc) or "the file"
        match fault["type"]:
            case "missing":
                return self.problem(loc[:-1], f"'{name}' is missing", f"Add a line '{loc[-1]}: ...'")
            case "extra_forbidden":
                return self.problem(loc, f"'{name}' is not a field of this kind", "Remove it or correct its spelling")
            case "value_error":
                what, _, remedy = str(fault["ctx"]["error"]).partition(" | ")
                return self.problem(loc, f"'{name}' {what}", remedy or "Correct the value")
            case _:
                message = str(fault["msg"])
                return self.problem(loc, f"'{name}' cannot be used", message[0].upper() + message[1:])


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        value = node.value[step]
        return value.start_mark.line + 1, value
    return None


def read_yaml(path: Path) -> Document:
    """Return one YAML mapping with its lines; raises FileError when it is unreadable, not a mapping or repeats a key."""
    try:
        text = path.read_text(encoding="utf-8")
        # The loader in C, and one reading for both the nodes and the data: hundreds of files are read at every start.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else None
    except OSError as error:
        raise FileError([Problem(path, 1, error.strerror or "cannot be read", "Check that it exists and may be read")]) from None
    except UnicodeDecodeError:
        raise FileError([Problem(path, 1, "is not UTF-8 text", "Save it as UTF-8")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "is not YAML"
        raise FileError(
            [Problem(path, mark.line + 1 if mark else 1, f"YAML: {what}", "Check indentation, colons and quotation marks here")]
        ) from None
    if not isinstance(node, yaml.MappingNode) or not isinstance(data, dict):
        raise FileError([Problem(path, 1, "holds no 'key: value' lines", "Begin with a line such as 'kind: scenario'")])
    repeated = list(_repeated_keys(node))
    if repeated:
        raise FileError([Problem(path, key.start_mark.line + 1, f"'{key.value}' stands twice", "Keep one of them") for key in repeated])
    return Document(path, data, node)


def _repeated_keys(node: yaml.Node) -> list[yaml.ScalarNode]:
    repeated: list[yaml.ScalarNode] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                repeated.append(key)
            seen.add(key.value)
            repeated += _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            repeated += _repeated_keys(value)
    return repeated
