"""`coach broadcast`: all that can be done with broadcasts, from a terminal, as somebody of the staff."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import open_database
from bot.content.library import load_library
from bot.domain.broadcasts import Audience, BroadcastKind, Every, Part
from bot.domain.clock import Clock
from bot.domain.moments import WrongMoment, moment_of
from bot.domain.posts import Post
from bot.domain.wording import say_moment
from bot.services.broadcasts.desk import Broadcasts
from bot.services.broadcasts.drafting import Draft
from bot.services.broadcasts.reasons import say_why
from bot.services.broadcasts.refusals import Refused
from bot.services.broadcasts.tracking import Line
from bot.settings import SettingError, Settings, read_settings
from bot.storage.audit import note_action
from bot.storage.demonstration import clock_offset
from bot.web.agenda import write_agenda

NumberArgument = Annotated[int, typer.Argument(help="The broadcast's number, as 'coach broadcast draft' prints it.")]
AsOption = Annotated[str, typer.Option("--as", help="The id of the person who does it; they need the right to.")]
CountOption = Annotated[int | None, typer.Option("--count", help="To how many people it goes; needed when that is everyone.")]
Work = Callable[[Broadcasts], Awaitable[None]]


def add_to(app: typer.Typer) -> None:
    broadcast = typer.Typer(help="Prompts to many people at once.", no_args_is_help=True)
    for command in (draft, rehearse, approve, send, schedule, pause, resume, cancel, takeback, status, results, agenda):
        broadcast.command()(command)
    app.add_typer(broadcast, name="broadcast")


def draft(
    person: AsOption,
    programme: Annotated[str, typer.Option(help="The programme's id.")],
    title: Annotated[str, typer.Option(help="What it is called among the leads.")],
    text: Annotated[str, typer.Option(help="What people read; may hold {first_name}, {forum}, {forum_date} and {reply_by}.")] = "",
    kind: Annotated[BroadcastKind, typer.Option(help="What it is.")] = BroadcastKind.TEXT,
    thing: Annotated[str | None, typer.Option(help="The id of the scenario, prompt or survey item that it brings along.")] = None,
    choice: Annotated[list[str] | None, typer.Option(help="A choice of a poll; given two to five times.")] = None,
    forum: Annotated[list[int] | None, typer.Option(help="Only this forum's people; may be given again.")] = None,
    cohort: Annotated[list[int] | None, typer.Option(help="Only this cohort's people; may be given again.")] = None,
    trust: Annotated[list[str] | None, typer.Option(help="Only this trust's people; may be given again.")] = None,
    post: Annotated[list[Post] | None, typer.Option(help="Only people in this post; may be given again.")] = None,
    part: Annotated[list[Part] | None, typer.Option("--role", help="Only people with this role; may be given again.")] = None,
    reply_by: Annotated[str | None, typer.Option(help="By when to answer, such as '2026-12-03 08:30'.")] = None,
    zone: Annotated[str | None, typer.Option(help="The time zone of that and of its sending, such as Europe/London.")] = None,
) -> None:
    """Keep a draft and print its number."""
    settings = read_settings()
    zone = zone or settings.file.time_zone

    async def work(broadcasts: Broadcasts) -> None:
        audience = Audience(
            programme,
            frozenset(cohort or ()),
            frozenset(trust or ()),
            frozenset(post or ()),
            frozenset(forum or ()),
            frozenset(part or ()),
        )
        by = _moment(reply_by, zone, _now(broadcasts), past="reply_by_past") if reply_by else None
        kept = await broadcasts.drafts.create(Draft(kind, title, text, audience, zone, thing, tuple(choice or ()), by), person)
        print(f"broadcast {kept.id}, version {kept.version}, to {await broadcasts.drafts.count(audience)} people")

    _run(work, "draft", person)


def rehearse(number: NumberArgument, person: AsOption) -> None:
    """Show who would get it and when, who is left out and why, and its words."""
    settings = read_settings()

    async def work(broadcasts: Broadcasts) -> None:
        sentences = load_library(settings.content, settings.programmes).common.sentences
        found = await broadcasts.rehearsing.rehearse(number, person)
        print(f"to {found.count} people: {', '.join(found.names[:20])}{', ...' if found.count > 20 else ''}")
        for channel, count in sorted(found.by_channel.items()):
            print(f"  {channel}: {count}")
        for why, count in sorted(found.left_out.items()):
            print(f"left out, {say_why(sentences, why)}: {count}")
        for why, count in sorted(found.waits.items()):
            print(f"waits, {say_why(sentences, why)}: {count}")
        if found.forecast is not None:
            for name, moment in (("first", found.forecast.start), ("half", found.forecast.half), ("last", found.forecast.finish)):
                print(f"{name}: {say_moment(moment.astimezone(settings.zone))}")
        print((await broadcasts.rehearsing.words_for(number, person)).text)

    _run(work, "rehearse", person)


def approve(number: NumberArgument, version: Annotated[int, typer.Option(help="The version that was read.")], person: AsOption) -> None:
    """Approve it as it is; whoever wrote any of it cannot."""

    async def work(broadcasts: Broadcasts) -> None:
        await broadcasts.drafts.approve(number, version, person)
        print(f"broadcast {number}, version {version}, is approved")

    _run(work, "approve", person)


def send(number: NumberArgument, person: AsOption, count: CountOption = None) -> None:
    """Send it, after the time in which it can be undone."""

    async def work(broadcasts: Broadcasts) -> None:
        kept = await broadcasts.drafts.get(number, person)
        sent = await broadcasts.sending.send(number, kept.version, person, count)
        print(f"broadcast {number} goes to {sent.recipients} people; until it does, 'coach broadcast cancel {number}' undoes it")

    _run(work, "send", person)


def schedule(
    number: NumberArgument,
    person: AsOption,
    at: Annotated[str, typer.Option(help="When, such as '2026-12-03 08:30', in the broadcast's own time zone.")],
    count: CountOption = None,
    every: Annotated[Every | None, typer.Option(help="How often it comes back.")] = None,
    until: Annotated[str | None, typer.Option(help="The last day of a series, such as 2027-03-31.")] = None,
) -> None:
    """Have it sent at a moment, and again in a series."""

    async def work(broadcasts: Broadcasts) -> None:
        kept = await broadcasts.drafts.get(number, person)
        moment = _moment(at, kept.time_zone, _now(broadcasts))
        last = _day(until) if until else None
        await broadcasts.sending.schedule(number, kept.version, person, moment, count, every=every, until=last)
        print(f"broadcast {number} is sent on {say_moment(moment.astimezone(ZoneInfo(kept.time_zone)))} ({kept.time_zone})")

    _run(work, "schedule", person)


def pause(number: NumberArgument, person: AsOption) -> None:
    """Hold what has not gone out."""
    _run(lambda broadcasts: broadcasts.sending.pause(number, person), "pause", person)
    print(f"broadcast {number} is paused")


def resume(number: NumberArgument, person: AsOption) -> None:
    """Go on with what was paused."""
    _run(lambda broadcasts: broadcasts.sending.resume(number, person), "resume", person)
    print(f"broadcast {number} goes on")


def cancel(number: NumberArgument, person: AsOption) -> None:
    """Send no more of it; what was sent stays."""
    _run(lambda broadcasts: broadcasts.sending.cancel(number, person), "cancel", person)
    print(f"broadcast {number} is cancelled")


def takeback(number: NumberArgument, person: AsOption) -> None:
    """Send no more of it, and take away again what was sent."""
    _run(lambda broadcasts: broadcasts.sending.take_back(number, person), "takeback", person)
    print(f"broadcast {number} is being taken back; 'coach broadcast status {number}' names what cannot be")


def status(number: NumberArgument, person: AsOption) -> None:
    """Show how far it is; the lines add up to everybody whom it was sent to."""
    settings = read_settings()

    async def work(broadcasts: Broadcasts) -> None:
        sentences = load_library(settings.content, settings.programmes).common.sentences
        found = await broadcasts.tracking.track(number, person)
        table = Table("state", "people", title=f"broadcast {number}: {found.recipients} people")
        for line in Line:
            if found.lines[line]:
                table.add_row(sentences[f"broadcast.line_{line.value}"], str(found.lines[line]))
        for line, why, count in found.reasons:
            table.add_row(f"  {sentences[f'broadcast.line_{line.value}']}: {say_why(sentences, why)}", str(count))
        Console().print(table)

    _run(work, "status", person)


def results(number: NumberArgument, person: AsOption) -> None:
    """Show what came back, as far as it may be shown."""

    async def work(broadcasts: Broadcasts) -> None:
        found = await broadcasts.results.outcome(number, person)
        if found.total is None:
            print(f"fewer than {found.smallest} people have answered, or so few have not that the number would tell who; it is not shown")
        else:
            print(f"answered: {found.total}")
        for label, count in found.choices:
            print(f"  {label}: {'not shown' if count is None else count}")
        for title, _question, count in found.themes:
            print(f"theme: {title} ({count})")
        for words, name in found.shared:
            print(f"shared{f' by {name}' if name else ''}: {words}")

    _run(work, "results", person)


def agenda(
    number: NumberArgument,
    person: AsOption,
    out: Annotated[Path, typer.Option(help="The PDF to write.")] = Path("agenda.pdf"),
) -> None:
    """Write the agenda of the forum, one page as PDF: the themes, the choices, and what people share."""
    settings = read_settings()

    async def work(broadcasts: Broadcasts) -> None:
        sentences = load_library(settings.content, settings.programmes).common.sentences
        written = await write_agenda(await broadcasts.agendas.agenda(number, person), sentences)
        try:
            out.write_bytes(written)
        except OSError as error:
            raise SettingError(f"{out} cannot be written: {error.strerror}") from None
        await broadcasts.results.note_download(number, person, "agenda.pdf")
        print(f"written: {out}")

    _run(work, "agenda", person)


def _run(work: Work, name: str, person: str) -> None:
    asyncio.run(_with_broadcasts(read_settings(), work, name, person))


async def _with_broadcasts(settings: Settings, work: Work, name: str, person: str) -> None:
    database = open_database(settings)
    library = load_library(settings.content, settings.programmes)
    try:
        async with database.reading() as session:
            clock = Clock(await clock_offset(session))
        broadcasts = Broadcasts.open(database, library, settings.file, clock.now, lambda: None)
        await work(broadcasts)
        async with database.transaction() as session:
            # Under whose account of the machine somebody's rights were used.
            note_action(session, f"account:{getpass.getuser()}", f"broadcast.command_{name}", f"as {person}", clock.now())
    except Refused as error:
        raise SettingError(error.words(library.common.sentences)) from None
    finally:
        await database.close()


def _now(broadcasts: Broadcasts) -> datetime:
    return broadcasts.sending.now()


def _moment(text: str, zone: str, now: datetime, *, past: str = "past") -> datetime:
    day, _, hour = text.strip().replace("T", " ").partition(" ")
    try:
        return moment_of(_day(day), time.fromisoformat(hour), ZoneInfo(zone), now)
    except WrongMoment as error:
        raise Refused(past if error.says == "past" else error.says) from None
    except ZoneInfoNotFoundError:
        raise Refused("unknown_zone") from None
    except ValueError:
        raise Refused("unreadable_moment") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Refused("unreadable_moment") from None
