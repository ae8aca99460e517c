"""Each rule as a table with a reason a row; the attack that tries them all together is in tests/integration/services."""

from __future__ import annotations

import random

import pytest
from scipy.optimize import linprog

from bot.domain.disclosure import (
    POLICY,
    Group,
    Ledger,
    Policy,
    Why,
    Withheld,
    bands,
    is_alike,
    one_split,
    protect,
    rounded,
    why_not,
    why_not_raised,
)


def people(first: int, end: int) -> Group:
    return frozenset(f"p{number}" for number in range(first, end))


@pytest.mark.parametrize(
    ("group", "whole", "why", "reason"),
    [
        (11, 22, None, "eleven, and eleven others"),
        (11, 11, None, "everybody"),
        (10, 30, Why.FEW, "ten people"),
        (12, 17, Why.REST, "a forum of 17 gets one total and no split"),
        (0, 30, None, "nobody"),
        (0, 10, Why.FEW, "nobody of ten says of each of the ten that it was not them"),
    ],
)
def test_a_group_within_a_whole(group: int, whole: int, why: Why | None, reason: str) -> None:
    assert why_not(people(0, group), people(0, whole)) is why, reason


@pytest.mark.parametrize(
    ("sizes", "hidden", "reason"),
    [
        ([20, 30], [], "enough everywhere"),
        ([20, 3, 30], [0, 1], "the total less the others would tell the small one, so another goes with it"),
        ([20, 6, 7], [1, 2], "two small ones of thirteen together hide each other"),
        ([20, 4, 6], [0, 1, 2], "two small ones of ten together do not"),
        ([12, 5], [0, 1], "six of 17 or five of 17: no split"),
        ([40, 4, 4, 4], [1, 2, 3], "twelve in three cells: each of them could be about ten"),
        ([40, 4, 4, 3], [0, 1, 2, 3], "eleven in three cells: none of them could be"),
        ([30, 0, 11], [], "nobody is not hidden"),
        ([4, 5], [0, 1], "nine in all"),
    ],
)
def test_a_split_beside_its_total(sizes: list[int], hidden: list[int], reason: str) -> None:
    assert [index for index, why in protect(cells(sizes)).items() if why] == hidden, reason


def cells(sizes: list[int]) -> dict[int, Group]:
    return {index: people(sum(sizes[:index]), sum(sizes[: index + 1])) for index in range(len(sizes))}


def range_of(wanted: int, sizes: list[int], shown: set[int]) -> tuple[float, float]:
    """Return between which numbers a cell must lie for somebody who knows the total, what is shown, and that no hidden one is empty."""
    bounds = [(size, size) if index in shown else (1, None) for index, size in enumerate(sizes)]
    lows = []
    for sign in (1, -1):
        goal = [sign * (index == wanted) for index in range(len(sizes))]
        solved = linprog(goal, A_eq=[[1] * len(sizes)], b_eq=[sum(sizes)], bounds=bounds)
        lows.append(float(solved.fun) * sign)
    return lows[0], lows[1]


def narrowest(policy: Policy) -> float:
    """Return how near linear programming comes to a hidden cell of a random table, at best: the width of its range."""
    dice = random.Random(11)
    found = 99.0
    for _ in range(150):
        sizes = [dice.choice([0, 1, 3, 5, 8, 10, 11, 12, 20, 40]) for _ in range(dice.randint(2, 6))]
        decided = protect(cells(sizes), policy)
        shown = {index for index, why in decided.items() if why is None}
        if sum(sizes) < policy.smallest or not shown:
            continue  # only the total is told, or nothing
        for index in set(range(len(sizes))) - shown:
            low, high = range_of(index, sizes, shown)
            found = min(found, high - low)
    return found


def test_linear_programming_narrows_no_hidden_cell() -> None:
    assert narrowest(POLICY) >= 9, "each hidden cell could be any number from 1 to 10"
    assert narrowest(Policy(off=frozenset({Why.BESIDE}))) < 1, "without complementary suppression a cell is found exactly"


