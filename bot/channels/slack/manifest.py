"""The manifest from which an administrator makes the Slack app in one paste."""

from __future__ import annotations

from typing import Any

from bot.settings import ROOT
from bot.yaml_files import read_yaml

MANIFEST_FILE = ROOT / "config" / "slack-manifest.yml"


def manifest(address: str | None) -> dict[str, Any]:
    """Return the manifest for the address at which Slack reaches the coach; without one, for Socket Mode. Raises FileError."""
    written = _with_address(read_yaml(MANIFEST_FILE).data, (address or "").rstrip("/"))
    assert isinstance(written, dict)
    if address is None:
        written["settings"]["socket_mode_enabled"] = True
        del written["settings"]["event_subscriptions"]["request_url"]
        del written["settings"]["interactivity"]["request_url"]
        for command in written["features"]["slash_commands"]:
            del command["url"]
    return written


def _with_address(thing: Any, address: str) -> Any:
    if isinstance(thing, dict):
        return {key: _with_address(value, address) for key, value in thing.items()}
    if isinstance(thing, list):
        return [_with_address(value, address) for value in thing]
    return thing.replace("{address}", address) if isinstance(thing, str) else thing
