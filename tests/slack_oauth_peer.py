"""Slack's pages for installing an app, on this machine: emulate, a program that nobody here wrote, as a real process."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from bot.rasa.engine import free_port
from bot.settings import ROOT

PEERS = ROOT / "tests" / "peers"
CLIENT_ID, CLIENT_SECRET = "1.2", "a client secret of the tests"
# The one workspace that it knows.
TEAM = "T000000001"


@dataclass(frozen=True, slots=True)
class OAuthPeer:
    """Where it answers, and what an administrator does there."""

    address: str

    def agree(self, page: str) -> str:
        """Open Slack's page and install the app as its administrator; return where Slack sends the browser back to."""
        form = httpx.get(page, trust_env=False, timeout=20)
        assert form.status_code == 200, form.text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.text))
        answer = httpx.post(f"{self.address}/oauth/v2/authorize/callback", data=fields, trust_env=False, timeout=20)
        return answer.headers["location"]


@contextmanager
def oauth_peer(redirect_uri: str) -> Iterator[OAuthPeer]:
    port = free_port()
    process = subprocess.Popen(
        [ROOT / ".venv" / "bin" / "node", PEERS / "slack_oauth.mjs", str(port), CLIENT_ID, CLIENT_SECRET, redirect_uri],
        cwd=PEERS,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip() == "ready", "the tests' peers are not installed: make setup-test"
        yield OAuthPeer(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()
