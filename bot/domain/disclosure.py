"""Which figures may be told, so that none is about fewer people than the smallest group, nor can be worked out from others.

Every number passes through here: page, export, report, chat, broadcast result, metric. A figure is about a group, which is the ids
of the people whose answers or doings it is made of. What these rules promise is about groups, and so holds for every kind of figure:

- `protect` decides on one split of a whole whose total is told, cell by cell;
- `why_not` decides on one group within a whole, such as those who said yes;
- `why_not_raised` decides on themes, which may be raised by fewer people, in a cell of enough;
- `bands` puts the answers on a scale together until each band is about enough people;
- `Ledger` remembers what was told of one subject, and refuses what could be subtracted from it;
- `one_split` refuses two splits at once.

Whoever tells figures over time uses `bot.services.releases`, which remembers them in the database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from typing import TypeVar

from bot.domain.span import Bound, Span, Vector, vector_of

# The ids of the people whom a figure is about.
Group = frozenset[str]
Name = TypeVar("Name", bound=Hashable)
# So many sets of small parts are tried before a figure is refused without knowing.
_MOST_SETS = 500


class Why(StrEnum):
    """The rule that keeps a figure from being told; `why_<value>` in the sentences `statistics` says it in words."""

    FEW = "few"  # it is about too few people
    REST = "rest"  # it leaves too few people out: the total less it would be about those
    BESIDE = "beside"  # the total less the others would tell one about too few
    DIFFERENCE = "difference"  # together with what was told before, it would tell about too few
    ALIKE = "alike"  # everybody gave the same answer, so it would tell what each of them said
    RAISED = "raised"  # too few people raised it
    SPLIT = "split"  # it is split in two ways at once


class Withheld(Exception):
    """Raised when a question is refused as a whole; `why` says by which rule."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Policy:
    """How many people a figure must be about, and a theme be raised by; counts of things are told to the nearest `rounds_to`.

    `off` is empty but in the tests that show what each rule is for.
    """

    smallest: int = 11
    raised_by: int = 5
    rounds_to: int = 5
    off: frozenset[Why] = frozenset()

    def is_few(self, people: int) -> bool:
        """Return whether so many people are some, but too few."""
        return 0 < people < self.smallest


POLICY = Policy()


def why_not(group: Group, whole: Group, policy: Policy = POLICY) -> Why | None:
    """Return why a figure about a group within a whole cannot be told beside the whole's; none when it can."""
    if Why.FEW not in policy.off and (policy.is_few(len(group)) or len(whole) < policy.smallest):
        return Why.FEW
    return Why.REST if Why.REST not in policy.off and policy.is_few(len(whole - group)) else None


def protect(cells: Mapping[Name, Group], policy: Policy = POLICY) -> dict[Name, Why | None]:
    """Return, for each cell of one split whose total is told, why it cannot be; none for those that can.

    What is withheld is at least two cells, and about so many people together that any of them could be about each number from 1 to
    the smallest group, as far as anybody can work out.
    """
    everybody = _union(cells.values())
    if Why.FEW in policy.off:
        return dict.fromkeys(cells)
    if len(everybody) < policy.smallest:
        return dict.fromkeys(cells, Why.FEW)
    decided: dict[Name, Why | None] = {name: Why.FEW if policy.is_few(len(group)) else None for name, group in cells.items()}
    if Why.BESIDE in policy.off:
        return decided
    hidden = [name for name, why in decided.items() if why]
    while hidden and (len(hidden) < 2 or len(_union(cells[name] for name in hidden)) < policy.smallest + len(hidden) - 2):
        rest = [name for name, why in decided.items() if why is None and cells[name]]
        if not rest:
            break
        least = min(rest, key=lambda name: len(cells[name]))
        decided[least] = Why.BESIDE
        hidden.append(least)
    return decided


def why_not_raised(raised: Mapping[Name, Group], cell: Group, policy: Policy = POLICY) -> dict[Name, Why | None]:
    """Return, for each theme, why the number of people of a cell who raised it cannot be told; none where it can."""
    if Why.FEW not in policy.off and len(cell) < policy.smallest:
        return dict.fromkeys(raised, Why.FEW)
    if Why.RAISED in policy.off:
        return dict.fromkeys(raised)
    return {name: Why.RAISED if len(people) < policy.raised_by else None for name, people in raised.items()}


