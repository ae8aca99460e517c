from __future__ import annotations

import random

import pytest

from bot.domain.span import Span, Vector, vector_of


@pytest.mark.parametrize(
    ("held", "asked", "is_in", "reason"),
    [
        ([], 0b1, False, "nothing is in an empty span"),
        ([], 0, True, "but nothing at all"),
        ([0b11, 0b1], 0b10, True, "a difference"),
        ([0b011, 0b110], 0b101, False, "a sum that only holds where 1 and 1 make 0"),
        ([0b011, 0b110, 0b101], 0b001, True, "half of a sum of three"),
        ([0b011, 0b011], 0b001, False, "the same again adds nothing"),
    ],
)
def test_what_is_a_sum_of_multiples(held: list[int], asked: int, is_in: bool, reason: str) -> None:
    span = Span()
    for each in held:
        span.add(vector_of(each))
    assert (not span.rest(vector_of(asked))) is is_in, reason


def test_a_copy_goes_its_own_way() -> None:
    span = Span()
    span.add(vector_of(0b1))
    copied = span.copy()
    copied.add(vector_of(0b10))
    assert (span.rank, copied.rank) == (1, 2)


def test_the_rank_is_that_of_the_matrix() -> None:
    from numpy import array, linalg  # noqa: PLC0415 - for this comparison alone

    dice = random.Random(5)
    for _ in range(100):
        rows = [[dice.choice([0, 0, 1, 2]) for _ in range(6)] for _ in range(dice.randint(1, 8))]
        span = Span()
        for row in rows:
            vector: Vector = {place: value for place, value in enumerate(row) if value}
            span.add(vector)
        assert span.rank == linalg.matrix_rank(array(rows))
