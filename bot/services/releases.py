"""Telling figures so that they stay told: the one way from counting to showing, for pages, exports, reports, chat and broadcasts.

A caller hands in groups of people and how a figure about a group is worked out; what comes back can be shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.disclosure import POLICY, Group, Ledger, Policy, Why, protect, why_not
from bot.storage.releases import group_of, hashed, newest_figures, release_of, told_groups
from bot.storage.tables import Released, ToldGroup

# A figure as it is kept: `people` and whatever else was worked out, or only `why` it is withheld.
Figure = dict[str, Any]
# All programmes together.
EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be told: a subject of a programme (or of everybody) in a period, in one split or none.

    `cells` are the groups by name; without a split there is one, named "". `ledgers` name the answers that the figures are made of:
    what was told of the same answers before is weighed with them. Without any, all that is ever told of them is this.
    """

    subject: str
    period: str
    programme: str
    cells: Mapping[str, Group]
    split: str = ""
    ledgers: Sequence[str] = ()
    # How many people could have been in it: that nobody of enough people was is told as 0.
    population: int = 0
    # Whether what is told is a count, which about nobody is 0; a mean about nobody is nothing.
    is_count: bool = False


@dataclass
class Releases:
    """Tells figures in one transaction of the caller's; ledgers are read once.

    What is to be kept goes into `kept` where the caller writes it later, in another transaction; else into the session.
    """

    session: AsyncSession
    now: datetime
    policy: Policy = POLICY
    kept: list[Released | ToldGroup] | None = None
    _ledgers: dict[str, Ledger] = field(default_factory=dict)
    # By ledger, what stands there for a person.
    _hashes: dict[str, dict[str, str]] = field(default_factory=dict)
    # What was told last, by subject, programme and split: period and figures.
    _told: dict[tuple[str, str, str], tuple[str, dict[str, Figure]]] | None = None

    async def tell(self, asked: Asked, figure: Callable[[Group], Figure | Why]) -> dict[str, Figure]:
        """Return the figures by cell, and keep them; asked again, or when they would tell too much, what was told before.

        `figure` may itself withhold, by returning why.
        """
        if self._told is None:
            self._told = await newest_figures(self.session)
        period, known = self._told.get((asked.subject, asked.programme, asked.split), ("", None))
        if known is not None and period == asked.period:
            return known
        decided = self.decide(asked.cells, asked.population if asked.is_count else 0)
        told = {name: group for name, group in asked.cells.items() if decided[name] is None and group}
        worked_out = {name: figure(group) for name, group in told.items()}
        # One that withholds itself takes no other with it only where it is the whole.
        decided |= {name: found for name, found in worked_out.items() if isinstance(found, Why)}
        if asked.split and any(isinstance(found, Why) for found in worked_out.values()):
            decided = {name: why or Why.BESIDE for name, why in decided.items()}
        told = {name: group for name, group in told.items() if decided[name] is None}
        before = known if asked.ledgers else None
        if await self._would_isolate(asked.ledgers, list(told.values())):
            if before is not None:
                return before
            decided = {name: why or Why.DIFFERENCE for name, why in decided.items()}
            told = {}
        if before is not None and (not told or await self._is_same(asked.ledgers, list(told.values()))):
            return before
        figures: dict[str, Figure] = {}
        for name, why in decided.items():
            found = worked_out.get(name)
            figures[name] = {"why": why.value} if why else found if isinstance(found, dict) else {"people": 0, "count": 0}
        await self._remember(asked.ledgers, list(told.values()))
        self._keep(release_of(asked.subject, asked.programme, asked.split, asked.period, figures, self.now))
        self._told[asked.subject, asked.programme, asked.split] = asked.period, figures
        return figures

    def decide(self, cells: Mapping[str, Group], population: int = 0) -> dict[str, Why | None]:
        """Return why each cell cannot be told, going by its size and its neighbours'."""
        if set(cells) == {""} and not cells[""] and population >= self.policy.smallest:
            return {"": None}
        if set(cells) == {""}:
            return {"": why_not(cells[""], cells[""], self.policy)}
        return protect(cells, self.policy)

    async def everything(self) -> list[Mapping[str, Figure]]:
        """Return all that was told last of every subject."""
        return [figures for _, figures in (await newest_figures(self.session)).values()]

    async def _ledger(self, name: str) -> Ledger:
        if name not in self._ledgers:
            self._ledgers[name] = Ledger(await told_groups(self.session, name), self.policy)
        return self._ledgers[name]

    def _hashed(self, ledger: str, group: Group) -> Group:
        return hashed(self.session, ledger, group, self._hashes.setdefault(ledger, {}))

    def _keep(self, row: Released | ToldGroup) -> None:
        if self.kept is None:
            self.session.add(row)
        else:
            self.kept.append(row)

    async def _would_isolate(self, ledgers: Sequence[str], groups: Sequence[Group]) -> bool:
        for name in ledgers:
            ledger = await self._ledger(name)
            if ledger.why_not(*(self._hashed(name, each) for each in groups)):
                return True
        return False

    async def _is_same(self, ledgers: Sequence[str], groups: Sequence[Group]) -> bool:
        """Return whether figures about all these groups were told before, so that others would tell whose answer was amended."""
        for name in ledgers:
            told = (await self._ledger(name)).told
            if any(self._hashed(name, each) not in told for each in groups):
                return False
        return True

    async def _remember(self, ledgers: Sequence[str], groups: Sequence[Group]) -> None:
        for name in ledgers:
            ledger = await self._ledger(name)
            for group in groups:
                members = self._hashed(name, group)
                if members not in ledger.told:
                    ledger.tell(members)
                    self._keep(group_of(name, members, self.now))
