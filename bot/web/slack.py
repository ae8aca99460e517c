"""Where Slack calls: events, buttons, commands and shortcuts, all at one address."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_sdk.signature import SignatureVerifier

from bot.channels.slack.app import SlackApp


def slack_router(slack: SlackApp, signing_secret: str) -> APIRouter:
    """Return /slack/events: what is not signed by Slack within five minutes is refused before it is read."""
    router = APIRouter()
    handler = AsyncSlackRequestHandler(slack.bolt)
    verifier = SignatureVerifier(signing_secret)

    @router.post("/slack/events")
    async def events(request: Request) -> Response:
        body = await request.body()
        if not verifier.is_valid_request(body, dict(request.headers)):
            return Response(status_code=401)
        if not is_payload(body, request.headers.get("content-type", "")):
            return Response(status_code=400)
        try:
            return await handler.handle(request)
        except (AttributeError, LookupError, TypeError):
            # Bolt looks into a payload before any listener does, and takes it to be as Slack documents it.
            return Response(status_code=400)

    return router


def is_payload(body: bytes, content_type: str) -> bool:
    """Return whether a body is a JSON object, or a form that holds one or a command: whatever else would end in an exception."""
    try:
        text = body.decode()
        if not content_type.startswith("application/json"):
            fields = parse_qs(text)
            if "payload" not in fields:
                return "command" in fields
            text = fields["payload"][0]
        payload = json.loads(text)
        return isinstance(payload, dict) and isinstance(payload.get("event", {}), dict)
    except (ValueError, RecursionError):
        return False
