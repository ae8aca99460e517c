from __future__ import annotations

import pytest

from bot.domain.disclosure import Why
from bot.services.releases import Releases


@pytest.mark.parametrize(
    ("population", "why", "reason"),
    [(30, None, "nobody of thirty: a count of 0"), (10, Why.FEW, "nobody of ten"), (0, Why.FEW, "a mean about nobody is no figure")],
)
def test_what_is_about_nobody(population: int, why: Why | None, reason: str) -> None:
    releases = Releases.__new__(Releases)
    releases.policy = Releases.policy
    assert releases.decide({"": frozenset()}, population) == {"": why}, reason
