"""The same line as a person walks it in the web chat, in a real browser; pictures go to var/screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

from bot.content.toolkit import Toolkit
from tests.acceptance.conftest import Running
from tests.acceptance.pages import complaints_of, hears, look, say, tap
from tests.browsers import Browser
from tests.conftest import BROWSER_FLAGS, browser_program

PHONE = ViewportSize(width=390, height=780)
CHALLENGE = "the GM has cut my theatre list again, found out from the scrub nurse"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=browser_program(), args=BROWSER_FLAGS, viewport=PHONE
        )
        opened = context.new_page()
        complaints = complaints_of(opened)
        yield opened
        context.close()
        assert complaints == [], "the console stays silent"


def test_the_main_line_in_the_browser(running: Running, page: Page, toolkit: Toolkit) -> None:
    scene = toolkit.scenarios["list_cut"]
    asking, replying, _ = scene.options
    page.goto(f"{running.address}/chat")
    look(page, "1-sign-in")
    page.get_by_role("button", name="Be a surgeon").click()
    hears(page, "May I keep our conversation?")
    look(page, "2-first-contact")
    say(page, CHALLENGE)
    hears(page, "I have your message here but have not kept it")
    tap(page, "Yes, go ahead")
    hears(page, scene.question)
    expect(page.get_by_label("Your message")).to_have_value("")
    tap(page, "Show me the options")
    hears(page, "Three ways people take from here")
    look(page, "3-options")
    tap(page, asking.label)
    hears(page, asking.learning)
    expect(page.get_by_role("button", name=replying.label)).to_have_count(0)
    tap(page, "Make it a plan")
    hears(page, "What will you do, and when?")
    say(page, "If the next 1:1 starts with the list, I ask what drove the cut")
    hears(page, "When shall I ask how it went?")
    say(page, "friday after clinic")
    hears(page, "I will ask on Friday")
    look(page, "4-plan")

    page.goto(f"{running.address}/demo")
    look(page, "5-clock")
    tap(page, "To the next thing due")
    expect(page.get_by_text("The clock was moved ahead")).to_be_visible()
    page.goto(f"{running.address}/chat")
    hears(page, "How did it go?")
    look(page, "6-check-in")
    tap(page, "Did it")
    hears(page, "from 0 (not at all) to 10")
    look(page, "7-rating")
    tap(page, "7")
    hears(page, "That one is closed")

    page.goto(f"{running.address}/demo")
    tap(page, "One week on")
    tap(page, "One week on")
    page.goto(f"{running.address}/chat")
    hears(page, "3 quick questions")
    look(page, "8-survey")
    tap(page, "Agree")
    expect(page.locator(".entry--person").filter(has_text="Agree").last).to_be_visible()
    tap(page, "Skip this one")
    hears(page, "How confident")
    say(page, "about an 8")
    hears(page, "that is all")

    page.goto(f"{running.address}/demo")
    tap(page, "Back to the real time")
    page.goto(f"{running.address}/sign-out")
    tap(page, "Sign out here")
    page.goto(f"{running.address}/dashboard")
    tap(page, "Be the programme team")
    expect(page.get_by_role("heading", name="Sample data")).to_be_visible()
    page.wait_for_load_state("load")
    for picture in page.locator("figure img").all():
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0"), "the chart is drawn"
    look(page, "9-dashboard-phone")
    page.set_viewport_size({"width": 1280, "height": 900})
    look(page, "10-dashboard")
    page.goto(f"{running.address}/sign-out")
    tap(page, "Sign out here")
    page.goto(f"{running.address}/sign-in")
    tap(page, "Be a surgeon")
    hears(page, "that is all")  # a picture taken while the browser changes pages fails at times
    look(page, "11-chat-wide")
    page.set_viewport_size({"width": 320, "height": 640})
    look(page, "12-chat-narrow")


def test_a_message_arrives_without_reload_and_the_keyboard_is_enough(running: Running, page: Page, toolkit: Toolkit) -> None:
    page.goto(f"{running.address}/sign-in")
    page.get_by_role("button", name="Be a general manager").press("Enter")
    hears(page, "May I keep our conversation?")
    expect(page.get_by_label("Your message")).to_be_focused()
    say(page, "yes")
    hears(page, "What is on your mind?")
    # The same person writes in a terminal meanwhile; both sides of it appear here.
    running.coach(
        "chat", "--person", "general-manager", "--json", text='{"text": "back to back teams from 8 till 6, when do I do the actual job"}\n'
    )
    hears(page, toolkit.scenarios["diary_gone"].question)
    expect(page.locator(".entry--person").filter(has_text="back to back teams")).to_be_visible()
    page.get_by_role("button", name="Show me the options").last.focus()
    page.keyboard.press("Enter")
    hears(page, "Three ways people take from here")


def test_pages_work_without_scripts(running: Running, tmp_path: Path) -> None:
    with Browser(base_url=running.address, trust_env=False, follow_redirects=True, timeout=30) as web:
        web.post("/sign-in", data={"person": "forum-lead"})
        page = web.post("/chat/messages", data={"event_id": "n1", "text": "hello"})
        assert "have not kept it" in page.text, "a greeting waits for a yes like any other words"
        policy = page.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert web.post("/chat/messages", data={"event_id": "x", "text": "x"}, headers={"origin": "http://evil.example"}).status_code == 403
        assert web.get("/webhook").status_code == 404, "the actions are not reachable from outside"
