"""What a lead may learn of the answers: every figure passes through one rule here, and nobody's words unless they share them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.content.library import Library
from bot.domain.access import Right
from bot.domain.broadcasts import BroadcastState
from bot.rasa.client import RasaClient
from bot.services.broadcasts.drafting import need
from bot.services.broadcasts.wording import labels_of
from bot.storage.audit import note_action
from bot.storage.broadcast_answers import answers_without_theme, count_answers, shared_answers
from bot.storage.database import Database
from bot.storage.tables import Broadcast

# A theme is shown when so many raised it, in a group that may be shown at all.
FEWEST_ON_A_THEME = 5
TOP = 2
# A theme is taken for what somebody wrote of at this confidence.
_CLEAR = 0.5
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What may be shown of one group; `total` is none where the exact number would tell how many of a few did not answer."""

    is_shown: bool
    total: int | None = None
    parts: Mapping[str, int | None] | None = None


def disclose(reached: int, responders: int, parts: Mapping[str, int], smallest: int) -> Disclosed:
    """Return what may be shown of a group's answers; this is the one place where the rule is.

    Nothing below `smallest` responders. Their exact number only where nobody, or `smallest` at least, did not answer. A part only
    where FEWEST_ON_A_THEME share it, and never so that what is left over could be worked out to be fewer.
    """
    if responders < smallest:
        return Disclosed(False)
    silent = reached - responders
    total = responders if silent <= 0 or silent >= smallest else None
    shown = {name: count for name, count in parts.items() if count >= FEWEST_ON_A_THEME}
    left = sum(parts.values()) - sum(shown.values())
    if 0 < left < FEWEST_ON_A_THEME and shown:
        del shown[min(shown, key=lambda name: shown[name])]
    return Disclosed(True, total, {name: shown.get(name) for name in parts})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back to a broadcast: the answers as far as they may be shown, and what people share."""

    broadcast: Broadcast
    smallest: int
    answers: Disclosed
    # By what stands on them, in the order of the choices; none is fewer than may be shown.
    choices: Sequence[tuple[str, int | None]]
    themes: Sequence[tuple[str, str, int]]
    shared: Sequence[tuple[str, str | None]]


class Results:
    """Shows results to whoever may see them."""

    def __init__(self, database: Database, library: Library, smallest: int, now: Callable[[], datetime]) -> None:
        self._database, self._library, self._smallest, self._now = database, library, smallest, now

    async def outcome(self, number: int, actor: str) -> Outcome:
        """Return what came back. Raises Refused."""
        async with self._database.reading() as session:
            broadcast = await need(session, number, actor, Right.SEE_BROADCAST_RESULTS, locked=False)
            counts = await count_answers(session, broadcast)
            shared = await shared_answers(session, number)
        toolkit = self._library.of(broadcast.programme_id)
        labels = labels_of(toolkit, broadcast)
        chosen = {str(index): counts.choices.get(index, 0) for index in range(len(labels))}
        answers = disclose(counts.reached, counts.answered, chosen, self._smallest)
        themed = disclose(counts.reached, counts.in_words, counts.themes, self._smallest)
        # More than one theme cannot be told for one answer, so that what is over is no part of its own.
        top = sorted(((count, theme) for theme, count in (themed.parts or {}).items() if count), reverse=True)[:TOP]
        return Outcome(
            broadcast,
            self._smallest,
            answers,
            [(label, (answers.parts or {}).get(str(index))) for index, label in enumerate(labels)] if answers.is_shown else [],
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
