"""One message of ours as an Adaptive Card 1.5: a pure function; choices update the card in place where a client can."""

from __future__ import annotations

from typing import Any

from bot.domain.messages import Offered

Card = dict[str, Any]

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"
VERB = "choose"
# Choices that are all as short as this stand side by side, such as a rating's numbers.
_SHORT = 3
# More choices than this are easier to find in a list than in rows of buttons.
MOST_BUTTONS = 12


def card_of(message: Offered, list_label: str, send_label: str) -> Card:
    """Return the card; `list_label` and `send_label` word a list of choices and the button that sends the chosen one."""
    body: list[Card] = [
        {"type": "TextBlock", "text": escape(line), "wrap": True, **({"spacing": "Small"} if index else {})}
        for index, line in enumerate(message.text.split("\n"))
        if line.strip()
    ]
    actions: list[Card] = []
    if len(message.choices) > MOST_BUTTONS:
        options = [{"title": label, "value": value} for label, value in message.choices]
        body.append({"type": "Input.ChoiceSet", "id": "choice", "style": "compact", "placeholder": list_label, "choices": options})
        actions = [_action(send_label, {})]
    elif message.choices and all(len(label) <= _SHORT for label, _ in message.choices[:-1]):
        # A row of numbers, and the choice to skip beneath it.
        body.append({"type": "ActionSet", "actions": [_action(label, {"choice": value}) for label, value in message.choices]})
    else:
        actions = [_action(label, {"choice": value}) for label, value in message.choices]
    card: Card = {"type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "body": body}
    return card | ({"actions": actions} if actions else {})


def escape(text: str) -> str:
    """Return text that a card shows as it stands: the characters of its little Markdown are escaped."""
    return "".join(f"\\{character}" if character in "\\*_[]`#" else character for character in text)


def _action(label: str, data: Card) -> Card:
    """Return one action; a client without Action.Execute submits the same data, upon which a new card is sent."""
    return {
        "type": "Action.Execute",
        "title": label,
        "verb": VERB,
        "data": data,
        "fallback": {"type": "Action.Submit", "title": label, "data": {"verb": VERB, **data}},
    }
