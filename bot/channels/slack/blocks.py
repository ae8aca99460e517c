"""One message of ours as Slack blocks: a pure function, within every limit that Slack publishes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.domain.messages import Offered

Block = dict[str, Any]

# Slack's published limits.
SECTION_TEXT = 3000  # characters
BUTTON_TEXT = 75
OPTION_TEXT = 75
BUTTON_VALUE = 2000
ACTIONS = 25  # elements of one actions block
OPTIONS = 100  # options of one select
BLOCKS = 50  # blocks of one message
FALLBACK_TEXT = 4000
# More choices than this are easier to find in a list than in rows of buttons.
MOST_BUTTONS = 12


def blocks_of(message: Offered, list_label: str, mark: str | None = None) -> list[Block]:
    """Return the blocks of one message; `list_label` is what a list of choices says before one is chosen.

    `mark` becomes the id of the first block, by which the message can be found again.
    """
    choices = _choices(message, list_label)
    sections = _sections(message.text)[: BLOCKS - len(choices)]
    if mark:
        sections[0]["block_id"] = mark
    return [*sections, *choices]


def settled_blocks_of(message: Offered, chosen: str | None, mark: str | None = None) -> list[Block]:
    """Return the blocks of a message that can no longer be answered: its words, and what was chosen, in the given words."""
    sections = _sections(message.text)[: BLOCKS - 1]
    if mark:
        sections[0]["block_id"] = mark
    note = [{"type": "context", "elements": [{"type": "mrkdwn", "text": escape(chosen)[:SECTION_TEXT]}]}] if chosen else []
    return [*sections, *note]


def fallback_of(message: Offered) -> str:
    """Return the plain text that notifications and screen readers use."""
    return escape(message.text)[:FALLBACK_TEXT]


def escape(text: str) -> str:
    """Return text in which nothing mentions, links or notifies anyone: Slack's three control characters are escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _sections(text: str) -> list[Block]:
    return [{"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in _parts(escape(text))]


def _parts(text: str) -> list[str]:
    """Return the text in parts that fit a section, split where a sentence or a line ends."""
    parts: list[str] = []
    rest = text.strip() or " "
    while len(rest) > SECTION_TEXT:
        ends = [match.end() for match in re.finditer(r"[.?]\s|\n", rest[:SECTION_TEXT])]
        cut = ends[-1] if ends else SECTION_TEXT
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip() or " "
    return [*parts, rest]


def _choices(message: Offered, list_label: str) -> list[Block]:
    if not message.choices:
        return []
    if len(message.choices) <= MOST_BUTTONS:
        return [{"type": "actions", "block_id": f"choices-{message.id}", "elements": _buttons(message.choices)}]
    options = [{"text": _plain(label, OPTION_TEXT), "value": value} for label, value in message.choices[:OPTIONS]]
    select = {"type": "static_select", "action_id": "choose", "placeholder": _plain(list_label, OPTION_TEXT), "options": options}
    return [{"type": "actions", "block_id": f"choices-{message.id}", "elements": [select]}]


def _buttons(choices: Sequence[tuple[str, str]]) -> list[Block]:
    return [
        {"type": "button", "action_id": f"choose-{index}", "text": _plain(label, BUTTON_TEXT), "value": value[:BUTTON_VALUE]}
        for index, (label, value) in enumerate(choices[:ACTIONS])
    ]


def _plain(text: str, longest: int) -> Block:
    return {"type": "plain_text", "text": text if len(text) <= longest else f"{text[: longest - 1]}\u2026"}
