"""The Slack app's manifest: the least scopes, and both ways of connecting."""

from __future__ import annotations

from bot.channels.slack.agent import MOST_PROMPTS
from bot.channels.slack.listeners import REFLECT_SHORTCUT, TALK_SHORTCUT
from bot.channels.slack.manifest import manifest
from bot.content.toolkit import Toolkit
from bot.settings import ROOT

ADDRESS = "https://coach.example.nhs.uk"


def test_it_asks_for_no_more_than_it_uses() -> None:
    scopes = manifest(ADDRESS)["oauth_config"]["scopes"]
    assert scopes == {
        "bot": [
            "app_mentions:read",
            "assistant:write",
            "chat:write",
            "commands",
            "im:history",
            "im:write",
            "users:read",
            "users:read.email",
        ],
    }


# Why each scope is asked for: a call of ours that Slack answers with it alone, or an event that it takes.
USES = {
    "app_mentions:read": "app_mention",
    "assistant:write": "assistant_threads_setSuggestedPrompts",
    "chat:write": "chat_postMessage",
    "commands": "app.command(",
    "im:history": "conversations_history",
    "im:write": "conversations_open",
    "users:read": "users_info",
    "users:read.email": 'get("email")',
}


def test_every_scope_event_and_shortcut_is_used() -> None:
    source = "".join(path.read_text() for path in (ROOT / "bot" / "channels" / "slack").glob("*.py"))
    made = manifest(ADDRESS)
    assert set(USES) == set(made["oauth_config"]["scopes"]["bot"])
    assert [use for use in USES.values() if use not in source] == []
    events = {event.partition(".")[0] for event in made["settings"]["event_subscriptions"]["bot_events"]}
    assert [event for event in events if f'"{event}"' not in source] == []
    assert [each["callback_id"] for each in made["features"]["shortcuts"]] == [TALK_SHORTCUT, REFLECT_SHORTCUT]


def test_the_ways_to_begin_are_the_coachs_own(toolkit: Toolkit) -> None:
    prompts = manifest(ADDRESS)["features"]["agent_view"]["suggested_prompts"]
    assert len(prompts) <= MOST_PROMPTS
    words = toolkit.sentences.group("slack")
    offered = [(words[key], words[f"{key}_says"]) for key in words if key.startswith("prompt_") and not key.endswith("_says")]
    assert all((prompt["title"], prompt["message"]) in offered for prompt in prompts)


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
