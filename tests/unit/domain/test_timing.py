"""When something may reach a person: the rules as a table, and what holds whatever the zone, the hours and the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.availability import Availability, Away, BusyBlock
from bot.domain.timing import GO_ON, WAITS_FOR_PERSON, Drop, History, Item, Pace, Person, Reason, Send, Verdict, Wait, decide

LONDON = ZoneInfo("Europe/London")
PACE = Pace(quiet_after=timedelta(minutes=10), usual_gap=timedelta(days=7), grace=timedelta(days=2), apart=timedelta(hours=1))
USUAL = Availability(time(7), time(21), frozenset(range(5)))
THEATRE = Availability(time(7), time(21), frozenset(range(5)), (BusyBlock("theatre", frozenset({1}), time(8), time(18)),))
ON_LEAVE = Availability(time(7), time(21), frozenset(range(5)), (), (Away("leave", date(2026, 11, 24), date(2026, 11, 26)),))
UNTIL_FRIDAY = Availability(time(7), time(21), frozenset(range(5)), (), (Away("leave", date(2026, 11, 24), date(2026, 11, 27)),))
FORTNIGHT = Availability(time(7), time(21), frozenset(range(5)), (), (Away("leave", date(2026, 11, 24), date(2026, 12, 7)),))
TUESDAY = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
CHRISTMAS = datetime(2026, 12, 25, 12, 0, tzinfo=UTC)
HOLIDAYS = frozenset({date(2026, 12, 25), date(2026, 12, 28)})
DAY = timedelta(days=1)


def survey(due: datetime = TUESDAY, lasts: timedelta = 5 * DAY) -> Item:
    return Item("survey", due, due + lasts)


def check_in(due: datetime = TUESDAY) -> Item:
    return Item("check_in", due, due + 7 * DAY, asked_for=True, names_its_day=True)


def reminder(due: datetime) -> Item:
    return Item("reminder", due, due + 4 * DAY, asked_for=True)


def anyone(availability: Availability = USUAL, *, snoozed: datetime | None = None, stopped: bool = False) -> Person:
    return Person(LONDON, availability, snoozed, stopped)


def past(*days_ago: float, unanswered: int = 0, wrote: datetime | None = None, unfinished: bool = False) -> History:
    return History(tuple(TUESDAY - days * DAY for days in days_ago), unanswered, wrote, unfinished)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("person", "item", "history", "now", "verdict"),
    [
        (anyone(), survey(), past(), TUESDAY, Send()),
        (anyone(stopped=True), check_in(), past(), TUESDAY, Drop(Reason.STOPPED)),
        (anyone(), survey(TUESDAY - 5 * DAY), past(), TUESDAY, Drop(Reason.TOO_LATE)),
        (anyone(), survey(TUESDAY + DAY), past(), TUESDAY, Wait(TUESDAY + DAY, Reason.NOT_DUE)),
        (anyone(snoozed=at("2026-11-30T08:30")), check_in(), past(), TUESDAY, Wait(at("2026-11-30T08:30"), Reason.SNOOZED)),
        # The end of a snooze at night is no time to write.
        (anyone(snoozed=at("2026-11-30T02:00")), check_in(), past(), TUESDAY, Wait(at("2026-11-30T07:00"), Reason.SNOOZED)),
        (anyone(), check_in(), past(), at("2026-11-24T22:00"), Wait(at("2026-11-25T07:00"), Reason.OUTSIDE_HOURS)),
        (anyone(THEATRE), check_in(), past(), TUESDAY, Wait(at("2026-11-24T18:00"), Reason.BUSY)),
        (anyone(ON_LEAVE), check_in(), past(), TUESDAY, Wait(at("2026-11-27T07:00"), Reason.BUSY)),
        (anyone(), survey(SATURDAY), past(), SATURDAY, Wait(at("2026-11-30T12:00"), Reason.NOT_A_WORKING_DAY)),
        # The person named this Saturday themselves.
        (anyone(), check_in(SATURDAY), past(), SATURDAY, Send()),
        # Of a reminder nobody named the day.
        (anyone(), reminder(SATURDAY), past(), SATURDAY, Wait(at("2026-11-30T12:00"), Reason.NOT_A_WORKING_DAY)),
        # Not due until Thursday, and away then until after it would be too late: it is the leave that holds it back.
        (anyone(FORTNIGHT), reminder(TUESDAY + 2 * DAY), past(), TUESDAY, Wait(at("2026-12-08T12:00"), Reason.BUSY)),
        # What their leave holds back until a weekend comes on Monday: no weekend was named.
        (anyone(UNTIL_FRIDAY), check_in(), past(), TUESDAY, Wait(at("2026-11-30T07:00"), Reason.BUSY)),
        (anyone(), survey(CHRISTMAS), past(), CHRISTMAS, Wait(at("2026-12-29T12:00"), Reason.NOT_A_WORKING_DAY)),
        (anyone(), survey(), past(wrote=TUESDAY), TUESDAY, Wait(TUESDAY + PACE.quiet_after, Reason.MID_CONVERSATION)),
        # A clock that was put back is no reason to be silent.
        (anyone(), survey(), past(wrote=TUESDAY + DAY), TUESDAY, Send()),
        (anyone(), survey(), past(unfinished=True), TUESDAY, Wait(TUESDAY + PACE.quiet_after, Reason.UNFINISHED)),
        # Two at once would be one too many, unless the person named the day.
        (anyone(), survey(), past(0.02), TUESDAY, Wait(TUESDAY - 0.02 * DAY + timedelta(hours=1), Reason.JUST_WROTE)),
        (anyone(), check_in(), past(0.02), TUESDAY, Send()),
        (anyone(), check_in(), past(6, 3, 1), TUESDAY, Wait(TUESDAY + DAY, Reason.WEEKLY_CAP)),
        (anyone(), check_in(), past(8, 6, 1), TUESDAY, Send()),
        (anyone(), survey(), past(8, 5, unanswered=2), TUESDAY, Drop(Reason.TOO_LATE)),
        (anyone(), survey(lasts=30 * DAY), past(8, 5, unanswered=2), TUESDAY, Wait(TUESDAY + 9 * DAY, Reason.BACKING_OFF)),
        (anyone(), check_in(), past(8, 5, unanswered=9), TUESDAY, Send()),
        (anyone(), survey(), past(30, 20, 10, 9, unanswered=4), TUESDAY, Drop(Reason.PAUSED_AFTER_SILENCE)),
        (anyone(), Item(GO_ON, TUESDAY, TUESDAY + DAY), past(30, 20, 10, 9, unanswered=4), TUESDAY, Send()),
        (
            anyone(Availability(time(7), time(21), frozenset())),
            survey(),
            past(),
            TUESDAY,
            Drop(Reason.NOTHING_OPEN),
        ),
    ],
)
def test_decide(person: Person, item: Item, history: History, now: datetime, verdict: Verdict) -> None:
    assert decide(person, item, history, now, HOLIDAYS, PACE) == verdict


ZONES = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Chatham", "Asia/Kolkata"]


def changes_of_clocks() -> list[tuple[ZoneInfo, datetime]]:
    """Return every change of the clocks of five years in these zones."""
    found = []
    for name in ZONES:
        zone = ZoneInfo(name)
        day = datetime(2024, 1, 1, tzinfo=UTC)
        while day.year < 2029:
            if day.astimezone(zone).utcoffset() != (day + DAY).astimezone(zone).utcoffset():
                found.append((zone, day))
            day += DAY
    return found


CHANGES = changes_of_clocks()

wall_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
blocks = st.builds(BusyBlock, st.just("theatre"), st.frozensets(st.integers(0, 6), min_size=1, max_size=3), wall_times, wall_times)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Person, datetime]:
    zone, change = draw(st.sampled_from(CHANGES))
    now = change + timedelta(minutes=draw(st.integers(-3 * 1440, 3 * 1440)))
    starts, ends = sorted(draw(st.lists(wall_times, min_size=2, max_size=2, unique=True)))
    day = now.date() + timedelta(days=draw(st.integers(-2, 2)))
    away = draw(st.sampled_from([(), (Away("leave", day, day + timedelta(days=1)),)]))
    working = draw(st.frozensets(st.integers(0, 6), min_size=1))
    hours = Availability(starts, ends, working, tuple(draw(st.lists(blocks, max_size=3))), away, draw(st.integers(1, 3)))
    return Person(zone, hours, draw(st.sampled_from([None, now + timedelta(hours=30)]))), now


def may_come_on(at: datetime, named: datetime | None, person: Person) -> bool:
    """Return whether the day is a working day, or the one that the person named."""
    day = at.astimezone(person.zone).date()
    is_named = named is not None and day == named.astimezone(person.zone).date()
    return is_named or (day.weekday() in person.availability.working_days and day not in HOLIDAYS)


@settings(max_examples=400, deadline=None)
@given(situations(), st.booleans(), st.integers(0, 3))
def test_nothing_arrives_at_a_bad_time(situation: tuple[Person, datetime], asked_for: bool, unanswered: int) -> None:
    person, now = situation
    item = Item("survey", now, now + 300 * DAY, asked_for, asked_for)
    sent: list[datetime] = []
    for _ in range(6):
        history = History(tuple(sent), unanswered)
        verdict = decide(person, item, history, now, HOLIDAYS, PACE)
        if isinstance(verdict, Wait):
            assert verdict.until > now
            now = verdict.until
            verdict = decide(person, item, history, now, HOLIDAYS, PACE)
            assert verdict == Send(), "the moment it waited for is one at which it is sent"
        if isinstance(verdict, Drop):
            assert verdict.reason is Reason.NOTHING_OPEN
            return
        local = now.astimezone(person.zone)
        wall = local.time().replace(fold=0)
        assert person.availability.day_starts <= wall < person.availability.day_ends
        assert not any(block.covers(local.weekday(), wall) for block in person.availability.busy)
        assert not any(days.first <= local.date() <= days.last for days in person.availability.away)
        assert may_come_on(now, item.due_at if asked_for else None, person)
        assert person.snoozed_until is None or now >= person.snoozed_until
        sent.append(now)
        assert sum(moment > now - 7 * DAY for moment in sent) <= person.availability.weekly_cap
        now += timedelta(minutes=1)


@settings(max_examples=200, deadline=None)
@given(situations())
def test_nothing_waits_longer_than_it_must(situation: tuple[Person, datetime]) -> None:
    person, now = situation
    verdict = decide(person, Item("check_in", now, now + 300 * DAY, asked_for=True, names_its_day=True), History(), now, HOLIDAYS, PACE)
    if not isinstance(verdict, Wait):
        return
    # At no quarter of an hour before would it have been right.
    at = now
    while at < min(verdict.until, now + 3 * DAY):
        is_open = person.availability.is_open(at, person.zone) and (person.snoozed_until is None or at >= person.snoozed_until)
        assert not (is_open and may_come_on(at, now, person)), at
        at = min(at + timedelta(minutes=15), verdict.until)


@st.composite
def queues(draw: st.DrawFn) -> tuple[Person, datetime, list[Item]]:
    """Draw somebody near a change of the clocks, and what is to be sent to them within two weeks."""
    person, now = draw(situations())
    items = []
    for number in range(draw(st.integers(1, 8))):
        due = now + timedelta(hours=draw(st.integers(-48, 14 * 24)))
        lasts = timedelta(hours=draw(st.sampled_from([1, 24, 7 * 24, 60 * 24])))
        kind = draw(st.sampled_from(["survey", "check_in", "reminder", GO_ON]))
        name = kind if kind == GO_ON else f"{kind} {number}"
        items.append(Item(name, due, due + lasts, asked_for=kind in {"check_in", "reminder"}, names_its_day=kind == "check_in"))
    return person, now, items


@settings(max_examples=300, deadline=None)
@given(queues(), st.integers(0, 5), st.integers(-30, 30))
def test_a_queue_that_waits_as_it_is_told_is_emptied(queue: tuple[Person, datetime, list[Item]], unanswered: int, wrote: int) -> None:
    person, start, items = queue
    last_message_at = start + timedelta(minutes=wrote)
    waiting = [(start, number, item) for number, item in enumerate(items)]
    sent: list[tuple[datetime, int]] = []
    for _ in range(500):
        if not waiting:
            break
        waiting.sort(key=lambda each: each[:2])
        now, number, item = waiting.pop(0)
        history = History(tuple(moment for moment, _ in sent), unanswered, last_message_at)
        verdict = decide(person, item, history, now, HOLIDAYS, PACE)
        assert verdict == decide(person, item, history, now.astimezone(person.zone), HOLIDAYS, PACE), "the zone of `now` says nothing"
        if isinstance(verdict, Send):
            assert now >= item.due_at
            assert not last_message_at <= now < last_message_at + PACE.quiet_after
            assert person.availability.next_open(now, person.zone, lambda _day: True) == now
            assert item.names_its_day or not sent or now - sent[-1][0] >= PACE.apart
            assert item.asked_for or item.kind == GO_ON or unanswered < 4
            assert item.asked_for or item.kind == GO_ON or unanswered < 2 or not sent or now - sent[-1][0] >= 2 * PACE.usual_gap
            sent.append((now, number))
        elif isinstance(verdict, Wait):
            assert verdict.until > now
            # As the keeper of the queue does: what waits for the person stays valid.
            expires = max(item.expires_at, verdict.until + PACE.grace) if verdict.reason in WAITS_FOR_PERSON else item.expires_at
            assert verdict.until < expires
            item = replace(item, expires_at=expires)
            assert decide(person, item, history, verdict.until, HOLIDAYS, PACE) == Send()
            waiting.append((verdict.until, number, item))
    assert waiting == []
    assert len({number for _, number in sent}) == len(sent), "nothing is sent twice"
    moments = [moment for moment, _ in sent]
    for moment in moments:
        assert sum(moment - 7 * DAY < each <= moment for each in moments) <= person.availability.weekly_cap
