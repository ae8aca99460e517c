"""Which sparse vectors are sums of multiples of others: exact, without fractions, for as many as a large programme's figures have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

# A prime for exact elimination; what is added up are figures, with coefficients far below it.
_PRIME = (1 << 61) - 1
# A vector by place; what is nought is left out.
Vector = Mapping[int, int]


class Span:
    """All sums of multiples of the vectors that were added, modulo the prime."""

    def __init__(self) -> None:
        # By their first places; each has 1 there.
        self._basis: dict[int, Vector] = {}

    @property
    def rank(self) -> int:
        return len(self._basis)

    def reduced(self) -> dict[int, Vector]:
        """Return the basis by first places, each of which is in one vector of it only."""
        found: dict[int, Vector] = {}
        for first in sorted(self._basis, reverse=True):
            row = dict(self._basis[first])
            for place in [place for place in row if place in found]:
                _take(row, row[place], found[place])
            found[first] = row
        return found

    def rest(self, vector: Vector) -> Vector:
        """Return what is left of a vector when what lies in the span is taken from it; empty when all of it does.

        Nothing is left at the first place of any basis vector, so that what is left of some vectors has the rank that they add.
        """
        left = dict(vector)
        # What is taken has nothing before its first place, so this comes to an end.
        while held := [place for place in left if place in self._basis]:
            first = min(held)
            _take(left, left[first], self._basis[first])
        return left

    def add(self, vector: Vector) -> None:
        """Let the span hold a vector too."""
        if left := self.rest(vector):
            first = min(left)
            inverse = pow(left[first], -1, _PRIME)
            self._basis[first] = {place: value * inverse % _PRIME for place, value in left.items()}


class Bound:
    """Which of some vectors can be left out without the rank of all becoming lower.

    Worked out once, from the relations between the vectors: some can be left out as long as what the relations say of each of them is
    independent of what they say of the others (they are the columns of the dual matroid).
    """

    def __init__(self, vectors: Sequence[Vector]) -> None:
        rows: dict[int, dict[int, int]] = {}
        for index, vector in enumerate(vectors):
            for place, value in vector.items():
                rows.setdefault(place, {})[index] = value
        span = Span()
        for row in rows.values():
            span.add(row)
        # What is no first place is free; each of the others is a sum of multiples of free ones.
        self._sums = {first: {index: value for index, value in row.items() if index != first} for first, row in span.reduced().items()}

    def is_free(self, indexes: Collection[int]) -> bool:
        """Return whether the rank stays what it is without the vectors at these indexes."""
        span = Span()
        for index in indexes:
            span.add(self._sums.get(index, {index: 1}))
        return span.rank == len(indexes)


def _take(left: dict[int, int], factor: int, vector: Vector) -> None:
    """Take so many times a vector from another."""
    for place, value in vector.items():
        if changed := (left.get(place, 0) - factor * value) % _PRIME:
            left[place] = changed
        else:
            left.pop(place, None)


def vector_of(bits: int) -> Vector:
    """Return the vector that is 1 where a number's bits are."""
    return {place: 1 for place in range(bits.bit_length()) if bits >> place & 1}
