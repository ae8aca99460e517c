"""Whether something may be said to somebody now: the rules of `domain/timing.py`, with what the settings and the database know."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain import timing
from bot.domain.timing import PAUSES_AFTER, History, Item, Pace, Wait, decide
from bot.settings import SettingsFile
from bot.storage import deliveries as outbox
from bot.storage.hours import hours_of
from bot.storage.tables import Delivery, DeliveryKind, Person

# A lead's prompt is not asked for, but whether somebody leaves prompts unanswered must show nowhere: silence holds none back.
ASKED_FOR = frozenset({DeliveryKind.CHECK_IN, DeliveryKind.REMINDER, DeliveryKind.DIGEST, DeliveryKind.BROADCAST})


class Pacing:
    """Decides when somebody may be written to."""

    def __init__(self, settings: SettingsFile) -> None:
        self._settings = settings
        follow_up = settings.follow_up
        self.pace = Pace(
            quiet_after=timedelta(minutes=follow_up.quiet_after_message_minutes),
            usual_gap=timedelta(days=follow_up.usual_gap_days),
            grace=timedelta(days=follow_up.grace_days),
            apart=timedelta(minutes=follow_up.apart_minutes),
        )

    def opens_at(self, person: Person, now: datetime) -> datetime | None:
        """Return when a person may be written to next by their hours, snooze and busy times alone; none when that is now, or never."""
        item = Item("late", now, now + timedelta(days=400), asked_for=True, names_its_day=True, is_counted=False)
        verdict = self.foresee(person, item, History(), now)
        return verdict.until if isinstance(verdict, Wait) else None

    def of(self, person: Person) -> timing.Person:
        """Return what the rules ask of a person."""
        return timing.Person(
            zone=ZoneInfo(person.time_zone),
            availability=hours_of(person, self._settings),
            snoozed_until=person.snoozed_until,
            stopped=person.stopped_at is not None,
        )

    def decide(self, delivery: Delivery, person: Person, past: outbox.Past, now: datetime, *, is_unfinished: bool) -> timing.Verdict:
        """Return whether a delivery goes out at `now`, waits, or falls away; `is_unfinished` when the engine is asking them something."""
        return self.foresee(
            person,
            Item(
                kind=delivery.kind.value,
                due_at=delivery.due_at,
                expires_at=delivery.expires_at,
                asked_for=delivery.kind in ASKED_FOR,
                names_its_day=delivery.kind is DeliveryKind.CHECK_IN,
                is_counted=delivery.kind not in outbox.ASK_NOTHING,
            ),
            History(
                sent=past.sent,
                last_sent=past.last_sent,
                # Silence that was asked about lasts until a word comes, however long ago that was.
                unanswered=max(past.unanswered, PAUSES_AFTER if is_silent_since_asked(person) else 0),
                last_message_at=person.last_message_at,
                is_unfinished=is_unfinished,
            ),
            now,
        )

    def foresee(self, person: Person, item: Item, history: History, at: datetime) -> timing.Verdict:
        """Return whether something goes out to somebody with that past at a moment, waits, or falls away."""
        return decide(self.of(person), item, history, at, self._settings.follow_up.bank_holidays, self.pace)


def is_silent_since_asked(person: Person) -> bool:
    """Return whether the person was asked whether to go on and has said nothing since."""
    asked, wrote = person.was_asked_to_go_on_at, person.last_message_at
    return asked is not None and (wrote is None or wrote < asked)
