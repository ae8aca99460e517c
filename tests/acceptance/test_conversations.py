"""Whole conversations, as different people would type them, replayed against the real engine and the real content.

Each file under tests/conversations is a list of steps: `say` or `tap`, `tick` (days from now) or `again` (a new session), and
`hears`, what the answer must hold: kind/id/field of the content (`scenario/list_cut/question`), `sentence/group.key` up to its
first value, or words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.content.toolkit import Toolkit
from bot.settings import ROOT
from tests.acceptance.conftest import Chat, Running

CONVERSATIONS = sorted((ROOT / "tests" / "conversations").glob("*.yaml"))


def words_of(toolkit: Toolkit, expected: str) -> str:
    """Return the words that an expectation stands for."""
    kind, _, rest = expected.partition("/")
    if kind == "sentence":
        # Up to the first value; a sentence that begins with one is looked for from there.
        parts = [part for part in re.split(r"\{\w+\}", toolkit.sentences[rest]) if part.strip()]
        return parts[0].strip()
    thing_id, _, field = rest.partition("/")
    if kind in {"scenario", "theme", "technique", "lesson", "structure", "prompt"}:
        return str(getattr(toolkit.find(thing_id), field))
    return expected


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_a_whole_conversation(running: Running, chat: Callable[[str], Chat], toolkit: Toolkit, path: Path) -> None:
    steps: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    person = f"conversation-{path.stem}"
    talk = chat(person)
    for number, step in enumerate(steps, start=1):
        if "tick" in step:
            talk.close()
            moment = datetime.now(ZoneInfo("Europe/London")) + timedelta(days=step["tick"])
            running.coach("tick", "--at", f"{moment:%Y-%m-%d}T12:00")
            talk = chat(person)
            said = talk.pending
        elif "tap" in step:
            label = words_of(toolkit, step["tap"])
            assert label in talk.offered, f"{path.stem}, step {number}: {label!r} is offered among {list(talk.offered)}"
            said = talk.choose(label)
        else:
            said = talk.say(step["say"])
        for expected in step.get("hears", []):
            assert words_of(toolkit, expected) in said, f"{path.stem}, step {number}: {expected!r} is heard in {said!r}"
        for unwanted in step.get("never", []):
            assert unwanted not in said, f"{path.stem}, step {number}: {unwanted!r} is not heard"


def test_there_are_five_kinds_of_people() -> None:
    assert {"director", "manager", "nurse_lead", "forum_lead", "hostile_tester"} <= {path.stem for path in CONVERSATIONS}
