"""The rates at which the coach writes stay below all that Microsoft publishes, however long and fast it would like to write."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.teams.connector import Connector
from bot.channels.teams.sending import TeamsChannel
from bot.content.toolkit import Toolkit
from bot.domain.channel import Address, Pace
from tests.teams_peer import LoopbackHosts

TO = Address(1, "anna", "teams", "a-tenant", "anna", "")
BEGAN = datetime(2026, 11, 24, 12, tzinfo=UTC)


def sends(paces: list[Pace], seconds: int) -> list[datetime]:
    """Return when messages go out of an endless queue, by the rule that storage keeps these rates with."""
    free_at = {pace.key: BEGAN for pace in paces}
    now, sent = BEGAN, []
    while now <= BEGAN + timedelta(seconds=seconds):
        permitted = max(free_at[pace.key] - timedelta(seconds=(pace.burst - 1) / pace.per_second) for pace in paces)
        now = max(now, permitted)
        for pace in paces:
            free_at[pace.key] = max(free_at[pace.key], now) + timedelta(seconds=1 / pace.per_second)
        sent.append(now)
    return sent


@pytest.mark.parametrize(("most", "seconds"), [(7, 1), (8, 2), (60, 30), (1800, 3600)])
def test_a_conversation_stays_below_microsofts_limits(toolkit: Toolkit, most: int, seconds: int) -> None:
    paces = list(TeamsChannel(Connector(None, LoopbackHosts("")), toolkit.sentences).paces(TO))
    sent = sends(paces, 7200)
    window = timedelta(seconds=seconds)
    busiest = max(sum(first <= each <= first + window for each in sent[index : index + most + 2]) for index, first in enumerate(sent))
    # Room for one sign of typing or one changed card in the same moment.
    assert busiest <= most - 1


def test_a_tenant_stays_below_thirty_a_second(toolkit: Toolkit) -> None:
    tenant = TeamsChannel(Connector(None, LoopbackHosts("")), toolkit.sentences).paces(TO)[0]
    sent = sends([tenant], 60)
    assert max(sum(first <= each <= first + timedelta(seconds=1) for each in sent[i : i + 40]) for i, first in enumerate(sent)) <= 30
    assert tenant.key == "teams:a-tenant", "each tenant has its own"
