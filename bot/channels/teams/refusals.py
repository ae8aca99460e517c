"""What the refusals of the Bot Connector mean for the next try; toolkit_content/sentences/teams.yaml words them as reason_*."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import timedelta

from bot.domain.channel import NotNow, Unreachable

# Refusals of one person's conversation, by the codes that Microsoft documents: nothing else reaches it, either.
_OF_THE_PERSON = {
    "MessageWritesBlocked": "blocked",
    "ConversationBlockedByUser": "blocked",
    "BotNotInConversationRoster": "not_installed",
    "ConversationNotFound": "gone",
    "UserNotFound": "gone",
}
# Refusals of the whole tenant: once an administrator has seen to it, everybody there can be reached again.
_OF_THE_TENANT = {"BotDisabledByAdmin": "disabled_by_admin", "InvalidBotApiHost": "wrong_region"}
# Refusals of one message, after which others may still reach this conversation.
_OF_THE_MESSAGE = {413: "too_long", 400: "bad_message"}
# Answers that pass by themselves, without the message having gone out.
_TRANSIENT = {401: "unauthorised", 408: "timeout", 412: "busy", 429: "throttled"}
# Of these, what concerns one conversation: Teams counts most of its limits for each, and says 412 where two calls meet in one. A tenant's
# limit is kept by our own pace, and whatever still runs into it waits by itself.
_OF_THE_CONVERSATION = frozenset({412, 429})
# A pause that Teams asks for is kept up to this long.
_LONGEST_PAUSE = timedelta(hours=1)
# Nobody comes back at the very moment that was named to everybody: a pause is so much longer at most.
_JITTER = 0.25


def refusal(status: int, body: str, headers: Mapping[str, str]) -> NotNow | Unreachable:
    """Return what an answer other than success means."""
    code = _code(body)
    if status in _TRANSIENT:
        return NotNow(_TRANSIENT[status], _retry_after(headers), of_conversation=status in _OF_THE_CONVERSATION)
    if status >= 500:
        # A server or a gateway that failed may have taken the message before it did.
        return NotNow("failed", _retry_after(headers), may_have_gone_out=True)
    if code in _OF_THE_TENANT:
        return Unreachable(_OF_THE_TENANT[code], closes_address=False)
    if code in _OF_THE_PERSON:
        return Unreachable(_OF_THE_PERSON[code])
    if code and status in _OF_THE_MESSAGE:
        return Unreachable(_OF_THE_MESSAGE[status], closes_address=False)
    if not code or status not in (403, 404):
        # Without a code it was not the Connector that answered, but something between, of which nothing follows for the person.
        return NotNow("foreign")
    return Unreachable("blocked" if status == 403 else "gone")


def _code(body: str) -> str:
    """Return the code that an answer carries; nothing when it is none of the Connector's."""
    try:
        error = json.loads(body)["error"]
        return str(error.get("innerHttpError", {}).get("code") or error["code"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    text = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    # A server's digits may be too many for any calendar.
    pause = min(timedelta(seconds=int(text[:9])), _LONGEST_PAUSE)
    return pause * (1 + _JITTER * random.random())
