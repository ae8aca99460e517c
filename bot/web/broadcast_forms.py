"""The forms of broadcasts, read into drafts and moments; what was typed is kept when it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.broadcasts import Audience, BroadcastKind
from bot.domain.moments import WrongMoment, moment_of
from bot.services.broadcasts.drafting import Draft
from bot.services.broadcasts.refusals import Refused
from bot.storage.tables import Broadcast

FIELDS = ("kind", "title", "text", "thing", "choices", "audience", "zone", "reply_day", "reply_hour", "version")
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
        "audience": audience_value(audience),
        "zone": broadcast.time_zone,
        "reply_day": f"{by:%Y-%m-%d}" if by else "",
        "reply_hour": f"{by:%H:%M}" if by else "",
        "version": str(broadcast.version),
    }


def audience_value(audience: Audience) -> str:
    """Return an audience as one option of a list: the programme, and the forum if there is one."""
    return "/".join([audience.programme, *(str(forum) for forum in sorted(audience.forums))])


def read_draft(values: Mapping[str, str], now: datetime) -> Draft:
    """Return the draft that a form holds. Raises Refused."""
    programme, *forums = values.get("audience", "").split("/")
    if not programme or not all(forum.isascii() and forum.isdigit() and len(forum) < 10 for forum in forums):
        raise Refused("audience_not_yours")
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
        Audience(programme, forums=frozenset(int(forum) for forum in forums)),
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
