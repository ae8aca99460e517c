"""Whose token goes where: workspaces, whole organisations, tokens that run out, and installations that end."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import Request, Response
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import select, text

from bot.channels.slack.installations import RENEW_BEFORE, Installations
from bot.channels.slack.origin import account_of
from bot.channels.slack.sending import SlackChannel
from bot.content.toolkit import Toolkit
from bot.domain import channel
from bot.domain.channel import Unreachable
from bot.domain.messages import Offered, Reply
from bot.settings import SlackSettings
from bot.storage import deliveries, postings
from bot.storage import messages as kept
from bot.storage.addresses import close_address, note_address
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.tables import Address, Delivery, DeliveryKind, DeliveryState, Posting, PostingState
from tests.integration.slack.conftest import Start

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NORTH, SOUTH, ORG = "T0NORTH", "T0SOUTH", "E0ORG"


def store(database: Database, api_url: str | None = None, now: datetime = NOW) -> Installations:
    return Installations(database, SlackSettings("", "signing", "", api_url, "1.2", "secret"), lambda: now)


def given(token: str, team: str | None = NORTH, enterprise: str | None = None, **more: object) -> Installation:
    options = {"is_enterprise_install": team is None, "bot_user_id": "U0BOT", "bot_id": "B0BOT", "user_id": "U0ADMIN", **more}
    return Installation(team_id=team, enterprise_id=enterprise, bot_token=token, **options)  # type: ignore[arg-type]


async def test_each_workspace_has_its_own_token(database: Database) -> None:
    installations = store(database)
    await installations.async_save(given("xoxb-north"))
    await installations.async_save(given("xoxb-south", SOUTH))
    assert await installations.token_of(NORTH) == "xoxb-north"
    assert await installations.token_of(SOUTH) == "xoxb-south"
    assert await installations.token_of("T0OTHER") is None
    async with database.reading() as session:
        rows = [bytes(row[0]) for row in await session.execute(text("SELECT bot_token FROM installation"))]
    assert len(rows) == 2
    assert not any(b"xoxb" in row for row in rows), "only encrypted"


async def test_an_organisations_installation_serves_its_workspaces(database: Database) -> None:
    installations = store(database)
    await installations.async_save(given("xoxb-org", None, ORG))
    for team in (NORTH, SOUTH):
        bot = await installations.async_find_bot(enterprise_id=ORG, team_id=team)
        assert bot is not None, "a workspace of the organisation"
        assert bot.bot_token == "xoxb-org"
    assert await installations.token_of(ORG) == "xoxb-org"
    assert await installations.async_find_bot(enterprise_id="E0OTHER", team_id=NORTH) is None
    assert await installations.async_find_bot(enterprise_id=None, team_id=None) is None

    await installations.async_save(given("xoxb-north", NORTH, ORG))
    assert await installations.token_of(NORTH) == "xoxb-north", "its own goes first"
    for_all = await installations.async_find_bot(enterprise_id=ORG, team_id=NORTH, is_enterprise_install=True)
    assert for_all is not None
    assert for_all.bot_token == "xoxb-org"
    await installations.end(NORTH, "app_uninstalled", NOW)
    assert await installations.token_of(NORTH) == "xoxb-org", "it is still known which organisation it belongs to"


async def queue_for(database: Database, account: str, user: str, person_id: str) -> int:
    """Queue a delivery to somebody; return its id."""
    async with database.transaction() as session:
        await enrol(session, person_id, name=person_id, time_zone="Europe/London", now=NOW)
        address = await note_address(session, person_id, channel="slack", account=account, user=user, place="D1", now=NOW)
        new = deliveries.NewDelivery(person_id, DeliveryKind.SURVEY, "survey:x", "1", 1, NOW, NOW + timedelta(days=1))
        await deliveries.queue(session, [new], NOW)
        delivery = (await session.scalars(select(Delivery).where(Delivery.person_id == person_id))).one()
        delivery.state, delivery.sent_at = DeliveryState.SENDING, NOW
        message = kept.said_by_coach(person_id, Reply("How is it going?"), NOW, delivery_id=delivery.id)
        session.add(message)
        await session.flush()
        postings.add_postings(session, [message], address.id, NOW, delivery.id)
        return delivery.id


async def states(database: Database) -> dict[str, tuple[PostingState, str | None, DeliveryState, str | None, str | None]]:
    """Return how everybody's message and address stand."""
    async with database.reading() as session:
        rows = await session.execute(
            select(Posting, Delivery, Address)
            .join(Delivery, Delivery.id == Posting.delivery_id)
            .join(Address, Address.id == Posting.address_id)
        )
        return {
            address.person_id: (posting.state, posting.reason, delivery.state, delivery.reason, address.closed_reason)
            for posting, delivery, address in rows
        }


