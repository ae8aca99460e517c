"""A channel that takes everything at once and keeps nothing, so that what is measured is ours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.channel import Address, Channel, Pace
from bot.domain.messages import Offered


class Sink(Channel):
    """The channel of the benchmarks; `taken` counts what it was sent."""

    name = "sink"

    def __init__(self) -> None:
        self.taken = 0

    def paces(self, to: Address) -> Sequence[Pace]:
        return ()

    async def send(self, to: Address, message: Offered, posting_id: int) -> str:
        self.taken += 1
        return str(posting_id)

    async def find(self, to: Address, posting_id: int, since: datetime) -> str | None:
        return None

    async def settle(self, to: Address, external_id: str, message: Offered, chosen: str | None) -> None:
        pass
