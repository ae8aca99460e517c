"""`coach understand review`: an editor decides about wording that people gave to teach the engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import typer
import yaml

from bot.bootstrap import open_database
from bot.content.library import load_library
from bot.rasa.model import DIALOGUES
from bot.settings import read_settings
from bot.storage.editing import given_wording
from bot.storage.tables import Guess

REVIEWED = DIALOGUES / "data" / "nlu" / "reviewed.yml"


async def review() -> None:
    """Show each piece of given wording, without who wrote it, and add what the editor accepts to the training examples.

    Whatever is decided, the wording leaves the database; nothing enters the training data without a decision.
    """
    settings = read_settings()
    themes = load_library(settings.content, settings.programmes).common.themes
    database = open_database(settings)
    accepted: list[str] = []
    try:
        async with database.reading() as session:
            waiting = await given_wording(session)
        typer.echo(f"{len(waiting)} message(s) were given to learn from")
        for guess in waiting:
            words = guess.words or ""
            typer.echo(f"\n  {words}\n  chosen: {guess.chosen}; offered: {', '.join(guess.offered)}")
            answer = await asyncio.to_thread(typer.prompt, "Use it? 'yes', another theme's id, 'no', or 'later'", default="later")
            theme = guess.chosen if answer == "yes" else answer
            if theme not in themes and answer != "no":
                continue
            if theme in themes:
                accepted.append(theme)
                _add(REVIEWED, [(theme, words)])
            # Only once an accepted one is written.
            async with database.transaction() as session:
                kept = await session.get(Guess, guess.id)
                if kept is not None:
                    kept.words = None
    finally:
        await database.close()
    if accepted:
        typer.echo(f"{len(accepted)} example(s) written to {REVIEWED.name}: read them once more, then run 'coach train'")


def _add(path: Path, examples: list[tuple[str, str]]) -> None:
    """Add (theme, wording) pairs to a file of training examples, making it when there is none."""
    held = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"] if path.exists() else []
    blocks: dict[str, Any] = {block["metadata"]["theme"]: block for block in held}
    for theme, words in examples:
        block = blocks.setdefault(theme, {"intent": "challenge", "metadata": {"theme": theme}, "examples": ""})
        block["examples"] += f"- {' '.join(words.split())}\n"
    data = {"version": "3.1", "nlu": list(blocks.values())}
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
