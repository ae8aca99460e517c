"""`coach broadcast`, as an operator types it, bad input included."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.bootstrap import open_database
from bot.content.library import Library
from bot.domain.access import Grant, Role
from bot.settings import SettingError, read_settings
from bot.storage.access import end_role, grant_role
from bot.storage.database import Database
from bot.storage.people import enrol
from bot.storage.tables import ForumMember, Person
from tests.integration.test_people import coach

__all__ = ["coach"]

Coach = Callable[..., str]
Work = Callable[[AsyncSession], Awaitable[object]]
BARE = ("--as", "team", "--programme", "leeds", "--title", "For Thursday")
WORDS = ("--text", "{first_name}, what shall we open with?")


def with_database(work: Work) -> None:
    async def run() -> None:
        database: Database = open_database(read_settings())
        try:
            async with database.transaction() as session:
                await work(session)
        finally:
            await database.close()

    asyncio.run(run())


@pytest.fixture
def desk(coach: Coach, library: Library, monkeypatch: pytest.MonkeyPatch) -> Coach:
    """Give a `coach` with a programme of twelve people in one forum, its lead, its team and a second colleague."""
    # Read once; each command would read it again, which takes a second of each.
    monkeypatch.setattr("bot.commands.broadcast.load_library", lambda *_: library)
    coach("roster", "add", "programme", "Leeds programme", "--programme", "leeds")
    coach("roster", "add", "forum", "CD Forum", "--programme", "leeds")

    async def fill(session: AsyncSession) -> None:
        now = datetime.now(UTC)
        roles = {"lead": Grant(Role.FORUM_LEAD, "leeds", 1), "team": Grant(Role.PROGRAMME_TEAM, "leeds")}
        roles["colleague"] = roles["team"]
        for person_id, grant in roles.items():
            await enrol(session, person_id, name=f"The {person_id}", time_zone="Europe/London", now=now)
            await grant_role(session, person_id, grant, by="test", now=now)
        for number in range(12):
            person = await enrol(session, f"p{number}", name=f"Dr P{number} Lee", time_zone="Europe/London", now=now, programme_id="leeds")
            person.consented_at, person.consent_version = now, 1
            session.add(ForumMember(forum_id=1, person_id=person.id))

    with_database(fill)
    return coach


def refusal(coach: Coach, *arguments: str) -> str:
    with pytest.raises(SettingError) as raised:
        coach("broadcast", *arguments)
    return str(raised.value)


def local(days: int) -> str:
    """Return a day that lies so many days from now, at eight in the morning, as it is typed."""
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d} 08:00"


def test_one_is_written_rehearsed_sent_followed_and_taken_back(desk: Coach, tmp_path: Path) -> None:
    said = desk("broadcast", "draft", *BARE, "--forum", "1", *WORDS)
    assert said == "broadcast 1, version 1, to 12 people\n"
    rehearsed = desk("broadcast", "rehearse", "1", "--as", "lead")
    assert "to 12 people: Dr P0 Lee" in rehearsed
    assert "  web: 12" in rehearsed
    assert "last: " in rehearsed
    assert "The lead, what shall we open with?" in rehearsed, "the words as whoever asks would read them"
    assert "goes to 12 people" in desk("broadcast", "send", "1", "--as", "lead")
    assert "12" in desk("broadcast", "status", "1", "--as", "lead")
    for action, said in (("pause", "is paused"), ("resume", "goes on"), ("takeback", "is being taken back")):
        assert said in desk("broadcast", action, "1", "--as", "lead")
    assert "Ended before it was sent" in desk("broadcast", "status", "1", "--as", "lead")
    assert "it is not shown" in desk("broadcast", "results", "1", "--as", "lead")
    out = tmp_path / "agenda.pdf"
    assert desk("broadcast", "agenda", "1", "--as", "lead", "--out", str(out)) == f"written: {out}\n"
    assert out.read_bytes()[:5] == b"%PDF-"
    assert "cannot be written" in refusal(desk, "agenda", "1", "--as", "lead", "--out", str(tmp_path / "none" / "a.pdf"))
    for again in ("pause", "resume", "cancel", "takeback"):
        assert refusal(desk, again, "1", "--as", "lead") == "It was taken back."


def test_whom_it_is_for_is_named_by_lists(desk: Coach) -> None:
    with_database(lambda session: grant_role(session, "p3", Grant(Role.FORUM_LEAD, "leeds"), by="test", now=datetime.now(UTC)))
    assert "to 1 people" in desk("broadcast", "draft", *BARE, "--role", "forum_lead", *WORDS)
    assert "to 11 people" in desk("broadcast", "draft", *BARE, "--role", "participant", *WORDS)
    assert "to 0 people" in desk("broadcast", "draft", *BARE, "--post", "director", *WORDS)


# What is typed, and what is said to it.
WRONG = (
    (("--text", "{surname}, hello"), "There is no field {surname}"),
    (("--text", "a { alone"), "A brace in the text has no partner"),
    ((), "Write what people are to read"),
    (("--text", "x" * 1501), "keep it to 1500"),
    (("--kind", "poll", "--choice", "One", *WORDS), "A poll has 2 to 5 choices"),
    (("--kind", "poll", "--choice", "One", "--choice", "one", *WORDS), "Two choices say the same"),
    (("--kind", "scenario", "--thing", "no_such"), "Choose what to bring along"),
    (("--text", "{forum_date}"), "needs a forum"),
    ((*WORDS, "--reply-by", "2020-01-01 08:00"), "The time to answer by is over"),
    ((*WORDS, "--reply-by", "2027-03-28 01:30"), "The clocks go forward in that hour"),
    ((*WORDS, "--reply-by", "2027-10-31 01:30"), "The clocks go back in that hour"),
    ((*WORDS, "--reply-by", "Thursday"), "Write the day as 2026-12-03"),
    ((*WORDS, "--zone", "Europe/Leeds"), "There is no time zone of that name"),
    ((*WORDS, "--zone", "../../etc/passwd"), "There is no time zone of that name"),
    ((*WORDS, "--forum", "99"), "That forum is not in this programme"),
    ((*WORDS, "--cohort", "99"), "That cohort is not in this programme"),
    ((*WORDS, "--trust", "99"), "no trust of that name"),
)
# Who has no right to write to the whole programme, and why not.
STRANGERS = (
    ("lead", "leeds", "a lead of one forum"),
    ("p0", "leeds", "no role"),
    ("nobody", "leeds", "nobody of that name"),
    ("team", "york", "no such programme"),
)


def test_what_cannot_be_sent_is_refused_when_it_is_written(desk: Coach) -> None:
    for arguments, said in WRONG:
        assert said in refusal(desk, "draft", *BARE, *arguments), arguments
    for person, programme, reason in STRANGERS:
        said = refusal(desk, "draft", "--as", person, "--programme", programme, "--title", "All", *WORDS)
        assert "that you lead" in said, reason
    assert "no broadcast of that number" in refusal(desk, "status", "1", "--as", "team"), "nothing was kept"


def test_a_moment_that_cannot_be_meant_is_refused_and_the_draft_stays(desk: Coach) -> None:
    desk("broadcast", "draft", *BARE, "--forum", "1", *WORDS)
    for at, said in (
        ("2020-01-01 08:00", "That moment is over"),
        ("2027-03-28 01:30", "The clocks go forward"),
        ("2027-10-31 01:30", "The clocks go back"),
        ("tomorrow", "Write the day as"),
        ("2027-02-30 08:00", "Write the day as"),
        ("2027-02-28", "Write the day as"),
    ):
        assert said in refusal(desk, "schedule", "1", "--as", "lead", "--at", at), at
    for series, said in (
        ((), "A series needs a last day"),
        (("--until", "2020-01-01"), "A series needs a last day"),
        (("--until", local(500)[:10]), "A series can last a year"),
        (("--until", "soon"), "Write the day as"),
    ):
        assert said in refusal(desk, "schedule", "1", "--as", "lead", "--at", local(3), "--every", "week", *series), series
    assert "Say how often it comes back" in refusal(desk, "schedule", "1", "--as", "lead", "--at", local(3), "--until", local(30)[:10])
    weekly = ("--at", local(3), "--every", "week", "--until", local(30)[:10])
    assert "(Europe/London)" in desk("broadcast", "schedule", "1", "--as", "lead", *weekly)
    assert "no longer a draft" in refusal(desk, "send", "1", "--as", "lead")
    assert desk("broadcast", "cancel", "1", "--as", "lead") == "broadcast 1 is cancelled\n"
    assert refusal(desk, "takeback", "1", "--as", "lead") == "Nothing of it was sent, so there is nothing to take back."


def test_everyone_needs_the_number_and_many_need_a_second_person(desk: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "few.yml"
    written = Path("config/settings.yml").read_text()
    assert "approve_above: 200" in written
    settings.write_text(written.replace("approve_above: 200", "approve_above: 10"))
    monkeypatch.setenv("COACH_SETTINGS", str(settings))
    desk("broadcast", "draft", *BARE, *WORDS)
    assert "Type the number of people, 12" in refusal(desk, "send", "1", "--as", "team")
    assert "Type the number of people, 12" in refusal(desk, "send", "1", "--as", "team", "--count", "11")
    assert "Above 10 somebody else has to approve" in refusal(desk, "send", "1", "--as", "team", "--count", "12")
    assert "cannot approve it" in refusal(desk, "approve", "1", "--version", "1", "--as", "team")
    assert "no broadcast of that number" in refusal(desk, "approve", "1", "--version", "1", "--as", "lead")
    assert "was changed after you opened it" in refusal(desk, "approve", "1", "--version", "7", "--as", "colleague")
    assert "is approved" in desk("broadcast", "approve", "1", "--version", "1", "--as", "colleague")
    assert "goes to 12 people" in desk("broadcast", "send", "1", "--as", "team", "--count", "12")


def test_an_audience_that_emptied_and_a_role_that_was_lost_send_nothing(desk: Coach) -> None:
    desk("broadcast", "draft", *BARE, "--forum", "1", *WORDS)
    with_database(lambda session: end_role(session, "lead", Grant(Role.FORUM_LEAD, "leeds", 1), now=datetime.now(UTC)))
    for action in ("rehearse", "send", "status", "results", "agenda", "takeback"):
        assert "no broadcast of that number that you may do this with" in refusal(desk, action, "1", "--as", "lead"), action

    async def stop_all(session: AsyncSession) -> None:
        for number in range(12):
            (await session.get_one(Person, f"p{number}")).stopped_at = datetime.now(UTC)

    with_database(stop_all)
    rehearsed = desk("broadcast", "rehearse", "1", "--as", "team")
    assert "to 0 people" in rehearsed
    assert "left out, has stopped the coach: 12" in rehearsed
    assert "Nobody would get it" in refusal(desk, "send", "1", "--as", "team")
