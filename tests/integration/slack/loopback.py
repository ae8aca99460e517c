"""A Slack on this machine that answers as Slack documents, with what the tests' workspace lacks: the agent view, and any refusal."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, WebSocket
from fastapi.responses import JSONResponse, Response

# An agent's conversation shows this many prompts.
_MOST_PROMPTS = 4


@dataclass
class LoopbackSlack:
    """Keeps what it was called with, in order; `refusals` are the errors that it answers a method with."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    # A method that is named here takes until its event is set.
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    # What goes out over Socket Mode, and what the app acknowledged.
    envelopes: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    acknowledged: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    address: str = ""

    def called(self, method: str) -> list[dict[str, Any]]:
        return [body for name, body in self.calls if name == method]

    def said(self) -> list[str]:
        return [body["text"] for body in self.called("chat.postMessage")]

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.api_route("/api/{method}", methods=["GET", "POST"])
        async def call(method: str, request: Request) -> Response:
            body = await self._body(request)
            self.calls.append((method, body))
            if method in self.held:
                await self.held[method].wait()
            error = self.refusals.get(method) or self._refusal(method, body)
            return JSONResponse({"ok": False, "error": error} if error else {"ok": True, **self._answer(method, body)})

        @app.websocket("/socket")
        async def socket(socket: WebSocket) -> None:
            await socket.accept()
            await socket.send_json({"type": "hello", "num_connections": 1, "debug_info": {}, "connection_info": {"app_id": "A01APP"}})
            while True:
                await socket.send_json(await self.envelopes.get())
                await self.acknowledged.put(json.loads(await socket.receive_text()))

        return app

    @staticmethod
    async def _body(request: Request) -> dict[str, Any]:
        if request.headers.get("content-type", "").startswith("application/json"):
            return dict(await request.json())
        return {**request.query_params, **{name: str(value) for name, value in (await request.form()).items()}}

    @staticmethod
    def _refusal(method: str, body: Mapping[str, Any]) -> str | None:
        if method == "assistant.threads.setStatus" and not all(isinstance(body.get(n), str) for n in ("channel_id", "thread_ts", "status")):
            return "invalid_arguments"
        if method == "assistant.threads.setSuggestedPrompts":
            prompts = body.get("prompts") or []
            is_well_formed = all({"title", "message"} == set(prompt) for prompt in prompts)
            return None if 1 <= len(prompts) <= _MOST_PROMPTS and is_well_formed and body.get("channel_id") else "invalid_arguments"
        return None

    def _answer(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answers: dict[str, dict[str, Any]] = {
            "conversations.open": {"channel": {"id": f"D{body.get('users')}"}},
            "users.info": {"user": {"id": body.get("user"), "real_name": "Some Body", "tz": "Europe/London", "profile": {}}},
            "chat.postMessage": {"ts": f"{len(self.calls)}.000001", "channel": body.get("channel")},
            "chat.postEphemeral": {"message_ts": "1.1"},
            "apps.connections.open": {"url": f"{self.address.replace('http', 'ws')}/socket"},
        }
        return answers.get(method, {})
