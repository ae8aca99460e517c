"""The schema of Block Kit, made from Slack's own types for TypeScript: unknown keys and values in a payload are errors."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from bot.settings import ROOT

MODULES = ROOT / "tests" / "peers" / "node_modules"
GENERATOR = MODULES / "ts-json-schema-generator" / "bin" / "ts-json-schema-generator.js"
# Made once for each installation: installing anew clears the folder.
MADE = MODULES / ".block-kit"

Validate = Callable[[dict[str, Any]], list[str]]


def validator_of(kind: str) -> Draft7Validator:
    """Return the validator of one of the types that @slack/types exports, such as KnownBlock."""
    made = MADE / f"{kind}.json"
    if not made.exists():
        assert GENERATOR.exists(), "the tests' peers are not installed: make setup-test"
        MADE.mkdir(exist_ok=True)
        types = MODULES / "@slack" / "types" / "dist" / "index.d.ts"
        command: list[str | Path] = [ROOT / ".venv" / "bin" / "node", GENERATOR, "--path", types, "--type", kind, "--no-type-check"]
        schema = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
        # Whole or not at all, for another test process may be looking.
        part = MADE / f"{kind}.part"
        part.write_bytes(schema)
        part.replace(made)
    return Draft7Validator(json.loads(made.read_text()))


@pytest.fixture(scope="session")
def block_faults() -> Validate:
    """Give a function that returns what is wrong with one block; nothing when it is what Slack takes."""
    validator = validator_of("KnownBlock")
    return lambda block: [] if validator.is_valid(block) else [f"no block of Slack's: {json.dumps(block)[:400]}"]


@pytest.fixture(scope="session")
def view_faults(block_faults: Validate) -> Validate:
    """Give a function that returns what is wrong with a window or a home tab, its blocks included."""
    validators = {"modal": validator_of("ModalView"), "home": validator_of("HomeView")}

    def faults(view: dict[str, Any]) -> list[str]:
        # Slack's type of a view takes blocks of any kind: they are looked at one by one.
        shell = [error.message for error in validators[view["type"]].iter_errors(view)]
        return [*shell, *(fault for block in view["blocks"] for fault in block_faults(block))]

    return faults
