"""The scan of what the suite leaves behind finds a leak that is planted, and takes nothing else for one."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.leaks import Leaks, Listener, files_left

WORDS = "Dr Quillfeather has been hiding the waiting list from the board"
TOKEN = "xoxb-51-a-token-that-nobody-may-read"


@pytest.mark.parametrize(
    ("line", "is_leak", "why"),
    [
        (f"could not answer: {WORDS}", True, "the words themselves"),
        ("could not answer 'hiding the waiting list'", True, "a part of them"),
        ("DR QUILLFEATHER HAS BEEN", True, "in another case"),
        (f"Authorization: Bearer {TOKEN}", True, "a token"),
        ("delivery 12 of surgeon was put off", False, "an ordinary line"),
        ("scenario gm_trust_theatre_list_cut was started", False, "a name of ours"),
        ("offered: ask what drove it and agree a rule", False, "the coach's own words"),
        ("the waiting line is long", False, "two words in common are chance"),
        ("2026-11-24 12:00:00 1 2 3 4", False, "numbers are nobody's words"),
    ],
)
def test_a_leak_in_a_log_is_found(line: str, is_leak: bool, why: str) -> None:
    leaks = Leaks()
    leaks.allow("label: Ask what drove it and agree a rule")
    for secret in (
        WORDS,
        TOKEN,
        "Ask what drove it and agree a rule",
        "gm_trust_theatre_list_cut",
        {"hours": ["2026-11-24T12:00:00 1 2 3 4"]},
    ):
        leaks.hide(secret)
    leaks.log(line, "bot.somewhere:7")
    assert leaks.found() == (["bot.somewhere:7"] if is_leak else []), why


def test_an_exception_that_quotes_somebody_is_found() -> None:
    leaks = Leaks()
    leaks.hide(WORDS)
    logger = logging.getLogger("quoting")
    logger.addHandler(listener := Listener(leaks))
    logger.propagate = False
    try:
        raise ValueError(WORDS)
    except ValueError:
        logger.exception("could not do it")
    logger.removeHandler(listener)
    assert [place.partition(":")[0] for place in leaks.found()] == ["quoting"]


def test_a_leak_in_a_file_is_found_but_not_on_the_other_side_of_a_conversation(tmp_path: Path) -> None:
    leaks = Leaks()
    leaks.hide(WORDS)
    for name in ("var0/coach.db", "slack0/slack.log", "var0/notes.txt"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"\x00\x01" + WORDS.encode() + b"\xff")
    assert leaks.found(files_left([tmp_path])) == ["var0/coach.db"]
