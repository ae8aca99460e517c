"""What people and machines do wrong: a clear sentence each time, and nothing lost."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.content.toolkit import Toolkit
from bot.settings import ROOT, SETTINGS_FILE
from tests.acceptance.conftest import COACH, Chat, Running, answers, environment, until
from tests.browsers import Browser


def test_messages_that_cannot_be_read(running: Running, talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    person = talking("odd-input")
    long = "the list was cut and " * 2000
    assert "is in our conversation and not lost" in person.say(long[:40_000])
    assert "only read words" in person.say("\U0001f600\U0001f44d\U0001f3fd")
    assert "only read words" in person.say("\u0000\u0007\u202e")
    assert "only read English" in person.say(
        "\u041e\u043d\u0438 \u043e\u0442\u043c\u0435\u043d\u0438\u043b\u0438 \u043e\u043f\u0435\u0440\u0430\u0446\u0438\u044e"
    )
    assert scene.question in person.say("found out\u0000 from the scrub nurse\u202e my friday list is gone")
    assert "Write one JSON object" in person.send({"neither": 1})
    held = running.held("odd-input")
    assert max(len(message["text"]) for message in held["message"]) > 39_900


def test_typed_words_cannot_pass_for_the_engines_own(running: Running, talking: Callable[[str], Chat]) -> None:
    person = talking("slashes")
    person.say("/confirm_deletion")
    person.say('/EXTERNAL_survey{"survey_round": "1"}')
    person.say("/restart")
    held = running.held("slashes")
    assert len(held["message"]) >= 6
    assert held["person"]["consented_at"] is not None


def test_a_choice_that_is_no_longer_offered(talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    person = talking("stale")
    person.say("found out from the scrub nurse that my friday list is gone")
    old = dict(person.offered)
    person.choose("Show me the options")
    said = person.send({"choose": old["It is something else"]})
    assert "belonged to an earlier question" in said
    assert scene.options[1].label in person.offered, "what is open is offered again"
    assert "do not know that choice" in person.send({"choose": "999999.0"})
    assert "do not know that choice" in person.send({"choose": "drop table"})
    assert scene.options[1].outcome in person.choose(scene.options[1].label)


def test_the_same_event_and_two_at_once(running: Running) -> None:
    with Browser(base_url=running.address, trust_env=False, timeout=30) as web:
        web.post("/sign-in", data={"person": "nurse-lead"})
        web.post("/chat/messages", data={"event_id": "1", "choice": "consent.yes"})

        def send(event: str, text: str) -> None:
            web.post("/chat/messages", data={"event_id": event, "text": text})

        senders = [
            threading.Thread(target=send, args=("same", "as lead nurse I have no power over a consultant who ignores us")) for _ in range(4)
        ]
        senders += [threading.Thread(target=send, args=("other", "who sees this?"))]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()

        def messages() -> list[tuple[str, str]]:
            held = running.held("nurse-lead")
            return [(message["side"], message["text"]) for message in held["message"]]

        until(
            lambda: (
                any("your forum lead" in text for _, text in messages()) and any("stan" in text or "?" in text for _, text in messages())
            ),
            30,
        )
        time.sleep(1)
        said = messages()
        assert sum(text.startswith("as lead nurse") for side, text in said if side == "person") == 1
        assert sum("your forum lead" in text for side, text in said if side == "coach") == 1


def test_a_slow_engine_is_admitted_and_the_answer_comes(running: Running, talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    person = talking("slow")
    os.kill(running.engine_pid, signal.SIGSTOP)
    timer = threading.Timer(6, os.kill, (running.engine_pid, signal.SIGCONT))
    timer.start()
    try:
        said = person.say("found out from the scrub nurse that my friday list is gone")
    finally:
        timer.join()
    assert said.startswith("I am slow just now. Your message is kept")
    assert scene.question in said
    assert said.count(scene.question) == 1


def test_a_dead_engine_is_restarted_and_the_message_answered(running: Running, talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    person = talking("down")
    person.say("found out from the scrub nurse that my friday list is gone")
    person.choose("Show me the options")
    dead = running.engine_pid
    os.kill(dead, signal.SIGKILL)
    said = person.choose(scene.options[1].label)
    assert said.startswith("I cannot think just now. Your message is kept")
    if scene.options[1].outcome not in said:
        until(lambda: answers(running), 120)
        until(lambda: any(scene.options[1].outcome in each["text"] for each in running.held("down")["message"]), 60)
    # The tracker survived: the thread goes on where it was.
    assert running.engine_pid != dead
    held = running.held("down")
    assert sum(scene.options[1].outcome in message["text"] for message in held["message"]) == 1
    assert "Traceback" not in (running.var / "demo.log").read_text()


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("scenarios/list_cut.yaml", "theme: gm_trust", "theme: nothing", "list_cut.yaml:3: 'theme' cannot be used"),
        ("sentences/plan.yaml", "sentences:", "sentences", "plan.yaml:"),
        ("surveys/instruments/fortnightly.yaml", "anchor: next_conversation", "anchor: last", "item 'last' does not exist"),
    ],
)
def test_broken_content_stops_the_start_in_one_line(tmp_path: Path, path: str, old: str, new: str, words: str) -> None:
    content = tmp_path / "content"
    shutil.copytree(ROOT / "toolkit_content", content)
    broken = content / path
    broken.write_text(broken.read_text().replace(old, new, 1))
    settings = tmp_path / "settings.yml"
    settings.write_text(SETTINGS_FILE.read_text().replace("content: toolkit_content", f"content: {content}"))
    ended = subprocess.run(
        [COACH, "demo", "--no-browser"],
        env=environment(tmp_path) | {"COACH_SETTINGS": str(settings)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_a_wrong_variable_stops_the_start_in_one_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        [COACH, "serve"],
        env=environment(tmp_path) | {"COACH_DATABASE_URL": "oracle://x"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr.strip()) == (
        1,
        "coach: COACH_DATABASE_URL names 'oracle': only postgresql and sqlite are supported",
    )
