"""One message of ours as an Adaptive Card 1.5: pure functions; choices change the card in place where a client can."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from bot.domain.messages import Offered

Card = dict[str, Any]

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.5"
CONTENT_TYPE = "application/vnd.microsoft.card.adaptive"
# What an action of a card asks for.
CHOOSE, HOME, FORM, FILL, BROADCAST = "choose", "home", "form", "fill", "broadcast"
# Labels as short as this stand side by side, such as a rating's numbers, so many in a row of a phone's width.
_SHORT, _IN_A_ROW = 3, 4
# Labels as short as this are on buttons, which Teams cuts on a phone where they are longer; those are rows to tap, and go on in a new line.
_BUTTON = 20
# More choices than this are easier to find in a list than in rows of buttons.
MOST_BUTTONS = 12
# The longest text of one message, in UTF-16 code units: with its card well below Teams' 100 KB.
LONGEST_TEXT = 24_000
# What a notification shows, in characters.
_SUMMARY = 400

# Where a long text may be cut, the best place first: after a line, after a sentence, between two words.
_ENDS = (re.compile(r"\n"), re.compile(r"[.?:;]\s"), re.compile(r"\s"))
_CUT = "\u2026"
# The characters of a card's little Markdown; at the start of a line some more begin a list or a heading. Numbers may begin one: a list of
# steps is what they are.
_MARKDOWN = re.compile(r"([\\*_\[\]`~])")
_LINE_START = re.compile(r"^(\s*)([-+#>])")


def card_of(message: Offered, list_label: str, send_label: str, form_label: str = "") -> Card:
    """Return the card; `list_label` and `send_label` word a list of choices and the button that sends the chosen one.

    `form_label` is what the button says that opens the form of a message which has one; without it there is no such button.
    """
    form = [{"type": "ActionSet", "actions": [action_of(form_label, FORM, {"form": message.form})]}] if message.form and form_label else []
    return _card([*_texts(message.text), *_choices(message.choices, list_label, send_label), *form])


def settled_card_of(message: Offered, chosen: str | None) -> Card:
    """Return the card of a message that can no longer be answered: its words, and what was chosen, in the given words."""
    return _card([*_texts(message.text), *([_note(chosen)] if chosen else [])])


def home_card(parts: Sequence[tuple[str, Sequence[str], Sequence[tuple[str, str]]]], refresh_for: str = "") -> Card:
    """Return the home card: parts of a heading, lines and buttons with what they stand for; it is made anew when that person sees it."""
    body: list[Card] = []
    for heading, lines, buttons in parts:
        body.append({"type": "TextBlock", "text": escape(heading), "wrap": True, "weight": "Bolder", "size": "Medium", "style": "heading"})
        body += [text for line in lines for text in _texts(line)]
        body += [{"type": "ActionSet", "actions": [action_of(label, HOME, {"key": key})], "spacing": "Small"} for key, label in buttons]
    refresh = {"refresh": {"action": {"type": "Action.Execute", "verb": HOME, "data": {}}, "userIds": [refresh_for]}} if refresh_for else {}
    return _card(body) | refresh


def attachment(card: Card) -> Card:
    """Return a card as an activity carries it."""
    return {"contentType": CONTENT_TYPE, "content": card}


def summary_of(message: Offered) -> str:
    """Return what a notification and a screen reader's list of messages say."""
    return message.text if len(message.text) <= _SUMMARY else f"{message.text[: _SUMMARY - 1]}{_CUT}"


def parts_of(text: str, longest: int = LONGEST_TEXT) -> list[str]:
    """Return a text in parts of `longest` UTF-16 code units at most, cut between lines, sentences or words, none of it lost."""
    parts, rest = [], text.strip()
    while _units(rest) > longest:
        cut = _cut(rest, longest)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [part for part in [*parts, rest] if part] or [" "]


def escape(text: str) -> str:
    """Return text that a card shows as it stands: what its Markdown would take for a sign of its own is escaped."""
    return _LINE_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\1", text))


def _card(body: list[Card]) -> Card:
    return {"type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "body": body}


def _texts(text: str) -> list[Card]:
    lines = [line for line in text.split("\n") if line.strip()] or [" "]
    return [
        {"type": "TextBlock", "text": escape(line), "wrap": True, **({"spacing": "Small"} if index else {})}
        for index, line in enumerate(lines)
    ]


def _note(text: str) -> Card:
    return {"type": "TextBlock", "text": escape(text), "wrap": True, "isSubtle": True, "size": "Small", "spacing": "Medium"}


def _choices(choices: Sequence[tuple[str, str]], list_label: str, send_label: str) -> list[Card]:
    if len(choices) > MOST_BUTTONS:
        options = [{"title": label, "value": value} for label, value in choices]
        chosen: Card = {
            "type": "Input.ChoiceSet",
            "id": "choice",
            "style": "compact",
            "label": list_label,
            "isRequired": True,
            "errorMessage": list_label,
            "choices": options,
        }
        return [chosen, {"type": "ActionSet", "actions": [action_of(send_label, CHOOSE, {})]}]
    numbers = list(takewhile(lambda choice: len(choice[0]) <= _SHORT, choices))
    others = choices[len(numbers) :]
    is_short = all(len(label) <= _BUTTON for label, _ in others)
    rows = [_number_row(numbers[first : first + _IN_A_ROW]) for first in range(0, len(numbers), _IN_A_ROW)]
    return [*rows, *(_button(label, value) if is_short else _row(label, value) for label, value in others)]


def _button(label: str, value: str) -> Card:
    return {"type": "ActionSet", "actions": [action_of(label, CHOOSE, {"choice": value})], "spacing": "Small"}


def _row(label: str, value: str) -> Card:
    """Return a choice whose label may go on in a second line."""
    return {
        "type": "Container",
        "style": "emphasis",
        "spacing": "Small",
        "selectAction": action_of(label, CHOOSE, {"choice": value}),
        "items": [{"type": "TextBlock", "text": escape(label), "wrap": True, "weight": "Bolder"}],
    }


def _number_row(choices: Sequence[tuple[str, str]]) -> Card:
    """Return one row of a rating, with room for as many numbers as every other row has."""
    columns: list[Card] = [
        {
            "type": "Column",
            "width": "stretch",
            "style": "emphasis",
            "selectAction": action_of(label, CHOOSE, {"choice": value}),
            "items": [{"type": "TextBlock", "text": escape(label), "weight": "Bolder", "horizontalAlignment": "Center"}],
        }
        for label, value in choices
    ]
    columns += [{"type": "Column", "width": "stretch", "items": []}] * (_IN_A_ROW - len(choices))
    return {"type": "ColumnSet", "spacing": "Small", "columns": columns}


def action_of(label: str, verb: str, data: Mapping[str, str | int]) -> Card:
    """Return one action; a client without Action.Execute submits the same data, upon which the card is changed by a new message."""
    return {
        "type": "Action.Execute",
        "title": label,
        "verb": verb,
        "data": dict(data),
        "fallback": {"type": "Action.Submit", "title": label, "data": {"verb": verb, **data}},
    }


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _cut(text: str, longest: int) -> int:
    """Return where to cut a text of more than `longest` UTF-16 code units, never within a character."""
    units = end = 0
    while (units := units + (2 if text[end] > "\uffff" else 1)) <= longest:
        end += 1
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(text, 0, end)]
        if ends and ends[-1] > end // 2:
            return ends[-1]
    return max(end, 1)
