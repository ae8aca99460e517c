"""How often one thing may happen for one key, such as a person's messages: a full bucket that refills at a steady rate."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass
class Rate:
    """At most `burst` at once and `per_second` on average for each key; of `most` keys, those that were used last are remembered."""

    burst: float
    per_second: float
    most: int = 20_000
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, repr=False)

    def take(self, key: str, now: float) -> bool:
        """Use up one at `now`, in seconds of a clock that never goes back; return False when none is left."""
        left = self._now_left(key, now)
        is_left = left >= 1
        self._left[key] = (left - 1 if is_left else left, now)
        self._left.move_to_end(key)
        while len(self._left) > self.most:
            self._left.popitem(last=False)
        return is_left

    def is_spent(self, key: str, now: float) -> bool:
        """Return whether none is left, and use up nothing."""
        return self._now_left(key, now) < 1

    def _now_left(self, key: str, now: float) -> float:
        left, at = self._left.get(key, (self.burst, now))
        return min(self.burst, left + max(0.0, now - at) * self.per_second)
