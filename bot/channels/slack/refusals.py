"""What Slack's refusals mean: for the next try, and in words for whoever runs the programme."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.content.toolkit import Sentences
from bot.domain.channel import NotNow, Unreachable

# Refusals that pass by themselves, by the errors that Slack documents for its methods.
_TRANSIENT = frozenset(
    {
        "external_channel_migrating",
        "fatal_error",
        "internal_error",
        "org_login_required",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
        "team_added_to_org",
    }
)
# Of those, the ones of which Slack says that a part of what was asked for may have been done before they were raised.
_AFTER_THE_FACT = frozenset({"fatal_error", "internal_error"})
_TOO_FAST = frozenset({"ratelimited", "rate_limited"})
# Refusals of one message, after which others may still reach this conversation.
_OF_THE_MESSAGE = frozenset(
    {
        "attachment_payload_limit_exceeded",
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_charset",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
# Refusals of the whole app or workspace: once an administrator has seen to it, everybody there can be reached again.
_OF_THE_ACCOUNT = frozenset(
    {
        "access_denied",
        "accesslimited",
        "account_inactive",
        "app_uninstalled",
        "ekm_access_denied",
        "enterprise_is_restricted",
        "invalid_auth",
        "message_limit_exceeded",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_allowed_token_type",
        "not_authed",
        "not_installed",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "two_factor_setup_required",
    }
)
# Of those, the ones after which an administrator has to install the app anew; the first is an event, not a refusal.
ENDS_INSTALLATION = ("app_uninstalled", "token_revoked", "account_inactive")
# Refusals that are one and the same to whoever reads of them.
_SAID_AS = {
    "access_denied": "no_permission",
    "fatal_error": "failed",
    "internal_error": "failed",
    "invalid_arguments": "invalid_blocks",
    "invalid_blocks_format": "invalid_blocks",
    "msg_blocks_too_long": "msg_too_long",
    "users_not_found": "user_not_found",
}
# A pause that Slack asks for is kept up to this long.
_LONGEST_PAUSE = timedelta(hours=1)


def refusal(error: SlackApiError) -> NotNow | Unreachable:
    """Return what a refusal of Slack's means for the next try."""
    response = error.response
    status = int(getattr(response, "status_code", 0))
    data = response.data if isinstance(getattr(response, "data", None), dict) else {}
    reason = str(data.get("error") or f"http_{status}")
    pause = _retry_after(getattr(response, "headers", None) or {})
    if status == 429 or reason in _TOO_FAST:
        return NotNow("ratelimited", pause)
    # Without an error's id it was not Slack that answered, but something between, of which nothing follows for the person.
    is_foreign = "error" not in data
    if status >= 500 or reason in _TRANSIENT or is_foreign:
        # A server that failed may have taken the message before it did.
        return NotNow(reason, pause, may_have_gone_out=status >= 500 or is_foreign or reason in _AFTER_THE_FACT)
    return unreachable(reason)


def unreachable(reason: str) -> Unreachable:
    """Return the refusal with this id; one of a message or of the whole workspace leaves the person's address as it is."""
    return Unreachable(reason, closes_address=reason not in _OF_THE_MESSAGE | _OF_THE_ACCOUNT)


def say_reason(sentences: Sentences, reason: str) -> str:
    """Return the sentence for a refusal's id; for one that nobody foresaw, a sentence with the id in it."""
    if reason.startswith("http_") or reason.endswith("Error"):
        # What Slack did not say itself: a server's status, perhaps a proxy's, or the name of what broke.
        reason = "failed" if reason.startswith("http_5") else "no_connection"
    key = f"slack.reason_{_SAID_AS.get(reason, reason)}"
    return sentences[key] if key in sentences else sentences.say("slack.reason_other", reason=reason.replace("_", " "))


def _retry_after(headers: Mapping[str, Any]) -> timedelta | None:
    text = next((str(value) for name, value in dict(headers).items() if str(name).lower() == "retry-after"), "").strip()
    # A server's digits may be too many for any calendar, and some that Python counts as digits are no numbers.
    return min(timedelta(seconds=int(text[:9])), _LONGEST_PAUSE) if text.isascii() and text.isdigit() else None
