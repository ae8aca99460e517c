"""`coach db`, `coach people`, `coach export`, `coach erase`: the database, the roster, and people's rights."""

from __future__ import annotations

import asyncio
import getpass
import json
from typing import Annotated

import typer

from bot.bootstrap import open_database
from bot.content.library import load_library
from bot.domain.access import Grant, Role
from bot.domain.clock import Clock
from bot.domain.posts import Post
from bot.services.conversation import UnknownPerson
from bot.services.membership import email_key
from bot.services.rights import erase as erase_person
from bot.services.rights import export as export_person
from bot.services.roles import Actor, RoleRefused, give_role, say_grant, take_role
from bot.settings import SettingError, read_settings
from bot.storage.access import all_grants, grant_role, grants_of
from bot.storage.addresses import expect_address
from bot.storage.audit import note_action
from bot.storage.demonstration import clock_offset
from bot.storage.people import add_programme, enrol, find_person, programmes_in_use
from bot.storage.tables import PersonKind

PersonOption = Annotated[str, typer.Option(help="The person's id on the roster.")]


def add_to(app: typer.Typer) -> None:
    database = typer.Typer(help="The database.", no_args_is_help=True)
    database.command()(upgrade)
    app.add_typer(database, name="db")
    people = typer.Typer(help="The roster: who takes part, and in which programme.", no_args_is_help=True)
    people.callback()(lambda: None)
    people.command()(add)
    people.command()(roles)
    app.add_typer(people, name="people")
    app.command()(export)
    app.command()(erase)


def upgrade() -> None:
    """Run the migrations that the database lacks."""
    asyncio.run(_upgrade())
    print("the database is up to date")


async def _upgrade() -> None:
    database = open_database(read_settings())
    try:
        await database.upgrade()
    finally:
        await database.close()


def add(
    person: Annotated[str, typer.Option(help="The person's id: a new one, or one on the roster.")],
    programme: Annotated[str | None, typer.Option(help="The programme they are in from now on; left out, it stays as it is.")] = None,
    name: Annotated[str | None, typer.Option(help="Their name; the id until one is given.")] = None,
    email: Annotated[
        str | None, typer.Option(help="Their e-mail address, by which Slack and Teams find them; only a keyed hash of it is kept.")
    ] = None,
    teams: Annotated[
        str | None, typer.Option(help="Their Entra tenant and object id, as TENANT/OBJECT, where Teams has no e-mail address of theirs.")
    ] = None,
    post: Annotated[Post | None, typer.Option(help="The post they hold, where it is known.")] = None,
    role: Annotated[
        Role | None, typer.Option(help="What they do for the programme named here, or for all where none is; see docs/configuration.md.")
    ] = None,
    staff: Annotated[bool, typer.Option("--staff", help="They work here and take no part themselves.")] = False,
) -> None:
    """Put a person on the roster, or move one who is there to another programme."""
    print(asyncio.run(_add(person, programme, name, email, teams, post, role, is_staff=staff)))


