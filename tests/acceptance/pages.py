"""Somebody before a real browser: what they tap, write and hear, how the page looks then, and that its console stays silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from tests.browsers import keep_picture
from tests.conftest import BROWSER_FLAGS, browser_program

# A machine that is shared may stand still for seconds; in milliseconds.
LIMIT = 20_000
expect.set_options(timeout=LIMIT)


@contextmanager
def desk(*, refusal: str) -> Iterator[Callable[[], Page]]:
    """Give a function that opens a browser of somebody's own; `refusal` is the status of a refusal, which the console tells, too."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_program(), args=BROWSER_FLAGS)
        pages: list[list[str]] = []

        def open_page() -> Page:
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            pages.append(complaints_of(page, refusal))
            return page

        yield open_page
        browser.close()
        assert not any(pages), f"the console stays silent: {pages}"


def complaints_of(page: Page, refusal: str = "") -> list[str]:
    """Return a list to which whatever a page's console complains of is added, but for a refusal."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not (refusal and refusal in message.text):
            complaints.append(message.text)

    page.set_default_timeout(LIMIT)
    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def look(page: Page, name: str) -> None:
    """Keep a picture, and check what a screen reader and a narrow phone need."""
    keep_picture(page, name)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), "nothing sticks out sideways"


def look_twice(page: Page, name: str) -> None:
    """Look at a page as it is on a phone and on a desk."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        look(page, f"{name}-{width}")


def tap(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).last.click()


def say(page: Page, text: str) -> None:
    expect(page.locator("#hint")).not_to_have_attribute("hidden", "")  # it says that Enter sends, once that is true
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def hears(page: Page, words: str) -> None:
    expect(page.locator(".entry--coach").filter(has_text=words).last).to_be_visible()
