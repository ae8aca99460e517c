"""What the coach makes of one message, as `coach understand` prints it."""

from __future__ import annotations

from typing import Any

from bot.rasa.client import RasaClient
from bot.understanding.safety import SafetyNet
from bot.understanding.words import clean


async def read_message(engine: RasaClient, net: SafetyNet, text: str) -> dict[str, Any]:
    """Return the text as it would be stored, with its intent, themes, confidence and safety tier."""
    stored = clean(text)
    parsed = await engine.parse(stored.lstrip("/ ") or stored)
    intent = parsed.get("intent") or {}
    name = intent.get("name")
    themes = [[guess["name"], round(guess["confidence"], 4)] for guess in (parsed.get("theme_ranking") or [])[:3]]
    is_challenge = name == "challenge"
    return {
        "text_stored": stored,
        "intent": "out_of_scope" if name == "nlu_fallback" else name,
        "theme": themes[0][0] if is_challenge and themes else None,
        "themes": themes,
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "safety": net.tier_of(stored),
        "redactions": [],
    }
