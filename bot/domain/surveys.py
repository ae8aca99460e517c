"""Which items a round of a repeating micro-survey asks, and when it falls due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def items_of_round(number: int, rotating: Sequence[str], each: int, anchor: str) -> list[str]:
    """Return the items of round `number` (from 1): the next `each` of the rotating ones, then the anchor.

    Rotation carries on where the round before stopped, so that every item is asked equally often.
    """
    first = (number - 1) * each
    return [rotating[(first + offset) % len(rotating)] for offset in range(min(each, len(rotating)))] + [anchor]


def round_due(joined: datetime, every_days: int, now: datetime) -> tuple[int, datetime] | None:
    """Return the number and due moment of the latest round that is due by `now`, or none before the first.

    Rounds that passed unasked are not caught up: nobody is asked twice about the same fortnight.
    """
    number = int((now - joined) / timedelta(days=every_days))
    return (number, joined + timedelta(days=every_days * number)) if number >= 1 else None
