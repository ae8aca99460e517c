"""Forms on cards: a plan and a survey at once, with what is wrong above its field, and nothing that others could change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft6Validator  # type: ignore[import-untyped]
from sqlalchemy import select

from bot.content.toolkit import Toolkit
from bot.storage.people import find_person
from bot.storage.plans import keep_plan
from bot.storage.surveys import find_or_add_round
from bot.storage.tables import Inbound, RoundState
from tests.conftest import NOON
from tests.integration.teams.conftest import Teams
from tests.playground import actions_in
from tests.teams_peer import ANNA, BEN, TENANT, activity

pytestmark = pytest.mark.anyio

SCHEMA = Draft6Validator(json.loads(resources.files("adaptive_cards").joinpath("schemas/schema-1.5.json").read_text(encoding="utf-8")))
PERSON = f"teams-{TENANT}-{ANNA}"
MAKE = [{"title": "Make it a plan", "payload": '/make_plan{"theme": "gm_trust", "scenario": "list_cut"}'}]
WRITTEN = {"cue": "the next 1:1 starts with the list", "response": "I ask what drove the cut", "ask_on": ""}


async def agree(teams: Teams, **more: Any) -> None:
    await teams.say("hello", **more)
    await teams.choose("consent.yes", replyToId=teams.microsoft.sent[-1]["id"], **more)


def card_named(teams: Teams, title: str) -> dict[str, Any]:
    """Return the newest card with this heading."""
    cards = [each["attachments"][0]["content"] for each in teams.microsoft.sent if each.get("attachments")]
    return next(card for card in reversed(cards) if card["body"][0].get("text") == title)


async def fill(teams: Teams, card: Mapping[str, Any], inputs: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """Hand a form in, as a client with Action.Execute does; return the card that takes its place."""
    action = actions_in(card["body"])[-1]
    value = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": {**action["data"], **inputs}}}
    answer = await teams.post(activity("invoke", teams.microsoft.service_url, name="adaptiveCard/action", value=value, **more))
    await teams.settle()
    return dict(answer.json()["value"])


async def plan_form(teams: Teams) -> dict[str, Any]:
    await agree(teams)
    teams.engine.answers["my list was cut"] = [{"text": "What now?", "buttons": MAKE}]
    await teams.say("my list was cut")
    await teams.choose(teams.microsoft.choices()["Make it a plan"])
    return card_named(teams, "Your plan")


async def test_a_choice_that_begins_a_plan_brings_its_form(teams: Teams) -> None:
    card = await plan_form(teams)
    assert [part["id"] for part in card["body"] if part["type"].startswith("Input.")] == ["cue", "response", "ask_on"]
    SCHEMA.validate(card)
    taken = await fill(teams, card, WRITTEN)
    assert taken["body"][-1]["text"].startswith("If the next 1:1 starts with the list, I ask what drove the cut")
    assert not actions_in(taken["body"]), "it is handed in once"
    assert teams.engine.heard[-1].startswith("/make_plan{")
    assert '"scenario": "list_cut"' in teams.engine.heard[-1]
    async with teams.product.database.reading() as session:
        kept = (await session.scalars(select(Inbound).order_by(Inbound.id.desc()))).first()
    assert kept is not None


@pytest.mark.parametrize("is_submit", [False, True])
async def test_what_is_wrong_is_said_and_nothing_written_is_lost(teams: Teams, is_submit: bool) -> None:
    card = await plan_form(teams)
    heard = len(teams.engine.heard)
    wrong = {**WRITTEN, "response": "?", "ask_on": "1999-01-01"}
    if is_submit:
        data = {**actions_in(card["body"])[-1]["fallback"]["data"], **wrong}
        await teams.post(activity("message", teams.microsoft.service_url, value=data))
        await teams.settle()
        again = card_named(teams, "Your plan")
    else:
        again = await fill(teams, card, wrong)
    said = [part["text"] for part in again["body"] if part.get("color") == "Attention"]
    assert len(said) == 2
    assert "past or too far off" in said[-1]
    assert [part["value"] for part in again["body"] if part["type"].startswith("Input.")] == [wrong["cue"], "?", "1999-01-01"]
    assert len(teams.engine.heard) == heard
    assert "I have that." in str((await fill(teams, again, WRITTEN))["body"])


async def test_a_form_is_its_persons_own_and_as_it_was_sent(teams: Teams) -> None:
    card = await plan_form(teams)
    heard = len(teams.engine.heard)
    await agree(teams, user=BEN)
    for inputs, more in (
        ({**WRITTEN}, {"user": BEN}),
        ({**WRITTEN, "about": "made up"}, {}),
        ({**WRITTEN, "about": actions_in(card["body"])[-1]["data"]["about"] + "x"}, {}),
        ({**WRITTEN, "form": "anything"}, {}),
    ):
        shown = str((await fill(teams, card, inputs, **more))["body"])
        assert "has been deleted" in shown
        assert WRITTEN["response"] in shown, "to be copied"
    assert not any(each.startswith("/make_plan{") for each in teams.engine.heard[heard:])
    async with teams.product.database.transaction() as session:
        await keep_plan(session, PERSON, "Another plan", theme=None, scenario=None, check_in_at=None, now=NOON)
    assert "made a plan since" in str((await fill(teams, card, WRITTEN))["body"]), "of two, one is kept"


def form_ids(teams: Teams) -> list[str]:
    """Return the ids of the plan's forms that were shown."""
    return [each["id"] for each in teams.microsoft.sent if each.get("summary") == "Your plan"]


