"""A Slack workspace on this machine: local-slack, a program that nobody here wrote, as a real process."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
from websockets.sync.client import ClientConnection, connect

from bot.rasa.engine import free_port
from bot.settings import ROOT

PROGRAM = ROOT / "tests" / "peers" / "node_modules" / "local-slack-linux-x64" / "bin" / "local-slack"
TEAM, BOT_TOKEN, APP_TOKEN, SECRET = "T01TEST", "xoxb-test-token", "xapp-test-token", "a signing secret of the tests"
ALICE, BOB, COACH = "U01ALICE", "U02BOB", "U0BOT"
OTHERS = [f"U1{number:02}" for number in range(30)]


@dataclass
class Workspace:
    """The running workspace; what its people do goes through its control address."""

    address: str
    process: subprocess.Popen[bytes]
    is_by_socket: bool = False
    bot_token: str = BOT_TOKEN

    @property
    def api(self) -> str:
        """The address of Slack's methods."""
        return f"{self.address}/api"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which the coach uses this workspace, by Socket Mode or by signed requests."""
        how = {"SLACK_APP_TOKEN": APP_TOKEN} if self.is_by_socket else {"SLACK_SIGNING_SECRET": SECRET}
        return {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_API_URL": f"{self.address}/api", **how}

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.address}/_control/{path}", json=body, trust_env=False, timeout=20)
        return dict(answer.json())

    def messages(self, place: str) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self.address}/_control/messages/{place}", trust_env=False, timeout=20)
        return list(answer.json()["messages"])

    def log(self) -> list[dict[str, Any]]:
        return list(httpx.get(f"{self.address}/_control/log", trust_env=False, timeout=20).json()["log"])

    def trigger(self, user: str) -> str:
        """Return an id with which a window may be opened, as Slack gives it to the app with a command of the user's."""
        self.control("command", channel=self.direct(user), user=user, command="/coach", text="help")
        given = [entry["detail"] for entry in self.log() if entry["kind"] == "slash_commands" and entry["direction"] == "to_bot"]
        return str(given[-1]).partition("trigger_id=")[2].partition("&")[0]

    def direct(self, user: str) -> str:
        """Return the place of a user's own conversation with the coach."""
        answer = httpx.post(
            f"{self.address}/api/conversations.open",
            data={"users": user},
            headers={"authorization": f"Bearer {self.bot_token}"},
            trust_env=False,
            timeout=20,
        )
        return str(answer.json()["channel"]["id"])


Found = TypeVar("Found")


