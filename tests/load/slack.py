"""Slack as a fleet meets it: it delivers what people write, again when that is not acknowledged, and keeps what it is told."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp
from aiohttp import web
from slack_sdk.signature import SignatureVerifier

TEAM, TOKEN, SECRET = "T0LOAD", "xoxb-load", "the load generator's signing secret"
# Slack waits so long for an acknowledgement and delivers so often, in seconds and times.
PATIENCE, DELIVERIES = 3.0, 60


def place_of(user: str) -> str:
    return f"D-{user}"


class Slack:
    """Keeps the messages of each conversation by the id of their posting; a posting that comes twice is kept twice."""

    def __init__(self) -> None:
        self.said: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self.acknowledged: list[float] = []
        self._ids = count(1)

    async def call(self, request: web.Request) -> web.Response:
        body: Any = await (request.json() if request.content_type == "application/json" else request.post())
        method = request.match_info["method"]
        if method == "chat.postMessage":
            metadata = body.get("metadata")
            metadata = json.loads(metadata) if isinstance(metadata, str) else metadata or {}
            posting = int((metadata.get("event_payload") or {}).get("posting") or 0)
            self.said[str(body.get("channel"))].append((posting, str(body.get("text"))))
            return web.json_response({"ok": True, "ts": f"1.{next(self._ids):06}"})
        if method == "conversations.history":
            return web.json_response({"ok": True, "has_more": False, "messages": self._history(str(body.get("channel")))})
        return web.json_response({"ok": True, "user": {}, "channel": {"id": "D0"}})

    def _history(self, place: str) -> list[dict[str, object]]:
        return [
            {"ts": f"2.{number:06}", "metadata": {"event_type": "coach_message", "event_payload": {"posting": number}}}
            for number, _ in self.said[place]
        ]

    async def deliver(self, http: aiohttp.ClientSession, addresses: Sequence[str], user: str, text: str) -> str:
        """Deliver one message to the processes by turns until one acknowledges it; return the event's id."""
        event_id, sent = f"Ev{uuid4().hex}", time.time()
        event = {"type": "message", "channel_type": "im", "user": user, "channel": place_of(user), "text": text, "ts": f"{sent:.6f}"}
        body = json.dumps({"type": "event_callback", "team_id": TEAM, "event_id": event_id, "event": event})
        for attempt in range(DELIVERIES):
            timestamp = str(int(time.time()))
            signature = SignatureVerifier(SECRET).generate_signature(timestamp=timestamp, body=body) or ""
            headers = {"content-type": "application/json", "x-slack-request-timestamp": timestamp, "x-slack-signature": signature}
            address, started = addresses[(hash(user) + attempt) % len(addresses)], time.perf_counter()
            try:
                async with http.post(f"{address}/slack/events", data=body, headers=headers) as answer:
                    if answer.status == 200:
                        self.acknowledged.append(time.perf_counter() - started)
                        return event_id
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(0.5)
        raise AssertionError("an event was never acknowledged")
