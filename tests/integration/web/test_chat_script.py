"""What the chat page does in a real browser, beyond what its server sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from bot.domain.messages import Said
from tests.conftest import BROWSER_FLAGS, browser_program
from tests.integration.web.conftest import Web

pytestmark = pytest.mark.anyio

# A machine that is shared may stand still for seconds.
expect.set_options(timeout=20_000)

WAYS = [{"text": "Which way?", "buttons": [{"title": "Ask first", "payload": "/ask"}, {"title": "Wait", "payload": "/wait"}]}]


@pytest.fixture
async def page(web: Web, tmp_path: Path) -> AsyncIterator[Page]:
    """Give the surgeon's chat in a phone-sized window."""
    await web.product.conversation.receive("surgeon", Said("web", "agreed", choice="consent.yes"))
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=browser_program(), args=BROWSER_FLAGS, viewport={"width": 390, "height": 780}
        )
        opened = await context.new_page()
        opened.set_default_timeout(10_000)
        await opened.goto(f"{web.address}/sign-in")
        await opened.get_by_role("button", name="Be a surgeon").click()
        yield opened
        await context.close()


async def say(page: Page, text: str) -> None:
    await expect(page.locator("#hint")).not_to_have_attribute("hidden", "")  # it says that Enter sends, once that is true
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


async def hears(page: Page, text: str) -> None:
    await expect(page.locator(".entry--coach").filter(has_text=text).last).to_be_visible()


async def test_the_question_stays_when_its_choice_is_taken(web: Web, page: Page) -> None:
    web.engine.answers["which way is there"] = WAYS
    await say(page, "which way is there")
    await hears(page, "Which way?")
    await page.get_by_role("button", name="Ask first").click()
    await hears(page, "You said: /ask")
    await hears(page, "Which way?")
    await expect(page.get_by_text("Chosen: Ask first")).to_be_visible()
    await expect(page.get_by_role("button", name="Wait")).to_have_count(0)
    before = await page.locator(".entry").all_inner_texts()
    await page.reload()
    assert await page.locator(".entry").all_inner_texts() == before, "the page is the same when it is loaded again"


async def test_the_working_line_goes_although_a_second_tap_gets_no_answer(web: Web, page: Page) -> None:
    for _ in range(2):
        await say(page, "my theatre list was cut")
        await expect(page.get_by_label("Your message")).to_have_value("")
    await expect(page.locator(".entry--person").filter(has_text="my theatre list was cut")).to_have_count(2)
    await expect(page.get_by_role("status")).to_have_text("")


async def test_the_working_line_shows_while_the_engine_works_also_after_loading_again(web: Web, page: Page) -> None:
    web.engine.may_answer.clear()
    await say(page, "my list was cut")
    await expect(page.get_by_role("status")).to_contain_text("reading your message")
    await page.reload()
    await expect(page.get_by_role("status")).to_contain_text("reading your message")
    web.engine.may_answer.set()
    await hears(page, "You said: my list was cut")
    await expect(page.get_by_role("status")).to_have_text("")


async def test_words_that_did_not_arrive_stay_and_can_be_sent_again(web: Web, page: Page) -> None:
    await page.route("**/chat/messages", lambda route: route.abort())
    await say(page, "my list was cut")
    await expect(page.get_by_role("status")).to_contain_text("did not go through")
    await expect(page.get_by_label("Your message")).to_have_value("my list was cut")
    await page.unroute("**/chat/messages")
    await page.keyboard.press("Enter")
    await hears(page, "You said: my list was cut")
    assert web.engine.heard == ["my list was cut"]


async def test_signed_out_meanwhile_it_says_so_and_keeps_the_words(web: Web, page: Page) -> None:
    await page.context.clear_cookies()
    await say(page, "my list was cut")
    await expect(page.get_by_role("status")).to_contain_text("You are signed out")
    await expect(page.get_by_label("Your message")).to_have_value("my list was cut")


async def test_a_new_day_is_divided_from_the_one_before(web: Web, page: Page) -> None:
    await say(page, "my list was cut")
    await hears(page, "You said: my list was cut")
    await expect(page.locator(".day")).to_have_count(1)
    await page.locator(".entry").last.evaluate("entry => { entry.dataset.day = 'the day before'; }")
    await say(page, "and again today")
    await hears(page, "You said: and again today")
    await expect(page.locator(".day")).to_have_count(2)


async def test_shift_and_enter_begin_a_new_line(web: Web, page: Page) -> None:
    await page.get_by_label("Your message").fill("my list")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("was cut")
    await page.keyboard.press("Enter")
    await hears(page, "was cut")
    assert web.engine.heard == ["my list\nwas cut"]


