"""`coach roster`: rosters brought in from files, programmes with their forums, and codes to join by."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from bot.bootstrap import open_database
from bot.content.library import load_library
from bot.content.toolkit import Sentences
from bot.domain.clock import Clock
from bot.domain.roster import fold
from bot.services.joining import Joining
from bot.services.roles import Actor
from bot.services.roster.drafts import RosterChanged, RosterDrafts
from bot.services.roster.file import LARGEST, UnreadableFile
from bot.services.roster.importing import LeaversDiffer, RosterRefused
from bot.services.roster.keeping import NotPossible, NotTheirs, Roster
from bot.services.roster.rows import ReadRoster, Report, problems_csv, say_problem, template_csv, template_workbook
from bot.settings import SettingError, Settings, read_settings
from bot.storage.database import Database
from bot.storage.demonstration import clock_offset
from bot.storage.roster import cohorts_of, forums_of

Result = TypeVar("Result")


class PartKind(StrEnum):
    """What can be added to the roster besides people."""

    PROGRAMME = "programme"
    COHORT = "cohort"
    FORUM = "forum"
    TRUST = "trust"


# So many problems are printed; --report writes all of them.
MOST_PRINTED = 20


def add_to(app: typer.Typer, sync: Callable[..., None]) -> None:
    roster = typer.Typer(help="The roster: programmes, forums, and who is in them.", no_args_is_help=True)
    roster.command("import")(import_file)
    roster.command()(template)
    roster.command("list")(list_programmes)
    roster.command()(codes)
    roster.command()(sync)
    roster.command("add")(add_part)
    app.add_typer(roster, name="roster")


def operator() -> Actor:
    """Return whoever runs this command, as they stand on record; what they may do is the server's to say."""
    return Actor(f"account:{getpass.getuser()}", None)


def import_file(
    file: Annotated[Path, typer.Argument(help="The roster: CSV or an Excel workbook (.xlsx); 'coach roster template' makes one.")],
    check: Annotated[bool, typer.Option("--check", help="Say what is wrong and what would change, and change nothing.")] = False,
    add: Annotated[bool, typer.Option("--add", help="Cohorts, trusts and forums that are new are added.")] = False,
    leaves: Annotated[
        int | None, typer.Option(help="Take out of their programmes those who are not in the file: exactly as many as --check says.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Where to write what is wrong, as CSV.")] = None,
) -> None:
    """Bring a roster in, all of it or nothing; bringing the same in again changes nothing."""
    try:
        if file.stat().st_size > LARGEST:
            raise SettingError(f"{file} is larger than 20 MB, which no roster is")
        content = file.read_bytes()
    except OSError:
        raise SettingError(f"{file} cannot be read: name a CSV or .xlsx file") from None

    async def read(drafts: RosterDrafts, sentences: Sentences) -> ReadRoster:
        with progress_bar("reading") as told:
            try:
                return await drafts.read(content, told)
            except UnreadableFile as error:
                raise SettingError(f"{file}: {sentences.say(f'roster_file.file_{error.code}', row=error.row)}") from None

    run_import(read, is_check=check, may_add=add, leaves=leaves, report_file=report, source="file")


def run_import(
    read: Callable[[RosterDrafts, Sentences], Awaitable[ReadRoster]],
    *,
    is_check: bool,
    may_add: bool,
    leaves: int | None,
    report_file: Path | None,
    source: str,
) -> None:
    """Check a roster, or bring it in, and print what came of it; raises SettingError when it cannot be."""

    async def work(drafts: RosterDrafts, sentences: Sentences, _settings: Settings, _database: Database) -> None:
        roster = await read(drafts, sentences)
        with progress_bar("comparing") as told:
            found = await drafts.check(roster, operator(), told, may_add=may_add)
        if report_file is not None:
            await asyncio.to_thread(report_file.write_bytes, problems_csv(found, sentences))
        if not found.is_clean:
            _print_problems(found, sentences)
            raise SettingError(f"{len(found.problems) + found.more} thing(s) to mend; nothing was changed")
        if not is_check:
            try:
                with progress_bar("importing") as told:
                    found = await drafts.bring_in(roster, operator(), told, may_add=may_add, leaves=leaves, source=source)
            except LeaversDiffer as error:
                raise SettingError(f"{error.count} would leave, not {leaves}; nothing was changed") from None
            except (RosterRefused, RosterChanged):
                raise SettingError("the roster was changed by somebody else meanwhile; nothing was changed, so run it again") from None
        _print_report(found, is_check=is_check)

    with_roster(work)


