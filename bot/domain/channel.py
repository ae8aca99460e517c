"""What every channel that is written to can do, in words of our own: Slack and Teams are behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.messages import Offered


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel reaches one person: `account` is the workspace or tenant, `user` their id there, `place` what it takes to write."""

    id: int
    person_id: str
    channel: str
    account: str
    user: str
    place: str


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate that a platform permits: `burst` messages at once, then `per_second`; counted under `key` by all processes together."""

    key: str
    per_second: float
    burst: int


class NotNow(Exception):
    """Raised when a message could not be sent but may be later, after `retry_after` when the platform names it.

    With `may_have_gone_out` nobody knows: the connection broke after the message was handed over. With `of_conversation` it is
    this one conversation that has to wait, else the whole account.
    """

    def __init__(
        self,
        reason: str,
        retry_after: timedelta | None = None,
        *,
        may_have_gone_out: bool = False,
        of_conversation: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason, self.retry_after = reason, retry_after
        self.may_have_gone_out, self.of_conversation = may_have_gone_out, of_conversation


class Unreachable(Exception):
    """Raised when a message can never be sent to this address; `reason` is a stable id such as user_not_found.

    With `closes_address` nothing else can be, either.
    """

    def __init__(self, reason: str, *, closes_address: bool = True) -> None:
        super().__init__(reason)
        self.reason, self.closes_address = reason, closes_address


class CannotTell(Exception):
    """Raised when a platform cannot be asked whether a message went out."""


class Channel(Protocol):
    """A messaging platform that is written to."""

    name: str

    def paces(self, to: Address) -> Sequence[Pace]:
        """Return the rates to keep when writing there: the account's first, then the conversation's."""
        ...

    async def send(self, to: Address, message: Offered, posting_id: int) -> str:
        """Send one message and return the platform's id of it. Raises NotNow or Unreachable."""
        ...

    async def find(self, to: Address, posting_id: int, since: datetime) -> str | None:
        """Return the platform's id of a message that was sent before, none when it never was. Raises CannotTell or NotNow."""
        ...

    async def recall(self, to: Address, external_id: str) -> None:
        """Take a message away again; one that is gone already is taken away. Raises NotNow, or Unreachable where it has to stay."""
        raise Unreachable("cannot_be_taken_back", closes_address=False)

    async def settle(self, to: Address, external_id: str, message: Offered, chosen: str | None) -> None:
        """Take the choices away from a message that can no longer be answered, saying what was chosen. Raises NotNow or Unreachable."""
        ...