async def test_who_has_scrolled_up_is_not_pulled_down(web: Web, page: Page) -> None:
    web.engine.answers["tell me at length"] = [{"text": "\n".join(f"Line {number}" for number in range(60))}]
    await say(page, "tell me at length")
    await hears(page, "Line 59")
    await expect(page.get_by_role("button", name="New message below")).to_be_hidden()
    await page.locator("#log").evaluate("log => { log.scrollTop = 0; }")
    await web.product.conversation.receive("surgeon", Said("terminal", "1", text="from elsewhere"))
    await web.product.conversation.answer("surgeon")
    await expect(page.locator(".entry--coach").filter(has_text="You said: from elsewhere")).to_be_attached()
    assert await page.locator("#log").evaluate("log => log.scrollTop") == 0
    await page.get_by_role("button", name="New message below").click()
    await expect(page.locator(".entry").last).to_be_in_viewport()


async def test_zoomed_in_there_is_still_a_conversation_to_read(web: Web, page: Page) -> None:
    await page.set_viewport_size({"width": 320, "height": 256})
    await say(page, "my list was cut")
    await hears(page, "You said: my list was cut")
    box = await page.locator("#log").bounding_box()
    assert box
    assert box["height"] > 100
    await expect(page.locator(".entry").last).to_be_in_viewport()
    await expect(page.get_by_label("Your message")).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


MANY = [
    {
        "text": "Pick one, or write your own case.",
        "buttons": [{"title": f"Topic {number} of those there are", "payload": f"/pick{number}"} for number in range(13)],
    }
]


async def test_a_message_taller_than_the_log_is_shown_from_its_beginning(web: Web, page: Page) -> None:
    web.engine.answers["look round the topics"] = MANY
    await say(page, "my list was cut")
    await hears(page, "You said: my list was cut")
    await say(page, "look round the topics")
    explained = page.get_by_text("Pick one, or write your own case.")
    await expect(explained).to_be_in_viewport()
    await page.wait_for_timeout(500)  # it moves while it arrives
    newest = page.locator(".entry").last
    from_top = await newest.evaluate("entry => entry.getBoundingClientRect().top - log.getBoundingClientRect().top")
    assert abs(from_top) < 3, "as much of it as there is room for"
    await expect(page.get_by_role("button", name="Topic 12")).not_to_be_in_viewport()
    await page.reload()
    await expect(explained).to_be_in_viewport()


async def test_from_a_tall_message_one_goes_on_with_what_one_sends(web: Web, page: Page) -> None:
    web.engine.answers["look round the topics"] = MANY
    for way_on in ("typed", "tapped"):
        await say(page, "look round the topics")
        await expect(page.get_by_role("button", name="Topic 0 of")).to_be_in_viewport()
        if way_on == "typed":
            await say(page, "my list was cut")
            await hears(page, "You said: my list was cut")
        else:
            await page.get_by_role("button", name="Topic 12").click()
            await hears(page, "You said: /pick12")
        await expect(page.locator(".entry").last).to_be_in_viewport(ratio=1)
        await expect(page.get_by_role("button", name="New message below")).to_be_hidden()
        await web.product.conversation.receive("surgeon", Said("terminal", way_on, text="something in between"))
        await web.product.conversation.answer("surgeon")
        await hears(page, "You said: something in between")


async def test_reading_in_a_tall_message_is_not_disturbed(web: Web, page: Page) -> None:
    web.engine.answers["tell me at length"] = [{"text": "\n".join(f"Line {number}" for number in range(60))}]
    await say(page, "tell me at length")
    await expect(page.get_by_text("Line 0", exact=True)).to_be_in_viewport()
    await page.locator("#log").evaluate("log => { log.scrollTop += 300; }")
    place = await page.locator("#log").evaluate("log => log.scrollTop")
    await page.wait_for_timeout(100)
    await page.set_viewport_size({"width": 390, "height": 500})
    await web.product.conversation.receive("surgeon", Said("terminal", "1", text="from elsewhere"))
    await web.product.conversation.answer("surgeon")
    await expect(page.get_by_role("button", name="New message below")).to_be_visible()
    assert await page.locator("#log").evaluate("log => log.scrollTop") == place


async def test_on_a_phone_the_header_leaves_the_screen_to_the_conversation(page: Page) -> None:
    assert await page.evaluate("log.getBoundingClientRect().top") < 80, "header and the demonstration's bar together"
    for name in ("Chat", "My page", "Who sees what", "Sign out"):
        box = await page.get_by_role("link", name=name, exact=True).bounding_box()
        assert box
        assert box["height"] >= 24, f"{name} can be hit with a thumb"
