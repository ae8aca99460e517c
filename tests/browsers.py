"""Browsers without a screen: they keep cookies, and send with each form the token that our pages give them; and pictures of real ones."""

from __future__ import annotations

import re
from typing import Any

import httpx
from playwright.sync_api import Error, Page

from bot.settings import ROOT

PICTURES = ROOT / "var" / "screenshots"
# So often a picture is tried, and the pause between, in milliseconds.
TRIES, PAUSE = 4, 500

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


def keep_picture(page: Page, name: str, **options: Any) -> None:
    """Keep a picture of a page for people to look at; a browser that is just changing pages or its size gives none at times."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, TRIES + 1):
        try:
            page.screenshot(path=PICTURES / f"{name}.png", **options)
            return
        except Error as error:
            if attempt == TRIES or "Unable to capture screenshot" not in error.message:
                raise
            page.wait_for_timeout(PAUSE)
