"""Who of the staff may do what, and where: one table of rights, from which every page, window and command is guarded."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody does for a programme; whoever has none takes part, or is here by invitation."""

    FORUM_LEAD = "forum_lead"
    PROGRAMME_TEAM = "programme_team"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """One thing that a role allows. None allows reading what anybody wrote: there is no such right."""

    SEE_STATISTICS = "see_statistics"
    SEE_DELIVERIES = "see_deliveries"
    CHANGE_DELIVERIES = "change_deliveries"
    WRITE_BROADCASTS = "write_broadcasts"
    APPROVE_BROADCASTS = "approve_broadcasts"
    SEE_BROADCAST_RESULTS = "see_broadcast_results"
    EXPORT_RESEARCH = "export_research"
    EDIT_CONTENT = "edit_content"
    MANAGE_ROSTER = "manage_roster"
    MANAGE_ROLES = "manage_roles"
    INSTALL_CHANNELS = "install_channels"
    SEE_AUDIT = "see_audit"


RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.FORUM_LEAD: frozenset({Right.WRITE_BROADCASTS, Right.SEE_BROADCAST_RESULTS}),
        Role.PROGRAMME_TEAM: frozenset(
            {
                Right.SEE_STATISTICS,
                Right.SEE_DELIVERIES,
                Right.CHANGE_DELIVERIES,
                Right.WRITE_BROADCASTS,
                Right.APPROVE_BROADCASTS,
                Right.SEE_BROADCAST_RESULTS,
                Right.EXPORT_RESEARCH,
                Right.EDIT_CONTENT,
                Right.MANAGE_ROSTER,
                Right.MANAGE_ROLES,
                Right.INSTALL_CHANNELS,
            }
        ),
        # Runs the installation; sees no figures about people, which is the programme team's work.
        Role.ADMINISTRATOR: frozenset(
            {
                Right.SEE_DELIVERIES,
                Right.CHANGE_DELIVERIES,
                Right.MANAGE_ROSTER,
                Right.MANAGE_ROLES,
                Right.INSTALL_CHANNELS,
                Right.SEE_AUDIT,
            }
        ),
    }
)


# The order in which one role is wider than another.
_WIDTH = {Role.FORUM_LEAD: 0, Role.PROGRAMME_TEAM: 1, Role.ADMINISTRATOR: 2}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, in one programme or in all (none), and of a forum lead's in one forum of it or in all (none)."""

    role: Role
    programme: str | None = None
    forum: int | None = None

    def covers(self, programme: str | None, forum: int | None) -> bool:
        """Return whether this holds for that programme and forum; none stands for the whole, which a part does not cover."""
        return self.programme in (None, programme) and self.forum in (None, forum)


@dataclass(frozen=True, slots=True)
class Access:
    """All that somebody of the staff may do."""

    grants: frozenset[Grant] = frozenset()

    @property
    def is_staff(self) -> bool:
        return bool(self.grants)

    def may(self, right: Right, programme: str | None = None, forum: int | None = None) -> bool:
        """Return whether they have this right over a programme or forum, or over everything where neither is named."""
        return any(right in RIGHTS[grant.role] and grant.covers(programme, forum) for grant in self.grants)

    def may_somewhere(self, right: Right) -> bool:
        """Return whether they have this right over anything at all."""
        return any(right in RIGHTS[grant.role] for grant in self.grants)

    def programmes(self, right: Right, of: Collection[str]) -> frozenset[str]:
        """Return those of the programmes that they have this right over as a whole."""
        return frozenset(programme for programme in of if self.may(right, programme))

    def may_give(self, given: Grant) -> bool:
        """Return whether they may give or end that role: none that is wider than one of their own, nor reaches further."""
        return any(
            Right.MANAGE_ROLES in RIGHTS[own.role] and _WIDTH[own.role] >= _WIDTH[given.role] and own.covers(given.programme, given.forum)
            for own in self.grants
        )
