"""One browser: a cookie that nobody can guess, by which its session is found, and the token that its forms carry."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie

from fastapi import HTTPException, Request
from jinja2.ext import Extension
from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# How long a browser keeps its cookie, in seconds; the server ends a session long before.
COOKIE_LASTS = 180 * 24 * 3600
# Under this name a form carries the token, or a request that is no form its header.
FORM_TOKEN, TOKEN_HEADER = "form_token", "x-form-token"
# Inside Teams, pages are in another site's frame: they have a cookie of their own, which no page outside reads or is read with.
TAB = "/teams/tab"
# Methods that change nothing, and what is sent in a way that proves who sent it.
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SIGNED_PATHS = ("/slack/", "/api/messages", f"{TAB}/sign-in")
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_FORM = re.compile(r'(<form\b[^>]*\bmethod="post"[^>]*>)', re.I)

_present: ContextVar[Browser | None] = ContextVar("browser", default=None)


class Browser:
    """A browser by the secret in its cookie, which changes whenever somebody signs in or out (`renew`)."""

    def __init__(self, key: str, secret: str | None) -> None:
        self._key = key
        self.is_new = secret is None
        self.secret = secret or secrets.token_urlsafe(32)

    @property
    def token(self) -> str:
        """The token of its forms: who cannot read the cookie cannot make it."""
        return hmac.new(self._key.encode(), f"form {self.secret}".encode(), hashlib.sha256).hexdigest()

    def renew(self) -> str:
        """Give the browser a new secret, so that whoever knew the one before knows nothing; return it."""
        self.is_new, self.secret = True, secrets.token_urlsafe(32)
        return self.secret


def browser_of(request: Request) -> Browser:
    """Return the browser that a request comes from."""
    browser: Browser = request.scope["coach.browser"]
    return browser


async def check_form(request: Request) -> None:
    """Raise 403 for a form that was not made for this browser; channels sign their own requests."""
    if request.method in SAFE_METHODS or request.url.path.startswith(SIGNED_PATHS):
        return
    given = request.headers.get(TOKEN_HEADER) or (await request.form()).get(FORM_TOKEN)
    if not (isinstance(given, str) and hmac.compare_digest(given.encode(), browser_of(request).token.encode())):
        raise HTTPException(403, FORM_TOKEN)


class FormTokens(Extension):
    """Has every form of every template carry the token, whoever wrote it."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _FORM.sub(r"\1{{ form_token() }}", source)


def form_token_value() -> str:
    """Return the token of whoever's page is being made; nothing where no browser asks."""
    browser = _present.get()
    return browser.token if browser else ""


def form_token() -> Markup:
    """Return the field that a form carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FORM_TOKEN, form_token_value())


class Browsers:
    """Middleware that knows the browser of each request, and gives one that has none a cookie with the first page."""

    def __init__(self, app: ASGIApp, key: str, *, is_https: bool) -> None:
        self._app, self._key, self._is_https = app, key, is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_tab = scope["path"].startswith(TAB)
        browser = Browser(self._key, self._secret_in(scope, self._name(is_tab=is_tab)))
        scope["coach.browser"] = browser
        began_with = browser.secret

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and browser.is_new:
                headers = MutableHeaders(scope=message)
                # A picture or a stream that is asked for beside the first page must not change what its forms carry.
                if browser.secret != began_with or headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", self._cookie(browser.secret, is_tab=is_tab))
            await send(message)

        token = _present.set(browser)
        try:
            await self._app(scope, receive, send_with_cookie)
        finally:
            _present.reset(token)

    def _name(self, *, is_tab: bool) -> str:
        if is_tab:
            return "__Secure-coach-tab"
        return "__Host-coach" if self._is_https else "coach"

    def _cookie(self, secret: str, *, is_tab: bool) -> str:
        name = self._name(is_tab=is_tab)
        if is_tab:
            return f"{name}={secret}; Path={TAB}; HttpOnly; Secure; SameSite=None; Partitioned"
        return f"{name}={secret}; Path=/; Max-Age={COOKIE_LASTS}; HttpOnly; SameSite=Lax{'; Secure' if self._is_https else ''}"

    @staticmethod
    def _secret_in(scope: Scope, name: str) -> str | None:
        sent = "; ".join(value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie")
        try:
            found = SimpleCookie(sent).get(name)
        except CookieError:
            return None
        return found.value if found is not None and _SECRET.fullmatch(found.value) else None
