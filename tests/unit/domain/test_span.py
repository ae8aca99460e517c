from __future__ import annotations

import random

import pytest

from bot.domain.span import Bound, Span, Vector, vector_of


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


def test_what_can_be_left_out_leaves_the_rank_as_it_is() -> None:
    dice = random.Random(7)
    outcomes = set()
    for _ in range(300):
        width = dice.randint(1, 7)
        vectors = [vector_of(dice.randint(1, (1 << width) - 1)) for _ in range(dice.randint(1, 9))]
        bound = Bound(vectors)
        left_out = set(dice.sample(range(len(vectors)), dice.randint(1, len(vectors))))
        is_free = rank_of(vectors) == rank_of([vector for index, vector in enumerate(vectors) if index not in left_out])
        assert bound.is_free(left_out) is is_free, (vectors, left_out)
        outcomes.add(is_free)
    assert outcomes == {True, False}


def rank_of(vectors: list[Vector]) -> int:
    span = Span()
    for vector in vectors:
        span.add(vector)
    return span.rank


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
