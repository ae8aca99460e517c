from __future__ import annotations

from bot.domain.rates import Rate


def test_a_burst_then_a_steady_rate() -> None:
    rate = Rate(burst=3, per_second=0.5)
    assert [rate.take("a", 0.0) for _ in range(5)] == [True, True, True, False, False]
    assert not rate.take("a", 1.9)
    assert rate.take("a", 3.9), "what was refused used up nothing"
    assert rate.take("b", 3.9), "each key has its own"


def test_it_never_holds_more_than_its_burst() -> None:
    rate = Rate(burst=2, per_second=1)
    rate.take("a", 0.0)
    assert [rate.take("a", 10_000.0) for _ in range(3)] == [True, True, False]


def test_looking_uses_up_nothing_and_memory_is_bounded() -> None:
    rate = Rate(burst=1, per_second=0.0001, most=10)
    assert not any(rate.is_spent("a", 0.0) for _ in range(5))
    for number in range(100):
        rate.take(str(number), 0.0)
    assert len(rate._left) == 10
    assert rate.is_spent("99", 0.0)
