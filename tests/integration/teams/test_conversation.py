"""What people do in Teams: messages, taps, installing and leaving, and what is none of the coach's business."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.channels.teams import inbox
from bot.channels.teams.activities import read_place
from bot.content.toolkit import Toolkit
from bot.services.membership import email_key
from bot.services.roles import Actor
from bot.storage.addresses import expect_address, find_address
from bot.storage.people import enrol
from bot.storage.plans import keep_plan
from bot.storage.tables import Address, Inbound, Message, Person, Programme
from tests.integration.teams.conftest import Teams, open_teams
from tests.teams_peer import ANNA, BEN, COACH, OTHER_TENANT, TENANT, activity, tap

pytestmark = pytest.mark.anyio

PERSON = f"teams-{TENANT}-{ANNA}"
CHOICES = [{"title": "Do it", "payload": "/do_it"}, {"title": "Leave it", "payload": "/leave_it"}]


async def agree(teams: Teams, **more: Any) -> None:
    """Have somebody agree that their conversation is kept."""
    await teams.say("hello", **more)
    await teams.choose("consent.yes", replyToId=teams.microsoft.sent[-1]["id"], **more)


async def rows(teams: Teams, table: Any) -> list[Any]:
    async with teams.product.database.reading() as session:
        return list(await session.scalars(select(table)))


async def address_of(teams: Teams, user: str = ANNA) -> Address | None:
    async with teams.product.database.reading() as session:
        return await find_address(session, "teams", TENANT, user)


async def test_nothing_is_kept_before_somebody_agrees(teams: Teams) -> None:
    said = await teams.say("the GM has cut my list again")
    assert "have not kept it" in said[-1]
    assert [await rows(teams, table) for table in (Person, Message, Inbound, Address)] == [[], [], [], []]


async def test_what_waited_for_a_yes_is_answered_after_it(teams: Teams) -> None:
    await teams.say("the GM has cut my list again")
    asked = teams.microsoft.sent[-1]["id"]
    answer = await teams.post(tap(teams.microsoft.service_url, "consent.yes", replyToId=asked))
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["statusCode"], shown["type"]) == (200, "application/vnd.microsoft.card.adaptive")
    assert "You chose: Yes, go ahead" in answer.text
    assert "Action" not in answer.text, "nothing is left to tap"
    await teams.settle()
    assert "You said: the GM has cut my list again" in teams.microsoft.texts()
    assert "Action" not in str(teams.microsoft.updated[asked]), "nor for whoever looks from another machine"
    address = await address_of(teams)
    assert address is not None
    assert read_place(address.place).service_url == teams.microsoft.service_url
    assert (await rows(teams, Person))[0].name == "Anna"


async def test_of_several_questions_for_agreement_the_newest_alone_can_be_answered(teams: Teams) -> None:
    said = await teams.say("hello")
    assert len(said) == 2, "who the coach is, and that the message is not kept"
    await teams.say("the GM has cut my list again")
    first, second = (each["id"] for each in teams.microsoft.sent if each.get("attachments"))
    assert "Action" not in str(teams.microsoft.updated[first])
    assert second not in teams.microsoft.updated
    await teams.choose("consent.no", replyToId=second)
    assert "You chose: No, thanks" in str(teams.microsoft.updated[second])
    await teams.say("hello again")
    third = teams.microsoft.sent[-1]["id"]
    await teams.choose("consent.yes", replyToId=third)
    assert "You chose: Yes, go ahead" in str(teams.microsoft.updated[third])


async def test_a_question_that_another_process_put_is_answered_all_the_same(teams: Teams, toolkit: Toolkit) -> None:
    await teams.say("hello")
    asked = teams.microsoft.sent[-1]["id"]
    teams.app._inbox.lobby._asked.clear()  # as after a restart
    answer = await teams.post(tap(teams.microsoft.service_url, "consent.yes", replyToId=asked))
    assert "You chose: Yes, go ahead" in answer.text
    assert "May I keep our conversation?" in answer.text
    await teams.settle()
    before = teams.microsoft.texts()
    again = await teams.post(tap(teams.microsoft.service_url, "consent.yes", replyToId=asked))
    assert "You chose: Yes, go ahead" in again.text
    await teams.settle()
    assert teams.microsoft.texts() == before, "a second yes says nothing new"


async def test_where_to_write_is_unreadable_in_the_database(teams: Teams) -> None:
    await agree(teams)
    async with teams.product.database._engine.connect() as connection:
        kept = (await connection.exec_driver_sql("SELECT place FROM address")).scalar_one()
    assert b"127.0.0.1" not in kept
    assert b"conversation" not in kept


async def test_a_redelivered_activity_is_answered_once(teams: Teams) -> None:
    await agree(teams)
    body = activity("message", teams.microsoft.service_url, text="who sees this")
    for _ in range(3):
        assert (await teams.post(body)).status_code == 202
        teams.app._inbox._seen.clear()  # as another process would see it
        await teams.settle()
    assert teams.microsoft.texts().count("You said: who sees this") == 1
    assert len(await rows(teams, Inbound)) == 2, "with the greeting"


async def test_a_tap_changes_its_card_and_is_answered(teams: Teams) -> None:
    teams.engine.answers["offer"] = [{"text": "What now?", "buttons": CHOICES}]
    await agree(teams)
    await teams.say("offer")
    choices, card = teams.microsoft.choices(), teams.microsoft.sent[-1]["id"]
    assert list(choices) == ["Do it", "Leave it"]
    answer = await teams.post(tap(teams.microsoft.service_url, choices["Do it"]))
    assert "You chose: Do it" in answer.text
    assert "Action" not in answer.text
    await teams.settle()
    assert "/do_it" in teams.engine.heard
    assert "You chose: Do it" in str(teams.microsoft.updated[card])


async def test_a_client_without_execute_submits_the_same(teams: Teams) -> None:
    teams.engine.answers["offer"] = [{"text": "What now?", "buttons": CHOICES}]
    await agree(teams)
    await teams.say("offer")
    value = {"verb": "choose", "choice": teams.microsoft.choices()["Do it"]}
    assert (await teams.post(activity("message", teams.microsoft.service_url, text=None, value=value))).status_code == 202
    await teams.settle()
    assert "/do_it" in teams.engine.heard


async def test_an_old_card_stays_what_it_was(teams: Teams) -> None:
    teams.engine.answers["offer"] = [{"text": "What now?", "buttons": CHOICES}]
    await agree(teams)
    await teams.say("offer")
    choices = teams.microsoft.choices()
    await teams.choose(choices["Do it"])
    answer = await teams.post(tap(teams.microsoft.service_url, choices["Leave it"]))
    assert "You chose: Do it" in answer.text
    await teams.settle()
    assert "is closed" in teams.microsoft.texts()[-1]
    assert "/leave_it" not in teams.engine.heard


@pytest.mark.parametrize("choice", ["9999.0", "1.7", "1.0.0", "-1.0", "consent.no", "/delete_data", "x" * 40_000, "\u0661.0"])
async def test_altered_values_do_nothing(teams: Teams, toolkit: Toolkit, choice: str) -> None:
    await agree(teams)
    said = await teams.choose(choice)
    assert said == [toolkit.sentences["conversation.stale_choice_alone"]]
    assert not any(heard.startswith("/") for heard in teams.engine.heard)


async def test_another_persons_card_is_not_theirs_to_tap(teams: Teams) -> None:
    teams.engine.answers["offer"] = [{"text": "Something of Anna's own", "buttons": CHOICES}]
    await agree(teams)
    await teams.say("offer")
    choice = teams.microsoft.choices()["Do it"]
    await agree(teams, user=BEN)
    answer = await teams.post(tap(teams.microsoft.service_url, choice, user=BEN))
    assert "belongs to another conversation" in answer.text
    assert "Anna" not in answer.text
    await teams.settle()
    assert "/do_it" not in teams.engine.heard
    await teams.choose(choice)
    assert "/do_it" in teams.engine.heard, "it is still open to whom it belongs"


@pytest.mark.parametrize(
    "value", [None, [], "x", {}, {"action": None}, {"action": {"verb": "choose"}}, {"action": {"verb": "home", "data": {"key": ["erase"]}}}]
)
async def test_odd_taps_end_in_no_exception(teams: Teams, value: Any) -> None:
    body = activity("invoke", teams.microsoft.service_url, name="adaptiveCard/action", value=value)
    assert (await teams.post(body)).status_code == 200


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"type": "invoke", "name": "task/fetch"}, 501),
        ({"type": "invoke", "name": None}, 501),
        ({"type": "invoke", "name": "adaptiveCard/action", "conversation": {"id": "19:x", "conversationType": "channel"}}, 501),
        ({"type": "event", "name": "tokens/response"}, 202),
        ({"type": "messageReaction", "reactionsAdded": [{"type": "like"}]}, 202),
        ({"type": "messageUpdate", "text": "changed"}, 202),
        ({"type": "messageDelete"}, 202),
        ({"type": "typing"}, 202),
        ({"type": "endOfConversation"}, 202),
        ({"type": "something of next year"}, 202),
        ({"type": "conversationUpdate", "membersAdded": "nobody"}, 202),
        ({"type": "installationUpdate", "action": "upgraded"}, 202),
        ({"type": "installationUpdate", "action": 7}, 202),
        ({"type": "message", "text": 7, "entities": [None, {"type": "mention", "mentioned": "x"}]}, 202),
        ({"type": "message", "text": None, "attachments": [{"contentType": "image/png"}]}, 202),
        ({"id": None}, 400),
        ({"conversation": None}, 400),
        ({"conversation": {"id": ""}}, 400),
        ({"type": None}, 400),
        ({"type": ["message"]}, 400),
        ({"id": "x" * 501}, 400),
        ({"conversation": {"id": "a:1", "tenantId": OTHER_TENANT}}, 400),
    ],
)
async def test_what_is_no_message_is_never_a_fault(teams: Teams, more: dict[str, Any], status: int) -> None:
    answer = await teams.post(activity("message", teams.microsoft.service_url, text="hello") | more)
    assert answer.status_code == status
    await teams.settle()


async def test_a_message_beyond_measure_is_asked_for_again(teams: Teams) -> None:
    await agree(teams)
    said = await teams.say("word " * 24_000)
    assert "characters" in said[-1] or "long" in said[-1]


async def test_an_exceptions_text_reaches_nobody(teams: Teams, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    await agree(teams)

    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the inside of the coach")

    monkeypatch.setattr(teams.product.conversation, "receive", fail)
    monkeypatch.setattr(inbox, "_PAUSE", 0.0)
    assert await teams.say("a sentence that must not be logged") == []
    assert "the inside of the coach" not in str(teams.microsoft.sent)
    assert "RuntimeError" in caplog.text
    assert "must not be logged" not in caplog.text


async def test_a_database_that_is_busy_loses_nothing(teams: Teams, monkeypatch: pytest.MonkeyPatch) -> None:
    await agree(teams)
    receive, failures = teams.product.conversation.receive, ["one", "two"]

    async def fail_twice(*arguments: Any, **options: Any) -> bool:
        if failures:
            raise OperationalError(failures.pop(), None, Exception("database is locked"))
        return await receive(*arguments, **options)

    monkeypatch.setattr(teams.product.conversation, "receive", fail_twice)
    monkeypatch.setattr(inbox, "_PAUSE", 0.0)
    assert await teams.say("is there any evidence") == ["You said: is there any evidence"]


async def test_installing_greets_once(teams: Teams) -> None:
    for kind, more in (("installationUpdate", {"action": "add"}), ("conversationUpdate", {"membersAdded": [{"id": "28:coach"}]})):
        await teams.post(activity(kind, teams.microsoft.service_url, **more))
    await teams.settle()
    assert len([text for text in teams.microsoft.texts() if "May I keep our conversation?" in text]) == 1


async def test_adding_the_app_anew_asks_again(teams: Teams) -> None:
    for _ in range(2):
        await teams.post(activity("installationUpdate", teams.microsoft.service_url, action="add"))
        await teams.settle()
    assert len([text for text in teams.microsoft.texts() if "May I keep our conversation?" in text]) == 2


async def test_leaving_closes_the_address_and_coming_back_opens_it(teams: Teams) -> None:
    await agree(teams)
    await teams.post(activity("installationUpdate", teams.microsoft.service_url, action="remove-upgrade"))
    await teams.settle()
    address = await address_of(teams)
    assert address is not None
    assert address.closed_reason == "uninstalled"
    await teams.post(activity("installationUpdate", teams.microsoft.service_url, action="add-upgrade"))
    await teams.settle()
    address = await address_of(teams)
    assert address is not None
    assert address.closed_reason is None
    back = teams.microsoft.sent[-1]
    assert "I am here again" in back["text"]
    assert [each["value"] for each in back["suggestedActions"]["actions"]] == ["what's my plan", "reflect", "who sees this"]


async def test_a_moved_service_address_is_noticed_whatever_is_sent(teams: Teams) -> None:
    await agree(teams)
    moved = f"{teams.microsoft.address}/emea/"
    proof = f"Bearer {teams.microsoft.token(serviceurl=moved)}"
    assert (await teams.post(activity("messageReaction", moved), proof)).status_code == 202
    await teams.settle()
    address = await address_of(teams)
    assert address is not None
    assert read_place(address.place).service_url == moved


async def test_another_tenant_is_told_so_and_nothing_is_read(teams: Teams, toolkit: Toolkit) -> None:
    said = await teams.say("a sentence that must not be kept", tenant=OTHER_TENANT)
    assert said == [toolkit.sentences["teams.other_tenant"]]
    answer = await teams.post(tap(teams.microsoft.service_url, "consent.yes", tenant=OTHER_TENANT))
    assert toolkit.sentences["teams.other_tenant"] in answer.text
    assert await rows(teams, Person) == []


async def test_the_home_card_speaks_for_the_person(teams: Teams) -> None:
    await agree(teams)
    await teams.say("Home")
    assert "When I write first" in str(teams.microsoft.sent[-1])
    action = {"type": "Action.Execute", "verb": "home", "data": {"key": "who_sees"}}
    answer = await teams.post(activity("invoke", teams.microsoft.service_url, name="adaptiveCard/action", value={"action": action}))
    assert "When I write first" in answer.text
    await teams.settle()
    assert "who sees this" in teams.engine.heard


async def test_the_home_card_shows_what_was_changed_from_it(teams: Teams) -> None:
    await agree(teams)
    await teams.say("home")
    card = teams.microsoft.sent[-1]["id"]
    teams.engine.may_answer.clear()
    action = {"type": "Action.Execute", "verb": "home", "data": {"key": "reflect"}}
    body = activity("invoke", teams.microsoft.service_url, name="adaptiveCard/action", value={"action": action}, replyToId=card)
    assert "If it is late, I ask" not in (await teams.post(body)).text
    async with teams.product.database.transaction() as session:
        now = teams.product.clock.now()
        await keep_plan(session, PERSON, "If it is late, I ask", theme=None, scenario=None, check_in_at=None, now=now)
    teams.engine.may_answer.set()
    await teams.settle()
    assert "If it is late, I ask" in str(teams.microsoft.updated[card])


async def test_a_strangers_home_card_shows_nothing_of_anybody(teams: Teams, toolkit: Toolkit) -> None:
    await teams.say("home")
    card = str(teams.microsoft.sent[-1])
    assert toolkit.sentences["teams.stranger"] in card
    assert "Action" not in card


async def roster(teams: Teams, person_id: str, email: str) -> None:
    async with teams.product.database.transaction() as session:
        person = await enrol(session, person_id, name=person_id, time_zone="Europe/London", now=teams.product.clock.now())
        person.email_key = email_key(email, teams.product.settings.pseudonym_key)


async def test_somebody_is_found_by_their_address(teams: Teams) -> None:
    await roster(teams, "anna", "anna@example.nhs.uk")
    await roster(teams, "ben", "Ben@Example.nhs.uk")
    await agree(teams)
    await agree(teams, user=BEN)
    assert {each.person_id for each in await rows(teams, Address)} == {"anna", "ben"}


async def test_somebody_is_found_by_their_object_id(teams: Teams) -> None:
    await roster(teams, "anna", "somebody.else@example.nhs.uk")
    async with teams.product.database.transaction() as session:
        await expect_address(session, "anna", channel="teams", account=TENANT, user=ANNA, now=teams.product.clock.now())
    await agree(teams)
    (address,) = await rows(teams, Address)
    assert (address.person_id, address.closed_reason) == ("anna", None)
    assert read_place(address.place).service_url == teams.microsoft.service_url


async def test_a_tenant_does_not_speak_for_anothers_people(teams: Teams) -> None:
    await roster(teams, "anna", "anna@example.nhs.uk")
    teams.app._inbox._tenants = {TENANT: frozenset({"another.example.nhs.uk"})}
    await agree(teams)
    assert [each.person_id for each in await rows(teams, Address)] == [PERSON], "somebody of their own, not the one on the roster"


async def test_whoever_is_not_on_the_roster_is_told_so(tmp_path: Path, toolkit: Toolkit) -> None:
    async with open_teams(tmp_path) as teams:
        teams.app._membership._is_open = False
        assert await teams.say("a sentence that must not be kept") == [toolkit.sentences["teams.not_on_roster"]]
        assert await rows(teams, Person) == []


async def test_whoever_has_a_code_puts_themselves_on_the_roster(tmp_path: Path, toolkit: Toolkit) -> None:
    async with open_teams(tmp_path) as teams:
        teams.app._membership._is_open = False
        product = teams.product
        async with product.database.transaction() as session:
            session.add(Programme(id="leeds", title="Leeds programme"))
        assert await teams.say("00000-AAAAA") == [toolkit.sentences["joining.refused_unknown"]]
        code = await product.joining.make(Actor("tests", None), "leeds", None, None, most_uses=1, days=1, now=product.clock.now())
        joined, welcome = await teams.say(f"code {code}")
        assert "Leeds programme" in joined
        assert welcome == toolkit.sentences.say("conversation.welcome", smallest=11, minutes=30)
        (person,) = await rows(teams, Person)
        assert (person.programme_id, person.consented_at) == ("leeds", None)


async def test_typing_is_shown_while_an_answer_takes_its_time(teams: Teams) -> None:
    await agree(teams)
    teams.engine.may_answer.clear()
    await teams.post(activity("message", teams.microsoft.service_url, text="a hard one"))
    async with asyncio.timeout(20):
        await teams.microsoft.saw_typing.wait()
    teams.engine.may_answer.set()
    await teams.settle()
    assert teams.microsoft.texts()[-1] == "You said: a hard one"


CHANNEL = {"id": "19:forum@thread.tacv2;messageid=17", "conversationType": "channel", "tenantId": TENANT}
MENTIONED = [{"type": "mention", "text": "<at>Coach</at>", "mentioned": {"id": COACH}}]


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("who sees this?", "aside.who_sees"),
        ("is there any evidence?", "evidence.coaching"),
        ("the minutes, please", "teams.mention_privately"),
        ("hello", "teams.mention_here"),
    ],
)
async def test_a_mention_is_answered_in_its_thread_once_and_not_kept(teams: Teams, toolkit: Toolkit, words: str, key: str) -> None:
    body = activity("message", teams.microsoft.service_url, text=f"<at>Coach</at> {words}", conversation=CHANNEL, entities=MENTIONED)
    for _ in range(2):
        assert (await teams.post(body)).status_code == 202
        await teams.settle()
    (said,) = teams.microsoft.sent
    assert said["conversation"] == CHANNEL["id"]
    assert said["text"] == toolkit.sentences.say(key, smallest=teams.product.settings.file.dashboard.smallest_group)
    assert await rows(teams, Inbound) == []


@pytest.mark.parametrize("words", ["the GM has cut my list again", "I want to end my life"])
async def test_what_is_somebodys_own_is_answered_where_only_they_read(teams: Teams, words: str) -> None:
    await agree(teams)
    before = len(teams.microsoft.sent)
    body = activity("message", teams.microsoft.service_url, text=f"<at>Coach</at> {words}", conversation=CHANNEL, entities=MENTIONED)
    await teams.post(body)
    await teams.settle()
    (said,) = teams.microsoft.sent[before:]
    assert said["conversation"] == f"a:{ANNA}"


async def test_what_others_say_to_each_other_is_left_alone(teams: Teams) -> None:
    await teams.post(activity("message", teams.microsoft.service_url, text="who sees this?", conversation=CHANNEL))
    await teams.settle()
    assert teams.microsoft.sent == []


@pytest.mark.parametrize(
    "sender",
    [{"id": "28:another"}, {"id": "29:x", "role": "bot"}, {"id": "29:x", "role": "skill"}, {"id": COACH}],
    ids=["an app's id", "an app", "another agent", "our own message"],
)
async def test_what_an_app_says_is_left_alone(teams: Teams, sender: dict[str, str]) -> None:
    said = activity("message", teams.microsoft.service_url, text="<at>Coach</at> who sees this?") | {"from": sender}
    for body in (said, {**said, "id": "in a channel", "conversation": CHANNEL, "entities": MENTIONED}):
        assert (await teams.post(body)).status_code == 202
    await teams.settle()
    assert teams.microsoft.sent == []


async def test_a_redelivery_before_consent_is_answered_once_by_all_processes(teams: Teams) -> None:
    body = activity("message", teams.microsoft.service_url, text="hello")
    await teams.post(body)
    await teams.settle()
    said = teams.microsoft.texts()
    for _ in range(2):
        teams.app._inbox._seen.clear()  # as another process would see it
        await teams.post(body)
        await teams.settle()
    assert teams.microsoft.texts() == said
