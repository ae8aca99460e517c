"""Where a payload of Slack's came from, and whose e-mail address a workspace can vouch for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.slack.origin import email_of

EMAIL = {"email": "anna@example.nhs.uk"}


@pytest.mark.parametrize(
    ("more", "is_known", "reason"),
    [
        ({}, True, "a workspace that says no more than the address"),
        ({"team_id": "T1"}, True, "of this workspace"),
        ({"team_id": "T1", "is_email_confirmed": True}, True, "confirmed"),
        ({"team_id": "T1", "is_email_confirmed": False}, False, "typed by somebody, and confirmed by nobody"),
        ({"team_id": "T9"}, False, "of another organisation, with whom a channel is shared"),
        ({"team_id": "T9", "is_stranger": True}, False, "of another organisation, and in no channel together with us"),
        ({"team_id": "T1", "is_restricted": True}, True, "a guest whom this workspace has invited by that address"),
        ({"team_id": "T2", "enterprise_user": {"enterprise_id": "E1", "teams": ["T1", "T2"]}}, True, "of another workspace, and of this"),
        ({"team_id": "T9", "enterprise_user": {"enterprise_id": "E9", "teams": ["T9"]}}, False, "of another organisation's grid"),
        ({"team_id": 7, "enterprise_user": "?"}, True, "not as Slack documents it counts as missing"),
        ({"team_id": "T1", "profile": {}}, False, "without an address"),
        ({"team_id": "T1", "profile": {"email": ["anna@example.nhs.uk"]}}, False, "an address that is none"),
    ],
)
def test_whom_a_workspace_vouches_for(more: dict[str, Any], is_known: bool, reason: str) -> None:
    assert (email_of({"profile": EMAIL, **more}, "T1") == EMAIL["email"]) is is_known, reason


def test_an_organisation_vouches_for_all_of_its_workspaces() -> None:
    user = {"team_id": "T2", "enterprise_user": {"enterprise_id": "E1"}, "profile": EMAIL}
    assert email_of(user, "E1") == EMAIL["email"]
    assert email_of(user, "E2") == ""
