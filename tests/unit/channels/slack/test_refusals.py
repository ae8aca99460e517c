"""What Slack's refusals mean for the next try, and what is said of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.slack.refusals import refusal, say_reason, unreachable
from bot.content.toolkit import Toolkit
from bot.domain.channel import NotNow, Unreachable


def refused(error: str | None, status: int = 200, headers: dict[str, str] | None = None) -> SlackApiError:
    data: Any = {"ok": False, "error": error} if error else ""
    response = AsyncSlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data=data, headers=headers or {}, status_code=status
    )
    return SlackApiError("refused", response)  # type: ignore[no-untyped-call]  # the SDK leaves this one out


@pytest.mark.parametrize(
    ("error", "may_have_gone_out"),
    [
        ("internal_error", True),  # Slack: a part of it may have been done before the error was raised
        ("fatal_error", True),
        ("service_unavailable", False),
        ("team_added_to_org", False),  # a workspace on its way into an organisation
        ("org_login_required", False),
        ("request_timeout", False),  # what was sent did not arrive whole
    ],
)
def test_what_passes_by_itself_is_tried_again(error: str, may_have_gone_out: bool) -> None:
    found = refusal(refused(error))
    assert isinstance(found, NotNow)
    assert (found.reason, found.may_have_gone_out) == (error, may_have_gone_out)


@pytest.mark.parametrize(
    ("error", "closes_address"),
    [
        ("user_not_found", True),
        ("channel_not_found", True),
        ("is_archived", True),
        ("not_in_channel", True),
        ("something_new", True),
        # The next message may be shorter.
        ("msg_too_long", False),
        ("invalid_blocks", False),
        # Once an administrator has seen to it, everybody in the workspace can be reached again.
        ("invalid_auth", False),
        ("token_revoked", False),
        ("token_expired", False),
        ("account_inactive", False),
        ("missing_scope", False),
        ("not_installed", False),
    ],
)
def test_what_is_for_good_ends_the_message(error: str, closes_address: bool) -> None:
    found = refusal(refused(error))
    assert isinstance(found, Unreachable)
    assert vars(found) == vars(unreachable(error))
    assert (found.reason, found.closes_address) == (error, closes_address)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("30", timedelta(seconds=30)),
        (" 1 ", timedelta(seconds=1)),
        ("7200", timedelta(hours=1)),  # no longer than an hour
        ("9" * 400, timedelta(hours=1)),
        ("\u00b2", None),  # a digit to Python, but no number
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_the_pause_that_slack_asks_for(header: str, pause: timedelta | None) -> None:
    for name in ("Retry-After", "retry-after"):
        found = refusal(refused("ratelimited", 429, {name: header}))
        assert isinstance(found, NotNow)
        assert found.retry_after == pause
        assert not found.may_have_gone_out


def test_a_refusal_without_slacks_words_is_no_refusal_for_good() -> None:
    for status in (403, 407, 502):  # such as a trust's proxy
        found = refusal(refused(None, status, {"Retry-After": "5"}))
        assert isinstance(found, NotNow)
        assert found.reason == f"http_{status}"
        assert found.may_have_gone_out


FORESEEN = """
    user_not_found channel_not_found is_archived not_in_channel account_inactive invalid_auth token_revoked token_expired missing_scope
    restricted_action msg_too_long msg_blocks_too_long invalid_blocks not_installed internal_error fatal_error service_unavailable
    ratelimited timeout no_connection http_500 http_403 ServerDisconnectedError
"""


@pytest.mark.parametrize("reason", FORESEEN.split())
def test_every_foreseen_reason_is_said_in_words(toolkit: Toolkit, reason: str) -> None:
    assert reason not in say_reason(toolkit.sentences, reason)


def test_an_unforeseen_reason_is_named(toolkit: Toolkit) -> None:
    assert "something new" in say_reason(toolkit.sentences, "something_new")
