"""An engine of a measurement's own, to which the product is shown the way by its environment."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from bot.content.library import load_library
from bot.rasa.client import RasaClient
from bot.rasa.engine import EngineAddress, EngineProcess, free_port, tracker_settings
from bot.rasa.model import model_path
from bot.settings import Settings

# How long one question to it may take, in seconds.
LIMIT = 60


@dataclass(frozen=True, slots=True)
class OwnEngine:
    """Where it answers, a client of it, and what the product's environment has to say of it."""

    address: EngineAddress
    client: RasaClient
    environment: Mapping[str, str]


@asynccontextmanager
async def own_engine(settings: Settings, folder: Path, credentials: Path | None = None) -> AsyncIterator[OwnEngine]:
    """Start an engine with the trained model, which keeps its conversations in a folder; `credentials` name other channels of it."""
    actions_port, actions_token = free_port(), secrets.token_hex(24)
    process = EngineProcess(
        model_path(load_library(settings.content, settings.programmes), settings),
        f"http://127.0.0.1:{actions_port}/webhook",
        actions_token,
        tracker_settings(f"sqlite+aiosqlite:///{folder / 'coach.db'}", folder),
        [Fernet.generate_key().decode()],
        settings.encoder,
        lambda _: None,
        credentials,
    )
    try:
        await process.start()
        client = RasaClient(process.address.url, process.address.token, LIMIT)
        try:
            yield OwnEngine(
                process.address,
                client,
                {
                    "COACH_RASA_URL": process.address.url,
                    "COACH_RASA_TOKEN": process.address.token or "",
                    "COACH_ACTIONS_PORT": str(actions_port),
                    "COACH_ACTIONS_TOKEN": actions_token,
                },
            )
        finally:
            await client.close()
    finally:
        await process.stop()
