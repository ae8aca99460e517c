"""Whole conversations, as different people would type them, replayed against the real engine and the real content.

Each file under tests/conversations is a list of steps: `say` or `tap`, `tick` (that many days from now, or the first working
day after) or `again` (a new session), and `hears`, what the answer must hold: kind/id/field of the content
(`scenario/list_cut/question`), `sentence/group.key` whatever the values in it, or words; and `never`, what it must not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.content.toolkit import Toolkit
from bot.settings import ROOT
from tests.acceptance.conftest import Chat, Running, working_day

CONVERSATIONS = sorted((ROOT / "tests" / "conversations").glob("*.yaml"))


def words_of(toolkit: Toolkit, expected: str) -> str:
    """Return the words that an expectation stands for."""
    kind, _, rest = expected.partition("/")
    if kind == "sentence":
        return toolkit.sentences[rest]
    if kind not in {"scenario", "theme", "technique", "lesson", "structure", "prompt"}:
        return expected
    thing_id, *fields = rest.split("/")
    found: Any = toolkit.find(thing_id)
    for field in fields:
        # One of several is named by its id: scenario/list_cut/options/ask_pressure/draft.
        found = next(each for each in found if each.id == field) if isinstance(found, tuple) else getattr(found, field)
    return str(found)


def is_heard(toolkit: Toolkit, expected: str, said: str) -> bool:
    """Return whether all of what is expected was said, with anything in place of a sentence's values."""
    words = words_of(toolkit, expected)
    parts = re.split(r"\{\w+\}", words) if expected.startswith("sentence/") else [words]
    return re.search(".+?".join(re.escape(part) for part in parts), said, re.S) is not None


@pytest.mark.parametrize("path", CONVERSATIONS, ids=lambda path: path.stem)
def test_a_whole_conversation(running: Running, chat: Callable[[str], Chat], toolkit: Toolkit, path: Path) -> None:
    steps: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    person = f"conversation-{path.stem}"
    talk = chat(person)
    for number, step in enumerate(steps, start=1):
        if "tick" in step:
            talk.close()
            running.coach("tick", "--at", f"{working_day(step['tick'])}T13:00")
            talk = chat(person)
            said = talk.pending
        elif "tap" in step:
            label = words_of(toolkit, step["tap"])
            assert label in talk.offered, f"{path.stem}, step {number}: {label!r} is offered among {list(talk.offered)}"
            said = talk.choose(label)
        else:
            said = talk.say(step["say"])
        for expected in step.get("hears", []):
            assert is_heard(toolkit, expected, said), f"{path.stem}, step {number}: {expected!r} is heard in {said!r}"
        for unwanted in step.get("never", []):
            assert not is_heard(toolkit, unwanted, said), f"{path.stem}, step {number}: {unwanted!r} is not heard in {said!r}"


def test_a_sentence_is_heard_only_as_a_whole(toolkit: Toolkit) -> None:
    kept = toolkit.sentences.say("plan.kept", plan="When it starts, I ask", moment="Friday 4 December at 08:30")
    assert is_heard(toolkit, "sentence/plan.kept", f"Any time.\n{kept}\nWhat else?")
    assert not is_heard(toolkit, "sentence/plan.kept", "Kept: When it starts, I ask")
    assert not is_heard(toolkit, "sentence/survey.begin", "quick questions, about 20 seconds.")


def test_there_are_five_kinds_of_people() -> None:
    assert {"director", "manager", "nurse_lead", "forum_lead", "hostile_tester"} <= {path.stem for path in CONVERSATIONS}
