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
    # Half a character, which JSON can spell, is none that could be kept.
    return payload.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(payload, str) else ""


def part_at(payload: Any, *path: str) -> Payload:
    """Return the object under these names; an empty one when there is none."""
    for name in path:
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload if isinstance(payload, Mapping) else {}


def account_of(body: Payload) -> str:
    """Return what a payload's people belong to: their workspace, or their organisation when the app is installed for all of it.

    Nothing when the payload does not say.
    """
    first = _authorization(body)
    enterprise = text_at(first, "enterprise_id") or text_at(body, "enterprise_id") or text_at(body, "enterprise", "id")
    if enterprise and first.get("is_enterprise_install", body.get("is_enterprise_install")) in (True, "true"):
        return enterprise
    return text_at(first, "team_id") or text_at(body, "team_id") or text_at(body, "team", "id") or text_at(body, "user", "team_id")


def user_of(body: Payload) -> str:
    """Return who did what an interaction or a command tells of."""
    return text_at(body, "user", "id") or text_at(body, "user_id")


def coach_of(body: Payload) -> str:
    """Return the coach's own user id in the workspace that an event came from."""
    return text_at(_authorization(body), "user_id")


def email_of(profile: Payload, account: str) -> str:
    """Return the e-mail address that a workspace states of one of its own people; nothing where it cannot vouch for it.

    Somebody of another organisation, with whom a channel is shared, has an address that only that organisation states; and one that
    nobody has confirmed may be anybody's.
    """
    of_grid = part_at(profile, "enterprise_user")
    teams = of_grid.get("teams")
    own = {text_at(profile, "team_id"), text_at(of_grid, "enterprise_id"), *(teams if isinstance(teams, list) else [])} - {""}
    is_own = not own or account in own
    if not is_own or profile.get("is_stranger") or profile.get("is_email_confirmed") is False:
        return ""
    return text_at(profile, "profile", "email")


def sender_of(body: Payload, user: str, place: str) -> Sender | None:
    """Return who wrote and where, or none when the payload does not say."""
    account = account_of(body)
    return Sender(account, user, place) if account and user and place else None


def _authorization(body: Payload) -> Payload:
    authorizations = body.get("authorizations")
    return part_at(authorizations[0]) if isinstance(authorizations, list) and authorizations else {}
