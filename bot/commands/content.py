"""`coach check` and `coach content preview`: the content before anybody meets it."""

from __future__ import annotations

import asyncio
import json
import sys
import textwrap
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import typer

from bot.bootstrap import open_database
from bot.channels.conversation_view import Shown
from bot.channels.slack.blocks import blocks_of, fallback_of
from bot.channels.teams.cards import card_of
from bot.channels.teams.settings import read_teams_settings
from bot.content.check import check_references, check_style, unverified
from bot.content.library import load_library
from bot.content.preview import preview as previewed
from bot.domain.messages import Offered, value_of
from bot.services.lobby import check_consent
from bot.settings import ROOT, SettingError, read_settings
from bot.storage.editing import closeness_counts
from bot.storage.tables import ClosenessAnswer
from bot.understanding.safety import SafetyNet
from bot.web.providers import read_sign_in
from bot.yaml_files import FileError

WIDTH = 78


class Shape(StrEnum):
    TEXT = "text"
    WEB = "web"
    SLACK = "slack"
    TEAMS = "teams"


def add_to(app: typer.Typer) -> None:
    app.command()(check)
    content = typer.Typer(help="The toolkit's content.", no_args_is_help=True)
    content.callback()(lambda: None)
    content.command()(preview)
    content.command()(closeness)
    app.add_typer(content, name="content")


def check() -> None:
    """Validate content and settings; every error with its file, its line and what to write instead."""
    try:
        settings = read_settings()
        read_teams_settings()
        read_sign_in()
        library = load_library(settings.content, settings.programmes)
        check_references(library, settings.file)
        check_consent(library.common)
        problems = check_style(library, date.today())
        # Compiles every safety rule with the lists of words that it names.
        SafetyNet(tuple(library.common.safety_rules.values()))
    except FileError as error:
        problems = list(error.problems)
    except (SettingError, ValueError) as error:
        sys.exit(f"coach: {error}")
    for problem in sorted(problems, key=lambda each: (str(each.path), each.line)):
        print(str(problem).replace(f"{ROOT}/", ""))
    if problems:
        sys.exit(f"coach: {len(problems)} thing(s) to mend")
    print(f"{len(library.common.documents)} things checked: all well")
    if names := unverified(library):
        print(f"warning: {len(names)} signpost(s) have not been verified at their source: {', '.join(names)}")


def closeness() -> None:
    """Print how close to people's work they found each scenario, where enough have said so."""
    asyncio.run(_closeness())


async def _closeness() -> None:
    settings = read_settings()
    database = open_database(settings)
    try:
        async with database.reading() as session:
            counts = await closeness_counts(session)
    finally:
        await database.close()
    found: dict[tuple[str, int], dict[ClosenessAnswer, int]] = {}
    for scenario, version, answer, count in counts:
        found.setdefault((scenario, version), {})[answer] = count
    smallest = settings.file.dashboard.smallest_group
    for (scenario, version), answers in found.items():
        # Fewer answers than this, or an answer that all of them gave, would tell what somebody said.
        if sum(answers.values()) < smallest or len(answers) < len(ClosenessAnswer):
            print(f"{scenario}, version {version}: not enough answers yet to show any")
        else:
            print(f"{scenario}, version {version}: " + ", ".join(f"{answer.value} {count}" for answer, count in answers.items()))
    if not found:
        print("nobody has answered yet")


def preview(
    thing: Annotated[
        str, typer.Argument(help="The id of a scenario, technique, lesson, structure, prompt, survey item, instrument, theme or signpost.")
    ],
    shape: Annotated[Shape | None, typer.Option("--as", help="One shape only; all of them when left out.")] = None,
    programme: Annotated[str | None, typer.Option(help="As people of this programme see it.")] = None,
) -> None:
    """Show a thing as a person would see it: as text, as the web chat's page has it, as Slack blocks and as Adaptive Cards."""
    settings = read_settings()
    library = load_library(settings.content, settings.programmes)
    if programme is not None and programme not in library.programmes:
        known = ", ".join(library.programmes) or "none yet"
        raise SettingError(f"there is no folder '{programme}' under {settings.file.programmes}: name one of {known}")
    toolkit = library.of(programme)
    replies = previewed(toolkit, thing)
    if not replies:
        raise SettingError(f"nothing in the content has the id '{thing}': the file's name without its ending is the id")
    messages = [
        Offered(number, reply.text, tuple((choice.label, value_of(number, index)) for index, choice in enumerate(reply.choices)))
        for number, reply in enumerate(replies, start=1)
    ]
    words = toolkit.sentences
    from bot.web.chat import entry_of  # noqa: PLC0415 - pages are made here alone
    from bot.web.pages import Pages  # noqa: PLC0415

    pages = Pages(words.group("web"), is_demo=False)
    for each in Shape if shape is None else (shape,):
        if shape is None:
            print(f"== {each.value}")
        for message in messages:
            if each is Shape.TEXT:
                print(_as_text(message))
            elif each is Shape.WEB:
                shown = Shown(message, is_from_coach=True, at=datetime.now(settings.zone), chosen=None, is_open=True)
                print(pages.text("entry.html", entry=entry_of(shown, None)))
            elif each is Shape.SLACK:
                blocks = blocks_of(message, words["choice.pick"])
                print(json.dumps({"text": fallback_of(message), "blocks": blocks}, ensure_ascii=False, indent=1))
            else:
                print(json.dumps(card_of(message, words["choice.pick"], words["choice.send"]), ensure_ascii=False, indent=1))


def _as_text(message: Offered) -> str:
    lines = [textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent="  ") for line in message.text.split("\n")]
    return "\n".join([*lines, *(f"    [ {label} ]" for label, _ in message.choices), ""])
