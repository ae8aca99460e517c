"""The way to the dialogue engine: one that runs elsewhere, one that another process of ours started, or a child of our own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bot.rasa.actions.desk import Desk
from bot.rasa.client import RasaClient
from bot.rasa.engine import EngineAddress, EngineProcess, free_port, tracker_settings
from bot.rasa.model import train
from bot.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI


class EngineLink:
    """Gives a client of a running engine, starting one when there is none. Close it when done."""

    def __init__(self, settings: Settings, desk: Desk, say: Callable[[str], None]) -> None:
        self._settings, self._desk, self._say = settings, desk, say
        self._client: RasaClient | None = None
        self._process: EngineProcess | None = None
        self._actions: ActionServer | None = None
        self._borrowed_from: str | None = None
        self._starting = asyncio.Lock()

    @property
    def _note(self) -> Path:
        return self._settings.var / "engine.json"

    async def client(self) -> RasaClient:
        """Return a client of the engine, starting the engine first when nobody runs one; raises EngineFailed."""
        async with self._starting:
            if self._client is not None and self._borrowed_from is not None and not self._is_still_noted():
                # Who started the engine has ended, and the engine with it.
                await self._client.close()
                self._client = None
            if self._client is None:
                self._client = await self._connect()
            return self._client

    def _is_still_noted(self) -> bool:
        """Return whether the process that started the engine we borrowed is still there."""
        try:
            noted = json.loads(self._note.read_text())
            os.kill(int(noted["pid"]), 0)
        except (OSError, ValueError, KeyError):
            return False
        return bool(noted["url"] == self._borrowed_from)

    async def close(self) -> None:
        if self._client:
            await self._client.close()
        if self._process:
            await self._process.stop()
            self._note.unlink(missing_ok=True)
        if self._actions:
            await self._actions.stop()

    async def answers(self) -> bool:
        """Return whether the engine that was found or started before answers with a model."""
        return self._client is not None and await self._client.is_ready()

    @property
    def engine_pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def _connect(self) -> RasaClient:
        if self._settings.rasa_url:
            self._actions = ActionServer(
                self._action_app(self._settings.actions_token), self._settings.actions_port, self._settings.actions_host
            )
            await self._actions.start()
            return self._client_of(EngineAddress(self._settings.rasa_url, self._settings.rasa_token))
        if (running := await self._running_engine()) is not None:
            return running
        return await self._start()

    async def _running_engine(self) -> RasaClient | None:
        """Return a client of the engine that another process noted, when it answers."""
        try:
            noted = json.loads(self._note.read_text())
            client = self._client_of(EngineAddress(noted["url"], noted["token"]))
        except (OSError, ValueError, KeyError):
            return None
        if noted.get("database") == self._settings.database_url and await client.is_ready():
            self._borrowed_from = noted["url"]
            return client
        await client.close()
        return None

    async def _start(self) -> RasaClient:
        self._borrowed_from = None
        model = await asyncio.to_thread(train, self._desk.library, self._settings, self._say)
        token = secrets.token_hex(24)
        self._actions = ActionServer(self._action_app(token), free_port())
        await self._actions.start()
        self._say("starting the dialogue engine")
        self._process = EngineProcess(
            model,
            f"http://127.0.0.1:{self._actions.port}/webhook",
            token,
            tracker_settings(self._settings.database_url, self._settings.var),
            self._settings.secret_keys,
            self._settings.encoder,
            self._say,
        )
        await self._process.start()
        self._write_note(self._process.address)
        return self._client_of(self._process.address)

    def _action_app(self, token: str) -> FastAPI:
        from bot.rasa.actions.webhook import action_app  # noqa: PLC0415 - a fifth of a second, needed by no command without an engine

        return action_app(self._desk, token)

    def _client_of(self, address: EngineAddress) -> RasaClient:
        return RasaClient(address.url, address.token, self._settings.file.conversation.engine_timeout_seconds)

    def _write_note(self, address: EngineAddress) -> None:
        """Note where the engine answers, readable by its owner only, because it holds the engine's token."""
        draft = self._note.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump({**asdict(address), "database": self._settings.database_url, "pid": os.getpid()}, file)
        draft.replace(self._note)


class ActionServer:
    """The action webhook on a port of its own: on loopback, or on a network that only engines are on."""

    def __init__(self, app: FastAPI, port: int, host: str = "127.0.0.1") -> None:
        import uvicorn  # noqa: PLC0415 - needed by no command without an engine

        self.port = port
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=2,
                # Longer than the engine keeps a connection that it does not use, so that it never calls on one that is being closed.
                timeout_keep_alive=75,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        # Our own process handles signals; uvicorn's handlers would take Ctrl-C from it.
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
        self._task = asyncio.create_task(self._server.serve(), name="action server")
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._server.should_exit = True
        if self._task:
            await self._task
