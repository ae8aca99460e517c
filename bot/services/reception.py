"""First contact: somebody is told what this is, joins, agrees, and what they wrote until then is kept from there on."""

from __future__ import annotations

from bot.content.toolkit import Toolkit
from bot.domain.clock import Clock
from bot.domain.messages import Reply, Said
from bot.services.counterparts import Counterparts
from bot.services.joining import Joining, Refusal, read_code
from bot.services.keeper import Keeper
from bot.services.lobby import CONSENT_TEXTS, CONSENT_VERSION, Lobby
from bot.storage.database import Database
from bot.storage.people import enrol, find_person
from bot.storage.tables import Consent, Message, Side


class Reception:
    """Sees to people whose conversation is not kept yet."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        time_zone: str,
        lobby: Lobby,
        keeper: Keeper,
        counterparts: Counterparts,
        joining: Joining,
    ) -> None:
        self._database, self._clock, self._time_zone, self._lobby = database, clock, time_zone, lobby
        self._keeper, self._counterparts, self._joining = keeper, counterparts, joining

    async def receive(self, person_id: str, said: Said, toolkit: Toolkit) -> None:
        """Hear what somebody says before they agreed: a code to join by, a yes, a no, or words that wait for either."""
        now = self._clock.now()
        if said.text and (code := read_code(said.text)) is not None:
            self._lobby.say(person_id, [await self._join(person_id, said, code)], now)
            self._lobby.ask(person_id, now)
            return
        agreed = self._lobby.hear(person_id, said, now, toolkit)
        if agreed is False:
            self._lobby.decline(person_id, now)
        elif agreed:
            await self._agree(person_id, said, toolkit)

    async def _join(self, person_id: str, said: Said, code: str) -> Reply:
        """Use the code that somebody typed before they agreed to anything; return what came of it."""
        now, source = self._clock.now(), f"{said.channel}:{person_id}"
        async with self._database.transaction() as session:
            person = await find_person(session, person_id)
            if person is not None:
                return self._joining.say(await self._joining.join(session, person, code, source, now))
            name = (said.sender and said.sender.name) or person_id
            joined = await self._joining.enrol(session, code, source, now, name=name, person_id=person_id)
            return self._joining.say(joined if isinstance(joined, Refusal) else joined[1])

    async def _agree(self, person_id: str, said: Said, toolkit: Toolkit) -> None:
        now = self._clock.now()
        held = self._lobby.leave(person_id, now)
        say = toolkit.sentences.say
        async with self._database.transaction() as session:
            person = await find_person(session, person_id)
            if person is None:
                name = (said.sender and said.sender.name) or person_id
                person = await enrol(session, person_id, name=name, time_zone=self._time_zone, now=now)
            person.consent_version, person.consented_at = CONSENT_VERSION, now
            session.add(
                Consent(
                    person_id=person_id,
                    version=CONSENT_VERSION,
                    text_digest=CONSENT_TEXTS[CONSENT_VERSION],
                    channel=said.channel,
                    given_at=now,
                )
            )
            await self._keeper.note_zone(session, person, said)
            session.add(Message(person_id=person_id, side=Side.PERSON, text=say("choice.agree"), at=now))
            await session.flush()
            address = await self._keeper.note_address(session, person_id, said)
            invited = await self._counterparts.ask_first_rounds(session, person, now)
            key = "conversation.agreed_held" if held else "conversation.agreed_invited" if invited else "conversation.agreed"
            agreed = Reply(say(key))
            await self._keeper.say(session, person_id, [agreed, *invited], address.id if address else None)
        for each in held:
            await self._keeper.keep(person_id, each, was_held=True)

    async def take_up_held(self) -> list[str]:
        """Keep words that wait here for a yes which another process has heard since; return whose they are."""
        arrived = []
        for person_id in self._lobby.guests_with_words():
            async with self._database.reading() as session:
                person = await find_person(session, person_id)
            if person is not None and person.consent_version == CONSENT_VERSION:
                for each in self._lobby.leave(person_id, self._clock.now()):
                    await self._keeper.keep(person_id, each, was_held=True)
                arrived.append(person_id)
        return arrived
