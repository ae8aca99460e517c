"""Browsers without a screen: they keep cookies, and send with each form the token that our pages give them, as a real one does."""

from __future__ import annotations

import re
from typing import Any

import httpx

TOKEN = re.compile(r'<meta name="form-token" content="(\w+)">')
HEADER = "x-form-token"


class AsyncBrowser(httpx.AsyncClient):
    async def post(self, url: Any, **options: Any) -> httpx.Response:
        """Send a form from a page that was loaded just before; with `headers` that hold a token, from an older one."""
        headers = dict(options.pop("headers", None) or {})
        if HEADER not in headers:
            headers[HEADER] = token_in((await self.get("/help")).text)
        return await super().post(url, headers=headers, **options)


class Browser(httpx.Client):
    def post(self, url: Any, **options: Any) -> httpx.Response:
        """Send a form from a page that was loaded just before."""
        headers = dict(options.pop("headers", None) or {})
        headers.setdefault(HEADER, token_in(self.get("/help").text))
        return super().post(url, headers=headers, **options)


def token_in(page: str) -> str:
    """Return the token that a page's forms carry."""
    found = TOKEN.search(page)
    return found[1] if found else ""


async def follow(browser: httpx.AsyncClient, link: str) -> httpx.Response:
    """Open a personal link and go on, as whoever it is for; return what comes of it."""
    page = (await browser.get(link)).text
    action = re.search(r'<form method="post" action="([^"]+)">', page)
    assert action, page
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return await browser.post(action[1], data=fields)