def bands(answers: Mapping[str, int], scale: Sequence[int], policy: Policy = POLICY) -> list[tuple[int, int, int]] | None:
    """Return lowest and highest value and number of people of bands of a scale, each about enough people or nobody.

    `answers` are values by person. The scale is told point by point, else as low, middle and high, else as two halves, or not at all.
    """
    counts = Counter(answers.values())
    third = max(1, len(scale) * 2 // 5)
    ways = (
        [[point] for point in scale],
        [scale[:third], scale[third:-third], scale[-third:]],
        [scale[:-third], scale[-third:]],
        [scale[:third], scale[third:]],
    )
    for way in ways:
        told = [(part[0], part[-1], sum(counts[point] for point in part)) for part in way if part]
        if Why.FEW in policy.off or not any(policy.is_few(people) for _, _, people in told):
            return told if len(answers) >= policy.smallest or Why.FEW in policy.off else None
    return None


def is_alike(answers: Mapping[str, float], policy: Policy = POLICY) -> bool:
    """Return whether everybody gave the same answer, so that their mean would tell what each of them said."""
    return Why.ALIKE not in policy.off and len(set(answers.values())) == 1


def rounded(count: int, policy: Policy = POLICY) -> int:
    """Return a count of things, such as messages, as it is told: near enough, and never just one more than before."""
    return (count + policy.rounds_to // 2) // policy.rounds_to * policy.rounds_to


def one_split(named: Collection[str], policy: Policy = POLICY) -> str | None:
    """Return the one way of splitting that was asked for, or none; raises Withheld for two at once."""
    splits = {name for name in named if name}
    if len(splits) > 1 and Why.SPLIT not in policy.off:
        raise Withheld(Why.SPLIT)
    return min(splits, default=None)


class Ledger:
    """The groups about which figures of one subject were told, such as the answers to one question in one wave.

    Whatever anybody adds and subtracts of what was told, the result is about enough people, or about nobody: that is what `why_not`
    sees to before another group is told. It finds every sum and difference, of any number of figures, not just pairs.
    """

    def __init__(self, told: Iterable[Group] = (), policy: Policy = POLICY) -> None:
        self._told = list(dict.fromkeys(group for group in told if group))
        self._policy = policy

    @property
    def told(self) -> tuple[Group, ...]:
        return tuple(self._told)

    def why_not(self, *groups: Group) -> Why | None:
        """Return why figures about these groups cannot be told beside all that was told before; none when they can."""
        if Why.DIFFERENCE in self._policy.off:
            return None
        new = [group for group in groups if group and group not in self._told]
        return Why.DIFFERENCE if new and _isolates([*self._told, *new], self._policy.smallest) else None

    def tell(self, *groups: Group) -> None:
        """Remember that figures about these groups were told."""
        self._told += [group for group in dict.fromkeys(groups) if group and group not in self._told]

    def nearest(self, group: Group) -> Group | None:
        """Return the group that was told of which differs from this one by the fewest people, or none."""
        return min(self._told, key=lambda told: (len(told ^ group), sorted(told)), default=None)


def _isolates(groups: Sequence[Group], smallest: int) -> bool:
    """Return whether some sum and difference of figures about groups is about somebody, but about too few.

    The groups cut everybody into parts that lie wholly inside or outside each of them; every figure is a sum over parts. What can be
    made of the figures without any part of enough people is what is left when those are eliminated; whether that comes down to few
    people is tried for each set of small parts: it does where the others have a lower rank without it. With too many such sets to
    try, the answer is yes.
    """
    inside: dict[str, int] = {}
    for number, group in enumerate(groups):
        bit = 1 << number
        for person in group:
            inside[person] = inside.get(person, 0) | bit
    return _comes_down(frozenset(Counter(inside.values()).items()), len(groups), smallest)


# Item after item and month after month, groups cut each other in the same way. What is kept tells of sizes alone.
@lru_cache(maxsize=2048)
def _comes_down(parts: frozenset[tuple[int, int]], groups: int, smallest: int) -> bool:
    """Return what `_isolates` does, given for each part the groups that it is in, as bits, and how many people it is."""
    sizes = sorted(parts)
    span = Span()
    for part, people in sizes:
        if people >= smallest:
            span.add(vector_of(part))
            if span.rank == groups:
                return False  # then nothing is left of any small part
    # Small parts that cannot be told from large ones are in no figure without those. Each of the others makes a set to try.
    small: list[tuple[Vector, int]] = []
    for part, people in sizes:
        if people < smallest and (left := span.rest(vector_of(part))):
            small.append((left, people))
            if len(small) > _MOST_SETS:
                return True
    bound = Bound([vector for vector, _ in small])
    # A part that is in no relation is found by itself, and is in some set.
    if not all(bound.is_free([index]) for index in range(len(small))):
        return True
    sets = list(islice(_sets_of_few([people for _, people in small], smallest), _MOST_SETS + 1))
    return len(sets) > _MOST_SETS or not all(bound.is_free(few) for few in sets)


def _sets_of_few(sizes: Sequence[int], smallest: int) -> Iterator[frozenset[int]]:
    """Give the sets of parts that are about too few people together, and would not be with any other part."""
    by_size = sorted(range(len(sizes)), key=lambda index: sizes[index])

    def grow(chosen: tuple[int, ...], people: int) -> Iterator[frozenset[int]]:
        start = chosen[-1] + 1 if chosen else 0
        for index in range(start, len(sizes)):
            if people + sizes[index] < smallest:
                yield from grow((*chosen, index), people + sizes[index])
        least = next((index for index in by_size if index not in chosen), None)
        if chosen and (least is None or people + sizes[least] >= smallest):
            yield frozenset(chosen)

    return grow((), 0)


def _union(groups: Iterable[Group]) -> Group:
    return frozenset().union(*groups)
