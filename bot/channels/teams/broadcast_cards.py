"""A broadcast on cards: the form in which it is written, and its sheet with what can be done; pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.composing import SEND, Sheet, Written, read_number
from bot.channels.teams.cards import BROADCAST, Card, action_of
from bot.channels.teams.form_cards import card_of_body, fault, heading, line
from bot.content.toolkit import Sentences
from bot.domain.broadcasts import LONGEST_TITLE

TITLE, TEXT, AUDIENCE, CHOICES, COUNT = "title", "text", "audience", "choices", "count"
# What a card asks for besides the acts of a sheet.
WRITE = "write"
# More words than a broadcast may have are still taken in, so that it can be said by how many they are too long.
_LONGEST_INPUT = 4000
# More places than this no list is read through.
_MOST_PLACES = 100


def writing_card(
    sentences: Sentences, written: Written, places: Sequence[tuple[str, str]], faults: Mapping[str, str] | None = None
) -> Card:
    """Return the form, with what is wrong above its field and all that was written still there."""
    say, wrong = sentences.say, dict(faults or {})
    options = [{"title": title, "value": value} for title, value in places[:_MOST_PLACES]]
    audience: Card = {"type": "Input.ChoiceSet", "id": AUDIENCE, "label": say("composing.audience"), "style": "compact", "choices": options}
    chosen = written.audience or (places[0][1] if len(places) == 1 else "")
    fields: dict[str, Card] = {
        TITLE: {**_text(TITLE, say("composing.title"), written.title), "maxLength": LONGEST_TITLE},
        AUDIENCE: {**audience, **({"value": chosen} if chosen else {})},
        TEXT: {**_text(TEXT, say("composing.text"), written.text), "isMultiline": True, "placeholder": say("composing.text_hint")},
        CHOICES: {
            **_text(CHOICES, say("composing.choices"), written.choices),
            "isMultiline": True,
            "placeholder": say("composing.choices_hint"),
        },
    }
    # What is about none of the form's fields is said at its head.
    body = [heading(say("composing.window")), *(part for name in wrong if name not in fields for part in fault(wrong[name]))]
    for name, field in fields.items():
        body += [*fault(wrong.get(name)), field]
    data: dict[str, str | int] = {"do": WRITE}
    if written.number is not None:
        data |= {"broadcast": written.number, "version": written.version}
    body.append({"type": "ActionSet", "actions": [action_of(say("composing.rehearse"), BROADCAST, data)]})
    return card_of_body(body)


def read_written(data: Mapping[str, Any]) -> Written:
    """Return what was written into the form; what is no text counts as nothing."""
    given = {name: words if isinstance(words := data.get(name), str) else "" for name in (TITLE, TEXT, AUDIENCE, CHOICES)}
    longest = {name: words[:_LONGEST_INPUT] for name, words in given.items()}
    return Written(**longest, number=read_number(data.get("broadcast")), version=read_number(data.get("version")) or 0)


def sheet_card(sentences: Sentences, sheet: Sheet, said: str | None = None, typed: str = "") -> Card:
    """Return a broadcast's sheet; `said` is why what was asked for was not done."""
    say = sentences.say
    body = [heading(sheet.heading), *fault(said), *(line(each) for each in sheet.lines)]
    if sheet.words:
        words = [line(each) for each in sheet.words.split("\n") if each.strip()] + [line(f"\N{BULLET} {label}") for label in sheet.labels]
        # Its choices are only read here: as buttons they would be taken for the real ones.
        body += [line(say("composing.words"), is_subtle=True), {"type": "Container", "style": "emphasis", "items": words}]
    if SEND in sheet.acts:
        body.append({**_text(COUNT, say("composing.count"), typed), "maxLength": 9})
    about: dict[str, str | int] = {"broadcast": sheet.number, "version": sheet.version}
    # One below the other: a phone cuts what stands side by side.
    body += [
        {"type": "ActionSet", "spacing": "Small", "actions": [action_of(say(f"composing.do_{act}"), BROADCAST, {"do": act, **about})]}
        for act in sheet.acts
    ]
    if sheet.acts:
        body.append(line(say("composing.teams_how", number=sheet.number), is_subtle=True))
    return card_of_body(body)


def _text(name: str, label: str, value: str) -> Card:
    return {"type": "Input.Text", "id": name, "label": label, **({"value": value} if value else {})}
