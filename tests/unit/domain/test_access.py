from __future__ import annotations

import pytest

from bot.domain.access import RIGHTS, Access, Grant, Right, Role


@pytest.mark.parametrize(
    ("grant", "right", "programme", "forum", "may", "reason"),
    [
        (Grant(Role.PROGRAMME_TEAM), Right.SEE_STATISTICS, "north", None, True, "a role in all programmes holds in each"),
        (Grant(Role.PROGRAMME_TEAM), Right.SEE_STATISTICS, None, None, True, "and in all together"),
        (Grant(Role.PROGRAMME_TEAM, "north"), Right.SEE_STATISTICS, "north", None, True, "their own"),
        (Grant(Role.PROGRAMME_TEAM, "north"), Right.SEE_STATISTICS, "south", None, False, "another's"),
        (Grant(Role.PROGRAMME_TEAM, "north"), Right.SEE_STATISTICS, None, None, False, "one programme is not all"),
        (Grant(Role.PROGRAMME_TEAM, "north"), Right.WRITE_BROADCASTS, "north", 7, True, "a programme holds its forums"),
        (Grant(Role.FORUM_LEAD, "north", 7), Right.WRITE_BROADCASTS, "north", 7, True, "their own forum"),
        (Grant(Role.FORUM_LEAD, "north", 7), Right.WRITE_BROADCASTS, "north", 8, False, "another forum"),
        (Grant(Role.FORUM_LEAD, "north", 7), Right.WRITE_BROADCASTS, "north", None, False, "one forum is not the programme"),
        (Grant(Role.FORUM_LEAD, "north", 7), Right.APPROVE_BROADCASTS, "north", 7, False, "approval is the programme team's"),
        (Grant(Role.ADMINISTRATOR), Right.SEE_STATISTICS, "north", None, False, "who keeps the roster sees no figures"),
    ],
)
def test_a_role_holds_where_it_was_given(
    grant: Grant, right: Right, programme: str | None, forum: int | None, may: bool, reason: str
) -> None:
    assert Access(frozenset({grant})).may(right, programme, forum) is may, reason


def test_who_has_no_role_may_nothing() -> None:
    nobody = Access()
    assert not nobody.is_staff
    assert not any(nobody.may_somewhere(right) for right in Right)


def test_every_right_is_somebodys() -> None:
    assert frozenset().union(*RIGHTS.values()) == set(Right)


def test_programmes_are_those_that_somebody_has_as_a_whole() -> None:
    access = Access(frozenset({Grant(Role.PROGRAMME_TEAM, "north"), Grant(Role.FORUM_LEAD, "south", 1)}))
    assert access.programmes(Right.WRITE_BROADCASTS, ["north", "south", "west"]) == {"north"}
    assert access.may_somewhere(Right.SEE_BROADCAST_RESULTS)