WAITS = (PostingState.QUEUED, None, DeliveryState.SENDING, None, None)
ENDED = (PostingState.FAILED, "app_uninstalled", DeliveryState.FAILED, "app_uninstalled", "app_uninstalled")


async def test_what_ends_in_one_workspace_goes_on_in_another(database: Database) -> None:
    installations = store(database)
    await installations.async_save(given("xoxb-north"))
    await installations.async_save(given("xoxb-south", SOUTH))
    # The same user id, and yet two people.
    await queue_for(database, NORTH, "U1", "anna")
    await queue_for(database, SOUTH, "U1", "bert")
    await queue_for(database, NORTH, "U2", "cara")
    async with database.transaction() as session:
        left = (await session.scalars(select(Address).where(Address.person_id == "cara"))).one()
        await close_address(session, left.id, "user_not_found")
    await installations.end(NORTH, "app_uninstalled", NOW)
    assert await installations.token_of(NORTH) is None
    assert await installations.token_of(SOUTH) == "xoxb-south"
    assert await states(database) == {"anna": ENDED, "bert": WAITS, "cara": (*ENDED[:4], "user_not_found")}
    async with database.reading() as session:
        assert [row[0] for row in await session.execute(text("SELECT bot_token FROM installation WHERE ended_at IS NOT NULL"))] == [None]

    await installations.async_save(given("xoxb-north-again"))
    assert await installations.token_of(NORTH) == "xoxb-north-again"
    found = await states(database)
    assert (found["anna"][4], found["cara"][4]) == (None, "user_not_found"), "who left stays away"


async def test_news_of_an_end_that_comes_late_ends_nothing_new(database: Database) -> None:
    installations = store(database)
    await installations.async_save(given("xoxb-north"))
    await installations.end(NORTH, "app_uninstalled", NOW - timedelta(minutes=5))
    assert await installations.token_of(NORTH) == "xoxb-north"


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
async def test_a_token_that_slack_withdraws_ends_its_own_workspace_alone(
    database: Database, toolkit: Toolkit, failing: Start, error: str
) -> None:
    asked: list[str] = []

    async def answer(request: Request) -> Response:
        asked.append(request.headers["authorization"].removeprefix("Bearer "))
        is_north = asked[-1] == "xoxb-north"
        return Response(json.dumps({"ok": False, "error": error} if is_north else {"ok": True, "ts": "1.1"}), media_type="application/json")

    installations = store(database)
    await installations.async_save(given("xoxb-north"))
    await installations.async_save(given("xoxb-south", SOUTH))
    await queue_for(database, NORTH, "U1", "anna")
    slack = SlackChannel(installations.token_of, toolkit.sentences, await failing(answer), installations.end)

    def to(account: str) -> channel.Address:
        return channel.Address(1, "anna", "slack", account, "U1", "D1")

    for reason in (error, "not_installed"):
        with pytest.raises(Unreachable, match=reason):
            await slack.send(to(NORTH), Offered(1, "Hello"), 1)
    assert await slack.send(to(SOUTH), Offered(1, "Hello"), 2) == "1.1"
    assert asked == ["xoxb-north", "xoxb-south"], "Slack is not asked with a dead token again"
    assert (await states(database))["anna"][1] == error
    paces = [pace.key for account in (NORTH, SOUTH) for pace in slack.paces(to(account))]
    assert len(set(paces)) == 4, "each has a pace of its own"


