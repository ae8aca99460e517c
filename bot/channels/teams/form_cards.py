"""Forms on cards, for a plan and for a micro-survey, and what somebody filled in: pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.channels.questions import LONGEST_HALF, Question
from bot.channels.teams.cards import FILL, SCHEMA, VERSION, Card, escape
from bot.content.toolkit import Sentences
from bot.domain.messages import PLAN, SKIP, SURVEY

# As long as each half of a plan may be, in characters.
CUE, RESPONSE, DAY = "cue", "response", "ask_on"
_ITEM = "item-"
# More answers than this are easier to choose from a list.
_BUTTONS = 7


class Unreadable(Exception):
    """Raised when what was handed in is none of our forms."""


@dataclass(frozen=True, slots=True)
class PlanGiven:
    """What was written into a plan's form, as it stands there; `day` may be no day at all."""

    cue: str
    response: str
    day: str

    @property
    def ask_on(self) -> date | None:
        """The day on which to ask, none when none was given. Raises Unreadable."""
        try:
            return date.fromisoformat(self.day) if self.day else None
        except ValueError:
            raise Unreadable("the day is none") from None


def plan_card(
    sentences: Sentences, about: str, given: PlanGiven, example: str | None = None, faults: Mapping[str, str] | None = None
) -> Card:
    """Return the form in which a plan is written, with what is wrong above its field and all that was written still there."""
    say, wrong = sentences.say, faults or {}
    body = [
        heading(say("teams.plan_title")),
        *fault(wrong.get(CUE)),
        _text(CUE, say("teams.plan_cue"), say("teams.plan_cue_hint"), given.cue, say("teams.plan_missing")),
        *fault(wrong.get(RESPONSE)),
        _text(RESPONSE, say("teams.plan_response"), say("teams.plan_response_hint"), given.response, say("teams.plan_missing")),
        *([line(say("form.plan_example", example=example), is_subtle=True)] if example else []),
        *fault(wrong.get(DAY)),
        {"type": "Input.Date", "id": DAY, "label": say("teams.plan_day"), **({"value": given.day} if given.day else {})},
        _send(say("teams.plan_send"), PLAN, about),
    ]
    return card_of_body(body)


def read_plan(data: Mapping[str, Any]) -> PlanGiven:
    """Return what was written into a plan's form."""
    return PlanGiven(_words(data, CUE)[:LONGEST_HALF], _words(data, RESPONSE)[:LONGEST_HALF], _words(data, DAY)[:10])


def survey_card(sentences: Sentences, about: str, questions: Sequence[Question], smallest: int) -> Card:
    """Return the form with one round's questions; what is left alone is skipped."""
    body = [heading(sentences["teams.survey_title"])]
    for question in questions:
        body.append(
            {
                "type": "Input.ChoiceSet",
                "id": f"{_ITEM}{question.item}",
                "label": question.text,
                "style": "expanded" if len(question.answers) <= _BUTTONS else "compact",
                "choices": [
                    *({"title": label, "value": str(value)} for label, value in question.answers),
                    {"title": sentences["choice.skip"], "value": SKIP},
                ],
            }
        )
        if question.ends:
            body.append(line(question.ends, is_subtle=True))
    body += [line(sentences.say("form.survey_purpose", smallest=smallest), is_subtle=True)]
    body.append(_send(sentences["teams.survey_send"], SURVEY, about))
    return card_of_body(body)


def read_survey(data: Mapping[str, Any]) -> dict[str, int | None]:
    """Return the answers by item, none for one that was skipped. Raises Unreadable for an answer that was never on offer."""
    answers: dict[str, int | None] = {}
    for name, value in data.items():
        if name.startswith(_ITEM) and value not in (None, ""):
            if not isinstance(value, str) or (value != SKIP and not (value.isascii() and value.isdigit() and len(value) < 4)):
                raise Unreadable("an answer is none of those on offer")
            answers[name.removeprefix(_ITEM)] = None if value == SKIP else int(value)
    return answers


def note_card(text: str) -> Card:
    """Return a card that only says something, in the place of a form."""
    return card_of_body([line(each) for each in text.split("\n") if each.strip()])


def card_of_body(body: list[Card]) -> Card:
    return {"type": "AdaptiveCard", "$schema": SCHEMA, "version": VERSION, "body": body}


def heading(text: str) -> Card:
    return {"type": "TextBlock", "text": escape(text), "wrap": True, "weight": "Bolder", "size": "Medium", "style": "heading"}


def line(text: str, *, is_subtle: bool = False) -> Card:
    return {"type": "TextBlock", "text": escape(text), "wrap": True, **({"isSubtle": True, "size": "Small"} if is_subtle else {})}


def fault(text: str | None) -> list[Card]:
    return [{"type": "TextBlock", "text": escape(text), "wrap": True, "color": "Attention", "weight": "Bolder"}] if text else []


def _text(name: str, label: str, hint: str, value: str, missing: str) -> Card:
    field: Card = {"type": "Input.Text", "id": name, "label": label, "placeholder": hint, "isMultiline": True, "maxLength": LONGEST_HALF}
    return {**field, "isRequired": True, "errorMessage": missing, **({"value": value} if value else {})}


def _send(label: str, form: str, about: str) -> Card:
    data = {"form": form, "about": about}
    action = {
        "type": "Action.Execute",
        "title": label,
        "verb": FILL,
        "data": data,
        "fallback": {"type": "Action.Submit", "title": label, "data": {"verb": FILL, **data}},
    }
    return {"type": "ActionSet", "actions": [action]}


def _words(data: Mapping[str, Any], name: str) -> str:
    words = data.get(name)
    return words.strip() if isinstance(words, str) else ""
