"""What people write on the running product stands in no log, metric, process list or file in plain, and is gone after an erasure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx

from tests.acceptance.conftest import Chat, Running

# Said here and nowhere else; whatever the whole suite wrote before stands in the same files.
MARK = "quibblethwaite"


def files_with(running: Running, text: str) -> list[str]:
    folders = [path for path in running.var.rglob("*") if path.is_file() and "models" not in path.relative_to(running.var).parts]
    return [path.name for path in folders if text.encode() in path.read_bytes()]


def test_words_stand_nowhere_in_plain_and_are_gone_when_erased(running: Running, talking: Callable[[str], Chat]) -> None:
    chat = talking("traced")
    chat.say(f"my manager keeps talking of the {MARK} plan and cut my list")
    chat.say("who looked")
    chat.say(f"what do you hold about {MARK}")
    assert MARK in running.coach("export", "--person", "traced").stdout
    assert "took a copy of your data" in chat.say("who looked"), "who took the copy is shown to whom it is about"
    assert files_with(running, MARK) == []
    metrics = httpx.get(f"{running.address}/metrics", trust_env=False, timeout=20).text
    assert MARK not in metrics
    assert "traced" not in metrics
    assert MARK.encode() not in (Path("/proc") / str(running.engine_pid) / "cmdline").read_bytes()
    chat.say("withdraw my consent")
    chat.say("yes")
    held = json.loads(running.coach("export", "--person", "traced").stdout)
    assert MARK not in json.dumps(held)
    assert [name for name in ("message", "plan", "inbound", "consent") if held[name]] == []
    assert "the audit is whole" in running.coach("audit", "verify").stdout
    assert "would go" in running.coach("retention", "--dry-run").stdout


def test_everything_is_saved_beside_the_running_product(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "running.backup"
    assert "rows of" in running.coach("backup", str(file)).stdout
    assert MARK.encode() not in file.read_bytes()
    refused = running.coach("restore", str(file), check=False)
    assert "not empty" in refused.stderr
