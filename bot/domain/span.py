"""Which sparse vectors are sums of multiples of others: exact, without fractions, for as many as a large programme's figures have."""

from __future__ import annotations

from collections.abc import Mapping

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

    def copy(self) -> Span:
        copied = Span()
        copied._basis = dict(self._basis)
        return copied

    def rest(self, vector: Vector) -> Vector:
        """Return what is left of a vector when what lies in the span is taken from it; empty when all of it does."""
        left = dict(vector)
        while left:
            first = min(left)
            basis = self._basis.get(first)
            if basis is None:
                return left
            factor = left[first]
            for place, value in basis.items():
                if changed := (left.get(place, 0) - factor * value) % _PRIME:
                    left[place] = changed
                else:
                    left.pop(place, None)
        return left

    def add(self, vector: Vector) -> None:
        """Let the span hold a vector too."""
        if left := self.rest(vector):
            first = min(left)
            inverse = pow(left[first], -1, _PRIME)
            self._basis[first] = {place: value * inverse % _PRIME for place, value in left.items()}


def vector_of(bits: int) -> Vector:
    """Return the vector that is 1 where a number's bits are."""
    return {place: 1 for place in range(bits.bit_length()) if bits >> place & 1}
