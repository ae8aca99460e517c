"""What Teams sends, read into our own words: pure functions, and strict about the little that is needed."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bot.domain.messages import Sender

# Longer ids and addresses than these are not Teams', in characters.
_LONGEST_ID, _LONGEST_URL = 500, 2000
# Half a character: JSON can spell one, and no id or address holds one.
_HALF = re.compile("[\ud800-\udfff]")
# Where Teams shows the message that another one quotes; what was quoted is none of the person's own words.
_QUOTED = re.compile(r"<quoted\b[^<>]*/?>(?:</quoted>)?")


# How Teams says that an app did something: by its role, or by what its id begins with.
_BOTS, _BOT_ID = ("bot", "skill"), "28:"


class Unreadable(Exception):
    """Raised when a payload is no activity, or lacks what every activity has."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What it takes to write to a conversation: the service address, its id, and the ids there of the coach and of the person."""

    service_url: str
    conversation: str
    coach: str
    member: str

    def as_place(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)


def read_place(place: str) -> Reference:
    """Return the reference that an address keeps. Raises Unreadable when there is none yet."""
    try:
        return Reference(**json.loads(place))
    except (TypeError, ValueError):
        raise Unreadable("no conversation is known") from None


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity; `scope` is personal, groupChat or channel, `user` the Entra object id of whoever did it.

    `reply_to` is the id of the message whose card was tapped.
    """

    kind: str
    id: str
    tenant: str
    user: str
    scope: str
    reference: Reference
    name: str = ""
    action: str = ""
    text: str = ""
    reply_to: str = ""
    is_mention: bool = False
    is_from_bot: bool = False
    user_name: str | None = None
    time_zone: str | None = None
    value: Mapping[str, Any] = field(default_factory=dict)

    @property
    def event_id(self) -> str:
        """Return what recognises a redelivered activity: its id is unique within its conversation only."""
        return hashlib.sha256(f"{self.reference.conversation}\n{self.id}".encode()).hexdigest()[:40]

    @property
    def sender(self) -> Sender:
        return Sender(self.tenant, self.user, self.reference.as_place(), self.user_name, self.time_zone)

    @property
    def is_personal(self) -> bool:
        return self.scope == "personal"


def read_activity(body: object) -> Activity:
    """Return an activity as we speak of it. Raises Unreadable."""
    if not isinstance(body, Mapping):
        raise Unreadable("no object")
    conversation, person = _part(body, "conversation"), _part(body, "from")
    tenant = _text(_part(_part(body, "channelData"), "tenant"), "id") or _text(conversation, "tenantId")
    if _text(conversation, "tenantId") not in ("", tenant):
        raise Unreadable("of two tenants")
    reference = Reference(
        _needed(body, "serviceUrl", _LONGEST_URL), _needed(conversation, "id"), _text(_part(body, "recipient"), "id"), _text(person, "id")
    )
    text, is_mention = _words(body, reference.coach)
    value = body.get("value")
    return Activity(
        kind=_needed(body, "type"),
        id=_needed(body, "id"),
        tenant=tenant.lower(),
        user=(_text(person, "aadObjectId") or reference.member).lower(),
        scope=_text(conversation, "conversationType") or "personal",
        reference=reference,
        name=_text(body, "name"),
        action=_text(body, "action"),
        text=text,
        reply_to=_text(body, "replyToId"),
        is_mention=is_mention,
        is_from_bot=_text(person, "role") in _BOTS or reference.member.startswith(_BOT_ID) or reference.member == reference.coach,
        user_name=_text(person, "name") or None,
        time_zone=_text(body, "localTimezone") or None,
        value=value if isinstance(value, Mapping) else {},
    )


def choice_in(value: Mapping[str, Any]) -> str | None:
    """Return the value of the choice that a card's data names, or none."""
    choice = value.get("choice")
    return choice if isinstance(choice, str) and choice else None


def action_in(value: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the verb and the data of a card's action, as an invoke carries them."""
    action = _part(value, "action")
    return _text(action, "verb"), _part(action, "data")


def _words(body: Mapping[str, Any], coach: str) -> tuple[str, bool]:
    """Return what was written without the mentions of the coach and without what was quoted, and whether the coach was mentioned."""
    text, is_mention = body.get("text"), False
    # Half a character, which JSON can spell, is none that could be kept.
    words = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(text, str) else ""
    entities = body.get("entities")
    for entity in entities if isinstance(entities, list) else []:
        if isinstance(entity, Mapping) and entity.get("type") == "mention" and _text(_part(entity, "mentioned"), "id") == coach:
            is_mention = True
            if shown := _text(entity, "text"):
                words = words.replace(shown, " ")
        elif isinstance(entity, Mapping) and entity.get("type") == "quotedReply":
            words = _QUOTED.sub(" ", words)
    return html.unescape(words).replace("\xa0", " ").strip(), is_mention


def _part(thing: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = thing.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(thing: Mapping[str, Any], name: str, longest: int = _LONGEST_ID) -> str:
    text = thing.get(name)
    return text if isinstance(text, str) and len(text) <= longest and not _HALF.search(text) else ""


def _needed(thing: Mapping[str, Any], name: str, longest: int = _LONGEST_ID) -> str:
    if text := _text(thing, name, longest):
        return text
    raise Unreadable(f"without {name}")
