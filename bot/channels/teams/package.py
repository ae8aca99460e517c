"""The package that an administrator uploads to Teams: a manifest and two icons, from config/teams.yml."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from bot.channels.teams.icons import colour_icon, outline_icon
from bot.channels.teams.settings import AppPackage
from bot.content.toolkit import Sentences

MANIFEST_VERSION = "1.25"
SCHEMA = f"https://developer.microsoft.com/en-us/json-schemas/teams/v{MANIFEST_VERSION}/MicrosoftTeams.schema.json"
# What stands in the app's list of commands, by the key of its sentence.
COMMANDS = ("home", "my_plan", "reflect", "snooze", "resume", "stop", "who_sees", "export", "erase")
COMMANDS_IN_PUBLIC = ("who_sees", "evidence", "question")


def manifest(package: AppPackage, app_id: str, sentences: Sentences) -> dict[str, Any]:
    """Return the manifest for an Entra registration; it asks for no permission to read anything but what is written to the coach."""

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
    }


def write_package(package: AppPackage, app_id: str, sentences: Sentences) -> bytes:
    """Return the package; the same configuration gives the same bytes."""
    files = {
        "manifest.json": json.dumps(manifest(package, app_id, sentences), ensure_ascii=False, indent=2).encode(),
        "color.png": colour_icon(package.accent_colour),
        "outline.png": outline_icon(),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return written.getvalue()
