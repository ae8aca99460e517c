"""HTML pages: one template environment, the NHS design system served by ourselves, and headers that forbid all else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, FileSystemLoader, PackageLoader
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.browsers import SAFE_METHODS, SIGNED_PATHS, TAB, FormTokens, form_token, form_token_value

HERE = Path(__file__).parent
STATIC = HERE / "static"

# Nothing is loaded from anywhere else, no script or style stands in a page, and no other site may frame one
# but Teams, and that only the pages of its tab.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'{form_action}; "
    "frame-ancestors {ancestors}"
)
# The hosts of Teams and of what else shows its apps, as Microsoft lists them for tabs.
TEAMS_HOSTS = (
    "teams.microsoft.com *.teams.microsoft.com teams.cloud.microsoft *.cloud.microsoft *.skype.com outlook.office.com "
    "outlook.office365.com *.office.com *.microsoft365.com"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# For two years browsers ask for nothing here without encryption; of what else its domain serves we know nothing.
OVER_HTTPS = {"Strict-Transport-Security": "max-age=63072000"}


class Pages:
    """Renders templates with the words of toolkit_content/sentences/web.yaml."""

    def __init__(self, words: Mapping[str, str], *, is_demo: bool) -> None:
        self.words = words
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(HERE / "templates"), PackageLoader("nhsuk_frontend_jinja")]),
            # The design system's own templates rely on undefined values being empty.
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[FormTokens],
        )
        self._environment.globals.update(
            words=words, static=static_url, is_demo=is_demo, form_token=form_token, form_token_value=form_token_value
        )

    def render(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """Return a whole page."""
        return HTMLResponse(self.text(template, **values), status)

    def text(self, template: str, **values: Any) -> str:
        """Return a rendered template as text."""
        return self._environment.get_template(template).render(**values)


def policy(*, ancestors: str = "'none'", form_action: str = "") -> str:
    """Return a page's policy; `form_action` is one more origin that a form may end at, such as an identity provider's."""
    return POLICY.format(ancestors=ancestors, form_action=f" {form_action}" if form_action else "")


@cache
def static_url(name: str) -> str:
    """Return a file's address with a part of its hash, so that browsers keep it until it changes."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


class SecurityHeaders:
    """Middleware that adds the headers above to every response, and keeps pages out of shared caches."""

    def __init__(self, app: ASGIApp, *, is_https: bool = False) -> None:
        self._app, self._always = app, SECURITY_HEADERS | (OVER_HTTPS if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_tab = scope["path"].startswith(TAB)
                headers.setdefault("Content-Security-Policy", policy(ancestors=TEAMS_HOSTS if is_tab else "'none'"))
                for name, value in self._always.items():
                    headers.setdefault(name, value)
                # Only an address that names the file's hash can be kept, and only when the file is there.
                is_kept = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=") and message["status"] == 200
                headers.setdefault("Cache-Control", "public, max-age=31536000, immutable" if is_kept else "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class SameOrigin:
    """Middleware that refuses forms sent from other sites; channels that sign their own requests are let through."""

    def __init__(self, app: ASGIApp, signed_paths: tuple[str, ...] = SIGNED_PATHS) -> None:
        self._app, self._signed_paths = app, signed_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
            origin = headers.get("origin")
            is_foreign = (origin is not None and origin.partition("://")[2] != headers.get("host")) or (
                headers.get("sec-fetch-site") in {"cross-site", "same-site"}
            )
            if is_foreign and not scope["path"].startswith(self._signed_paths):
                await HTMLResponse("", 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)
