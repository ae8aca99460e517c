"""Telling what a month or a quarter brought, once it is over: use and quality. Change is told by `bot.services.change`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.domain.disclosure import POLICY, Group, Policy, Why, rounded
from bot.domain.months import Month
from bot.domain.quarter import Quarter
from bot.services import change
from bot.services.estimates import share_of
from bot.services.populations import Populations, read_populations, tell_everywhere
from bot.services.releases import EVERYBODY, Asked, Figure, Releases
from bot.settings import SettingsFile
from bot.storage import statistics
from bot.storage.database import Database
from bot.storage.filing import file_answers
from bot.storage.releases import newest_period, publish_alone
from bot.storage.statistics import ByPerson
from bot.storage.tables import Happening, Released, ToldGroup

# So far back figures are told when a product begins to tell them, in months.
FURTHEST = 24
# Counts of people, with the count that each is a part of.
PEOPLE = {"active": None, "returning": "active", "surveys_sent": None, "surveys_answered": "surveys_sent", "opt_outs": None}
# Counts of things, likewise. What leaves out only a few people's is withheld: it would tell of those.
THINGS = {
    "conversation_started": None,
    "turns": None,
    "challenge_heard": None,
    "scenario_started": None,
    "scenario_finished": "scenario_started",
    "plans_made": None,
    "plans_with_when": "plans_made",
    "reflections": None,
    "follow_ups": None,
    "follow_ups_kept": None,
    "follow_ups_partly": None,
    "follow_ups_missed": None,
    "follow_ups_silent": None,
    "not_understood": None,
    "messages_sent": None,
    "messages_failed": None,
    "answers": None,
    "answers_quick": "answers",
    "guesses": None,
    "guesses_first": "guesses",
}
# The counts that are told by post, cohort, forum and trust too.
SPLIT = frozenset({"active", "plans_made", "scenario_finished"})
# So many rows are put into order and written at once: the loop turns in between.
BATCH = 100
SPLITS = ("post", "cohort", "forum", "trust")


class Publishing:
    """Files answers and tells figures of what is over. Whatever is told already stays as it is."""

    def __init__(self, database: Database, toolkit: Toolkit, settings: SettingsFile, policy: Policy | None = None) -> None:
        self._database, self._toolkit, self._settings = database, toolkit, settings
        self._policy = policy or Policy(smallest=max(POLICY.smallest, settings.dashboard.smallest_group))
        self._zone = ZoneInfo(settings.time_zone)
        # The month up to which everything is told, as far as this process knows.
        self._told: Month | None = None

    async def publish(self, now: datetime) -> int:
        """Tell of the months that are over and not told of yet; return how many.

        Answers are filed in one transaction and what is told is written in another. Between them it is worked out, which takes a while:
        in a thread of its own, so that nobody waits for it, neither for this loop nor to write.
        """
        last = Month.of(now.astimezone(self._zone).date()).before
        if self._told == last:
            return 0
        async with self._database.reading() as session:
            newest, first = await newest_period(session, "use/"), await statistics.first_moment(session)
        start = Month.read(newest).after if newest else Month.of(first.astimezone(self._zone).date()) if first else last
        month, count = max(start, last.plus(1 - FURTHEST)), 0
        while month <= last:
            count += await self._tell(month, now)
            month = month.after
        self._told = last
        return count

    async def _tell(self, month: Month, now: datetime) -> bool:
        """Tell of a month, and return whether that was done here."""
        async with self._database.transaction() as session:
            await publish_alone(session)
            if await _is_told(session, month):
                return False
            in_waves = [each.id for each in self._toolkit.instruments.values() if each.after_days]
            await file_answers(session, month.after.starts(self._zone), month.quarter, self._policy.smallest, in_waves)
        rows = await asyncio.to_thread(lambda: asyncio.run(self._work_out(month, now)))
        async with self._database.transaction() as session:
            await publish_alone(session)
            # Another process may have told of it meanwhile: then that stands, and this is forgotten.
            if await _is_told(session, month):
                return False
            for start in range(0, len(rows), BATCH):
                session.add_all(rows[start : start + BATCH])
                await session.flush()
        return True

    async def _work_out(self, month: Month, now: datetime) -> Sequence[Released | ToldGroup]:
        """Return what a month's figures are and whom they are about, to be written; in the loop of a thread of its own."""
        database, rows = self._database.beside(), list[Released | ToldGroup]()
        try:
            async with database.reading() as session:
                await self._tell_month(Releases(session, now, self._policy, rows), month)
        finally:
            await database.close()
        return rows

    async def _tell_month(self, releases: Releases, month: Month) -> None:
        first, end = month.starts(self._zone), month.after.starts(self._zone)
        populations = await read_populations(releases.session)
        await self._tell_use(releases, populations, month, first, end)
        await self._tell_themes(releases, populations, month, first, end)
        await change.tell_waves(releases, populations, self._toolkit, str(month))
        if month.after.quarter != month.quarter:
            await self._tell_quarter(releases, populations, month.quarter)

    async def _tell_use(self, releases: Releases, populations: Populations, month: Month, first: datetime, end: datetime) -> None:
        counted = await statistics.count_use(releases.session, first, end)
        before = await statistics.count_before(releases.session, first)
        counted["returning"] = {person: 1 for person in counted["active"] if person in before}
        for name, whole in {**PEOPLE, **THINGS}.items():
            values = counted[name]
            await tell_everywhere(
                releases,
                populations,
                Asked(f"use/{name}", str(month), EVERYBODY, {}, is_count=True),
                frozenset(values),
                _of_people if name in PEOPLE else _of_things(values, self._policy),
                splits=SPLITS if name in SPLIT else (),
                rest=_leavers(counted[whole], values, by_people=name in PEOPLE) if whole else None,
            )

    async def _tell_themes(self, releases: Releases, populations: Populations, month: Month, first: datetime, end: datetime) -> None:
        """Tell how many people raised each theme, and of what was not understood, how many people's words were near it."""
        few = Policy(self._policy.raised_by, self._policy.raised_by, self._policy.rounds_to, self._policy.off)
        session, of_few = releases.session, Releases(releases.session, releases.now, few, releases.kept)
        for name, kind in (("theme", None), ("near", Happening.NOT_UNDERSTOOD)):
            raised = await statistics.raisers(session, first, end, kind)
            anybody = frozenset().union(*raised.values())
            enough = [members for members in populations.programmes.values() if len(members & anybody) >= self._policy.smallest]
            cell = frozenset().union(*enough) or (populations.everybody if len(anybody) >= self._policy.smallest else frozenset())
            for theme in self._toolkit.themes:
                told = frozenset(raised.get(theme, ())) & cell
                await tell_everywhere(of_few, populations, Asked(f"{name}/{theme}", str(month), EVERYBODY, {}), told, _of_people)

    async def _tell_quarter(self, releases: Releases, populations: Populations, quarter: Quarter) -> None:
        first, end = quarter.starts(self._zone), quarter.after.starts(self._zone)
        ratings, kept = await statistics.goals(releases.session, first, end)
        period = str(quarter)
        await tell_everywhere(
            releases,
            populations,
            Asked("goal/rating", period, EVERYBODY, {}),
            frozenset(ratings),
            lambda group: change.mean_figure({person: ratings[person] for person in group}, self._policy),
        )
        keepers = {person: 1 for person, was_kept in kept.items() if was_kept}
        await tell_everywhere(
            releases,
            populations,
            Asked("goal/kept", period, EVERYBODY, {}),
            frozenset(kept),
            lambda group: _share(group, keepers, self._policy),
        )
        # Answers of all time, told anew once enough people more have answered.
        for scenario, answers in (await statistics.closeness(releases.session, end)).items():
            close = {person: 1 for person, answer in answers.items() if answer == "close"}
            await tell_everywhere(
                releases,
                populations,
                Asked(f"close/{scenario}", period, EVERYBODY, {}, ledgers=(f"close/{scenario}",)),
                frozenset(answers),
                lambda group, close=close: _share(group, close, self._policy),  # type: ignore[misc]  # bound to this scenario's answers
            )
        await change.tell_quarter(releases, populations, self._toolkit, self._settings.survey.instruments, quarter)


async def _is_told(session: AsyncSession, month: Month) -> bool:
    newest = await newest_period(session, "use/")
    return newest is not None and Month.read(newest) >= month


def _of_people(group: Group) -> Figure:
    return {"people": len(group), "count": len(group)}


def _of_things(values: Mapping[str, int], policy: Policy) -> change.Worked:
    return lambda group: {"people": len(group), "count": rounded(sum(values[person] for person in group), policy)}


def _share(group: Group, some: ByPerson, policy: Policy) -> Figure | Why:
    """Return the proportion of a group with Wilson's interval; withheld where either side of it is too few."""
    count = len(group & some.keys())
    if (policy.is_few(count) or policy.is_few(len(group) - count)) and Why.REST not in policy.off:
        return Why.REST
    found = share_of(count, len(group))
    return {"people": found.n, "count": count, "value": found.value, "low": found.low, "high": found.high}


def _leavers(whole: ByPerson, part: ByPerson, *, by_people: bool) -> change.Leavers:
    """Return how many of a population's people did the whole thing more often than its part."""

    def count(members: Group) -> int:
        return sum(
            person not in part if by_people else whole_count > part.get(person, 0)
            for person, whole_count in whole.items()
            if person in members
        )

    return count
