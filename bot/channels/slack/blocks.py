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

# Where a long text may be cut, the best place first: after a line, after a sentence, between two words.
_ENDS = (re.compile(r"\n"), re.compile(r"[.?:;]\s"), re.compile(r"\s"))
# How Slack spells its three control characters; whatever is measured is measured in this spelling.
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_CUT = "\u2026"


def blocks_of(message: Offered, list_label: str, mark: str | None = None, *, form_label: str | None = None) -> list[Block]:
    """Return the blocks of one message; `list_label` is what a list of choices says before one is chosen.

    `mark` becomes the id of the first block, by which the message can be found again. `form_label` is what the button says that
    opens the form of a message which has one; without it there is no such button.
    """
    choices = _choices(message, list_label)
    if choices and message.form and form_label:
        choices[0]["elements"].append({"type": "button", "action_id": f"window-{message.form}", "text": plain(form_label, BUTTON_TEXT)})
    return [*_sections(message.text, BLOCKS - len(choices), mark), *choices]


def settled_blocks_of(message: Offered, chosen: str | None, mark: str | None = None) -> list[Block]:
    """Return the blocks of a message that can no longer be answered: its words, and what was chosen, in the given words."""
    note = [{"type": "context", "elements": [{"type": "mrkdwn", "text": fitted(chosen, SECTION_TEXT)}]}] if chosen else []
    return [*_sections(message.text, BLOCKS - len(note), mark), *note]


def fallback_of(message: Offered) -> str:
    """Return the plain text that notifications and screen readers use."""
    return fitted(message.text, FALLBACK_TEXT)


def escape(text: str) -> str:
    """Return text in which nothing mentions, links or notifies anyone: Slack's three control characters are escaped."""
    return "".join(_ESCAPED.get(character, character) for character in text)


def fitted(text: str, longest: int) -> str:
    """Return text escaped, in `longest` characters at most: what is cut ends between sentences or words, and says so."""
    if len(escaped := escape(text)) <= longest:
        return escaped
    return escape(text[: _cut(text, longest - len(_CUT))].rstrip()) + _CUT


def _sections(text: str, most: int, mark: str | None) -> list[Block]:
    """Return the text as sections, `most` of them at most; the last one says when that is not all."""
    rest = text.strip() or " "
    parts: list[str] = []
    while rest and len(parts) < most - 1 and len(escape(rest)) > SECTION_TEXT:
        cut = _cut(rest, SECTION_TEXT)
        parts.append(escape(rest[:cut].rstrip()))
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(fitted(rest, SECTION_TEXT))
    sections: list[Block] = [{"type": "section", "text": {"type": "mrkdwn", "text": part}} for part in parts]
    if mark:
        sections[0]["block_id"] = mark
    return sections


def _cut(text: str, longest: int) -> int:
    """Return where to cut a text whose escaped form is longer than `longest` characters, never within an escaped one."""
    width = end = 0
    while (width := width + len(_ESCAPED.get(text[end], text[end]))) <= longest:
        end += 1
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(text, 0, end)]
        # A first line alone would leave a part nearly empty: then the end of a sentence is looked for.
        if ends and ends[-1] > end // 2:
            return ends[-1]
    return end


def _choices(message: Offered, list_label: str) -> list[Block]:
    if not message.choices:
        return []
    elements = _buttons(message.choices) if len(message.choices) <= MOST_BUTTONS else _lists(message.choices, list_label)
    return [{"type": "actions", "block_id": f"choices-{message.id}", "elements": elements[:ACTIONS]}]


def _buttons(choices: Sequence[tuple[str, str]]) -> list[Block]:
    return [
        {"type": "button", "action_id": f"choose-{index}", "text": plain(label, BUTTON_TEXT), "value": value[:BUTTON_VALUE]}
        for index, (label, value) in enumerate(choices)
    ]


def _lists(choices: Sequence[tuple[str, str]], list_label: str) -> list[Block]:
    """Return the choices in a list; more than Slack permits in one go on in a second."""
    pages = [choices[first : first + OPTIONS] for first in range(0, len(choices), OPTIONS)]
    return [
        {
            "type": "static_select",
            "action_id": f"choose-list-{number}" if number else "choose",
            "placeholder": plain(list_label, OPTION_TEXT),
            "options": [{"text": plain(label, OPTION_TEXT), "value": value} for label, value in page],
        }
        for number, page in enumerate(pages)
    ]


def plain(text: str, longest: int) -> Block:
    """Return a text object without formatting, in `longest` characters at most."""
    return {"type": "plain_text", "text": text if len(text) <= longest else f"{text[: longest - 1]}{_CUT}"}
