"""The Teams app: which activities mean what. Each is acknowledged at once; a tap is answered with its changed card."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.bootstrap import Product
from bot.channels.teams.activities import Activity, Unreadable, read_activity
from bot.channels.teams.cards import Card
from bot.channels.teams.connector import Connector
from bot.channels.teams.home import home_of
from bot.channels.teams.inbox import Inbox
from bot.channels.teams.mentions import Mentions
from bot.channels.teams.sending import NAME, TeamsChannel
from bot.channels.teams.settings import TeamsSettings
from bot.channels.teams.tab import TabProof
from bot.channels.teams.taps import Taps
from bot.channels.teams.tokens import Forged, Proof
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Offered
from bot.services.membership import Membership

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What /api/messages answers: a status, and a body for what is answered at once."""

    status: int
    body: Mapping[str, Any] | None = None


ACCEPTED, NOT_IMPLEMENTED = Answer(202), Answer(501)


class TeamsApp:
    """Takes activities in, once they are proved to come from Teams."""

    def __init__(self, product: Product, settings: TeamsSettings, connector: Connector) -> None:
        self._product, self._settings, self._connector = product, settings, connector
        self._proof = Proof(settings.app_id, settings.issuer, settings.openid)
        self.tab = TabProof(settings, product.settings.address)
        self.channel = TeamsChannel(connector, product.toolkit.sentences)
        is_open = product.settings.is_embedded
        self._membership = Membership(product.database, product.settings.pseudonym_key, is_open=is_open)
        self._inbox = Inbox(product, self.channel, self._membership, settings.tenants, is_open=is_open)
        self._mentions = Mentions(product, self.channel)
        self._taps = Taps(product, self._membership, self.channel, self._inbox)

    def warm_up(self) -> None:
        """Fetch in the background what the first activity would wait for."""
        if self._settings.playground is None:
            self._inbox.start(self._proof.warm())

    async def close(self, seconds: float) -> None:
        """Wait until what was taken in is answered."""
        await self._inbox.drain(seconds)

    async def receive(self, authorization: str | None, body: object) -> Answer:
        """Take one request in: what is not proved to come from Teams, or for a place that is none of its own, is 401."""
        try:
            activity = await self._read(authorization, body)
        except Forged as error:
            log.warning("a request in Teams' name was refused: %s", error)
            return Answer(401)
        except Unreadable as error:
            log.warning("an activity could not be read: %s", error)
            return Answer(400)
        return await self._take(activity)

    async def _read(self, authorization: str | None, body: object) -> Activity:
        """Return the activity. Raises Forged before anything of a request without proof is looked at, and Unreadable."""
        if self._settings.playground is None:
            await self._proof.check(authorization, body if isinstance(body, Mapping) else {})
        elif authorization:
            # The playground shows no token; whoever does is not it.
            raise Forged("a token where none can be checked")
        activity = read_activity(body)
        if not self._connector.may_call(activity.reference.service_url):
            raise Forged("a service address that is none of Microsoft's")
        return activity

    async def _take(self, activity: Activity) -> Answer:
        if self._settings.playground is None and activity.tenant not in self._settings.tenants:
            return self._refuse(activity)
        if activity.kind == "message" and activity.is_from_bot:
            # Two apps that answer each other would never end.
            return ACCEPTED
        if activity.kind == "invoke":
            if activity.name != "adaptiveCard/action" or not activity.is_personal:
                return NOT_IMPLEMENTED
            return Answer(200, await self._taps.answer(activity))
        if not activity.is_personal:
            if activity.kind == "message" and activity.is_mention:
                self._inbox.start(self._mentions.answer(activity))
            return ACCEPTED
        if activity.kind == "message":
            self._hear(activity)
        elif activity.kind == "installationUpdate" and activity.action.startswith("add"):
            self._inbox.start(self._inbox.greet(activity))
        elif activity.kind == "installationUpdate" and activity.action.startswith("remove"):
            self._inbox.start(self._membership.left(NAME, activity.tenant, activity.user, "uninstalled"))
        else:
            # Nothing is asked, but the conversation may have moved to another service address.
            sender = activity.sender
            self._inbox.start(self._membership.moved(NAME, sender.account, sender.user, sender.place))
        return ACCEPTED

    def _hear(self, activity: Activity) -> None:
        """Take what somebody wrote, or what a card submits where a client knows no better way."""
        if activity.value:
            self._taps.take(activity, activity.value)
        elif activity.text.casefold() == self._product.toolkit.sentences["teams.command_home"]:
            self._inbox.start(self._show_home(activity))
        elif self._taps.broadcasts.is_asked_for(activity.text):
            self._inbox.start(self._show_broadcast(activity))
        else:
            self._taps.hear(activity)

    async def _show_broadcast(self, activity: Activity) -> None:
        person_id = await self._membership.known(NAME, activity.tenant, activity.user)
        card = await self._taps.broadcasts.open(activity.text, person_id)
        await self._show(activity, card, "composing.window")

    async def _show_home(self, activity: Activity) -> None:
        person_id = await self._membership.known(NAME, activity.tenant, activity.user)
        card = await home_of(self._product, person_id, activity.reference.member)
        await self._show(activity, card, "teams.home_summary")

    async def _show(self, activity: Activity, card: Card, summary: str) -> None:
        try:
            await self.channel.show(activity.reference, card, self._product.toolkit.sentences[summary])
        except (NotNow, Unreachable) as error:
            log.warning("a card could not be shown in Teams: %s", error.reason)

    def _refuse(self, activity: Activity) -> Answer:
        """Tell somebody of a tenant that is not set up so; nothing of what they wrote goes any further."""
        log.warning("an activity of a tenant that is not set up was refused")
        sentence = self._product.toolkit.sentences["teams.other_tenant"]
        if activity.kind == "invoke":
            return Answer(200, Taps.say(sentence))
        if activity.kind == "message" and (activity.is_personal or activity.is_mention):
            self._inbox.start(self._say(activity, sentence))
        return ACCEPTED

    async def _say(self, activity: Activity, text: str) -> None:
        try:
            await self.channel.reply(activity.reference, Offered(0, text))
        except (NotNow, Unreachable) as error:
            log.warning("a refusal could not be said in Teams: %s", error.reason)
