"""A broadcast on cards: written, refused in words, rehearsed, sent, watched and taken back, by whoever leads and by nobody else."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft6Validator  # type: ignore[import-untyped]
from sqlalchemy import select

from bot.domain.access import Grant, Role
from bot.domain.broadcasts import BroadcastState
from bot.services.lobby import CONSENT_VERSION
from bot.services.sample import read_demonstration, set_up
from bot.storage.access import grant_role
from bot.storage.addresses import note_address
from bot.storage.tables import Broadcast, Person
from tests.integration.teams.conftest import Teams
from tests.playground import actions_in, words_of
from tests.teams_peer import ANNA, BEN, TENANT, activity

pytestmark = pytest.mark.anyio

SCHEMA = Draft6Validator(json.loads(resources.files("adaptive_cards").joinpath("schemas/schema-1.5.json").read_text(encoding="utf-8")))
FORUM = '{"programme":"demonstration","forums":[1]}'
EVERYONE = '{"programme":"demonstration"}'
WRITTEN = {"title": "For Thursday", "text": "{first_name}, what shall we open with?", "audience": FORUM, "choices": ""}


async def lead(teams: Teams) -> None:
    """Have Anna be the forum's lead and another who agreed be in it, and Ben somebody who leads nothing."""
    product = teams.product
    demonstration = read_demonstration().model_copy(update={"sample_weeks": 0})
    await set_up(product.database, product.toolkit, demonstration, product.settings.file.time_zone, product.clock.now())
    async with product.database.transaction() as session:
        for person_id in ("forum-lead", "surgeon", "nurse-lead"):
            person = await session.get_one(Person, person_id)
            person.consented_at, person.consent_version = product.clock.now(), CONSENT_VERSION
        for person_id, user in (("forum-lead", ANNA), ("nurse-lead", BEN)):
            given = activity("message", teams.microsoft.service_url, user=user)
            place = json.dumps(
                {"service_url": given["serviceUrl"], "conversation": f"a:{user}", "coach": "28:coach", "member": f"29:{user}"}
            )
            now = product.clock.now()
            await note_address(session, person_id, channel="teams", account=TENANT, user=user, place=place, now=now)
        await grant_role(session, "forum-lead", Grant(Role.FORUM_LEAD, "demonstration"), by="test", now=product.clock.now())


async def asked(teams: Teams, text: str, user: str = ANNA) -> dict[str, Any]:
    """Write to the coach, and return the card that it answers with."""
    before = len(teams.microsoft.sent)
    await teams.post(activity("message", teams.microsoft.service_url, text=text, user=user))
    await teams.settle()
    return dict(teams.microsoft.sent[before]["attachments"][0]["content"])


async def press(teams: Teams, card: dict[str, Any], label: str, user: str = ANNA, **inputs: str) -> dict[str, Any]:
    """Tap what has this label; return the card that takes this one's place."""
    action = next(each for each in actions_in(card["body"]) if each["title"] == label)
    value = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": {**action["data"], **inputs}}}
    answer = await teams.post(activity("invoke", teams.microsoft.service_url, name="adaptiveCard/action", value=value, user=user))
    shown = dict(answer.json()["value"])
    SCHEMA.validate(shown)
    return shown


def said(card: dict[str, Any]) -> str:
    texts = [words_of({"attachments": [{"content": card}]})]
    texts += [each["text"] for part in card["body"] if part["type"] == "Container" for each in part["items"]]
    return "\n".join(texts).replace("\\", "")


def labels(card: dict[str, Any]) -> list[str]:
    return [action["title"] for action in actions_in(card["body"])]


async def test_it_is_written_rehearsed_sent_watched_and_ended(teams: Teams) -> None:
    await lead(teams)
    form = await asked(teams, "Broadcast")
    SCHEMA.validate(form)
    sheet = await press(teams, form, "Rehearse", **WRITTEN)
    assert "It would go to 3 people now" in said(sheet)
    assert "Left out: 1 has not agreed" in said(sheet)
    assert "Nothing is sent yet" in said(sheet)
    assert "A, what shall we open with?" not in said(sheet), "whose name begins with an article is not called by it"
    again = await press(teams, await press(teams, sheet, "Change it"), "Rehearse", **{**WRITTEN, "choices": "Time\nMoney"})
    assert "\N{BULLET} Time" in said(again)
    assert not {"Time", "Money"} & set(labels(again)), "its choices are no buttons here"
    stale = await press(teams, sheet, "Send")
    assert "Somebody else has changed it" in said(stale), "what was read is what is sent"
    sent = await press(teams, stale, "Send")
    assert "On its way" in said(sent)
    assert "Queued: 3" in said(sent)
    assert "until then, ending it undoes it" in said(sent)
    twice = await press(teams, stale, "Send")
    assert "no longer a draft" in said(twice)
    ended = await press(teams, sent, "End it")
    assert "Ended before it was sent: 3 (3 cancelled before its turn)" in said(ended)
    number = actions_in(ended["body"])[0]["data"]["broadcast"]
    back = await press(teams, await asked(teams, f"broadcast {number}"), "Take it back")
    assert "Taken back. To" in said(back)
    assert labels(back) == ["Look again"]


