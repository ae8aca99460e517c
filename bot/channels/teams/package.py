"""The package that an administrator uploads to Teams: a manifest and two icons, from config/teams.yml."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from bot.channels.teams.icons import colour_icon, outline_icon
from bot.channels.teams.settings import AppPackage
from bot.channels.teams.tab import resource
from bot.content.toolkit import Sentences

MANIFEST_VERSION = "1.25"
SCHEMA = f"https://developer.microsoft.com/en-us/json-schemas/teams/v{MANIFEST_VERSION}/MicrosoftTeams.schema.json"
# What stands in the app's list of commands, by the key of its sentence.
COMMANDS = ("home", "my_plan", "reflect", "snooze", "resume", "stop", "who_sees", "export", "erase")
COMMANDS_IN_PUBLIC = ("who_sees", "evidence", "question")


def manifest(package: AppPackage, app_id: str, sentences: Sentences, address: str | None = None) -> dict[str, Any]:
    """Return the manifest for an Entra registration; it asks for no permission to read anything but what is written to the coach.

    With `address`, where people reach our pages over HTTPS, the page of one's own is a tab, signed in by Teams.
    """

    def commands(keys: Sequence[str]) -> list[dict[str, str]]:
        return [{"title": sentences[f"teams.command_{key}"], "description": sentences[f"teams.about_{key}"]} for key in keys]

    return {
        "$schema": SCHEMA,
        "manifestVersion": MANIFEST_VERSION,
        "version": package.version,
        "id": package.id or app_id,
        "developer": {
            "name": package.developer,
            "websiteUrl": package.website,
            "privacyUrl": package.privacy,
            "termsOfUseUrl": package.terms_of_use,
        },
        "name": {"short": package.short_name, "full": package.full_name},
        "description": {"short": package.short_description, "full": package.full_description},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": package.accent_colour,
        "bots": [
            {
                "botId": app_id,
                "scopes": ["personal", "team", "groupChat"],
                "supportsFiles": False,
                "isNotificationOnly": False,
                "commandLists": [
                    {"scopes": ["personal"], "commands": commands(COMMANDS)},
                    {"scopes": ["team", "groupChat"], "commands": commands(COMMANDS_IN_PUBLIC)},
                ],
            }
        ],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [],
        **(_tab(app_id, sentences, address) if has_tab(address) else {}),
    }


def has_tab(address: str | None) -> bool:
    """Return whether Teams can show a page of this address."""
    return address is not None and address.startswith("https://")


def _tab(app_id: str, sentences: Sentences, address: str | None) -> dict[str, Any]:
    return {
        "staticTabs": [
            {"entityId": "conversations", "scopes": ["personal"]},
            {
                "entityId": "home",
                "name": sentences["tab.title"],
                "contentUrl": f"{address}/teams/tab",
                "websiteUrl": f"{address}/home",
                "scopes": ["personal"],
            },
        ],
        "validDomains": [str(address).partition("://")[2]],
        "webApplicationInfo": {"id": app_id, "resource": resource(app_id, str(address))},
    }


def write_package(package: AppPackage, app_id: str, sentences: Sentences, address: str | None = None) -> bytes:
    """Return the package; the same configuration gives the same bytes."""
    files = {
        "manifest.json": json.dumps(manifest(package, app_id, sentences, address), ensure_ascii=False, indent=2).encode(),
        "color.png": colour_icon(package.accent_colour),
        "outline.png": outline_icon(),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return written.getvalue()
