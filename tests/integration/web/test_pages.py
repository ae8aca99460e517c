from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from jinja2 import Environment

from bot.web.pages import HERE, STATIC
from tests.integration.web.conftest import Web, open_web

PAGES = ["/chat", "/dashboard", "/demo", "/help", "/sign-in", "/no-such-page"]


class Parts(HTMLParser):
    """What of a page matters to its policy and to its readers."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given) or any(name == "style" or name.startswith("on") for name in given):
            self.inline.append(tag)
        self.addresses += [given[name] or "" for name in ("src", "href", "action", "hx-post", "sse-connect") if name in given]
        self.ids += [given["id"] or ""] if "id" in given else []
        self.labelled += [given[name] or "" for name in ("for", "aria-describedby", "aria-labelledby") if name in given]


@pytest.mark.anyio
@pytest.mark.parametrize("address", PAGES)
async def test_a_page_keeps_to_its_own_policy(surgeon: httpx.AsyncClient, address: str) -> None:
    answer = await surgeon.get(address)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    parts = Parts(answer.text)
    assert parts.inline == [], "nothing inline, or the browser would refuse it"
    assert all(each.startswith(("/", "#")) and not each.startswith("//") for each in parts.addresses), "nothing is loaded from elsewhere"
    assert len(parts.ids) == len(set(parts.ids))
    assert set(parts.labelled) <= set(parts.ids), "labels and descriptions lead somewhere"
    assert "maincontent" in parts.ids, "the skip link leads somewhere"
    assert {link.partition("#")[2] for link in parts.addresses if link.startswith("#")} <= set(parts.ids)


@pytest.mark.anyio
async def test_every_file_and_page_that_a_page_names_is_there(surgeon: httpx.AsyncClient) -> None:
    named = {each for address in PAGES for each in Parts((await surgeon.get(address)).text).addresses if each.startswith("/")}
    for each in sorted(named - {"/chat/messages", "/demo/clock"}):
        if not each.startswith(("/chat/events", "/sign-out")):
            assert (await surgeon.get(each)).status_code == 200, each


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("address", "status", "kept", "reason"),
    [
        ("/static/coach.css?v=1", 200, "public, max-age=31536000, immutable", "its address changes with it"),
        ("/static/coach.css", 200, "no-store", "an address without a hash stays the same when the file changes"),
        ("/static/gone.css?v=1", 404, "no-store", "a file that is missing now may be there after an update"),
    ],
)
async def test_how_long_browsers_keep_a_file(web: Web, address: str, status: int, kept: str, reason: str) -> None:
    async with web.visitor() as browser:
        answer = await browser.get(address)
    assert (answer.status_code, answer.headers["cache-control"]) == (status, kept), reason


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({}, 303, "no browser"),
        ({"sec-fetch-site": "same-origin"}, 303, "our own page"),
        ({"origin": "https://evil.example"}, 403, "another site"),
        ({"origin": "null"}, 403, "a page without an origin"),
        ({"sec-fetch-site": "cross-site"}, 403, "another site, as the browser says"),
    ],
)
async def test_forms_of_other_sites_are_refused(surgeon: httpx.AsyncClient, headers: dict[str, str], status: int, reason: str) -> None:
    answer = await surgeon.post("/chat/messages", data={"event_id": "1", "text": "hello"}, headers=headers)
    assert answer.status_code == status, reason


@pytest.mark.anyio
async def test_help_says_what_the_coach_says(web: Web) -> None:
    async with web.visitor() as stranger:
        page = (await stranger.get("/help")).text
    assert "delete everything" in page
    smallest = web.product.settings.file.dashboard.smallest_group
    assert f"at least {smallest} people" in " ".join(page.split())
    assert "{" not in re.sub(r"<meta[^>]*>", "", page), "every value is filled in"


def test_files_of_others_are_the_ones_listed_and_each_has_its_licence() -> None:
    vendor = STATIC / "vendor"
    listed = {line.split()[1]: line.split()[0] for line in (vendor / "SHA256SUMS").read_text().splitlines()}
    assert {path.name for path in vendor.iterdir() if path.suffix in {".js", ".css"}} == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, name
        assert (vendor / f"{name.partition('.min')[0]}.LICENSE").exists(), name
        assert name in (vendor / "README.md").read_text()


def test_styles_name_no_font_or_address_of_others() -> None:
    for path in STATIC.rglob("*.css"):
        text = path.read_text()
        assert "@font-face" not in text, path.name
        assert not re.search(r"url\(['\"]?(?:https?:)?//", text), path.name


def test_templates_hold_no_sentences() -> None:
    for path in (HERE / "templates").glob("*.html"):
        text = re.sub(r"\{% block body_class %\}.*?\{% endblock %\}", "", path.read_text())
        text = "".join(written for _, kind, written in Environment().lex(text) if kind == "data")
        text = re.sub(r"<[^>]*>", " ", text, flags=re.S)
        assert re.findall(r"[A-Za-z]{3,}", text) == [], path.name


@pytest.mark.anyio
@pytest.mark.parametrize("is_https", [False, True])
async def test_over_https_browsers_are_told_to_stay_there(tmp_path: Path, is_https: bool) -> None:
    async for web in open_web(tmp_path, is_demo=True, is_https=is_https):
        async with web.visitor() as stranger:
            told = (await stranger.get("/health/live")).headers.get("strict-transport-security", "")
    assert told == ("max-age=63072000" if is_https else "")
