"""What is withheld, so that no figure is about fewer people than the smallest group, nor can be worked out."""

from __future__ import annotations

import random

import pytest

from bot.storage.statistics import withheld

SMALLEST = 11


def week(*people: int, each: int = 1) -> dict[str, int]:
    return {f"p{number}": each for number in people}


def test_a_small_week_takes_another_with_it() -> None:
    total, cells = withheld([week(*range(20)), week(*range(12)), week(1, 2)], SMALLEST)
    # Weeks two and three hold twelve people together; the total less the first week tells no fewer.
    assert (total, cells) == (34, [20, None, None])


def test_nothing_is_said_of_too_few_people_in_all() -> None:
    assert withheld([week(*range(10), each=50), week(3)], SMALLEST) == (None, [None, None])


def test_enough_people_everywhere_are_all_shown() -> None:
    assert withheld([week(*range(11), each=2), {}, week(*range(30))], SMALLEST) == (52, [22, 0, 30])


def test_people_are_counted_once_in_the_total() -> None:
    assert withheld([week(*range(11)), week(*range(15))], SMALLEST, by_people=True) == (15, [11, 15])


@pytest.mark.parametrize("seed", range(40))
def test_what_is_hidden_is_about_enough_people_or_nobody(seed: int) -> None:
    dice = random.Random(seed)
    weeks = [week(*dice.sample(range(40), dice.randint(0, 25)), each=dice.randint(1, 3)) for _ in range(12)]
    total, cells = withheld(weeks, SMALLEST)
    if total is None:
        return
    hidden = [index for index, cell in enumerate(cells) if cell is None]
    assert all(len(weeks[index]) >= SMALLEST for index, cell in enumerate(cells) if cell), "no cell is about too few"
    people = set().union(*(weeks[index] for index in hidden))
    assert not hidden or len(people) >= SMALLEST, "neither is the total less the cells that are shown"
