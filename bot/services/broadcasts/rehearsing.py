"""What would happen: who gets a broadcast and when, who is left out and why, and the very words for any one person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.domain import timing
from bot.domain.access import Right
from bot.domain.broadcasts import Audience
from bot.domain.forecast import Forecast, forecast
from bot.domain.messages import Reply
from bot.domain.timing import Drop, History, Item, Wait
from bot.services.broadcasts.drafting import need
from bot.services.broadcasts.readers import find_readers
from bot.services.broadcasts.refusals import Refused
from bot.services.broadcasts.wording import say_broadcast
from bot.services.pacing import Pacing
from bot.settings import SettingsFile
from bot.storage.addresses import usual_addresses
from bot.storage.audit import note_action
from bot.storage.broadcasts import candidates
from bot.storage.database import Database
from bot.storage.deliveries import Past, past_of
from bot.storage.messages import said_by_coach
from bot.storage.people import find_person
from bot.storage.postings import add_postings
from bot.storage.tables import Broadcast, Person

# Messages a second that a workspace or tenant takes, as the channels keep them.
RATES = {"slack": 20.0, "teams": 25.0}
# People are read in portions of this size, so that memory stays flat.
_PORTION = 500
_PAST = timedelta(days=8)
_STANDS = timedelta(days=5)
# So many names are shown of each list.
MOST_NAMES = 200


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What would happen now: names are of the first so many of each list, counts of all."""

    count: int
    names: Sequence[str]
    by_channel: Mapping[str, int]
    left_out: Mapping[str, int]
    left_out_names: Mapping[str, Sequence[str]]
    waits: Mapping[str, int]
    forecast: Forecast | None


class Rehearsing:
    """Rehearses broadcasts, for whoever may write them; nothing is changed by it."""

    def __init__(
        self, database: Database, library: Library, settings: SettingsFile, now: Callable[[], datetime], wake_postman: Callable[[], None]
    ) -> None:
        self._database, self._library, self._settings, self._now, self._wake = database, library, settings, now, wake_postman
        self._pacing = Pacing(settings)

    async def rehearse(self, number: int, actor: str, at: datetime | None = None) -> Rehearsal:
        """Return what would happen if it were sent at `at`, or now. Raises Refused."""
        names: list[str] = []
        left_out_names: dict[str, list[str]] = {}
        left_out: Counter[str] = Counter()
        channels: Counter[str] = Counter()
        waits: Counter[str] = Counter()
        opens: list[tuple[str, datetime]] = []
        async with self._database.reading() as session:
            broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS, locked=False)
            begins = (at or self._now()) + timedelta(seconds=self._settings.broadcast.undo_seconds)
            expires_at = broadcast.reply_by or begins + _STANDS
            people = await session.stream(candidates(Audience.from_json(broadcast.audience)).execution_options(yield_per=_PORTION))
            async for portion in people.partitions(_PORTION):
                rows = [(row[0], row[1]) for row in portion]
                found = [person for person, why in rows if why is None]
                addresses = await usual_addresses(session, [person.id for person in found])
                past = await past_of(session, {person.id: person.last_message_at for person in found}, begins - _PAST, begins)
                for person, left_out_for in rows:
                    verdict = self._decide(person, past.get(person.id, Past()), begins, expires_at) if left_out_for is None else None
                    why = "away" if isinstance(verdict, Drop) else left_out_for
                    if why is not None:
                        left_out[why] += 1
                        _note(left_out_names.setdefault(why, []), person.name)
                        continue
                    _note(names, person.name)
                    address = addresses.get(person.id)
                    channels[address.channel if address else "web"] += 1
                    if isinstance(verdict, Wait):
                        waits[verdict.reason.value.replace("'", "")] += 1
                    opens.append((f"{address.channel}:{address.account}" if address else "web", _moment(verdict, begins)))
                session.expunge_all()
        rates = {queue: RATES[queue.partition(":")[0]] for queue, _ in opens if queue.partition(":")[0] in RATES}
        return Rehearsal(len(opens), sorted(names), channels, left_out, left_out_names, waits, forecast(opens, rates))

    def _decide(self, person: Person, past: Past, at: datetime, expires_at: datetime) -> timing.Verdict:
        item = Item("broadcast", at, expires_at + self._pacing.pace.grace, asked_for=True)
        return self._pacing.foresee(person, item, History(sent=past.sent, last_sent=past.last_sent), at)

    async def words_for(self, number: int, actor: str, person_id: str | None = None) -> Reply:
        """Return the very message that one of the audience gets; without a person, the one who asks. Raises Refused."""
        async with self._database.reading() as session:
            broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS, locked=False)
            if person_id is not None and person_id != actor:
                wanted = candidates(Audience.from_json(broadcast.audience)).where(Person.id == person_id)
                if (await session.execute(wanted)).first() is None:
                    raise Refused("not_in_audience")
            return await self._words(session, broadcast, actor, person_id or actor)

    async def people(self, number: int, actor: str, limit: int = MOST_NAMES) -> list[tuple[str, str]]:
        """Return id and name of the first so many to whom it goes. Raises Refused."""
        async with self._database.reading() as session:
            broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS, locked=False)
            rows = await session.execute(candidates(Audience.from_json(broadcast.audience)).limit(limit))
            return [(row[0].id, row[0].name) for row in rows if row[1] is None]

    async def send_test(self, number: int, actor: str) -> None:
        """Put it into the conversation of the one who asks, where they are usually reached. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await need(session, number, actor, Right.WRITE_BROADCASTS)
            person = await find_person(session, actor)
            if person is None or person.consented_at is None:
                raise Refused("no_test_without_consent")
            reply = await self._words(session, broadcast, actor, actor)
            sentences = self._library.of(person.programme_id).sentences
            test = Reply(f"{sentences['broadcast.test']}\n\n{reply.text}")
            message = said_by_coach(actor, test, self._now())
            session.add(message)
            await session.flush()
            if (address := (await usual_addresses(session, [actor])).get(actor)) is not None:
                add_postings(session, [message], address.id, datetime.now(self._now().tzinfo))
            note_action(session, actor, "broadcast.test", str(number), self._now())
        self._wake()

    async def _words(self, session: AsyncSession, broadcast: Broadcast, actor: str, person_id: str) -> Reply:
        person = await find_person(session, person_id)
        readers = await find_readers(session, [(broadcast.id, person_id)])
        sender = await find_person(session, broadcast.sender_id or actor)
        if person is None:
            raise Refused("not_in_audience")
        toolkit = self._library.of(broadcast.programme_id)
        reader = readers.reader(broadcast, person)
        if reader.forum is None:  # a lead who is no member of the forum reads it as its members do
            reader = replace(reader, forum=next(iter(readers.forums.values()), None))
        return say_broadcast(toolkit, broadcast, sender.name if sender else "", reader)


def _note(names: list[str], name: str) -> None:
    if len(names) < MOST_NAMES:
        names.append(name)


def _moment(verdict: timing.Verdict | None, begins: datetime) -> datetime:
    return verdict.until if isinstance(verdict, Wait) else begins
