"""The Slack app, as the environment describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.settings.environment import SettingError, http_url, secret


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """A Slack app: with `app_token` it connects to Slack by itself (Socket Mode), else Slack calls, and signs what it sends.

    It is in one workspace by its `bot_token`, or in several, each of which gives a token of its own (OAuth, by client id and secret).
    """

    bot_token: str
    signing_secret: str
    app_token: str
    api_url: str | None
    client_id: str = ""
    client_secret: str = ""


def read_slack(environment: Mapping[str, str]) -> SlackSettings | None:
    """Return the Slack app's settings, or none when there is no Slack."""
    bot_token, app_token = secret(environment, "SLACK_BOT_TOKEN"), secret(environment, "SLACK_APP_TOKEN")
    signing_secret = secret(environment, "SLACK_SIGNING_SECRET")
    client_id, client_secret = environment.get("SLACK_CLIENT_ID", ""), secret(environment, "SLACK_CLIENT_SECRET")
    if not (bot_token or app_token or signing_secret or client_id or client_secret):
        return None
    if bool(client_id) != bool(client_secret):
        missing = "SLACK_CLIENT_SECRET" if client_id else "SLACK_CLIENT_ID"
        raise SettingError(f"{missing} is missing: copy client id and client secret, both, from the app's page in Slack, or unset both")
    if client_id and bot_token:
        raise SettingError(
            "SLACK_BOT_TOKEN and SLACK_CLIENT_ID are both set: keep the token for one workspace, or unset it and install the coach "
            "in each workspace at /slack/install"
        )
    if not client_id and not bot_token.startswith("xoxb-"):
        raise SettingError(
            "SLACK_BOT_TOKEN is missing or no bot token: copy the one that begins with xoxb- from the app's page in Slack, or set "
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for several workspaces"
        )
    if app_token and not app_token.startswith("xapp-"):
        raise SettingError(
            "SLACK_APP_TOKEN is no app-level token: copy the one that begins with xapp-, or unset it to be called over HTTPS"
        )
    if not (app_token or signing_secret):
        raise SettingError("SLACK_SIGNING_SECRET is missing: copy it from the app's page in Slack, or set SLACK_APP_TOKEN for Socket Mode")
    api_url = http_url(environment, "SLACK_API_URL")
    return SlackSettings(bot_token, signing_secret, app_token, api_url, client_id, client_secret)
