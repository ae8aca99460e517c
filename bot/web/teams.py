"""Where Teams calls: every activity, at one address."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from bot.channels.teams.app import TeamsApp

# Teams sends less than this, in bytes: its longest message, in the widest spelling that JSON has.
LONGEST = 1_000_000


def teams_router(teams: TeamsApp) -> APIRouter:
    """Return /api/messages: what does not prove that it comes from Teams is refused, and never with a reason."""
    router = APIRouter()

    @router.post("/api/messages")
    async def messages(request: Request) -> Response:
        body = await read_body(request)
        if body is None:
            return Response(status_code=413)
        try:
            activity = json.loads(body)
        except (ValueError, RecursionError):
            activity = None
        answer = await teams.receive(request.headers.get("authorization"), activity)
        return JSONResponse(answer.body, answer.status) if answer.body is not None else Response(status_code=answer.status)

    return router


async def read_body(request: Request) -> bytes | None:
    """Return the body, or none when it is too long; what its length says of itself is not relied upon."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            return None
    return bytes(body)
