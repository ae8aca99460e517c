"""What falls due besides check-ins, on both databases: digests, reports on a quarter, and rounds about who invited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.content.library import Library
from bot.domain.availability import Away, Change
from bot.domain.surveys import COUNTERPART
from bot.rasa.client import EngineUnavailable, RasaClient
from bot.scheduler import Ticker
from bot.services.counterparts import MOST_A_MONTH, Counterparts, Refusal, read_code
from bot.services.deliveries import Deliveries
from bot.services.feed import Feed
from bot.services.queue import Queue
from bot.services.rights import erase, export, object_to_counting
from bot.settings import SettingsFile, read_settings
from bot.storage.addresses import note_address
from bot.storage.database import Database
from bot.storage.deliveries import NewDelivery, queue
from bot.storage.hours import NoDayLeft, OutsideHours, change_hours, resume, stop
from bot.storage.people import add_programme, enrol
from bot.storage.plans import keep_plan
from bot.storage.postings import end_account
from bot.storage.schedules import falling_due
from bot.storage.surveys import find_or_add_round, keep_answer
from bot.storage.tables import (
    CheckIn,
    CheckInState,
    Counterpart,
    Delivery,
    DeliveryKind,
    DeliveryState,
    FiledAnswer,
    Message,
    Person,
    PersonKind,
    Relation,
    RoundState,
    Schedule,
    SurveyRound,
)
from tests.integration.conftest import KEY

pytestmark = pytest.mark.anyio

LONDON = ZoneInfo("Europe/London")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=LONDON)
DAY = timedelta(days=1)


async def no_engine() -> RasaClient:
    raise EngineUnavailable("nobody needs it to be sent something")


@pytest.fixture
def settings(tmp_path: Path) -> SettingsFile:
    return read_settings({"COACH_VAR": str(tmp_path)}).file


@pytest.fixture
def deliveries(database: Database, library: Library, settings: SettingsFile) -> Deliveries:
    return Deliveries(database, library, settings, no_engine, Feed(), lambda: None)


@pytest.fixture
def counterparts(library: Library, settings: SettingsFile) -> Counterparts:
    return Counterparts(library, settings, KEY, "https://coach.example")


async def agreed(database: Database, *names: str, at: datetime = TUESDAY, programme: str | None = None) -> None:
    async with database.transaction() as session:
        for name in names:
            person = await enrol(session, name, name=name.title(), time_zone="Europe/London", now=at, programme_id=programme)
            person.consented_at, person.consent_version = at, 1


async def change(database: Database, settings: SettingsFile, name: str, wish: Change, now: datetime = TUESDAY) -> None:
    async with database.transaction() as session:
        await change_hours(session, await session.get_one(Person, name), wish, settings, now)


async def said_to(database: Database, name: str) -> list[str]:
    async with database.reading() as session:
        return [each.text for each in await session.scalars(select(Message).where(Message.person_id == name).order_by(Message.id))]


async def deliveries_of(database: Database, name: str, kind: DeliveryKind) -> Sequence[Delivery]:
    async with database.reading() as session:
        return (
            await session.scalars(select(Delivery).where(Delivery.person_id == name, Delivery.kind == kind).order_by(Delivery.id))
        ).all()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


async def test_a_digest_comes_on_mondays_to_those_who_want_one(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna", "bella")
    await change(database, settings, "anna", Change(wants_digest=True))
    async with database.transaction() as session:
        when = at("2026-12-02T08:30")
        await keep_plan(session, "anna", "If the list is cut, I ask why", theme="gm_trust", scenario=None, check_in_at=when, now=TUESDAY)
    await deliveries.tick(at("2026-11-29T09:00"))
    assert await deliveries_of(database, "anna", DeliveryKind.DIGEST) == [], "it is not Monday yet"
    await deliveries.tick(at("2026-11-30T08:31"))
    said = next(text for text in await said_to(database, "anna") if text.startswith("Your week"))
    assert "Wednesday 2 December at 08:30" in said
    assert "the list is cut" not in said, "a plan's words do not light up on a phone in theatre"
    assert await deliveries_of(database, "bella", DeliveryKind.DIGEST) == []
    await change(database, settings, "anna", Change(wants_digest=False), at("2026-12-07T08:00"))
    await deliveries.tick(at("2026-12-07T08:31"))
    assert len(await deliveries_of(database, "anna", DeliveryKind.DIGEST)) == 1
    async with database.reading() as session:
        sources = list(await session.scalars(select(Schedule.source).where(Schedule.person_id == "anna")))
    assert "digest" not in sources


async def test_a_digest_of_last_week_is_not_caught_up(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    await change(database, settings, "anna", Change(wants_digest=True))
    await deliveries.tick(at("2026-12-03T09:00"))  # nobody ticked on Monday
    assert await deliveries_of(database, "anna", DeliveryKind.DIGEST) == []
    await deliveries.tick(at("2026-12-07T08:31"))
    assert [each.occurrence for each in await deliveries_of(database, "anna", DeliveryKind.DIGEST)] == ["2026-12-07"]


async def test_whoever_only_reads_digests_is_not_silent(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    await change(database, settings, "anna", Change(wants_digest=True), at("2027-01-08T09:00"))
    for week in range(6):
        await deliveries.tick(at("2027-01-11T08:31") + week * 7 * DAY)
    digests = await deliveries_of(database, "anna", DeliveryKind.DIGEST)
    assert [each.state for each in digests] == [DeliveryState.SENT] * 6
    assert await deliveries_of(database, "anna", DeliveryKind.GO_ON) == []


async def test_a_check_in_that_is_late_says_so(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna", "bella")
    async with database.transaction() as session:
        for name in ("anna", "bella"):
            when = at("2026-12-02T08:30")
            await keep_plan(session, name, "If the list is cut, I ask why", theme=None, scenario=None, check_in_at=when, now=TUESDAY)
    await change(database, settings, "anna", Change(away=(Away("leave", date(2026, 12, 2), date(2026, 12, 3)),)))
    await deliveries.tick(at("2026-12-02T08:31"))
    await deliveries.tick(at("2026-12-04T07:01"))
    late = next(text for text in await said_to(database, "anna") if "You planned" in text)
    assert late.startswith("I was to ask on Wed 2 Dec")
    assert next(text for text in await said_to(database, "bella") if "planned" in text).startswith("You planned")


async def test_surveys_come_at_the_hour_that_somebody_chose(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    await deliveries.tick(TUESDAY)  # the first rounds are scheduled for half past twelve
    await change(database, settings, "anna", Change(survey_at=time(17)))
    wave = at("2026-11-27T17:00")
    await deliveries.tick(wave - timedelta(minutes=1))
    assert await deliveries_of(database, "anna", DeliveryKind.SURVEY) == []
    await deliveries.tick(wave)
    assert [each.due_at for each in await deliveries_of(database, "anna", DeliveryKind.SURVEY)] == [wave]
    await deliveries.tick(at("2026-12-08T16:59"))
    assert len(await deliveries_of(database, "anna", DeliveryKind.SURVEY)) == 1
    await deliveries.tick(at("2026-12-08T17:00"))
    assert len(await deliveries_of(database, "anna", DeliveryKind.SURVEY)) == 2


async def test_what_is_scheduled_follows_the_persons_zone(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    when = at("2026-12-02T08:30")
    async with database.transaction() as session:
        await keep_plan(session, "anna", "If the list is cut, I ask why", theme=None, scenario=None, check_in_at=when, now=TUESDAY)
    await deliveries.tick(TUESDAY)
    await change(database, settings, "anna", Change(time_zone="America/New_York", wants_digest=True))
    there = ZoneInfo("America/New_York")
    async with database.reading() as session:
        assert (await session.get_one(Person, "anna")).time_zone == "America/New_York"
        check_in = (await session.scalars(select(CheckIn))).one()
        assert check_in.due_at == when.replace(tzinfo=there)
        walls = {each.source: each.due_at.astimezone(there).time() for each in await session.scalars(select(Schedule))}
    assert (walls["survey:fortnightly"], walls["digest"]) == (time(12, 30), time(8, 30))
    sent = await deliveries.tick(at("2026-12-02T13:29"))
    assert not any(step.kind is DeliveryKind.CHECK_IN for step in sent)
    assert any(step.kind is DeliveryKind.CHECK_IN and step.what == "sent" for step in await deliveries.tick(at("2026-12-02T13:31")))


async def test_who_wants_no_surveys_is_asked_none(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    await deliveries.tick(TUESDAY)
    await change(database, settings, "anna", Change(wants_surveys=False))
    await deliveries.tick(at("2026-11-27T13:00"))
    assert await deliveries_of(database, "anna", DeliveryKind.SURVEY) == []
    await change(database, settings, "anna", Change(wants_surveys=True))
    await deliveries.tick(at("2026-12-08T13:00"))
    assert len(await deliveries_of(database, "anna", DeliveryKind.SURVEY)) == 1


async def test_whoever_objected_to_being_counted_is_sent_no_survey(
    database: Database, settings: SettingsFile, deliveries: Deliveries
) -> None:
    await agreed(database, "anna")
    await deliveries.tick(TUESDAY)
    await object_to_counting(database, "anna", TUESDAY)
    await deliveries.tick(at("2026-11-27T13:00"))
    assert await deliveries_of(database, "anna", DeliveryKind.SURVEY) == []
    await object_to_counting(database, "anna", None)
    await deliveries.tick(at("2026-12-08T13:00"))
    assert len(await deliveries_of(database, "anna", DeliveryKind.SURVEY)) == 1


async def test_surveys_cannot_come_outside_ones_hours(database: Database, settings: SettingsFile) -> None:
    await agreed(database, "anna")
    with pytest.raises(OutsideHours):
        await change(database, settings, "anna", Change(survey_at=time(22)))
    await change(database, settings, "anna", Change(survey_at=time(22), day_ends=time(23)))


async def test_a_check_in_that_reached_nobody_waits_for_no_answer(database: Database, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    async with database.transaction() as session:
        await note_address(session, "anna", channel="slack", account="T1", user="U1", place="D1", now=TUESDAY)
        await keep_plan(session, "anna", "If the list is cut, I ask why", theme=None, scenario=None, check_in_at=TUESDAY, now=TUESDAY)
    later = TUESDAY + timedelta(minutes=1)
    await deliveries.tick(later)
    async with database.transaction() as session:
        assert (await session.scalars(select(CheckIn.state))).one() is CheckInState.ASKED
        await end_account(session, "slack", "T1", "account_inactive", later)
    async with database.reading() as session:
        assert (await session.scalars(select(Delivery.state).where(Delivery.kind == DeliveryKind.CHECK_IN))).one() is DeliveryState.FAILED
        assert (await session.scalars(select(CheckIn.state))).one() is CheckInState.UNANSWERED
    number = (await deliveries_of(database, "anna", DeliveryKind.CHECK_IN))[0].id
    await Queue(database, lambda: later, lambda: None).retry(number, "account:tester")
    async with database.reading() as session:
        assert (await session.scalars(select(CheckIn.state))).one() is CheckInState.ASKED, "it goes out again, so an answer is waited for"


async def test_a_check_in_that_is_cancelled_by_hand_is_over(database: Database, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    async with database.transaction() as session:
        await keep_plan(session, "anna", "If the list is cut, I ask why", theme=None, scenario=None, check_in_at=TUESDAY, now=TUESDAY)
    await deliveries.queue_due(TUESDAY)
    number = (await deliveries_of(database, "anna", DeliveryKind.CHECK_IN))[0].id
    desk = Queue(database, lambda: TUESDAY, lambda: None)
    await desk.cancel(number, "account:tester")
    async with database.reading() as session:
        assert (await session.scalars(select(CheckIn.state))).one() is CheckInState.UNANSWERED
    assert [each.id for each in await desk.of_person("anna") or ()] == [number]
    assert await desk.of_person("nobody") is None


async def test_what_a_tick_would_look_at_is_only_shown(database: Database, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    async with database.transaction() as session:
        await keep_plan(session, "anna", "words", theme=None, scenario=None, check_in_at=TUESDAY + DAY, now=TUESDAY)
    async with database.reading() as session:
        assert await falling_due(session, TUESDAY, 10) == []
        assert await falling_due(session, TUESDAY + DAY, 10) == [(TUESDAY + DAY, DeliveryKind.CHECK_IN, "anna")]
    assert await deliveries_of(database, "anna", DeliveryKind.CHECK_IN) == []


async def test_no_change_leaves_no_day_at_all(database: Database, settings: SettingsFile) -> None:
    await agreed(database, "anna")
    with pytest.raises(NoDayLeft):
        await change(database, settings, "anna", Change(drops_days=frozenset(range(7))))
    async with database.reading() as session:
        assert (await session.get_one(Person, "anna")).availability is None


async def answered(database: Database, name: str, number: int, value: int, when: datetime) -> None:
    async with database.transaction() as session:
        kept = await find_or_add_round(session, name, "fortnightly", number, [("next_conversation", 1), ("involved_early", 1)], when)
        await keep_answer(session, kept, "next_conversation", 1, value, when)
        await keep_answer(session, kept, "involved_early", 1, None, when)


@pytest.mark.parametrize(("people", "shown"), [(11, True), (10, False)])
async def test_what_came_back_is_told_to_those_who_answered(database: Database, deliveries: Deliveries, people: int, shown: bool) -> None:
    async with database.transaction() as session:
        await add_programme(session, "north", "North")
        await add_programme(session, "south", "South")
    names = [f"p{number}" for number in range(people)]
    await agreed(database, *names, "quiet", programme="north", at=at("2026-08-04T10:00"))
    await agreed(database, "other", programme="south", at=at("2026-08-04T10:00"))
    for number, name in enumerate([*names, "other"]):
        # Not all the same, which would not be told.
        await answered(database, name, 1, {0: 3, 1: 5}.get(number, 4), at("2026-09-10T12:00"))
        await answered(database, name, 2, 6 if number else 8, at("2026-10-10T12:00"))
        await answered(database, name, 3, 6, at("2026-12-10T12:00"))
    await deliveries.tick(at("2026-12-30T12:31"))
    await deliveries.tick(at("2027-01-01T12:31"))
    assert all(each.state is DeliveryState.QUEUED for each in await deliveries_of(database, "p0", DeliveryKind.REPORT)), "a bank holiday"
    await deliveries.tick(at("2027-01-04T12:31"))
    told = await said_to(database, "p0")
    report = next(text for text in told if "October to December" in text)
    # Person 0 has a mean of 7, all others of 6; a round earlier they said 4 on average.
    assert ("6.1 of 10, from 4.0" in report) is shown
    assert ("fewer than 11" in report) is not shown
    assert "Only you see this" in told[told.index(report) + 1]
    assert "8 at first, 6 at last" in told[told.index(report) + 1]
    assert "involved" not in report.lower(), "what everybody skipped has no figure"
    assert await deliveries_of(database, "quiet", DeliveryKind.REPORT) == [], "nothing came from them"
    assert "fewer than 11" in next(text for text in await said_to(database, "other") if "October to December" in text)


async def invited(database: Database, counterparts: Counterparts, by: str, relation: Relation = Relation.GENERAL_MANAGER) -> str:
    """Have somebody invite, and return the code as it would be read out."""
    async with database.transaction() as session:
        replies = await counterparts.invite(session, await session.get_one(Person, by), relation, TUESDAY)
    assert "https://coach.example/invited/" in replies[1].text
    return replies[1].text.split("/invited/")[1].split()[0]


async def test_a_counterpart_rates_three_times_a_year(database: Database, counterparts: Counterparts, deliveries: Deliveries) -> None:
    await agreed(database, "anna", "greg")
    code = await invited(database, counterparts, "anna")
    async with database.transaction() as session:
        greg = await session.get_one(Person, "greg")
        assert await counterparts.take_code(session, greg, "what code?", TUESDAY) is None
        replies = await counterparts.take_code(session, greg, f"code {code.lower()}", TUESDAY)
    assert replies is not None
    assert replies[0].text.startswith("Anna invited you")
    async with database.transaction() as session:
        opened = (await session.scalars(select(SurveyRound).where(SurveyRound.person_id == "greg"))).one()
        assert opened.instrument.startswith(f"{COUNTERPART}:")
        assert opened.state is RoundState.ASKED
        assert f'"survey_round": "{opened.id}"' in replies[0].choices[0].payload
        again = await counterparts.take_code(session, await session.get_one(Person, "greg"), code, TUESDAY)
        assert again is not None
        assert "used" in again[0].text
    # Half a year on; the fortnights between are greg's own.
    await deliveries.tick(TUESDAY + DAY)
    half_year = at("2027-05-26T12:30")
    await deliveries.tick(half_year)
    rounds = [each for each in await deliveries_of(database, "greg", DeliveryKind.SURVEY) if COUNTERPART in each.source]
    assert [(each.occurrence, each.due_at) for each in rounds] == [("2", half_year)]
    assert "working with Anna" in (await said_to(database, "greg"))[-1]


async def test_whoever_was_invited_is_asked_nothing_else(database: Database, counterparts: Counterparts, deliveries: Deliveries) -> None:
    await agreed(database, "anna", "greg")
    code = await invited(database, counterparts, "anna")
    async with database.transaction() as session:
        greg = await session.get_one(Person, "greg")
        greg.kind = PersonKind.COUNTERPART
        await counterparts.take_code(session, greg, code, TUESDAY)
    for day in range(0, 60, 7):
        await deliveries.tick(TUESDAY + day * DAY + timedelta(hours=3))
    assert await deliveries_of(database, "greg", DeliveryKind.SURVEY) == []
    assert len(await deliveries_of(database, "anna", DeliveryKind.SURVEY)) > 0


async def test_an_invitation_that_cannot_be_accepted_says_why(database: Database, counterparts: Counterparts) -> None:
    await agreed(database, "anna", "greg")
    first = await invited(database, counterparts, "anna")
    second = await invited(database, counterparts, "anna")
    nurse = await invited(database, counterparts, "anna", Relation.NURSE_LEAD)
    async with database.transaction() as session:
        anna, greg = await session.get_one(Person, "anna"), await session.get_one(Person, "greg")
        refusals = {
            "one that a later one replaced": await counterparts.accept(session, greg, first, TUESDAY),
            "a code that nobody made": await counterparts.accept(session, greg, "ABCDE-12345", TUESDAY),
            "no code at all": await counterparts.accept(session, greg, "hello", TUESDAY),
            "one's own": await counterparts.accept(session, anna, second, TUESDAY),
            "one that is too old": await counterparts.accept(session, greg, second, TUESDAY + 22 * DAY),
        }
        assert refusals == {
            "one that a later one replaced": Refusal.OVER,
            "a code that nobody made": Refusal.UNKNOWN,
            "no code at all": Refusal.UNKNOWN,
            "one's own": Refusal.OWN,
            "one that is too old": Refusal.OVER,
        }
        assert not isinstance(await counterparts.accept(session, greg, nurse, TUESDAY), Refusal), "the other kind of colleague's stands"


async def test_a_new_general_manager_takes_the_place_of_the_last(database: Database, counterparts: Counterparts) -> None:
    await agreed(database, "anna", "greg", "gina")
    for rater in ("greg", "gina"):
        code = await invited(database, counterparts, "anna")
        async with database.transaction() as session:
            await counterparts.accept(session, await session.get_one(Person, rater), code, TUESDAY)
    async with database.reading() as session:
        still = list(await session.scalars(select(Counterpart.rater_id).where(Counterpart.ended_at.is_(None))))
    assert still == ["gina"]


@pytest.mark.parametrize("who", ["anna", "greg"])
async def test_either_side_ends_it(database: Database, counterparts: Counterparts, deliveries: Deliveries, who: str) -> None:
    await agreed(database, "anna", "greg")
    code = await invited(database, counterparts, "anna")
    async with database.transaction() as session:
        await counterparts.take_code(session, await session.get_one(Person, "greg"), code, TUESDAY)
    async with database.transaction() as session:
        person = await session.get_one(Person, who)
        end = "end_invitations" if who == "anna" else "stop_rating"
        assert await counterparts.handle(session, person, end, {}, TUESDAY) is not None
    await deliveries.tick(at("2027-05-26T12:30"))
    assert [each for each in await deliveries_of(database, "greg", DeliveryKind.SURVEY) if COUNTERPART in each.source] == []


@pytest.mark.parametrize("who", ["anna", "greg"])
async def test_whoever_is_erased_leaves_no_rating(database: Database, counterparts: Counterparts, who: str) -> None:
    await agreed(database, "anna", "greg")
    code = await invited(database, counterparts, "anna")
    async with database.transaction() as session:
        await counterparts.take_code(session, await session.get_one(Person, "greg"), code, TUESDAY)
        opened = (await session.scalars(select(SurveyRound).where(SurveyRound.person_id == "greg"))).one()
        await keep_answer(session, opened, "together_early", 1, 4, TUESDAY)
    held = await export(database, "anna")
    assert held is not None
    assert "greg" not in str(held), "whom one invited is not told who accepted, nor what they said"
    await erase(database, who)
    async with database.reading() as session:
        for table in (Counterpart, SurveyRound, FiledAnswer):
            assert list(await session.scalars(select(table))) == []


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("KTMBR-47290", "KTMBR-47290"),
        (" ktmbr 47290. ", "KTMBR-47290"),
        ("my code is KTMBR47290", "KTMBR-47290"),
        ("KTMBR-4729", None),
        ("meeting 47290 was awful", None),
        ("KTMBI-47290", None),  # no code has an I
    ],
)
def test_codes_are_read_as_people_write_them(typed: str, code: str | None) -> None:
    assert read_code(typed) == code


async def test_one_process_ticks_at_a_time(database: Database, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    first, second = Ticker(database, deliveries), Ticker(database, deliveries)
    await first.tick(TUESDAY)
    wave = at("2026-11-27T12:31")
    assert await second.tick(wave) == (), "the other one's turn"
    await first.stop()
    assert [step.what for step in await second.tick(wave)] == ["queued", "sent"]
    await first.stop()
    assert await first.tick(wave + DAY) == (), "what is not its own it cannot give back"


async def test_moments_are_utc_whatever_the_zone(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    async with database.transaction() as session:
        person = await enrol(session, "anna", name="Anna", time_zone="Pacific/Auckland", now=TUESDAY)
        person.consented_at, person.consent_version = TUESDAY, 1
    await change(database, settings, "anna", Change(wants_digest=True))
    await deliveries.tick(datetime(2026, 11, 29, 19, 29, tzinfo=UTC))  # Monday 08:29 there
    assert await deliveries_of(database, "anna", DeliveryKind.DIGEST) == []
    await deliveries.tick(datetime(2026, 11, 29, 19, 30, tzinfo=UTC))
    assert len(await deliveries_of(database, "anna", DeliveryKind.DIGEST)) == 1


async def test_what_cannot_be_put_into_words_holds_up_nobody_else(database: Database, deliveries: Deliveries) -> None:
    await agreed(database, "anna", "bella")
    async with database.transaction() as session:
        gone = NewDelivery("anna", DeliveryKind.SURVEY, "survey:gone", "1", 0, TUESDAY, TUESDAY + DAY)
        await queue(session, [gone], TUESDAY)
        await keep_plan(session, "bella", "words", theme=None, scenario=None, check_in_at=TUESDAY, now=TUESDAY)
    steps = await deliveries.tick(TUESDAY + timedelta(minutes=1))
    assert [(step.person_id, step.what) for step in steps if step.what != "queued"] == [("anna", "failed"), ("bella", "sent")]
    assert [each.reason for each in await deliveries_of(database, "anna", DeliveryKind.SURVEY)] == ["could not be put into words"]


async def test_after_leave_the_latest_round_alone_is_asked(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    await change(database, settings, "anna", Change(away=(Away("leave", date(2026, 11, 25), date(2027, 3, 12)),)))
    for day in range(120):
        await deliveries.tick(TUESDAY + day * DAY + timedelta(hours=3))
    fortnightly = [each for each in await deliveries_of(database, "anna", DeliveryKind.SURVEY) if each.source == "survey:fortnightly"]
    assert [each.state for each in fortnightly].count(DeliveryState.SENT) == 1
    assert {each.reason for each in fortnightly if each.state is not DeliveryState.SENT} == {"a later one has taken its place"}


async def test_whether_to_go_on_is_asked_once_in_a_silence(database: Database, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    for day in range(150):
        await deliveries.tick(TUESDAY + day * DAY + timedelta(hours=3))
    assert len(await deliveries_of(database, "anna", DeliveryKind.GO_ON)) == 1


async def test_digests_take_nothing_of_the_weekly_cap(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    await change(database, settings, "anna", Change(wants_digest=True, weekly_cap=1))
    for day in range(6, 21):
        await deliveries.tick(at("2026-11-24T13:31") + day * DAY)
    assert len(await deliveries_of(database, "anna", DeliveryKind.DIGEST)) == 3
    sent = [each for each in await deliveries_of(database, "anna", DeliveryKind.SURVEY) if each.sent_at]
    assert [each.source for each in sent] == ["survey:waves", "survey:fortnightly"]


async def test_start_again_on_a_saturday_asks_on_monday(database: Database, settings: SettingsFile, deliveries: Deliveries) -> None:
    await agreed(database, "anna")
    async with database.transaction() as session:
        await keep_plan(session, "anna", "words", theme=None, scenario=None, check_in_at=at("2026-11-26T08:30"), now=TUESDAY)
        await stop(session, await session.get_one(Person, "anna"), TUESDAY)
    async with database.transaction() as session:
        await resume(session, await session.get_one(Person, "anna"), settings, at("2026-11-28T18:00"))
    await deliveries.tick(at("2026-11-28T19:01"))
    assert await deliveries_of(database, "anna", DeliveryKind.CHECK_IN) == []
    await deliveries.tick(at("2026-11-30T07:01"))
    assert [each.state for each in await deliveries_of(database, "anna", DeliveryKind.CHECK_IN)] == [DeliveryState.SENT]


async def test_invitations_are_not_for_a_crowd(database: Database, counterparts: Counterparts) -> None:
    await agreed(database, "anna")
    async with database.transaction() as session:
        anna = await session.get_one(Person, "anna")
        for _ in range(MOST_A_MONTH):
            assert len(await counterparts.invite(session, anna, Relation.NURSE_LEAD, TUESDAY)) == 2
        assert "that is the most" in (await counterparts.invite(session, anna, Relation.NURSE_LEAD, TUESDAY))[0].text
        assert len(await counterparts.invite(session, anna, Relation.NURSE_LEAD, TUESDAY + 31 * DAY)) == 2
