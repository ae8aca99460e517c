"""What a lead may learn of the answers: figures by the rules that hold for all, and nobody's words unless they share them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.domain.access import Right
from bot.domain.broadcasts import BroadcastState
from bot.domain.disclosure import Group, Policy, Why, why_not, why_not_raised
from bot.rasa.client import RasaClient
from bot.services.broadcasts.drafting import need
from bot.services.broadcasts.wording import labels_of
from bot.services.releases import EVERYBODY, Asked, Figure, Releases
from bot.storage.audit import note_action
from bot.storage.broadcast_answers import Answered, answers_without_theme, shared_answers, who_answered
from bot.storage.database import Database
from bot.storage.releases import publish_alone
from bot.storage.tables import Broadcast

TOP = 2
# A theme is taken for what somebody wrote of at this confidence.
_CLEAR = 0.5
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back to a broadcast: the answers as far as they may be told, and what people share.

    `total` is none where too few answered, or so few did not that their number would tell who: which of the two is not told either.
    """

    broadcast: Broadcast
    smallest: int
    total: int | None
    # By what stands on them, in the order of the choices; none where the number may not be told.
    choices: Sequence[tuple[str, int | None]]
    themes: Sequence[tuple[str, str, int]]
    shared: Sequence[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Told:
    """Figures as they may be told: of all who answered, by choice, and how many raised each theme."""

    total: int | None
    choices: Mapping[int, int]
    themes: Mapping[str, int]


async def tell_answers(session: AsyncSession, broadcast: Broadcast, answered: Answered, policy: Policy, now: datetime) -> Told:
    """Return what may be told of the answers now; it stays until so many more have answered that nobody's can be worked out.

    Whoever sees results also sees to whom it went: the number of those who answered is not told where only a few did not.
    """
    await publish_alone(session)
    releases, name = Releases(session, now, policy), f"broadcast/{broadcast.id}"
    of_all = why_not(answered.people, answered.reached, policy)

    def count(group: Group) -> Figure | Why:
        return of_all or {"people": len(group)}

    def chosen(group: Group) -> Figure | Why:
        return Why.ALIKE if group == answered.people else count(group)

    def raised(group: Group) -> Figure:
        why = why_not_raised(answered.themes, group, policy)
        return {"themes": {theme: len(people) for theme, people in answered.themes.items() if why[theme] is None}}

    async def tell(subject: str, cells: Mapping[str, Group], figure: Callable[[Group], Figure | Why], split: str = "") -> dict[str, Figure]:
        at, programme = now.isoformat(timespec="microseconds"), broadcast.programme_id or EVERYBODY
        return await releases.tell(Asked(f"{name}/{subject}", at, programme, cells, split, ledgers=(name,)), figure)

    total = await tell("answered", {"": answered.people}, count)
    choices = await tell("choices", {str(choice): group for choice, group in answered.choices.items()}, chosen, "choice")
    words = await tell("words", {"": answered.in_words}, raised)
    return Told(
        total[""].get("people"),
        {int(choice): figure["people"] for choice, figure in choices.items() if "people" in figure},
        words[""].get("themes", {}),
    )


class Results:
    """Shows results to whoever may see them."""

    def __init__(self, database: Database, library: Library, smallest: int, now: Callable[[], datetime]) -> None:
        self._database, self._library, self._smallest, self._now = database, library, smallest, now

    async def outcome(self, number: int, actor: str) -> Outcome:
        """Return what came back. Raises Refused."""
        async with self._database.transaction() as session:
            broadcast = await need(session, number, actor, Right.SEE_BROADCAST_RESULTS, locked=False)
            answered = await who_answered(session, broadcast)
            told = await tell_answers(session, broadcast, answered, Policy(self._smallest), self._now())
            shared = await shared_answers(session, number)
        toolkit = self._library.of(broadcast.programme_id)
        top = sorted(((count, theme) for theme, count in told.themes.items()), reverse=True)[:TOP]
        return Outcome(
            broadcast,
            self._smallest,
            told.total,
            [(label, told.choices.get(index)) for index, label in enumerate(labels_of(toolkit, broadcast))],
            [(toolkit.themes[theme].title, toolkit.themes[theme].question, count) for count, theme in top if theme in toolkit.themes],
            shared if broadcast.state is not BroadcastState.DRAFT else [],
        )

    async def note_download(self, number: int, actor: str, what: str) -> None:
        """Record who took a copy of the results."""
        async with self._database.transaction() as session:
            note_action(session, actor, "broadcast.download", f"{number} {what}", self._now())

    async def find_themes(self, engine: RasaClient) -> int:
        """Have the model say which theme new answers are about; return how many were looked at. Raises EngineUnavailable."""
        async with self._database.reading() as session:
            waiting = [(answer.id, reflection.words) for answer, reflection in await answers_without_theme(session, _AT_ONCE)]
        found = {}
        for answer_id, words in waiting:
            parsed = await engine.parse(words.lstrip("/ ") or words)
            ranking = parsed.get("theme_ranking") or []
            found[answer_id] = ranking[0]["name"] if ranking and ranking[0]["confidence"] >= _CLEAR else ""
        if found:
            async with self._database.transaction() as session:
                for answer, _ in await answers_without_theme(session, _AT_ONCE * 2):
                    if answer.id in found:
                        answer.theme = found[answer.id]
        return len(found)
