"""Where somebody says they are, as far as the clock goes: "I'm in Lisbon this week", "my time zone is Europe/Dublin"."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import available_timezones

from bot.domain.availability import Change, Needs

# Places that name no zone of their own, or one under another name; each is a key in small letters.
_PLACES = {
    **dict.fromkeys(("uk", "the uk", "britain", "great britain", "the united kingdom"), "Europe/London"),
    **dict.fromkeys(("uk time", "british", "gmt", "bst"), "Europe/London"),
    **dict.fromkeys(("england", "scotland", "wales", "northern ireland", "leeds", "manchester", "edinburgh", "cardiff"), "Europe/London"),
    **dict.fromkeys(("ireland", "cork", "galway"), "Europe/Dublin"),
    **dict.fromkeys(("france", "nice", "lyon"), "Europe/Paris"),
    **dict.fromkeys(("germany", "munich", "hamburg", "frankfurt"), "Europe/Berlin"),
    **dict.fromkeys(("italy", "milan", "florence"), "Europe/Rome"),
    **dict.fromkeys(("barcelona", "seville"), "Europe/Madrid"),
    **dict.fromkeys(("the netherlands", "holland"), "Europe/Amsterdam"),
    **dict.fromkeys(("belgium",), "Europe/Brussels"),
    **dict.fromkeys(("switzerland", "geneva", "basel"), "Europe/Zurich"),
    **dict.fromkeys(("austria",), "Europe/Vienna"),
    **dict.fromkeys(("greece", "crete"), "Europe/Athens"),
    **dict.fromkeys(("denmark",), "Europe/Copenhagen"),
    **dict.fromkeys(("sweden",), "Europe/Stockholm"),
    **dict.fromkeys(("norway",), "Europe/Oslo"),
    **dict.fromkeys(("poland",), "Europe/Warsaw"),
    **dict.fromkeys(("cyprus",), "Asia/Nicosia"),
    **dict.fromkeys(("india", "mumbai", "delhi", "new delhi", "chennai", "bangalore"), "Asia/Kolkata"),
    **dict.fromkeys(("pakistan", "lahore", "islamabad"), "Asia/Karachi"),
    **dict.fromkeys(("nigeria",), "Africa/Lagos"),
    **dict.fromkeys(("egypt",), "Africa/Cairo"),
    **dict.fromkeys(("south africa", "cape town"), "Africa/Johannesburg"),
    **dict.fromkeys(("uae", "the uae", "abu dhabi"), "Asia/Dubai"),
    **dict.fromkeys(("new zealand",), "Pacific/Auckland"),
    **dict.fromkeys(("boston", "washington", "philadelphia", "atlanta", "miami", "orlando", "eastern time"), "America/New_York"),
    **dict.fromkeys(("san francisco", "seattle", "san diego", "pacific time"), "America/Los_Angeles"),
    **dict.fromkeys(("dallas", "houston", "san antonio", "new orleans", "central time"), "America/Chicago"),
    **dict.fromkeys(("japan",), "Asia/Tokyo"),
    **dict.fromkeys(("china", "beijing"), "Asia/Shanghai"),
}
# Names in the database of zones that somebody who writes them means otherwise: an ordinary word, or more than one place.
_NOT_PLACES = frozenset({"troll", "easter", "center", "midway", "knox", "reunion"})
_WORLD = r"Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific"
_FOR = (
    r"(?:,? (?:this|next|all|for|until|till?|from|today|tomorrow|now|at the moment|at present|these days|again)\b(?: [\w']+){0,5})?"
    r"(?:,? (?:please|thanks|so not at night|by the way|btw))*\W*"
)
_PLACE = r"(?P<place>[a-z][a-z'./_+\- ]*?)"
_SAID = (
    re.compile(
        rf"(?:please )?(?:(?:my|the|set (?:my|the)|change (?:my|the)|use (?:my|the)|put (?:my|the)) )?"
        rf"time ?-?zone(?: is| to|:| =)?(?: now)? {_PLACE}{_FOR}"
    ),
    re.compile(rf"(?:i'm|i am|im|i'll be|we're)(?: now| currently| working)* on {_PLACE} time{_FOR}"),
    re.compile(rf"{_PLACE} time (?:again|now)(?: please)?\W*"),
    re.compile(rf"(?:use|go by|work to|set (?:me|yourself) to) {_PLACE} time{_FOR}"),
)
# "I'm in theatre" and "I'm in Reading" name no zone: here an unknown place is nothing that is said of the clock.
_WHEREABOUTS = re.compile(
    r"(?:(?:i'm|i am|im|i'll be|i will be|i have|i've|we're)|(?=back in ))"
    r"(?: now| currently| ?back| working| away| over| moved| flying| travelling| staying)*"
    rf" (?:in|to|over in|out in) {_PLACE}{_FOR}"
)


def understand_zone(words: str) -> Change | None:
    """Return the time zone that lower-case `words` say to go by, or that it is not known; none when they are about something else."""
    for pattern in _SAID:
        if found := pattern.fullmatch(words):
            zone = find_zone(found["place"])
            return Change(time_zone=zone) if zone else Change(needs=Needs.WHICH_ZONE)
    found = _WHEREABOUTS.fullmatch(words)
    zone = find_zone(found["place"]) if found else None
    return Change(time_zone=zone) if zone else None


def find_zone(place: str) -> str | None:
    """Return the name of the zone that a place, or the zone's own name, stands for; none for a place that is not known."""
    plain = " ".join(place.lower().replace("_", " ").split()).strip(" .")
    return _PLACES.get(plain) or _zones().get(plain)


@cache
def _zones() -> dict[str, str]:
    """Return the zones of the world by their whole names and by their cities, in small letters."""
    found: dict[str, str] = {"utc": "Etc/UTC"}
    for name in sorted(available_timezones()):
        if re.match(rf"(?:{_WORLD})/", name):
            plain = name.lower().replace("_", " ")
            found[plain] = name
            city = plain.rpartition("/")[2]
            if city not in _NOT_PLACES:
                found.setdefault(city, name)
    return found
