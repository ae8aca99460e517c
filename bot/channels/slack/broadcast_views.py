"""A broadcast in Slack's windows: the form in which it is written, and its sheet with what can be done; pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from bot.channels.composing import SEND, Sheet, Written, read_number
from bot.channels.slack.blocks import Block, blocks_of, fitted, plain
from bot.channels.slack.origin import Payload, part_at, text_at
from bot.channels.slack.views import View
from bot.content.toolkit import Sentences
from bot.domain.broadcasts import LONGEST_TEXT, LONGEST_TITLE
from bot.domain.messages import Offered

# The windows, what a button's id begins with, and the fields of the first window; `count` is the second's.
WRITE, SHEET, ACT = "broadcast-write", "broadcast-send", "broadcast-act-"
TITLE, TEXT, AUDIENCE, CHOICES, COUNT = "title", "text", "audience", "choices", "count"
FIELDS = frozenset({TITLE, TEXT, AUDIENCE, CHOICES})
# What Slack shows of a window's title and buttons, of an option's text and value, and of options in a list.
_BUTTON, _OPTION, _VALUE, _MOST = 24, 75, 150, 100


def writing_view(sentences: Sentences, written: Written, places: Sequence[tuple[str, str]], said: str | None = None) -> View:
    """Return the form, with all that was written still there; `said` is what stands at its head."""
    say = sentences.say
    options = [{"text": plain(title, _OPTION), "value": value} for title, value in places[:_MOST] if len(value) <= _VALUE]
    chosen = next((option for option in options if option["value"] == written.audience), None)
    audience: Block = {"type": "static_select", "options": options, **({"initial_option": chosen} if chosen else {})}
    one_line: Block = {"type": "plain_text_input", "max_length": LONGEST_TITLE}
    many_lines: Block = {"type": "plain_text_input", "multiline": True, "max_length": LONGEST_TEXT}
    blocks = [
        *([_section(said)] if said else []),
        _input(TITLE, say("composing.title"), _with(one_line, written.title)),
        _input(AUDIENCE, say("composing.audience"), audience),
        _input(TEXT, say("composing.text"), _with(many_lines, written.text), hint=say("composing.text_hint")),
        _input(CHOICES, say("composing.choices"), _with(many_lines, written.choices), hint=say("composing.choices_hint"), is_optional=True),
    ]
    about = {"broadcast": written.number, "version": written.version} if written.number is not None else {}
    return {**_window(sentences, WRITE, blocks, about), "submit": plain(say("composing.rehearse"), _BUTTON)}


def read_written(view: Payload) -> Written:
    """Return what was written into the form."""
    number, version = read_about(text_at(view, "private_metadata"))
    title, text, audience, choices = (value_at(view, name) for name in (TITLE, TEXT, AUDIENCE, CHOICES))
    return Written(title, text, audience, choices, number or None, version)


def sheet_view(sentences: Sentences, sheet: Sheet, said: str | None = None) -> View:
    """Return a broadcast's window; `said` is why what was asked for was not done."""
    say = sentences.say
    blocks = [_section(f"*{fitted(sheet.heading, 200)}*", is_markup=True), *([_section(said)] if said else [])]
    blocks.append(_section("\n".join(sheet.lines)))
    if sheet.words:
        blocks += [{"type": "divider"}, _section(say("composing.words"))]
        # Its words alone: in a window its buttons would be pressed for the real ones.
        blocks += [block for block in blocks_of(Offered(0, sheet.words), "") if block["type"] == "section"]
        if sheet.labels:
            blocks.append(_section("\n".join(f"\N{BULLET} {label}" for label in sheet.labels)))
        blocks.append({"type": "divider"})
    if SEND in sheet.acts:
        blocks.append(_input(COUNT, say("composing.count"), {"type": "plain_text_input", "max_length": 9}, is_optional=True))
    about = {"broadcast": sheet.number, "version": sheet.version}
    buttons = [
        {"type": "button", "action_id": f"{ACT}{act}", "text": plain(say(f"composing.do_{act}"), _OPTION), "value": json.dumps(about)}
        for act in sheet.acts
        if act != SEND
    ]
    blocks += [{"type": "actions", "elements": buttons}] if buttons else []
    blocks.append(_section(say("composing.slack_how", number=sheet.number)))
    submit = {"submit": plain(say("composing.do_send"), _BUTTON)} if SEND in sheet.acts else {}
    return {**_window(sentences, SHEET, blocks, about), **submit}


def read_about(text: str) -> tuple[int, int]:
    """Return the number and the version that a window or a button carries; noughts for what is none of ours."""
    try:
        about = json.loads(text)
        return read_number(about.get("broadcast")) or 0, read_number(about.get("version")) or 0
    except (ValueError, AttributeError):
        return 0, 0


def value_at(view: Payload, name: str) -> str:
    """Return what was written into a field or chosen in it; nothing where nothing was."""
    field = part_at(view, "state", "values", name, "value")
    return text_at(field, "value") or text_at(field, "selected_option", "value")


def _window(sentences: Sentences, name: str, blocks: list[Block], about: Mapping[str, int]) -> View:
    return {
        "type": "modal",
        "callback_id": name,
        "title": plain(sentences["composing.window"], _BUTTON),
        "close": plain(sentences["slack.note_close"], _BUTTON),
        "private_metadata": json.dumps(about),
        "blocks": blocks,
    }


def _input(name: str, label: str, element: Block, *, hint: str = "", is_optional: bool = False) -> Block:
    field: Block = {"type": "input", "block_id": name, "label": plain(label, 2000), "element": {**element, "action_id": "value"}}
    return {**field, "optional": is_optional, **({"hint": plain(hint, 2000)} if hint else {})}


def _with(element: Block, words: str) -> Block:
    return {**element, **({"initial_value": words} if words else {})}


def _section(text: str, *, is_markup: bool = False) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text if is_markup else fitted(text, 3000)}}
