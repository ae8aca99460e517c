"""Where a payload of Slack's came from; whatever is not as Slack documents it counts as missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.messages import Sender

Payload = Mapping[str, Any]


def text_at(payload: Any, *path: str) -> str:
    """Return the text under these names, one within the other; nothing when there is none."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload if isinstance(payload, str) else ""


def part_at(payload: Any, *path: str) -> Payload:
    """Return the object under these names; an empty one when there is none."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload if isinstance(payload, Mapping) else {}


def team_of(body: Payload) -> str:
    """Return the workspace that a payload belongs to."""
    return text_at(body, "team_id") or text_at(body, "team", "id") or text_at(body, "user", "team_id")


def user_of(body: Payload) -> str:
    """Return who did what an interaction or a command tells of."""
    return text_at(body, "user", "id") or text_at(body, "user_id")


def coach_of(body: Payload) -> str:
    """Return the coach's own user id in the workspace that an event came from."""
    authorizations = body.get("authorizations")
    first = authorizations[0] if isinstance(authorizations, list) and authorizations else None
    return text_at(first, "user_id")


def sender_of(body: Payload, user: str, place: str) -> Sender | None:
    """Return who wrote and where, or none when the payload does not say."""
    team = team_of(body)
    return Sender(team, user, place) if team and user and place else None
