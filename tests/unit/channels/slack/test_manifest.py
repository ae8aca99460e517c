"""The Slack app's manifest: the least scopes, and both ways of connecting."""

from __future__ import annotations

from bot.channels.slack.manifest import manifest

ADDRESS = "https://coach.example.nhs.uk"


def test_it_asks_for_no_more_than_it_uses() -> None:
    scopes = manifest(ADDRESS)["oauth_config"]["scopes"]
    assert scopes == {
        "bot": ["chat:write", "commands", "im:history", "im:read", "im:write", "users:read", "users:read.email"],
    }


def test_every_address_is_the_one_that_slack_calls() -> None:
    made = manifest(f"{ADDRESS}/")
    assert made["settings"]["event_subscriptions"]["request_url"] == f"{ADDRESS}/slack/events"
    assert made["settings"]["interactivity"]["request_url"] == f"{ADDRESS}/slack/events"
    assert made["features"]["slash_commands"][0]["url"] == f"{ADDRESS}/slack/events"
    assert not made["settings"]["socket_mode_enabled"]


def test_by_socket_mode_there_is_no_address() -> None:
    made = manifest(None)
    assert made["settings"]["socket_mode_enabled"]
    assert "slack/events" not in str(made)