async def _add(
    person_id: str,
    programme: str | None,
    name: str | None,
    email: str | None,
    teams: str | None,
    post: Post | None,
    role: Role | None,
    *,
    is_staff: bool,
) -> str:
    tenant, slash, account = (teams or "").lower().partition("/")
    if teams is not None and not (tenant and slash and account):
        raise SettingError("--teams takes a tenant and an object id with a slash between them, both from the person's page in Entra")
    settings = read_settings()
    database = open_database(settings)
    try:
        if settings.is_embedded:
            await database.upgrade()
        async with database.transaction() as session:
            if programme is not None:
                folders = load_library(settings.content, settings.programmes).programmes
                known = sorted({*folders, *await programmes_in_use(session)})
                if programme not in known:
                    remedy = f"name one of {', '.join(known)}" if known else f"make its folder under {settings.file.programmes} first"
                    raise SettingError(f"there is no programme '{programme}': {remedy}")
                await add_programme(session, programme, programme)
            found = await find_person(session, person_id)
            did = "already on the roster" if found else "added"
            if found is None:
                now = Clock(await clock_offset(session)).now()
                found = await enrol(session, person_id, name=person_id, time_zone=settings.file.time_zone, now=now)
            found.programme_id = programme or found.programme_id
            found.name = name or found.name
            if email is not None:
                found.email_key = email_key(email, settings.pseudonym_key)
            if teams is not None:
                await expect_address(session, person_id, channel="teams", account=tenant, user=account, now=found.joined_at)
            found.post = post or found.post
            found.kind = PersonKind.STAFF if is_staff else found.kind
            if role is not None:
                now = Clock(await clock_offset(session)).now()
                await grant_role(session, person_id, Grant(role, programme), by=getpass.getuser(), now=now)
                note_action(session, getpass.getuser(), "role.grant", f"{person_id} {role.value} {programme or '*'}", now)
            roles = [f"{each.role.value} of {each.programme_id or 'all programmes'}" for each in await grants_of(session, person_id)]
            where = f"in programme '{found.programme_id}'" if found.programme_id else "in no programme"
            return f"{person_id}: {did}, {where}, {', '.join(roles) or found.kind.value}"
    finally:
        await database.close()


def roles(
    person: Annotated[str | None, typer.Option(help="The person's id; left out, everybody who has a role is listed.")] = None,
    give: Annotated[Role | None, typer.Option(help="A role to give them.")] = None,
    end: Annotated[Role | None, typer.Option(help="A role to end.")] = None,
    programme: Annotated[str | None, typer.Option(help="The programme in which; left out, in all.")] = None,
    forum: Annotated[int | None, typer.Option(help="The number of the forum, which 'coach roster list' shows.")] = None,
) -> None:
    """List who has which role, give one or end one; every change is on record, and the last administrator stays."""
    if (give or end) and person is None:
        raise SettingError("--person is missing: name whose role it is")
    for line in asyncio.run(_roles(person, give, end, programme, forum)):
        print(line)


async def _roles(person_id: str | None, give: Role | None, end: Role | None, programme: str | None, forum: int | None) -> list[str]:
    settings = read_settings()
    sentences = load_library(settings.content, settings.programmes).common.sentences
    actor = Actor(f"account:{getpass.getuser()}", None)
    database = open_database(settings)
    try:
        async with database.transaction() as session:
            now = Clock(await clock_offset(session)).now()
            if give is not None and person_id is not None:
                await give_role(session, actor, person_id, Grant(give, programme, forum), now)
            if end is not None and person_id is not None:
                await take_role(session, actor, person_id, Grant(end, programme, forum), now)
            return [
                say_grant(each.person_id, Grant(each.role, each.programme_id, each.forum_id))
                for each in await all_grants(session)
                if person_id in (None, each.person_id)
            ]
    except RoleRefused as error:
        raise SettingError(sentences[f"roster_pages.problem_{error.code}"]) from None
    finally:
        await database.close()


def export(person: PersonOption) -> None:
    """Print everything that is held about a person, as JSON."""
    print(asyncio.run(_export(person)))


async def _export(person_id: str) -> str:
    database = open_database(read_settings())
    try:
        held = await export_person(database, person_id, by=f"account:{getpass.getuser()}")
    finally:
        await database.close()
    if held is None:
        raise UnknownPerson(person_id)
    return json.dumps(held, ensure_ascii=False, indent=2)


def erase(person: PersonOption, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete everything that a person wrote and all that was derived from it."""
    if not yes:
        typer.confirm(f"Delete everything of {person}? It cannot be undone", abort=True)
    asyncio.run(_erase(person))
    print(f"{person}: everything deleted")


async def _erase(person_id: str) -> None:
    database = open_database(read_settings())
    try:
        if not await erase_person(database, person_id, by=f"account:{getpass.getuser()}"):
            raise UnknownPerson(person_id)
    finally:
        await database.close()
