"""The agenda of a forum: what came back to a broadcast on one page, nothing that its results do not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.content.library import Library
from bot.content.toolkit import Sentences
from bot.domain.access import Right
from bot.domain.broadcasts import FIRST_NAME, FORUM, FORUM_DATE, REPLY_BY, Audience, fill
from bot.domain.wording import say_day, say_moment
from bot.services.broadcasts.drafting import need
from bot.services.broadcasts.results import Outcome, Results
from bot.storage.broadcasts import forums_in
from bot.storage.database import Database
from bot.storage.tables import Broadcast, Forum, Programme

# What has room on one page: so many shared answers, each of so many characters, and so much of what was asked.
MOST_SHARED, LONGEST_SHARED, LONGEST_ASKED = 5, 220, 400


@dataclass(frozen=True, slots=True)
class Theme:
    """One theme to talk about: its question is the toolkit's."""

    title: str
    question: str
    raised: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One choice: how many took it in words, and as a part of all (0 to 1) where that may be told."""

    label: str
    count: str
    part: float | None


@dataclass(frozen=True, slots=True)
class Agenda:
    """All that stands on the page, in words."""

    title: str
    whom: str
    asked: str
    answered: str
    themes: Sequence[Theme]
    no_themes: str
    choices: Sequence[Bar]
    shared: Sequence[tuple[str, str]]
    more_shared: str
    made: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Agendas:
    """Makes agendas for whoever may see the results."""

    def __init__(self, database: Database, library: Library, results: Results, now: Callable[[], datetime]) -> None:
        self._database, self._library, self._results, self._now = database, library, results, now

    async def agenda(self, number: int, actor: str) -> Agenda:
        """Return the agenda of a broadcast as of now. Raises Refused."""
        found = await self._results.outcome(number, actor)
        async with self._database.reading() as session:
            broadcast = await need(session, number, actor, Right.SEE_BROADCAST_RESULTS, locked=False)
            forums = await forums_in(session, Audience.from_json(broadcast.audience))
            programme = await session.get_one(Programme, broadcast.programme_id)
        sentences = self._library.of(broadcast.programme_id).sentences
        say, zone = sentences.say, ZoneInfo(broadcast.time_zone)
        shared = [(_cut(" ".join(words.split()), LONGEST_SHARED), name or say("broadcast_agenda.unnamed")) for words, name in found.shared]
        more = len(shared) - MOST_SHARED
        return Agenda(
            broadcast.title,
            "; ".join(_say_forum(sentences, forum, self._now()) for forum in forums) or programme.title,
            _cut(" ".join(fill(broadcast.text, _values(sentences, broadcast, forums)).split()), LONGEST_ASKED),
            _say_answered(sentences, found),
            [Theme(title, question, say("broadcast_agenda.raised", count=count)) for title, question, count in found.themes],
            say("broadcast_agenda.themes_none") if broadcast.kind.takes_words and not found.themes else "",
            _bars(sentences, found),
            shared[:MOST_SHARED],
            say("broadcast_agenda.more_shared", count=more) if more > 0 else "",
            say("broadcast_agenda.made", moment=say_moment(self._now().astimezone(zone))),
        )


def _say_forum(sentences: Sentences, forum: Forum, now: datetime) -> str:
    if forum.meets_at is None or forum.meets_at <= now:
        return forum.title
    moment = say_moment(forum.meets_at.astimezone(ZoneInfo(forum.time_zone or "Europe/London")))
    return sentences.say("broadcast_agenda.forum", forum=forum.title, moment=moment)


def _values(sentences: Sentences, broadcast: Broadcast, forums: Sequence[Forum]) -> dict[str, str]:
    """Return what stands for the fields of the words on a page that everybody reads."""
    zone, forum = ZoneInfo(broadcast.time_zone), forums[0] if forums else None
    return {
        FIRST_NAME: sentences["broadcast_agenda.everybody"],
        FORUM: forum.title if forum else sentences["broadcast.some_forum"],
        FORUM_DATE: say_day(forum.meets_at.astimezone(zone)) if forum and forum.meets_at else sentences["broadcast.some_day"],
        REPLY_BY: say_moment(broadcast.reply_by.astimezone(zone)) if broadcast.reply_by else sentences["broadcast.some_time"],
    }


def _say_answered(sentences: Sentences, found: Outcome) -> str:
    if found.total is None:
        return sentences.say("broadcast_agenda.answered_withheld", smallest=found.smallest)
    return sentences.say("broadcast_agenda.answered", count=found.total, of=found.broadcast.recipients)


def _bars(sentences: Sentences, found: Outcome) -> list[Bar]:
    """Return the choices as bars; none at all where no number of them may be told."""
    if all(count is None for _, count in found.choices):
        return []
    of = found.total or 0
    few = sentences["broadcast_agenda.few"]
    return [
        Bar(label, few, None) if count is None else Bar(label, str(count), count / of if of else None) for label, count in found.choices
    ]


def _cut(words: str, longest: int) -> str:
    """Return words that are no longer than that, ended at a word where they were."""
    if len(words) <= longest:
        return words
    return f"{words[: longest - 3].rpartition(' ')[0] or words[: longest - 3]}..."
