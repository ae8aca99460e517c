"""Plays the programme team against made-up programmes: whatever is told, month after month, is added up and subtracted.

The attacker knows who is in which programme and post, who answered what and when, and every figure that was ever told; what they do
not know is the answers. Whatever figure is a sum over people is an equation. They learn a cell where some combination of equations
is about somebody, but about fewer than eleven people; and linear programming tells between which values a person's answer lies.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy
import pytest
from scipy.linalg import null_space
from scipy.optimize import linprog

from bot.domain.disclosure import POLICY, Group, Policy, Why
from bot.services.populations import Populations, tell_everywhere
from bot.services.releases import EVERYBODY, Asked, Figure, Releases
from bot.storage.database import Database
from tests.integration.conftest import KEY

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SPLITS = ("post", "cohort", "forum")
LEDGER = ("waves/1/involved_early",)


class World:
    """Some programmes whose people answer one question little by little, amend it, leave and move."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.people = [f"p{number}" for number in range(self.dice.choice([30, 45, 70]))]
        self.programme = {person: self.dice.choices(["north", "south", "east"], [5, 3, 2])[0] for person in self.people}
        self.cell = {split: {person: self.dice.choices(["a", "b", "c"], [6, 3, 1])[0] for person in self.people} for split in SPLITS}
        self.values = {person: self.dice.randint(1, 5) for person in self.people}
        self.answered: set[str] = set(self.dice.sample(self.people, len(self.people) // 2))

    def go_on(self) -> None:
        """Let a month pass: a few more answer, somebody is erased, somebody moves."""
        waiting = [person for person in self.people if person not in self.answered]
        self.answered |= set(self.dice.sample(waiting, min(len(waiting), self.dice.choice([1, 2, 5, 12, 15]))))
        self.answered -= set(self.dice.sample(sorted(self.answered), self.dice.choice([0, 0, 1])))
        mover = self.dice.choice(self.people)
        self.cell["post"][mover] = self.dice.choice(["a", "b"])

    def populations(self) -> Populations:
        def by(where: Mapping[str, str]) -> dict[str, Group]:
            return {name: frozenset(p for p in self.people if where[p] == name) for name in sorted(set(where.values()))}

        return Populations(by(self.programme), frozenset(self.people), {split: by(self.cell[split]) for split in SPLITS})


class Attacker:
    """Keeps every figure that is told, with the people it is about, who are no secret."""

    def __init__(self, world: World) -> None:
        self.world, self.equations = world, dict[Group, int]()

    def figure(self, group: Group) -> Figure:
        return {"people": len(group), "total": sum(self.world.values[person] for person in group), "about": sorted(group)}

    def hear(self, figures: Iterable[Figure]) -> None:
        for figure in figures:
            if "total" in figure:
                self.equations[frozenset(figure["about"])] = figure["total"]

    def cells_found(self) -> list[Group]:
        """Return a group of one to ten people whose total some combination of the figures gives, if there is one."""
        people = sorted(set().union(*self.equations)) if self.equations else []
        if not people:
            return []
        rows = numpy.array([[person in group for person in people] for group in self.equations], dtype=float)
        # People who are in the same figures are one unknown.
        kinds: dict[tuple[bool, ...], list[str]] = {}
        for column, person in enumerate(people):
            kinds.setdefault(tuple(rows[:, column] > 0), []).append(person)
        parts = numpy.array([[float(kind[row]) for kind in kinds] for row in range(len(rows))])
        sizes = [len(members) for members in kinds.values()]
        small = [index for index, size in enumerate(sizes) if size < 11]
        names = list(kinds.values())
        for count in range(1, min(len(small), 4) + 1):
            for chosen in itertools.combinations(small, count):
                if sum(sizes[index] for index in chosen) > 10:
                    continue
                outside = [index for index in range(len(sizes)) if index not in chosen]
                free = null_space(parts[:, outside].T) if outside else numpy.eye(len(rows))
                if free.size and numpy.abs(free.T @ parts[:, list(chosen)]).max() > 1e-6:
                    return [frozenset(person for index in chosen for person in names[index])]
        return []

    def narrowest(self) -> float:
        """Return the width of the narrowest range that linear programming leaves for one person's answer of 1 to 5."""
        people = sorted(set().union(*self.equations)) if self.equations else []
        if not people:
            return 4.0
        rows = [[float(person in group) for person in people] for group in self.equations]
        width = 4.0
        for column in range(0, len(people), 5):
            goal = [float(index == column) for index in range(len(people))]
            ends = [
                linprog([sign * each for each in goal], A_eq=rows, b_eq=list(self.equations.values()), bounds=(1, 5)).fun * sign
                for sign in (1, -1)
            ]
            width = min(width, ends[1] - ends[0])
        return width


async def attack(tmp_path: Path, seeds: Iterable[int], policy: Policy) -> tuple[int, float]:
    """Return how many cells were found in all worlds, and the narrowest range."""
    found, width = 0, 4.0
    for seed in seeds:
        world = World(seed)
        attacker = Attacker(world)
        database = Database(f"sqlite+aiosqlite:///{tmp_path / f'{seed}-{len(policy.off)}.db'}", [KEY])
        await database.upgrade()
        for month in range(5):
            async with database.transaction() as session:
                releases = Releases(session, NOW, policy)
                asked = Asked("wave/1/waves/involved_early", f"2026-{month + 1:02}", EVERYBODY, {}, ledgers=LEDGER)
                group = frozenset(world.answered)
                # Asked again within the month, after somebody else answered, it is what it was.
                for again in (group, group | {world.people[0]}):
                    await tell_everywhere(releases, world.populations(), asked, again, attacker.figure, splits=SPLITS)
            async with database.reading() as session:
                rows = await Releases(session, NOW).everything()
                attacker.hear(each for row in rows for each in row.values())
            world.go_on()
        await database.close()
        found += len(attacker.cells_found())
        width = min(width, attacker.narrowest()) if not found else 0.0
    return found, width


async def test_nobody_learns_a_cell_of_fewer_than_eleven(tmp_path: Path) -> None:
    found, width = await attack(tmp_path, range(6), POLICY)
    assert found == 0
    assert width > 3.9, "each answer could still be anything from 1 to 5"


@pytest.mark.parametrize("off", [{Why.DIFFERENCE}, {Why.FEW, Why.DIFFERENCE}], ids=["memory", "smallest group"])
async def test_the_attack_finds_cells_where_a_rule_is_off(tmp_path: Path, off: set[Why]) -> None:
    # What is remembered stands behind the other rules, which the tests of the domain switch off one by one.
    found, _ = await attack(tmp_path, range(2), Policy(off=frozenset(off)))
    assert found > 0
