"""A roster against the one that is kept: what it would change, and the same again with the changes made, all or none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.access import Grant, Role
from bot.domain.posts import Post
from bot.domain.roster import Column, Problem, fold, read_post, read_role
from bot.services.roles import Actor
from bot.services.roster.rows import Line, Report
from bot.services.roster.writing import Place, RosterWriting
from bot.storage import roster
from bot.storage.audit import note_action
from bot.storage.tables import Address, ForumMember, Person, PersonKind, RoleGrant

# So many rows are looked up and written at a time.
BATCH = 500


class RosterRefused(Exception):
    """Raised when a roster that was to be imported cannot be, with what is wrong; nothing of it was kept."""

    def __init__(self, report: Report) -> None:
        super().__init__("the roster has problems")
        self.report = report


class LeaversDiffer(Exception):
    """Raised when it was agreed that another number of people leaves than would; nothing was kept."""

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody on the roster, as far as a line may change them."""

    id: str
    email_key: str | None
    name: str
    programme_id: str | None
    cohort_id: int | None
    trust_id: str | None
    post: Post | None
    kind: PersonKind


class RosterImport:
    """Takes lines in and reports on them; with `writes` it also keeps what they say, in the caller's transaction."""

    def __init__(
        self, session: AsyncSession, actor: Actor, report: Report, *, now: datetime, time_zone: str, may_add: bool, writes: bool
    ) -> None:
        self._session, self._actor, self.report = session, actor, report
        self._now, self._time_zone, self._may_add, self._writes = now, time_zone, may_add, writes
        self._programmes: dict[str, str] = {}
        self._titles: dict[str, str] = {}
        self._parts: dict[str, dict[tuple[str, str], Any]] = {"cohort": {}, "trust": {}, "forum": {}}
        self._seen: set[str] = set()
        self._touched: set[str] = set()

    async def run(self, lines: Iterable[Line], count: int, progress: Callable[[int, int], None], leaves: int | None = None) -> Report:
        """Take every line. Raises RosterRefused and LeaversDiffer when writing."""
        await self._open()
        rest, done = iter(lines), 0
        while batch := list(islice(rest, BATCH)):
            await self._take(batch)
            done += len(batch)
            progress(done, count)
            await asyncio.sleep(0)
        if self._writes and not self.report.is_clean:
            raise RosterRefused(self.report)
        if self.report.is_clean:
            await self._count_missing(leaves)
        return self.report

    async def _open(self) -> None:
        for programme in await roster.programmes(self._session):
            self._titles[programme.id] = programme.title
            self._programmes |= {fold(programme.title): programme.id}
        # An id names its programme whatever another is called.
        self._programmes |= {fold(each): each for each in self._titles}
        parts = self._parts
        parts["cohort"] = {(each.programme_id, fold(each.title)): each.id for each in await roster.cohorts_of(self._session)}
        parts["forum"] = {(each.programme_id, fold(each.title)): each.id for each in await roster.forums_of(self._session)}
        parts["trust"] = {("", fold(each.title)): each.id for each in await roster.trusts(self._session)}
        parts["trust"] |= {("", fold(each)): each for each in list(parts["trust"].values())}

    async def _take(self, batch: Sequence[Line]) -> None:
        places = [(line, place) for line in batch if (place := await self._place(line)) is not None]
        by_key, by_account = await self._find([line for line, _ in places])
        known = {each.id: each for each in (*by_key.values(), *by_account.values())}
        grants, members = await self._held(list(known))
        write = RosterWriting(self._now, self._time_zone, self._actor.id)
        for line, place in places:
            found = by_key.get(line.key or "")
            owners = {by_account[account].id for account in line.accounts if account in by_account}
            person = found or (known[next(iter(owners))] if owners else None)
            wrong = list(self._wrong(line, place, person, owners, grants))
            if wrong:
                self.report.note(*wrong)
                continue
            self._touched.add(place.programme)
            if person is not None:
                self._seen.add(person.id)
            held = grants.get(person.id, frozenset()) if person else frozenset()
            new_roles = [grant for grant in place.grants() if grant not in held]
            self.report.roles += len(new_roles)
            new_accounts = [account for account in line.accounts if account not in by_account]
            if person is None:
                self.report.added += 1
                self._seen.add(write.add(line, place, new_roles))
                continue
            has_moved = person.programme_id not in (None, place.programme)
            self.report.moved += has_moved
            joins = [forum for forum in place.forums if (forum, person.id) not in members]
            after, what = _changed(person, line, place)
            if not (what or joins or new_roles or new_accounts):
                self.report.unchanged += 1
                continue
            self.report.changed += 1
            write.change(after if what else None, person.id, what, joins, new_roles, new_accounts, place.programme if has_moved else None)
        if self._writes and self.report.is_clean:
            await write.flush(self._session)

    async def _place(self, line: Line) -> Place | None:
        """Return where a line puts somebody; none when it names what is not known, which is noted."""
        problems: list[Problem] = []
        programme = self._programmes.get(fold(line.programme))
        if programme is None or not self._actor.may_manage(programme):
            mine = {self._titles[each] for each in self._titles if self._actor.may_manage(each)}
            self.report.note(_unknown(line.number, Column.PROGRAMME, line.programme, mine))
            return None
        cohort = await self._part("cohort", programme, line.cohort, line.number, Column.COHORT, problems)
        trust = await self._part("trust", "", line.trust, line.number, Column.TRUST, problems)
        forums = [await self._part("forum", programme, each, line.number, Column.FORUMS, problems) for each in line.forums]
        post, role = read_post(line.post) if line.post else "", read_role(line.role)
        if post is None:
            problems.append(Problem(line.number, Column.POST, "unknown_post", line.post[:60]))
        if role is None:
            problems.append(Problem(line.number, Column.ROLE, "unknown_role", line.role[:60]))
        if problems:
            self.report.note(*problems)
            return None
        return Place(programme, cohort, trust, tuple(forums), Post(post) if post else None, Role(role) if role else None)

    async def _part(self, kind: str, programme: str, title: str, number: int, column: Column, problems: list[Problem]) -> Any:
        """Return the id of a cohort, trust or forum, which is added where that is allowed; none for an empty cell."""
        if not title:
            return None
        known = self._parts[kind]
        if (found := known.get((programme, fold(title)))) is not None:
            return found
        if not self._may_add:
            titles = {each for where, each in known if where == programme}
            problems.append(_unknown(number, column, title, titles))
            return None
        self.report.new.setdefault(kind, []).append(title)
        if not self._writes:
            # Nothing that is kept has such a number.
            made: Any = f"new-{len(known)}" if kind == "trust" else -1 - len(known)
        elif kind == "cohort":
            made = (await roster.add_cohort(self._session, programme, title))[0].id
        elif kind == "forum":
            made = (await roster.add_forum(self._session, programme, title))[0].id
        else:
            made = (await roster.add_trust(self._session, title))[0].id
        known[programme, fold(title)] = made
        return made

    async def _find(self, lines: Sequence[Line]) -> tuple[dict[str, Known], dict[tuple[str, str, str], Known]]:
        """Return who of these is on the roster, by e-mail key and by account."""
        columns = [getattr(Person, each.name) for each in fields(Known)]
        keys = [line.key for line in lines if line.key is not None]
        by_key = {
            found.email_key or "": found
            for row in await self._session.execute(select(*columns).where(Person.email_key.in_(keys)))
            for found in [Known(*row)]
        }
        accounts = {account for line in lines for account in line.accounts}
        if not accounts:
            return by_key, {}
        rows = await self._session.execute(
            select(Address.channel, Address.account, Address.user, *columns)
            .join(Person, Person.id == Address.person_id)
            .where(Address.user.in_({user for _, _, user in accounts}))
        )
        return by_key, {(row[0], row[1], row[2]): Known(*row[3:]) for row in rows if (row[0], row[1], row[2]) in accounts}

    async def _held(self, people: Sequence[str]) -> tuple[Mapping[str, frozenset[Grant]], set[tuple[int, str]]]:
        """Return the roles and the places in forums that people have."""
        grants: dict[str, frozenset[Grant]] = {}
        theirs = select(RoleGrant.person_id, RoleGrant.role, RoleGrant.programme_id, RoleGrant.forum_id)
        held = await self._session.execute(theirs.where(RoleGrant.person_id.in_(people), RoleGrant.ended_at.is_(None)))
        for person, role, programme, forum in held:
            grants[person] = grants.get(person, frozenset()) | {Grant(role, programme, forum)}
        rows = await self._session.execute(select(ForumMember.forum_id, ForumMember.person_id).where(ForumMember.person_id.in_(people)))
        return grants, {(forum, person) for forum, person in rows}

    def _wrong(
        self, line: Line, place: Place, person: Known | None, owners: set[str], grants: Mapping[str, frozenset[Grant]]
    ) -> Iterator[Problem]:
        """Find what stands in the way of somebody's place, roles or account."""
        if len(owners) > 1 or (person is not None and owners - {person.id}):
            yield Problem(line.number, Column.ACCOUNT, "account_of_another")
        elif person is not None and owners and line.key is not None and person.email_key not in (None, line.key):
            yield Problem(line.number, Column.EMAIL, "account_of_another")
        held = grants.get(person.id, frozenset()) if person else frozenset()
        if person is not None and person.programme_id != place.programme:
            is_free = person.programme_id is None and not held
            if not (is_free or self._actor.may_manage(person.programme_id)):
                yield Problem(line.number, Column.EMAIL, "elsewhere")
        for grant in place.grants():
            if grant in held:
                continue
            if not self._actor.may_give(grant):
                yield Problem(line.number, Column.ROLE, "role_too_wide", line.role[:60])
            elif person is not None and person.id == self._actor.id:
                yield Problem(line.number, Column.ROLE, "role_own", line.role[:60])

    async def _count_missing(self, leaves: int | None) -> None:
        """Count who is not in the roster, and take them out when exactly so many were agreed to leave."""
        missing: dict[str, list[str]] = {}
        for programme in sorted(self._touched):
            missing[programme] = [each for each in await roster.listed_by_address(self._session, programme) if each not in self._seen]
        self.report.missing = sum(len(people) for people in missing.values())
        if leaves is None:
            return
        if leaves != self.report.missing:
            raise LeaversDiffer(self.report.missing)
        if not self._writes:
            return
        for programme, people in missing.items():
            for start in range(0, len(people), BATCH):
                some = people[start : start + BATCH]
                await roster.leave_programme(self._session, programme, some, self._now)
                for person in some:
                    note_action(self._session, self._actor.id, "roster.left", f"{person} {programme}"[:120], self._now)
        self.report.left = self.report.missing


def _changed(person: Known, line: Line, place: Place) -> tuple[dict[str, Any], list[str]]:
    """Return somebody's row as the line has it, what is left empty as it was, and the names of what differs."""
    moves = person.programme_id != place.programme
    after = {
        "id": person.id,
        "email_key": line.key or person.email_key,
        "name": line.name,
        "programme_id": place.programme,
        "cohort_id": place.cohort if place.cohort is not None or moves else person.cohort_id,
        "trust_id": place.trust if place.trust is not None else person.trust_id,
        "post": place.post or person.post,
        "kind": PersonKind.PARTICIPANT if person.kind is PersonKind.COUNTERPART else person.kind,
    }
    return after, [name for name, value in after.items() if getattr(person, name) != value]


def _unknown(number: int, column: Column, value: str, known: Iterable[str]) -> Problem:
    """Return that something is not known, with what comes nearest."""
    titles = {fold(each): each for each in known}
    near = get_close_matches(fold(value), list(titles), 1, 0.6)
    return Problem(number, column, f"unknown_{column.value}", value[:60] if "@" not in value else "", titles[near[0]] if near else "")
