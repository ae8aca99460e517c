"""`coach check`: everything that can be wrong with content and settings, before anybody meets it."""

from __future__ import annotations

import sys
from datetime import date

import typer

from bot.content.check import check_references, check_style
from bot.content.toolkit import load_toolkit
from bot.settings import ROOT, SettingError, read_settings
from bot.yaml_files import FileError


def add_to(app: typer.Typer) -> None:
    app.command()(check)


def check() -> None:
    """Validate content and settings; every error with its file, its line and what to write instead."""
    try:
        settings = read_settings()
        toolkit = load_toolkit(settings.content)
        check_references(toolkit, settings.file)
        problems = check_style(toolkit, date.today())
    except FileError as error:
        problems = list(error.problems)
    except SettingError as error:
        sys.exit(f"coach: {error}")
    for problem in sorted(problems, key=lambda each: (str(each.path), each.line)):
        print(str(problem).replace(f"{ROOT}/", ""))
    if problems:
        sys.exit(f"coach: {len(problems)} thing(s) to mend")
    print(f"{len(toolkit.documents)} things checked: all well")