async def test_a_form_that_was_overtaken_is_closed(teams: Teams, toolkit: Toolkit) -> None:
    closed = toolkit.sentences["teams.form_overtaken"]
    await plan_form(teams)
    await teams.say("my list was cut")
    await teams.choose(teams.microsoft.choices()["Make it a plan"])
    first, second = form_ids(teams)
    assert closed in str(teams.microsoft.updated[first]), "there is one to fill in"
    await teams.say("who sees this")
    assert second not in teams.microsoft.updated, "it waits while something else is said"
    async with teams.product.database.transaction() as session:
        await keep_plan(session, PERSON, "If it is late, I ask", theme=None, scenario=None, check_in_at=None, now=NOON)
    await teams.say("thank you")
    assert closed in str(teams.microsoft.updated[second])
    assert "Action" not in str(teams.microsoft.updated[second])


async def test_a_form_that_is_submitted_is_changed_in_its_place(teams: Teams) -> None:
    card = await plan_form(teams)
    (form,) = form_ids(teams)
    data = actions_in(card["body"])[-1]["fallback"]["data"]
    for inputs, said in (({**WRITTEN, "response": "?"}, "only read words"), (WRITTEN, "I have that.")):
        await teams.post(activity("message", teams.microsoft.service_url, value={**data, **inputs}, replyToId=form))
        await teams.settle()
        assert said in str(teams.microsoft.updated[form]), inputs
    assert form_ids(teams) == [form], "nothing is left to submit again"


async def test_a_survey_is_answered_at_once(teams: Teams) -> None:
    await agree(teams)
    open_it = activity(
        "invoke",
        teams.microsoft.service_url,
        name="adaptiveCard/action",
        value={"action": {"type": "Action.Execute", "verb": "form", "data": {"form": "survey"}}},
    )
    assert "No questions wait" in (await teams.post(open_it)).text
    toolkit = teams.product.toolkit
    items = list(toolkit.items)[:2]
    async with teams.product.database.transaction() as session:
        person = await find_person(session, PERSON)
        assert person is not None
        asked = await find_or_add_round(session, PERSON, "fortnightly", 1, [(item, toolkit.items[item].version) for item in items], NOON)
        asked.state, asked.asked_at = RoundState.ASKED, NOON
        number = asked.id
    await teams.post({**open_it, "id": "another"})
    await teams.settle()
    card = card_named(teams, "Quick questions")
    SCHEMA.validate(card)
    for wrong in ("x", "-1", "99999"):
        assert "I have that" not in str(await fill(teams, card, {f"item-{items[0]}": wrong}))
    await fill(teams, card, {f"item-{items[0]}": "4"})
    assert f'"survey_round": "{number}"' in teams.engine.heard[-1]
    assert '"value": "4,"' in teams.engine.heard[-1]
    async with teams.product.database.transaction() as session:
        asked = await find_or_add_round(session, PERSON, "fortnightly", 1, [], NOON)
        asked.state = RoundState.CLOSED
    assert toolkit.sentences["survey.already_closed"] in str((await fill(teams, card, {f"item-{items[0]}": "5"}))["body"]).replace("\\", "")
