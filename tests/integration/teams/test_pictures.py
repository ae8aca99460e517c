"""Cards as people see them, by Microsoft's own renderer in a real browser: every choice is there and can be read, on a phone too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from bot.channels.teams.cards import Card, card_of, settled_card_of
from bot.channels.teams.home import card_of_home
from bot.content import presented
from bot.content.toolkit import Toolkit
from bot.domain.availability import Availability
from bot.domain.messages import Offered, Reply, value_of
from bot.services.home import Home
from bot.settings import ROOT
from tests.browsers import keep_picture
from tests.conftest import BROWSER_FLAGS, browser_program

RENDERER = ROOT / "tests" / "peers" / "node_modules" / "adaptivecards" / "dist" / "adaptivecards.min.js"
# As wide as a chat in Teams on a computer and on a small phone, in pixels.
WIDTHS = (560, 320)
# What of Teams' own settings decides what is shown; the rest are the renderer's.
TEAMS = {
    "fontFamily": "Segoe UI, Liberation Sans, sans-serif",
    "containerStyles": {"emphasis": {"backgroundColor": "#F0F0F0"}},
    "actions": {"maxActions": 6, "actionsOrientation": "horizontal", "actionAlignment": "left", "buttonSpacing": 8},
}
SCRIPT = """([card, settings]) => {
  const errors = [];
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = text.replace(/\\\\([\\\\*_\\[\\]`~#>+-])/g, "$1").replace(/</g, "&lt;"); result.didProcess = true;
  };
  const shown = new AdaptiveCards.AdaptiveCard();
  shown.hostConfig = new AdaptiveCards.HostConfig(settings);
  const context = new AdaptiveCards.SerializationContext();
  shown.parse(card, context);
  for (let i = 0; i < context.eventCount; i++) errors.push(context.getEventAt(i).message);
  shown.validateProperties().validationEvents.forEach((event) => errors.push(event.message));
  document.body.replaceChildren(shown.render());
  return errors;
}"""
STYLE = """
body { margin: 16px; background: #f5f5f5; font: 14px "Segoe UI", "Liberation Sans", sans-serif; }
.ac-adaptiveCard { background: #fff; border-radius: 8px; border: 1px solid #e0e0e0; max-width: 100%; }
.ac-pushButton { font: inherit; font-weight: 600; padding: 6px 16px; border: 1px solid #d1d1d1; border-radius: 4px; background: #fff;
  white-space: nowrap; text-overflow: ellipsis; overflow: hidden; max-width: 100%; }
select, input { font: inherit; padding: 6px; max-width: 100%; }
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with sync_playwright() as playwright:
        profile = tmp_path_factory.mktemp("profile")
        browser = playwright.chromium.launch_persistent_context(
            profile, executable_path=browser_program(), args=BROWSER_FLAGS, headless=True
        )
        page = browser.new_page()
        page.set_content(f"<style>{STYLE}</style>")
        page.add_script_tag(path=RENDERER)
        yield page
        browser.close()


def cards(toolkit: Toolkit) -> dict[str, Card]:
    """Return the main cards, from the toolkit's own words."""
    words = toolkit.sentences

    def card(reply: Reply) -> Card:
        choices = tuple((choice.label, value_of(7, index)) for index, choice in enumerate(reply.choices))
        return card_of(Offered(7, reply.text, choices), words["choice.pick"], words["choice.send"])

    scene = toolkit.scenarios["list_cut"]
    shown = toolkit.techniques[scene.technique]
    options = presented.options(toolkit, scene, is_first=True)
    item = next(iter(toolkit.items.values()))
    rating = (*((str(number), f"7.{number}") for number in range(11)), (words["choice.skip"], "7.11"))
    plan = "If the next 1:1 starts with the list, I ask what drove the cut"
    at = datetime(2026, 12, 4, 8, 30, tzinfo=UTC)
    home = Home(plan, at, [], Availability(time(7), time(21), frozenset(range(5))), None, False, [], [])
    topics = tuple((theme.title, f"7.{index}") for index, theme in enumerate(toolkit.themes.values()))
    return {
        "options": card(options),
        "options settled": settled_card_of(Offered(7, options.text), words.say("teams.chosen", label=scene.options[0].label)),
        "check-in": card(presented.check_in(toolkit, 1, plan, "check_in.ask")),
        "survey": card(presented.survey_item(toolkit, item, ())),
        "rating": card_of(Offered(7, words["check_in.rate_done"], rating), words["choice.pick"], words["choice.send"]),
        "topics": card_of(Offered(7, "Which of these is nearest?", topics), words["choice.pick"], words["choice.send"]),
        "technique": card(presented.technique(toolkit, shown, shown.draft, options.choices)[0]),
        "home": card_of_home(words, home, "29:anna"),
    }


def labels(card: Card) -> list[str]:
    tapped = [each["selectAction"] for part in card["body"] for each in [part, *part.get("columns", [])] if "selectAction" in each]
    return [action["title"] for action in [*tapped, *(action for part in card["body"] for action in part.get("actions", []))]]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_card_can_be_read_and_tapped(page: Page, toolkit: Toolkit, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for name, card in cards(toolkit).items():
        # The renderer does not know what a card that is made anew is.
        shown: list[Any] = page.evaluate(SCRIPT, [{key: part for key, part in card.items() if key != "refresh"}, TEAMS])
        keep_picture(page, f"teams {name} {width}", full_page=True)
        assert shown == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is wider than the screen"
        assert sorted(page.locator("button, [role=button]").all_inner_texts()) == sorted(labels(card)), name
        cut = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.innerText)"
        assert page.locator(".ac-adaptiveCard *:not(select, option)").evaluate_all(cut) == [], name
        words = page.locator(".ac-textBlock").all_inner_texts()
        assert all("\\" not in line for line in words), name
        assert json.dumps(card).count('"TextBlock"') == len(words), name
