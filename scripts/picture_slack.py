"""Draws what the coach shows in Slack into docs/pictures, from the blocks that it sends.

Usage: .venv/bin/python -m scripts.picture_slack
"""

from __future__ import annotations

import asyncio
import html
import json
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from bot.channels.questions import Question
from bot.channels.slack import views
from bot.channels.slack.blocks import blocks_of, settled_blocks_of
from bot.channels.slack.home import HomeState, home_view
from bot.content import presented
from bot.content.library import load_library
from bot.content.toolkit import Toolkit
from bot.domain.availability import Availability, BusyBlock
from bot.domain.messages import SURVEY, Offered, Reply, value_of
from bot.settings import ROOT
from tests.conftest import BROWSER_FLAGS, browser_program

PICTURES = ROOT / "docs" / "pictures"
NODE, PEERS = ROOT / ".venv" / "bin" / "node", ROOT / "tests" / "peers"
WIDTH = 620  # pixels
ADDED = "\u21b5 Please &#x27;enter&#x27; to submit"
# Blocks to HTML by a renderer that nobody here wrote: one JSON object of name to blocks in, one of name to HTML out.
RENDER = """
import { createRequire } from 'node:module'
import fs from 'node:fs'
const require = createRequire(process.argv[2] + '/package.json')
const { createElement } = require('react')
const { renderToStaticMarkup } = require('react-dom/server')
const { Message } = await import(process.argv[2] + '/node_modules/slack-blocks-to-jsx/dist/index.mjs')
const drawn = {}
const logo = 'data:image/svg+xml,' + encodeURIComponent(fs.readFileSync(process.argv[3], 'utf8'))
for (const [name, it] of Object.entries(JSON.parse(fs.readFileSync(0, 'utf8'))))
  drawn[name] = renderToStaticMarkup(createElement(Message, {
    blocks: it.blocks, logo, name: 'Coach', time: new Date(1795850776000), withoutWrapper: it.kind !== 'message',
  }))
console.log(JSON.stringify(drawn))
"""
STYLE = """
body { margin: 0; background: #fff; font-family: Lato, Arial, sans-serif; color: #1d1c1d }
#it { display: inline-block; width: %dpx; padding: 14px }
.window { border: 1px solid #ddd; border-radius: 10px }
.window > * { padding: 14px 22px }
.title { font-weight: 900; font-size: 20px; border-bottom: 1px solid #ddd }
.foot { border-top: 1px solid #ddd; text-align: right }
.foot span { border: 1px solid #bbb; border-radius: 4px; padding: 7px 14px; margin-left: 8px; display: inline-block }
.foot .submit { background: #007a5a; color: #fff }
.home { border: 1px solid #ddd; border-radius: 10px; padding: 8px 22px }
"""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture: a message, a window or a home tab, with what stands in a window's frame."""

    kind: str
    blocks: list[dict[str, Any]]
    title: str = ""
    buttons: tuple[str, ...] = ()


def drawings(toolkit: Toolkit) -> dict[str, Drawing]:
    """Return what is drawn, by the picture's name."""
    sentences, scene = toolkit.sentences, toolkit.scenarios["list_cut"]
    pick, in_window = sentences["choice.pick"], sentences["slack.window_survey"]
    check_in = _offered(presented.check_in(toolkit, 1, scene.options[0].example_plan, "check_in.ask"))
    options = _offered(presented.options(toolkit, scene, is_first=True))
    item = toolkit.items["involved_early"]
    survey = _offered(presented.survey_item(toolkit, item, [presented.survey_begin(toolkit, 3)]), SURVEY)
    hours = Availability(time(7), time(21), frozenset(range(5)), (BusyBlock("theatre", frozenset({1}), time(8), time(18)),))
    example = scene.options[0].example_plan
    home = HomeState(True, example, "Friday 4 December at 08:30", 3, hours, waiting=(check_in,), questions=3)
    plan = views.PlanForm(
        {}, scene.options[0].example_plan, "the next 1:1 starts with the list", "ask what drove the cut", ask_on=date(2026, 12, 4)
    )
    questions = [toolkit.items[name] for name in ("involved_early", "next_conversation")]
    asked = [
        Question(each.id, each.text, tuple((point.label, point.value) for point in toolkit.scales[each.scale].points)) for each in questions
    ]
    smallest = 8
    return {
        "options": Drawing("message", blocks_of(options, pick)),
        "options-chosen": Drawing("message", settled_blocks_of(options, sentences.say("slack.chosen", label=options.choices[0][0]))),
        "check-in": Drawing("message", blocks_of(check_in, pick)),
        "survey": Drawing("message", blocks_of(survey, pick, form_label=in_window)),
        "home": Drawing("home", home_view(sentences, home)["blocks"]),
        "plan-window": _window(views.plan_view(sentences, plan)),
        "survey-window": _window(views.survey_view(sentences, views.SurveyForm({}, tuple(asked), smallest))),
        "reflect-window": _window(views.talk_view(sentences, "I was told about the list by the scrub nurse, again.")),
        "help": Drawing("message", views.help_blocks(sentences)),
    }


def _offered(reply: Reply, form: str | None = None) -> Offered:
    return Offered(3, reply.text, tuple((choice.label, value_of(3, index)) for index, choice in enumerate(reply.choices)), form)


def _window(view: dict[str, Any]) -> Drawing:
    return Drawing("window", view["blocks"], view["title"]["text"], (view["close"]["text"], view["submit"]["text"]))


def page_of(drawing: Drawing, drawn: str, style: str) -> str:
    """Return the page of which the picture is taken."""
    if drawing.kind == "window":
        leave, submit = map(html.escape, drawing.buttons)
        foot = f'<div class="foot"><span>{leave}</span><span class="submit">{submit}</span></div>'
        drawn = f'<div class="window"><div class="title">{html.escape(drawing.title)}</div><div>{drawn}</div>{foot}</div>'
    elif drawing.kind == "home":
        drawn = f'<div class="home">{drawn}</div>'
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{style}{STYLE % WIDTH}</style><body><div id="it">{drawn}</div>'


def render(wanted: dict[str, Drawing]) -> dict[str, str]:
    """Return each drawing's blocks as HTML."""
    given = json.dumps({name: {"kind": each.kind, "blocks": each.blocks} for name, each in wanted.items()})
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "render.mjs"
        script.write_text(RENDER)
        command = [NODE, script, PEERS, ROOT / "bot" / "web" / "static" / "icon.svg"]
        drawn: dict[str, str] = json.loads(subprocess.run(command, input=given, capture_output=True, text=True, check=True).stdout)
    # The renderer adds a line to every input that Slack does not show.
    return {name: markup.replace(ADDED, "") for name, markup in drawn.items()}


async def main() -> None:
    wanted = drawings(load_library(ROOT / "toolkit_content", ROOT / "config" / "programmes").common)
    drawn = render(wanted)
    style = (PEERS / "node_modules" / "slack-blocks-to-jsx" / "dist" / "style.css").read_text()
    PICTURES.mkdir(exist_ok=True)
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=browser_program(), args=BROWSER_FLAGS)
        page = await browser.new_page(viewport={"width": WIDTH + 60, "height": 900})
        for name, each in wanted.items():
            await page.set_content(page_of(each, drawn[name], style))
            await page.locator("#it").screenshot(path=PICTURES / f"slack-{name}.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
