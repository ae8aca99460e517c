"""A forum with its lead and the programme team, and broadcasts that go to a channel of the tests'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.content.library import Library
from bot.domain.broadcasts import Audience, BroadcastKind
from bot.domain.channel import Address, Channel, Pace, Unreachable
from bot.domain.messages import Offered
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.services.broadcasts.desk import Broadcasts
from bot.services.broadcasts.drafting import Draft
from bot.services.deliveries import Deliveries
from bot.services.feed import Feed
from bot.services.postman import Postman
from bot.settings import Settings
from bot.storage.addresses import note_address
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.tables import ForumMember

# A Tuesday at noon.
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Taker(Channel):
    """A channel that takes everything and remembers it; what is in `stuck` cannot be taken back."""

    name = "taker"

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.removed: list[str] = []
        self.stuck: set[str] = set()
        self.refused: dict[str, str] = {}

    def paces(self, to: Address) -> Sequence[Pace]:
        return ()

    async def send(self, to: Address, message: Offered, posting_id: int) -> str:
        if (why := self.refused.get(to.person_id)) is not None:
            raise Unreachable(why)
        self.taken.append((to.person_id, message.text))
        return f"m{posting_id}"

    async def find(self, to: Address, posting_id: int, since: datetime) -> str | None:
        return None

    async def recall(self, to: Address, external_id: str) -> None:
        if to.person_id in self.stuck:
            raise Unreachable("cant_delete_message", closes_address=False)
        self.removed.append(to.person_id)

    async def settle(self, to: Address, external_id: str, message: Offered, chosen: str | None) -> None:
        pass


@dataclass
class Stage:
    """A small installation with a clock that the test moves."""

    database: Database
    library: Library
    settings: Settings
    now: datetime = NOON
    channel: Taker = field(default_factory=Taker)

    def __post_init__(self) -> None:
        self.postman = Postman(self.database, [self.channel])
        self.broadcasts = Broadcasts.open(self.database, self.library, self.settings.file, lambda: self.now, self.postman.wake)

        async def no_engine() -> RasaClient:
            raise EngineUnavailable("not needed")

        self.deliveries = Deliveries(
            self.database, self.library, self.settings.file, no_engine, Feed(), self.postman.wake, self.broadcasts.sending
        )

    def draft(self, **changes: object) -> Draft:
        values: dict[str, object] = {
            "kind": BroadcastKind.TEXT,
            "title": "For Thursday",
            "text": "{first_name}, what shall we open with?",
            "audience": Audience("leeds", forums=frozenset({1})),
            "time_zone": "Europe/London",
        }
        return Draft(**{**values, **changes})  # type: ignore[arg-type]

    async def sent(self, **changes: object) -> int:
        """Write and send a broadcast; return its number."""
        kept = await self.broadcasts.drafts.create(self.draft(**changes), "lead")
        await self.broadcasts.sending.send(kept.id, 1, "lead")
        return kept.id

    async def later(self, **by: float) -> None:
        """Let time pass, and do all that is due then."""
        self.now += timedelta(**by)
        await self.deliveries.tick(self.now)
        await self.post()

    async def post(self) -> None:
        while await self.postman.send_due() or await self.postman.recall_due():
            pass

    async def lines(self, number: int) -> dict[str, int]:
        """Return the lines of a broadcast that are not empty."""
        track = await self.broadcasts.tracking.track(number, "lead")
        assert sum(track.lines.values()) == track.recipients
        return {line.value: count for line, count in track.lines.items() if count}


async def add_people(database: Database, count: int, *, forum: int = 1, first: int = 0, by_channel: bool = True) -> None:
    """Add so many people who agreed to a forum, each with an address or else reading the web chat."""
    async with database.transaction() as session:
        for number in range(first, first + count):
            person = await enrol(
                session, f"p{number}", name=f"Dr Pat{number} Lee", time_zone="Europe/London", now=NOON, programme_id="leeds"
            )
            person.consented_at, person.consent_version = NOON - timedelta(days=1), 1
            session.add(ForumMember(forum_id=forum, person_id=person.id))
            if by_channel:
                await note_address(session, person.id, channel="taker", account="a", user=person.id, place="p", now=NOON)
