"""Of whom figures are told: each programme's people, everybody together, and one split of either at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.disclosure import Group, Ledger, Policy, Why
from bot.services.releases import EVERYBODY, Asked, Figure, Releases
from bot.storage.statistics import forums_of, participants

# How a figure about a group is worked out, given the population that the group is a part of.
Worked = Callable[[Group], Figure | Why]


@dataclass(frozen=True, slots=True)
class Populations:
    """Who belongs where at the moment of telling."""

    programmes: Mapping[str, Group]
    everybody: Group
    # For each split, its cells.
    splits: Mapping[str, Mapping[str, Group]]

    def of(self, programme: str) -> Group:
        return self.everybody if programme == EVERYBODY else self.programmes[programme]


async def read_populations(session: AsyncSession) -> Populations:
    """Return the populations as they are now."""
    people = await participants(session)

    def by(name: Callable[[str], str | None]) -> dict[str, Group]:
        cells: dict[str, set[str]] = {}
        for person in people:
            if (cell := name(person)) is not None:
                cells.setdefault(cell, set()).add(person)
        return {cell: frozenset(members) for cell, members in sorted(cells.items())}

    splits = {
        "post": by(lambda person: (post := people[person].post) and post.value),
        "cohort": by(lambda person: None if people[person].cohort_id is None else str(people[person].cohort_id)),
        "trust": by(lambda person: people[person].trust_id),
        "forum": {forum: frozenset(members & people.keys()) for forum, members in sorted((await forums_of(session)).items())},
    }
    return Populations(by(lambda person: people[person].programme_id), frozenset(people), {k: v for k, v in splits.items() if len(v) > 1})


async def tell_everywhere(
    releases: Releases,
    populations: Populations,
    asked: Asked,
    group: Group,
    figure: Worked,
    *,
    splits: Sequence[str] = (),
    rest: Callable[[Group], int] | None = None,
) -> None:
    """Tell a figure of each programme, then of everybody together, then in splits.

    Of everybody it is told so that no programme's figure that is withheld could be worked out from it: where that would be so, those
    programmes are left out of it. `rest` returns how many of a population's people a figure leaves out of the one it is a part of.
    """
    policy: Policy = releases.policy
    told: list[Group] = []
    is_left_out = False

    def worked(members: Group) -> Worked:
        def within(part: Group) -> Figure | Why:
            left = rest(members) if rest else 0
            return Why.REST if policy.is_few(left) and Why.REST not in policy.off else figure(part)

        return within

    for programme, members in populations.programmes.items():
        part = group & members
        found = await releases.tell(replace(asked, programme=programme, cells={"": part}, population=len(members)), worked(members))
        if "why" not in found[""]:
            told += [part] if part else []
        elif part:
            is_left_out = is_left_out or found[""]["why"] != Why.FEW
    everybody, within = group & populations.everybody, populations.everybody
    if told and (is_left_out or Ledger(told, policy).why_not(everybody)):
        everybody = frozenset().union(*told)
        within = frozenset().union(*(members for members in populations.programmes.values() if members & everybody))
    await releases.tell(replace(asked, programme=EVERYBODY, cells={"": everybody}, population=len(within)), worked(within))
    ledger = Ledger([*told, everybody], policy)
    for split in splits:
        for programme in (EVERYBODY, *populations.programmes):
            whole = everybody if programme == EVERYBODY else group & populations.of(programme)
            if whole not in ledger.told:
                continue
            cells = {name: members & whole for name, members in populations.splits.get(split, {}).items()}
            cells = {name: members for name, members in cells.items() if members}
            if len(cells) < 2 or frozenset().union(*cells.values()) != whole:
                cells |= {"none": whole - frozenset().union(*cells.values())} if cells else {}
                cells = {name: members for name, members in cells.items() if members}
            if len(cells) < 2:
                continue
            guarded = _guarded(ledger, cells, releases)
            found = await releases.tell(replace(asked, programme=programme, split=split, cells=cells), guarded or figure)
            ledger.tell(*(members for name, members in cells.items() if "why" not in found.get(name, {"why": ""})))


def _guarded(ledger: Ledger, cells: Mapping[str, Group], releases: Releases) -> Worked | None:
    """Return what withholds a split whose cells would isolate somebody beside the other splits of the same figure; else none."""
    decided = releases.decide(cells)
    shown = [group for name, group in cells.items() if decided[name] is None]
    return (lambda _: Why.DIFFERENCE) if ledger.why_not(*shown) else None