class Renewals:
    """A Slack that renews tokens, or refuses to; each refresh token is good once."""

    def __init__(self, refusal: str | None = None) -> None:
        self.refresh_tokens, self._refusal = list[str](), refusal

    async def answer(self, request: Request) -> Response:
        form = await request.form()
        self.refresh_tokens.append(str(form["refresh_token"]))
        number = len(self.refresh_tokens)
        renewed = {"access_token": f"xoxe.xoxb-{number}", "refresh_token": f"xoxe-{number}", "token_type": "bot", "expires_in": 43200}
        said = {"ok": False, "error": self._refusal} if self._refusal else {"ok": True, **renewed}
        return Response(json.dumps(said), media_type="application/json")


async def rotating(database: Database, api_url: str) -> Installations:
    """Return a store with a token that runs out within the hour, by the clock of Slack's SDK."""
    installations = store(database, api_url, datetime.now(UTC))
    await installations.async_save(given("xoxe.xoxb-0", bot_refresh_token="xoxe-0", bot_token_expires_in=3600))
    return installations


async def test_a_token_that_is_about_to_run_out_is_renewed_once(database: Database, failing: Start) -> None:
    slack = Renewals()
    installations = await rotating(database, await failing(slack.answer))
    tokens = await asyncio.gather(*(installations.token_of(NORTH) for _ in range(4)))
    assert slack.refresh_tokens == ["xoxe-0"], "a second try would be refused"
    assert "xoxe.xoxb-1" in tokens
    assert set(tokens) <= {"xoxe.xoxb-0", "xoxe.xoxb-1"}, "the old one is good until it runs out"
    assert await installations.token_of(NORTH) == "xoxe.xoxb-1"
    assert timedelta(hours=12) > RENEW_BEFORE
    later = store(database, await failing(slack.answer), datetime.now(UTC) + timedelta(hours=11))
    assert await later.token_of(NORTH) == "xoxe.xoxb-1", "Slack's SDK goes by the real clock"


async def test_a_token_that_cannot_be_renewed_is_used_while_it_lasts(database: Database, failing: Start) -> None:
    slack = Renewals(refusal="invalid_refresh_token")
    installations = await rotating(database, await failing(slack.answer))
    assert await installations.token_of(NORTH) == "xoxe.xoxb-0"
    assert slack.refresh_tokens == ["xoxe-0"]


@pytest.mark.parametrize(
    ("body", "account"),
    [
        ({"team_id": NORTH}, NORTH),  # an event, a command
        ({"team": {"id": NORTH}}, NORTH),  # a button
        ({"team": None, "user": {"team_id": NORTH}}, NORTH),
        ({"team_id": NORTH, "enterprise_id": ORG}, NORTH),  # a workspace of an organisation, with an installation of its own
        ({"team_id": SOUTH, "authorizations": [{"team_id": NORTH, "is_enterprise_install": False}]}, NORTH),  # a shared channel
        ({"team_id": NORTH, "authorizations": [{"enterprise_id": ORG, "team_id": None, "is_enterprise_install": True}]}, ORG),
        ({"team": None, "enterprise": {"id": ORG}, "is_enterprise_install": True, "user": {"team_id": NORTH}}, ORG),
        ({"team_id": NORTH, "enterprise_id": ORG, "is_enterprise_install": "true"}, ORG),  # a command, whose values are words
        ({"team_id": NORTH, "enterprise_id": ORG, "is_enterprise_install": "false"}, NORTH),
        ({"authorizations": "none", "team_id": NORTH}, NORTH),
        ({}, ""),
    ],
)
def test_the_account_of_a_payload(body: dict[str, object], account: str) -> None:
    assert account_of(body) == account
