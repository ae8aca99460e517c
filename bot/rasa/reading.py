"""What the coach makes of one message, as `coach understand` prints it."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.content.redaction import Redactor
from bot.rasa.client import RasaClient
from bot.understanding.safety import SafetyNet
from bot.understanding.words import clean

# Intents of the model that are tiers of safety, a second net behind the rules.
SAFETY_INTENTS = frozenset({"crisis_immediate", "crisis_gentle", "safety_concern"})


async def read_message(engine: RasaClient, net: SafetyNet, redactor: Redactor, text: str, today: date) -> dict[str, Any]:
    """Return the text as it would be stored, with its intent, themes, confidence, safety tier and what was taken out.

    A challenge that holds two things has both their themes as `two_things`, too.
    """
    found = redactor.redact(clean(text), today)
    parsed = await engine.parse(found.text.lstrip("/ ") or found.text)
    intent = parsed.get("intent") or {}
    name = intent.get("name")
    # In the order in which a conversation looks: the rules, identifiers, and only then the engine.
    tier = net.tier_of(found.text) or ("patient_identifiable" if found.points_to_patient else None)
    if name in SAFETY_INTENTS:
        tier = tier or name
        intent = next((guess for guess in parsed.get("intent_ranking") or [] if guess["name"] not in SAFETY_INTENTS), intent)
        name = intent.get("name")
    themes = [[guess["name"], round(guess["confidence"], 4)] for guess in (parsed.get("theme_ranking") or [])[:3]]
    two = parsed.get("two_themes") if name == "challenge" else None
    return {
        "text_stored": found.text,
        "intent": "out_of_scope" if name in {"nlu_fallback", "inform"} else name,
        "theme": themes[0][0] if name == "challenge" and themes else None,
        "themes": themes,
        "confidence": round(float(intent.get("confidence") or 0.0), 4),
        "safety": tier,
        "redactions": list(found.kinds),
        **({"two_things": two} if two else {}),
    }
