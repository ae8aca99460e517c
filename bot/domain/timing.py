"""When something may reach a person: one pure decision, by rules in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.availability import Availability

WEEK = timedelta(days=7)
# So many messages without an answer, and those that nobody asked for come half as often; and so many, and they stop.
SLOWS_AFTER = 2
PAUSES_AFTER = 4
# The kind of the question, after long silence, whether to go on.
GO_ON = "go_on"


class Reason(StrEnum):
    """Why something waits or is not sent."""

    STOPPED = "stopped_by_the_person"
    TOO_LATE = "too_late"
    PAUSED_AFTER_SILENCE = "paused_after_silence"
    NOTHING_OPEN = "nothing_open"
    NOT_DUE = "not_due_yet"
    SNOOZED = "snoozed"
    OUTSIDE_HOURS = "outside_the_day's_hours"
    BUSY = "busy_or_away"
    NOT_A_WORKING_DAY = "not_a_working_day"
    MID_CONVERSATION = "in_the_middle_of_a_conversation"
    UNFINISHED = "in_the_middle_of_something_unfinished"
    JUST_WROTE = "just_after_another_message"
    WEEKLY_CAP = "enough_for_this_week"
    BACKING_OFF = "half_as_often_after_silence"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom it is for."""

    zone: ZoneInfo
    availability: Availability
    snoozed_until: datetime | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be sent. What a person `asked_for` is not held back by their silence.

    `names_its_day` means that they named the day too: on it, it may come though it is a Sunday. What asks for nothing is not
    counted towards the weekly cap.
    """

    kind: str
    due_at: datetime
    expires_at: datetime
    asked_for: bool = False
    names_its_day: bool = False
    is_counted: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """What went before: when the coach wrote of its own accord, oldest first, and how many of the last were not answered.

    `sent` holds what counts towards the weekly cap, `last_sent` is the last of all.

    `is_unfinished` means that the person wrote a short while ago and is still being asked something.
    """

    sent: tuple[datetime, ...] = ()
    unanswered: int = 0
    last_message_at: datetime | None = None
    is_unfinished: bool = False
    last_sent: datetime | None = None

    @property
    def newest(self) -> datetime | None:
        """When the coach last wrote of its own accord."""
        return max((moment for moment in (self.last_sent, *self.sent[-1:]) if moment), default=None)


@dataclass(frozen=True, slots=True)
class Pace:
    """How the installation paces itself.

    Nothing arrives for `quiet_after` the person's last message; after silence there are twice `usual_gap` between messages that
    nobody asked for; what waits for the person may still be sent for `grace` after it would have been too late. Except for what
    comes on a day that the person named, no two messages arrive closer together than `apart`.
    """

    quiet_after: timedelta
    usual_gap: timedelta
    grace: timedelta
    apart: timedelta


@dataclass(frozen=True, slots=True)
class Send:
    """It may be sent now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """It is looked at again at that moment, which is later than now and one at which the person may be written to."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, slots=True)
class Drop:
    """It is never sent."""

    reason: Reason


Verdict = Send | Wait | Drop


def decide(person: Person, item: Item, history: History, now: datetime, holidays: Container[date], pace: Pace) -> Verdict:
    """Return whether an item is sent at `now`, waits, or is dropped.

    What ends it comes first, then the latest of all that holds it back: the moment returned is one at which, if nothing else
    happens, it is sent. An item whose time is over is dropped, unless it was the person's own hours, snooze or talk that held it
    back: whoever keeps the item moves `expires_at` on by the grace when it waits for these.
    """
    if person.stopped:
        return Drop(Reason.STOPPED)
    if item.expires_at <= now:
        return Drop(Reason.TOO_LATE)
    if not item.asked_for and item.kind != GO_ON and history.unanswered >= PAUSES_AFTER:
        return Drop(Reason.PAUSED_AFTER_SILENCE)
    at: datetime
    reason: Reason | None
    at, reason = (now + pace.quiet_after, Reason.UNFINISHED) if history.is_unfinished else (now, None)
    # Each rule may move the moment on; they are asked again until all agree. None moves it back, so this ends.
    while True:
        later, why = _hold(person, item, history, at, holidays, pace)
        if why is None:
            break
        if later is None:
            return Drop(Reason.NOTHING_OPEN)
        # What is not due yet is named as what holds it only while nothing else does.
        at, reason = later, why if reason in (None, Reason.NOT_DUE) else reason
    if reason is None:
        return Send()
    if at >= item.expires_at and reason not in WAITS_FOR_PERSON:
        return Drop(Reason.TOO_LATE)
    return Wait(at, reason)


# What waits for one of these is not too late when the person is ready.
WAITS_FOR_PERSON = frozenset(
    {
        Reason.SNOOZED,
        Reason.OUTSIDE_HOURS,
        Reason.BUSY,
        Reason.NOT_A_WORKING_DAY,
        Reason.MID_CONVERSATION,
        Reason.UNFINISHED,
    }
)


def _hold(
    person: Person, item: Item, history: History, at: datetime, holidays: Container[date], pace: Pace
) -> tuple[datetime | None, Reason | None]:
    """Return the first moment that the first rule that holds an item back at `at` permits, with the reason; no reason when none does."""
    if item.due_at > at:
        return item.due_at, Reason.NOT_DUE
    if person.snoozed_until is not None and person.snoozed_until > at:
        return person.snoozed_until, Reason.SNOOZED
    if (until := _after_talk(history, at, pace)) is not None:
        return until
    named = item.due_at.astimezone(person.zone).date() if item.names_its_day else None

    def is_working_day(day: date) -> bool:
        return is_day_for_it(day, named, person.availability, holidays)

    opening = person.availability.next_open(at, person.zone, is_working_day)
    if opening is None:
        return None, Reason.NOTHING_OPEN
    if opening > at:
        return _at_its_hour(person, item, opening), _why_closed(person, at, is_working_day)
    if not item.names_its_day and (newest := history.newest) is not None and newest <= at < newest + pace.apart:
        return newest + pace.apart, Reason.JUST_WROTE
    recent = [moment for moment in history.sent if moment + WEEK > at]
    if item.is_counted and len(recent) >= person.availability.weekly_cap:
        return recent[-person.availability.weekly_cap] + WEEK, Reason.WEEKLY_CAP
    if not item.asked_for and item.kind != GO_ON and history.unanswered >= SLOWS_AFTER and history.sent:
        next_at = history.sent[-1] + 2 * pace.usual_gap
        if next_at > at:
            return next_at, Reason.BACKING_OFF
    return at, None


def _at_its_hour(person: Person, item: Item, opening: datetime) -> datetime:
    """Return the hour at which an item falls due, on the day to which it is put off; the opening itself where that is no time for it."""
    day, due = opening.astimezone(person.zone).date(), item.due_at.astimezone(person.zone)
    if item.names_its_day or day <= due.date():
        return opening
    usual = datetime.combine(day, due.time(), person.zone)
    return usual if usual > opening and person.availability.is_open(usual, person.zone) else opening


def _after_talk(history: History, at: datetime, pace: Pace) -> tuple[datetime, Reason] | None:
    """Return until when the person is left to finish what they are saying, or none."""
    if history.last_message_at is None:
        return None
    until = history.last_message_at + pace.quiet_after
    if history.last_message_at <= at < until:
        return until, Reason.MID_CONVERSATION
    return None


def is_day_for_it(day: date, named: date | None, hours: Availability, holidays: Container[date]) -> bool:
    """Return whether something may arrive on a day: a working day, or the day that the person named for it themselves."""
    return day == named or (day.weekday() in hours.working_days and day not in holidays)


def _why_closed(person: Person, at: datetime, is_working_day: Callable[[date], bool]) -> Reason:
    if person.availability.label_at(at, person.zone):
        return Reason.BUSY
    if not person.availability.is_open(at, person.zone):
        return Reason.OUTSIDE_HOURS
    return Reason.NOT_A_WORKING_DAY
