"""The forms of broadcasts, read into drafts and moments; what was typed is kept when it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.broadcasts import Audience, BroadcastKind, Part
from bot.domain.moments import WrongMoment, moment_of
from bot.domain.posts import Post
from bot.services.broadcasts.drafting import Draft
from bot.services.broadcasts.refusals import Refused
from bot.storage.tables import Broadcast

FIELDS = ("kind", "title", "text", "thing", "choices", "audience", "zone", "reply_day", "reply_hour", "version")
# What may be ticked more than once, to choose whom it is for.
LISTS = ("forums", "cohorts", "trusts", "posts", "parts")
# In characters; a browser's form is no place for a book.
LONGEST = 20_000


def values_of(broadcast: Broadcast) -> dict[str, str]:
    """Return a broadcast as its form shows it."""
    by = broadcast.reply_by.astimezone(ZoneInfo(broadcast.time_zone)) if broadcast.reply_by else None
    audience = Audience.from_json(broadcast.audience)
    return {
        "kind": broadcast.kind.value,
        "title": broadcast.title,
        "text": broadcast.text,
        "thing": broadcast.thing or "",
        "choices": "\n".join(broadcast.choices),
        "audience": audience.programme,
        "zone": broadcast.time_zone,
        "reply_day": f"{by:%Y-%m-%d}" if by else "",
        "reply_hour": f"{by:%H:%M}" if by else "",
        "version": str(broadcast.version),
    }


def ticked_of(broadcast: Broadcast) -> dict[str, list[str]]:
    """Return what is ticked in a broadcast's form."""
    kept = Audience.from_json(broadcast.audience).as_json()
    return {name: [str(each) for each in kept[name]] for name in LISTS}


def read_audience(programme: str, ticked: Mapping[str, Sequence[str]]) -> Audience:
    """Return the audience that a form chooses. Raises Refused."""
    if not programme:
        raise Refused("audience_not_yours")
    try:
        return Audience(
            programme,
            frozenset(_number(each) for each in ticked.get("cohorts", ())),
            frozenset(ticked.get("trusts", ())),
            frozenset(Post(each) for each in ticked.get("posts", ())),
            frozenset(_number(each) for each in ticked.get("forums", ())),
            frozenset(Part(each) for each in ticked.get("parts", ())),
        )
    except ValueError:
        raise Refused("audience_not_yours") from None


def _number(text: str) -> int:
    if (number := read_count(text)) is None:
        raise ValueError("no number")
    return number


def read_draft(values: Mapping[str, str], ticked: Mapping[str, Sequence[str]], now: datetime) -> Draft:
    """Return the draft that a form holds. Raises Refused."""
    try:
        kind = BroadcastKind(values.get("kind", ""))
    except ValueError:
        kind = BroadcastKind.TEXT
    by = read_moment(values, "reply", now) if values.get("reply_day") or values.get("reply_hour") else None
    zone_of(values)
    return Draft(
        kind,
        values.get("title", ""),
        values.get("text", "").replace("\r\n", "\n")[:LONGEST],
        read_audience(values.get("audience", ""), ticked),
        values["zone"],
        values.get("thing") or None,
        tuple(values.get("choices", "").splitlines()),
        by,
    )


def zone_of(values: Mapping[str, str]) -> ZoneInfo:
    """Return the time zone that a form names. Raises Refused."""
    try:
        return ZoneInfo(values.get("zone", ""))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused("unknown_zone") from None


def read_moment(values: Mapping[str, str], name: str, now: datetime) -> datetime:
    """Return the moment that a day and an hour of a form name. Raises Refused."""
    try:
        day, hour = date.fromisoformat(values.get(f"{name}_day", "")), time.fromisoformat(values.get(f"{name}_hour", ""))
    except ValueError:
        raise Refused("unreadable_moment") from None
    try:
        return moment_of(day, hour.replace(tzinfo=None), zone_of(values), now)
    except WrongMoment as error:
        raise Refused("reply_by_past" if name == "reply" and error.says == "past" else error.says) from None


def read_count(text: str) -> int | None:
    """Return a number that was typed; none for anything else."""
    digits = text.replace(",", "").replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else None