async def test_what_is_wrong_is_said_above_its_field_and_nothing_is_lost(teams: Teams) -> None:
    await lead(teams)
    form = await asked(teams, "broadcast")
    for given, words, why in (
        ({"text": "{surname}"}, "There is no field {surname}", "a field that there is not"),
        ({"title": " "}, "Give it a title", "no title"),
        ({"text": "x" * 1600}, "The text has 1600 characters", "too long, said by how much"),
        ({"choices": "Only one"}, "A poll has 2 to 5 choices", "a poll with one choice"),
        ({"audience": ""}, "Choose one of those", "nobody chosen"),
        ({"audience": "[]"}, "Choose one of those", "what no form of ours sends"),
        ({"audience": '{"programme":"elsewhere"}'}, "Choose one of those", "another's programme, put in by hand"),
        ({"audience": '{"programme":"demonstration","forums":[9]}'}, "That forum is not in this programme", "a forum that there is not"),
    ):
        written = {**WRITTEN, **given}
        again = await press(teams, form, "Rehearse", **written)
        assert words in said(again), why
        kept = {part["id"]: part.get("value", "") for part in again["body"] if part["type"].startswith("Input.")}
        assert kept == written, why
    async with teams.product.database.reading() as session:
        assert (await session.scalars(select(Broadcast))).all() == []


async def test_everyone_takes_the_count(teams: Teams) -> None:
    await lead(teams)
    sheet = await press(teams, await asked(teams, "broadcast"), "Rehearse", **{**WRITTEN, "audience": EVERYONE})
    for count in ("", "4", "three", "\u0663"):
        refused = await press(teams, sheet, "Send", count=count)
        assert "Type the number of people, 3" in said(refused), count
        (kept,) = [part.get("value", "") for part in refused["body"] if part["type"] == "Input.Text"]
        assert kept == count
    assert "On its way" in said(await press(teams, sheet, "Send", count=" 3 "))


async def test_who_leads_nothing_can_do_nothing_and_learns_nothing(teams: Teams) -> None:
    await lead(teams)
    assert "You lead no forum here" in said(await asked(teams, "broadcast", BEN))
    sheet = await press(teams, await asked(teams, "broadcast"), "Rehearse", **WRITTEN)
    number = actions_in(sheet["body"])[0]["data"]["broadcast"]
    for text in (f"broadcast {number}", "broadcast 999999"):
        assert "There is no broadcast of that number" in said(await asked(teams, text, BEN)), "and not whether there is one"
    for label in labels(sheet):
        assert "There is no broadcast of that number" in said(await press(teams, sheet, label, BEN)), label
    assert "You lead no forum here" in said(await press(teams, await asked(teams, "broadcast"), "Rehearse", BEN, **WRITTEN))
    for data in ({}, {"do": "send"}, {"do": "send", "broadcast": [1]}, {"do": ["x"], "broadcast": 1}, {"do": "send", "broadcast": 10**30}):
        value = {"action": {"type": "Action.Execute", "verb": "broadcast", "data": data}}
        answer = await teams.post(activity("invoke", teams.microsoft.service_url, name="adaptiveCard/action", value=value))
        assert "could not be read" in answer.text, data
    async with teams.product.database.reading() as session:
        assert [each.state for each in await session.scalars(select(Broadcast))] == [BroadcastState.DRAFT]


async def test_a_client_without_execute_gets_the_next_card_as_a_message(teams: Teams) -> None:
    await lead(teams)
    form = await asked(teams, "broadcast")
    data = {**actions_in(form["body"])[-1]["fallback"]["data"], **WRITTEN}
    before = len(teams.microsoft.sent)
    await teams.post(activity("message", teams.microsoft.service_url, value=data))
    await teams.settle()
    assert "It would go to 3 people now" in said(teams.microsoft.sent[before]["attachments"][0]["content"])