def template(
    output: Annotated[Path, typer.Argument(help="Where it is written: a name that ends in .csv or .xlsx.")] = Path("roster.csv"),
    programme: Annotated[str, typer.Option(help="The programme of the example.")] = "demonstration",
) -> None:
    """Write an empty roster with its headings and one example."""
    settings = read_settings()
    sentences = load_library(settings.content, settings.programmes).common.sentences
    if output.suffix not in (".csv", ".xlsx"):
        raise SettingError(f"{output} is neither .csv nor .xlsx: name it roster.csv or roster.xlsx")
    output.write_bytes((template_workbook if output.suffix == ".xlsx" else template_csv)(sentences, programme))
    print(f"{output}: write one person a row, remove the example, and run 'coach roster import {output} --check'")


def list_programmes() -> None:
    """List programmes with their forums, and how many people are in each."""

    async def work(_drafts: RosterDrafts, _sentences: Sentences, settings: Settings, database: Database) -> None:
        table = Table("programme", "title", "people", "forum", "members", "lead", "next meeting")
        for each in await Roster(database, Clock().now, settings.file.time_zone).programmes(None):
            table.add_row(each.id, each.title, str(each.people), "", "", "", "")
            for forum in each.forums:
                meets = f"{forum.meets_at:%Y-%m-%d %H:%M} {forum.time_zone}" if forum.meets_at else ""
                table.add_row("", "", "", f"{forum.title} ({forum.id})", str(forum.members), ", ".join(forum.leads), meets)
        Console(width=160).print(table)

    with_roster(work)


def add_part(
    kind: Annotated[PartKind, typer.Argument(help="What is added.")],
    title: Annotated[str, typer.Argument(help="Its title.")],
    programme: Annotated[str, typer.Option(help="The programme that it belongs to, or the new one's id.")],
) -> None:
    """Add a programme, or a cohort, forum or trust to one."""

    async def work(_drafts: RosterDrafts, sentences: Sentences, settings: Settings, database: Database) -> None:
        roster = Roster(database, Clock().now, settings.file.time_zone)
        try:
            if kind is PartKind.PROGRAMME:
                await roster.add_programme(operator(), programme, title)
            else:
                await roster.add_part(operator(), kind.value, programme, title)
        except NotPossible as error:
            raise SettingError(sentences[f"roster_pages.problem_{error.code}"]) from None
        except NotTheirs:
            raise SettingError(f"there is no programme '{programme}': 'coach roster list' shows them") from None

    with_roster(work)
    print(f"{kind.value} '{title}': added")


