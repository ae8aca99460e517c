"""How much and how often may be asked of the web pages: the size of a body, requests of one visitor, and wrong guesses of one address."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.domain.rates import Rate

# The longest body, in bytes, by how an address begins; the first that fits. Rosters are uploaded, of at most 20 MB.
LONGEST = (
    ("/slack/", 1_000_000),
    ("/api/messages", 1_000_001),
    ("/dashboard/roster", 21_000_000),
    ("/dashboard", 1_000_000),
    ("", 100_000),
)
# Monitoring and files, which are not counted; channels prove themselves, and have limits by person and workspace.
_UNCOUNTED = ("/health/", "/static/", "/metrics", "/slack/events", "/api/messages")
# Where a wrong guess at a ticket, a code or a page would pay.
_GUESSED = ("/sign-in", "/invited/", "/slack/oauth_redirect")
_WRONG = frozenset({400, 401, 403, 404})


class _TooLong(Exception):
    """Raised inside the application when it reads more than a body may hold."""


class BodyLimit:
    """Middleware that refuses long bodies with 413, whatever their headers say of their length."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        longest = next(limit for start, limit in LONGEST if scope["path"].startswith(start))
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not said.isdigit():
            await PlainTextResponse("", 400)(scope, receive, send)
            return
        if len(said) > 15 or int(said) > longest:
            await PlainTextResponse("", 413)(scope, receive, send)
            return
        taken, has_started = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > longest:
                raise _TooLong
            return message

        async def answered(message: Message) -> None:
            nonlocal has_started
            has_started = True
            # The application takes the end of reading for a body that cannot be parsed.
            if message["type"] == "http.response.start" and taken > longest:
                message = {**message, "status": 413}
            await send(message)

        try:
            await self._app(scope, counted, answered)
        except _TooLong:
            if not has_started:
                await PlainTextResponse("", 413)(scope, receive, send)


class RateLimit:
    """Middleware that answers 429 to a visitor who asks too often, and to an address that guesses wrong too often."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._clock = app, clock
        # Far more than a person with two tabs and a slow network's repeats; by process.
        self._requests = Rate(burst=600, per_second=20)
        self._by_address = Rate(burst=6000, per_second=200)
        self._guesses = Rate(burst=20, per_second=1 / 6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_UNCOUNTED):
            await self._app(scope, receive, send)
            return
        now, address = self._clock(), scope["client"][0] if scope.get("client") else "?"
        is_guess = scope["path"].startswith(_GUESSED)
        is_too_often = not self._by_address.take(address, now) or not self._requests.take(self._visitor(scope, address), now)
        if is_too_often or (is_guess and self._guesses.is_spent(address, now)):
            await PlainTextResponse("", 429, {"Retry-After": "60"})(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            if is_guess and message["type"] == "http.response.start" and message["status"] in _WRONG:
                self._guesses.take(address, now)
            await send(message)

        await self._app(scope, receive, watched)

    @staticmethod
    def _visitor(scope: Scope, address: str) -> str:
        """Return what tells one visitor from another: their session's cookie by its hash, or their address while they have none."""
        cookies = b"; ".join(value for name, value in scope["headers"] if name == b"cookie")
        return hashlib.sha256(cookies).hexdigest() if b"coach" in cookies else address