class Talk:
    """One user's conversation with the coach, as they see it."""

    def __init__(self, workspace: Workspace, user: str, limit: float = 60.0) -> None:
        self.workspace, self.user, self._limit = workspace, user, limit
        self.place = workspace.direct(user)

    def said(self) -> list[dict[str, Any]]:
        """Return what the coach said so far."""
        return [each for each in self.workspace.messages(self.place) if each.get("bot_id")]

    def say(self, text: str) -> None:
        self.workspace.control("message", channel=self.place, user=self.user, text=text)

    def hears(self, words: str) -> dict[str, Any]:
        """Wait until the coach has said something with these words, and return the newest such message."""
        return self._wait(lambda: next((each for each in reversed(self.said()) if words in each["text"]), None), words)

    def tap(self, label: str) -> None:
        """Press the newest button with this label."""
        self.press(*self.sees(label))

    def sees(self, label: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Wait for a button with this label, and return the newest one with the message that it is under."""
        return self._wait(lambda: self._button(label), f"a button '{label}'")

    def press(self, message: dict[str, Any], element: dict[str, Any]) -> None:
        block = next(b for b in message["blocks"] if element in b.get("elements", []))
        action = {**element, "block_id": block.get("block_id", ""), "action_ts": f"{time.time():.6f}"}
        self.workspace.control("interact", channel=self.place, messageTs=message["ts"], user=self.user, action=action)

    def _button(self, label: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
        for message in reversed(self.said()):
            for block in message.get("blocks") or []:
                for element in block.get("elements", []) if block["type"] == "actions" else []:
                    if element.get("text", {}).get("text") == label:
                        return message, element
        return None

    def _wait(self, look: Callable[[], Found | None], what: str) -> Found:
        end = time.monotonic() + self._limit
        while (found := look()) is None:
            assert time.monotonic() < end, f"{what} in {[each['text'] for each in self.said()][-6:]}"
            time.sleep(0.1)
        return found


class Screen:
    """What one user sees beside the conversation, through the workspace's page: the window on top, and the home tab."""

    def __init__(self, workspace: Workspace, user: str, limit: float = 60.0) -> None:
        self._user, self._limit = user, limit
        self._page: ClientConnection = connect(f"{workspace.address.replace('http', 'ws')}/ui", max_size=None, ping_interval=None)
        self.windows: list[dict[str, Any]] = []
        self.errors: dict[str, str] = {}
        self.home: dict[str, Any] = {"blocks": []}

    def close(self) -> None:
        self._page.close()

    def window(self, words: str) -> dict[str, Any]:
        """Wait until the window on top has these words in it, and return it."""
        return self._until(lambda: next((view for view in self.windows[-1:] if words in json.dumps(view)), None), words)

    def shows(self, words: str) -> dict[str, Any]:
        """Wait until the home tab has these words in it, and return it."""
        return self._until(lambda: self.home if words in json.dumps(self.home) else None, words)

    def fill_in(self, **values: Any) -> None:
        """Send the window on top with these values, each under its input's id."""
        inputs = {block["block_id"]: block["element"]["type"] for block in self.windows[-1]["blocks"] if block["type"] == "input"}
        given = {name: {"value": {"type": inputs[name], **value}} for name, value in values.items()}
        self.errors = {}
        self._send(t="view_submit", user=self._user, values=given)

    def is_told(self, words: str) -> dict[str, str]:
        """Wait until a fault with these words stands beside a field, and return all faults by their fields."""
        return self._until(lambda: self.errors if words in json.dumps(self.errors) else None, words)

    def is_closed(self) -> None:
        """Wait until no window is open."""
        self._until(lambda: None if self.windows else True, "no window")

    def leave(self) -> None:
        """Close the window on top."""
        self._send(t="view_close", user=self._user)
        self.is_closed()

    def press(self, label: str) -> None:
        """Press a button on the home tab."""
        for block in self.shows(label)["blocks"]:
            for element in block.get("elements", []) if block["type"] == "actions" else []:
                if element.get("text", {}).get("text") == label:
                    action = {**element, "block_id": block.get("block_id", "home")}
                    self._send(t="block_action", user=self._user, appId="A01APP", action=action)
                    return
        raise AssertionError(f"no button '{label}' on the home tab")

    def _send(self, **what: Any) -> None:
        self._page.send(json.dumps(what))

    def _until(self, look: Callable[[], Found | None], what: str) -> Found:
        end = time.monotonic() + self._limit
        while (found := look()) is None:
            left = end - time.monotonic()
            assert left > 0, f"{what} in {json.dumps([self.windows, self.errors, self.home])[-2000:]}"
            try:
                self._read(json.loads(self._page.recv(timeout=left)))
            except TimeoutError:
                continue
        return found

    def _read(self, event: dict[str, Any]) -> None:
        if event["t"] == "init":
            self.windows = event["state"].get("modalStack") or []
        elif event["t"] == "view":
            self.windows = event.get("stack") or []
        elif event["t"] == "view_errors":
            self.errors = event.get("errors") or {}
        elif event["t"] == "home" and event["user"] == self._user:
            self.home = event["view"]


@contextmanager
def workspace(folder: Path, request_url: str | None, team: str = TEAM, bot_token: str = BOT_TOKEN) -> Iterator[Workspace]:
    """Run a workspace that calls `request_url`, or one to which the app connects by Socket Mode."""
    port = free_port()
    config = {
        "workspace": {"name": "A trust", "domain": "a-trust", "teamId": team},
        "apps": [
            {
                "appId": "A01APP",
                "botUserId": COACH,
                "botName": "coach",
                "botToken": bot_token,
                "appToken": APP_TOKEN,
                "signingSecret": SECRET,
                "mode": "events" if request_url else "socket",
                **({"requestUrl": request_url} if request_url else {}),
            }
        ],
        "users": [
            {"id": ALICE, "name": "alice", "real_name": "Alice Anderson", "email": "alice@example.nhs.uk", "tz": "Europe/London"},
            {"id": BOB, "name": "bob", "real_name": "Bob Brown", "email": "bob@example.nhs.uk", "tz": "Europe/London"},
            *({"id": user, "name": user.lower(), "real_name": user} for user in OTHERS),
        ],
        "channels": [{"id": "C01GEN", "name": "general", "members": [ALICE, BOB, COACH]}],
    }
    path = folder / "slack.json"
    path.write_text(json.dumps(config))
    log = (folder / "slack.log").open("wb")
    process = subprocess.Popen(
        [PROGRAM, "--config", path, "--port", str(port), "--base-host", "127.0.0.1", "--files-dir", folder / "files"],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    running = Workspace(f"http://127.0.0.1:{port}", process, request_url is None, bot_token)
    try:
        end = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{running.address}/_control/state", trust_env=False, timeout=2)
                break
            except httpx.HTTPError:
                assert process.poll() is None, (folder / "slack.log").read_text()
                assert time.monotonic() < end, "local-slack did not start"
                time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=10)
        log.close()