@pytest.mark.parametrize(
    ("told", "asked", "is_refused", "reason"),
    [
        ([(0, 40)], [(0, 39)], True, "all less all but one is one person"),
        ([(0, 40)], [(0, 29)], False, "eleven are left out"),
        ([(0, 40)], [(0, 40)], False, "the same again tells nothing new"),
        ([(0, 40)], [(5, 40), (0, 5)], True, "five people by themselves"),
        ([(0, 30), (20, 60)], [(0, 60)], True, "union and overlap: ten people are in both"),
        ([(0, 30), (15, 60)], [(0, 60)], False, "fifteen are in both"),
        ([(0, 40)], [(1, 41)], True, "one swapped for another"),
        ([(0, 40)], [(1, 70)], False, "one went and thirty came: nobody can take them apart"),
        ([(0, 40), (1, 70)], [(40, 70)], True, "until the thirty are told of by themselves"),
        ([(0, 20), (20, 40), (40, 60)], [(0, 61)], True, "three figures added up and taken from a fourth"),
    ],
)
def test_what_was_told_is_remembered(told: list[tuple[int, int]], asked: list[tuple[int, int]], is_refused: bool, reason: str) -> None:
    ledger = Ledger([people(*each) for each in told])
    assert (ledger.why_not(*(people(*each) for each in asked)) is Why.DIFFERENCE) == is_refused, reason
    assert Ledger(ledger.told, Policy(off=frozenset({Why.DIFFERENCE}))).why_not(*(people(*each) for each in asked)) is None


def test_small_parts_that_nothing_comes_down_to_are_no_harm() -> None:
    everybody_so_far = people(0, 27)
    programmes = [people(start, start + 9) | people(100 + start * 3, 112 + start * 3) for start in (0, 9, 18)]
    ledger = Ledger([everybody_so_far])
    assert ledger.why_not(*programmes) is None, "nine of each were told of, but only all 27 together"
    ledger.tell(*programmes)
    assert ledger.why_not(programmes[0] - everybody_so_far) is Why.DIFFERENCE


def test_the_nearest_figure_stands_in_for_one_that_is_refused() -> None:
    ledger = Ledger([people(0, 40), people(0, 80)])
    assert ledger.nearest(people(0, 43)) == people(0, 40)
    ledger.tell(people(0, 41))
    assert ledger.nearest(people(0, 43)) == people(0, 41)


@pytest.mark.parametrize(
    ("sizes", "told", "reason"),
    [
        ([12, 11, 20, 30, 15], [(1, 1, 12), (2, 2, 11), (3, 3, 20), (4, 4, 30), (5, 5, 15)], "enough at each point"),
        ([2, 11, 20, 30, 3], [(1, 2, 13), (3, 3, 20), (4, 5, 33)], "few at the ends"),
        ([0, 0, 8, 20, 10], [(1, 2, 0), (3, 5, 38)], "nobody in the lower part"),
        ([0, 4, 8, 20, 10], [(1, 3, 12), (4, 5, 30)], "two halves"),
        ([3, 3, 3, 0, 1], None, "ten people"),
    ],
)
def test_answers_are_put_together_in_bands(sizes: list[int], told: list[tuple[int, int, int]] | None, reason: str) -> None:
    answers = {f"p{point}-{number}": point + 1 for point, size in enumerate(sizes) for number in range(size)}
    assert bands(answers, [1, 2, 3, 4, 5]) == told, reason


def test_a_theme_is_raised_by_five_in_a_cell_of_eleven() -> None:
    raised = {"gm_trust": people(0, 5), "peers": people(0, 4)}
    assert why_not_raised(raised, people(0, 11)) == {"gm_trust": None, "peers": Why.RAISED}
    assert set(why_not_raised(raised, people(0, 10)).values()) == {Why.FEW}
    assert why_not_raised(raised, people(0, 11), Policy(off=frozenset({Why.RAISED})))["peers"] is None, "the rule is what hides it"


def test_one_split_at_a_time() -> None:
    assert one_split(["", "post"]) == "post"
    assert one_split([""]) is None
    with pytest.raises(Withheld):
        one_split(["post", "forum"])
    assert one_split(["post", "forum"], Policy(off=frozenset({Why.SPLIT}))) == "forum"


def test_the_same_answer_from_everybody_is_not_told() -> None:
    assert is_alike(dict.fromkeys("abcdefghijk", 5))
    assert not is_alike({**dict.fromkeys("abcdefghij", 5), "k": 4})
    assert not is_alike(dict.fromkeys("abcdefghijk", 5), Policy(off=frozenset({Why.ALIKE})))


@pytest.mark.parametrize(("count", "told"), [(0, 0), (2, 0), (3, 5), (57, 55), (58, 60)])
def test_counts_of_things_are_rounded(count: int, told: int) -> None:
    assert rounded(count) == told


def test_two_fine_splits_of_a_large_programme_are_refused_without_trying_every_set() -> None:
    # Each cell is of enough people, and each two cells of both share one person: there are more sets to try than anybody can.
    ledger = Ledger([Group(f"p{number}" for number in range(row * 30, row * 30 + 30)) for row in range(30)])
    assert ledger.why_not(*(Group(f"p{number}" for number in range(column, 900, 30)) for column in range(30))) is Why.DIFFERENCE
