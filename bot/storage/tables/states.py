"""What things can be and how far they are; kept by value, so that adding one needs no migration."""

from __future__ import annotations

from enum import StrEnum


class PersonKind(StrEnum):
    """Why somebody is on the roster: to take part, by a participant's invitation only, or to work here."""

    PARTICIPANT = "participant"
    COUNTERPART = "counterpart"
    STAFF = "staff"


class Relation(StrEnum):
    """What somebody who is invited to rate is to the person who invites them."""

    GENERAL_MANAGER = "general_manager"
    NURSE_LEAD = "nurse_lead"


class Side(StrEnum):
    PERSON = "person"
    COACH = "coach"


class InboundState(StrEnum):
    WAITING = "waiting"
    ANSWERED = "answered"


class PlanState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class CheckInState(StrEnum):
    """`due` waits for its moment, `queued` has reached it and waits until it may be sent."""

    DUE = "due"
    QUEUED = "queued"
    ASKED = "asked"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    DONE = "done"
    PARTLY = "partly"
    MISSED = "missed"


class RoundState(StrEnum):
    DUE = "due"
    ASKED = "asked"
    CLOSED = "closed"


class DeliveryKind(StrEnum):
    """What the coach writes of its own accord: `go_on` asks once, after long silence, whether it should."""

    CHECK_IN = "check_in"
    REMINDER = "reminder"
    SURVEY = "survey"
    REFLECTION = "reflection"
    DIGEST = "digest"
    REPORT = "report"
    GO_ON = "go_on"
    BROADCAST = "broadcast"


class DeliveryState(StrEnum):
    """How far a proactive message is; docs/delivery.md says what each state promises."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    ANSWERED = "answered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"
    TAKEN_BACK = "taken_back"


class PostingState(StrEnum):
    """How far one message is on its way to one address: `held` waits for somebody, `recalling` was sent and is to be taken away again."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    RECALLING = "recalling"
    RECALLED = "recalled"


class ClosenessAnswer(StrEnum):
    CLOSE = "close"
    PARTLY = "partly"
    NOT_CLOSE = "not_close"


class Happening(StrEnum):
    """What the statistics count; never what was said."""

    CONVERSATION_STARTED = "conversation_started"
    CHALLENGE_HEARD = "challenge_heard"
    SCENARIO_STARTED = "scenario_started"
    SCENARIO_FINISHED = "scenario_finished"
    REFLECTION_KEPT = "reflection_kept"
    LESSON_READ = "lesson_read"
    NOT_UNDERSTOOD = "not_understood"