def codes(
    programme: Annotated[str, typer.Option(help="The programme that the codes lead to.")],
    new: Annotated[bool, typer.Option("--new", help="Make a code and print it, this once.")] = False,
    cohort: Annotated[str, typer.Option(help="The cohort that a new code leads to.")] = "",
    forum: Annotated[str, typer.Option(help="The forum that a new code leads to.")] = "",
    uses: Annotated[int, typer.Option(help="How many people may use a new code.")] = 20,
    days: Annotated[int, typer.Option(help="How many days a new code is good for.")] = 14,
    end: Annotated[int | None, typer.Option(help="The number of a code that is to lead nowhere from now on.")] = None,
) -> None:
    """List the codes to join by that can be used, make one, or end one."""

    async def work(_drafts: RosterDrafts, sentences: Sentences, settings: Settings, database: Database) -> None:
        joining = Joining(database, sentences, settings.pseudonym_key, settings.file.time_zone)
        async with database.reading() as session:
            now = Clock(await clock_offset(session)).now()
            cohorts = {fold(each.title): each.id for each in await cohorts_of(session, programme)}
            forums = {fold(each.title): each.id for each in await forums_of(session, programme)}
        for title, known in ((cohort, cohorts), (forum, forums)):
            if title and fold(title) not in known:
                raise SettingError(f"programme '{programme}' has no '{title}': 'coach roster list' shows what there is")
        try:
            if end is not None:
                await joining.end(operator(), end, now)
            if new:
                parts = (cohorts.get(fold(cohort)) if cohort else None, forums.get(fold(forum)) if forum else None)
                print(await joining.make(operator(), programme, *parts, most_uses=uses, days=days, now=now))
                return
        except NotPossible as error:
            raise SettingError(sentences[f"roster_pages.problem_{error.code}"]) from None
        except NotTheirs:
            raise SettingError(f"there is no code {end}") from None
        table = Table("number", "leads to", "used", "good until", "made by")
        for each in await joining.listed(operator(), programme, now):
            table.add_row(str(each.id), each.to, f"{each.uses} of {each.most_uses}", f"{each.expires_at:%Y-%m-%d %H:%M}", each.made_by)
        Console(width=140).print(table if table.row_count else "there is no code that can be used")

    with_roster(work)


def with_roster(work: Callable[[RosterDrafts, Sentences, Settings, Database], Awaitable[Result]]) -> Result:
    """Do something with the roster and its sentences, the embedded database brought up to date first."""

    async def run() -> Result:
        settings = read_settings()
        sentences = load_library(settings.content, settings.programmes).common.sentences
        database = open_database(settings)
        try:
            if settings.is_embedded:
                await database.upgrade()
            async with database.reading() as session:
                clock = Clock(await clock_offset(session))
            drafts = RosterDrafts(database, sentences, clock.now, settings.pseudonym_key, settings.file.time_zone)
            return await work(drafts, sentences, settings, database)
        finally:
            await database.close()

    return asyncio.run(run())


class progress_bar:
    """A progress bar on the terminal, given as a function of how many are done and how many there are; none where nobody looks."""

    def __init__(self, what: str) -> None:
        self._progress = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True))
        self._task = self._progress.add_task(what, total=None)

    def __enter__(self) -> Callable[[int, int], None]:
        if self._progress.console.is_terminal:
            self._progress.start()
        return lambda done, total: self._progress.update(self._task, completed=min(done, total), total=total)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def _print_problems(report: Report, sentences: Sentences) -> None:
    table = Table(*(sentences[f"roster_file.report_{name}"] for name in ("row", "column", "problem", "remedy")))
    for problem in report.problems[:MOST_PRINTED]:
        table.add_row(*say_problem(problem, sentences))
    Console(width=160).print(table)
    if (rest := len(report.problems) + report.more - MOST_PRINTED) > 0:
        print(f"{rest} more: --report problems.csv writes them down")


def _print_report(report: Report, *, is_check: bool) -> None:
    would = "would be " if is_check else ""
    print(f"{report.rows} rows: {report.added} {would}added, {report.changed} {would}changed, {report.unchanged} unchanged")
    if report.moved:
        print(f"{report.moved} of them {'would move' if is_check else 'moved'} from another programme")
    if report.roles:
        print(f"{report.roles} role(s) {would}given")
    for kind, titles in sorted(report.new.items()):
        print(f"new {kind}(s): {', '.join(titles[:20])}{' and others' if len(titles) > 20 else ''}")
    if report.left:
        print(f"{report.left} left")
    elif report.missing:
        print(f"{report.missing} on the roster are not in it and stay; --leaves {report.missing} would take them out")
