"""What stands in the header of every page: the places that whoever is signed in may go to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.access import Access, Right
from bot.storage.tables import PersonKind


@dataclass(frozen=True, slots=True)
class Place:
    """One page by its address, and the key of its name; `right` is what it takes.

    `is_taking_part` is for those who take part alone, `is_working` for those who work here or have a role.
    """

    address: str
    name: str
    right: Right | None = None
    is_taking_part: bool = False
    is_working: bool = False


STAFF_PAGE = "/staff"
# In the order in which they stand.
PLACES = (
    Place("/chat", "nav_chat", is_taking_part=True),
    Place("/home", "nav_home", is_taking_part=True),
    Place(STAFF_PAGE, "nav_staff", is_working=True),
    Place("/help", "nav_help"),
    Place("/help#who-sees", "nav_who_sees"),
    Place("/dashboard", "nav_dashboard", Right.SEE_STATISTICS),
    Place("/dashboard/broadcasts", "nav_broadcasts", Right.WRITE_BROADCASTS),
    Place("/dashboard/roster", "nav_roster", Right.MANAGE_ROSTER),
    Place("/dashboard/queue", "nav_queue", Right.SEE_DELIVERIES),
)


def places_of(kind: PersonKind, access: Access) -> Sequence[Place]:
    """Return the places that somebody may go to."""
    return [each for each in PLACES if _may_see(each, kind, access)]


def staff_places_of(access: Access) -> Sequence[Place]:
    """Return those of the places that a role opens."""
    return [each for each in PLACES if each.right is not None and access.may_somewhere(each.right)]


def first_page_of(kind: PersonKind) -> str:
    """Return where somebody begins: in the chat, or, when they take no part, on the page with what they may do."""
    return STAFF_PAGE if kind is PersonKind.STAFF else "/chat"


def _may_see(place: Place, kind: PersonKind, access: Access) -> bool:
    if place.is_taking_part:
        return kind is not PersonKind.STAFF
    if place.is_working:
        return kind is PersonKind.STAFF or access.is_staff
    return place.right is None or access.may_somewhere(place.right)
