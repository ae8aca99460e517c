"""What the web application answers, as OpenAPI: written by a command for whoever looks after the installation, and served to nobody."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of every route, from the routes themselves."""
    found = get_openapi(title="Coach", version="1", description="The web pages and what the channels call.", routes=app.routes)
    for path, operations in found["paths"].items():
        for operation in operations.values():
            # What any page may answer besides: to sign in first, no right, not there, too long, too often.
            others = {"303": "Elsewhere", "400": "Not readable", "401": "Not signed in", "403": "Not allowed", "404": "Not there"}
            others |= {"413": "Too long", "429": "Too often"}
            if path == "/health/ready":
                others["503"] = "Not ready"
            operation["responses"] = {**{status: {"description": text} for status, text in others.items()}, **operation["responses"]}
    return found
