"""The database's tables, one module a noun. Every word that a person wrote is encrypted."""

from __future__ import annotations

from bot.storage.tables.base import Base, Moment
from bot.storage.tables.broadcasts import Broadcast, BroadcastAnswer
from bot.storage.tables.coaching import CheckIn, Plan, Reflection
from bot.storage.tables.conversation import Inbound, Message, Receipt
from bot.storage.tables.delivery import Budget, Delivery, Lease, Posting, Schedule
from bot.storage.tables.editing import Activity, Closeness, Guess
from bot.storage.tables.installations import Installation, InstallState
from bot.storage.tables.people import Address, Consent, Counterpart, Person
from bot.storage.tables.programmes import Cohort, Forum, ForumMember, JoinCode, Programme, RoleGrant, RosterDraft, Trust, WrongCode
from bot.storage.tables.releases import Released, ToldGroup
from bot.storage.tables.running import Audit, Erasure, Setting
from bot.storage.tables.sign_in import Identity, ReturnLink, SignInAttempt, WebSession
from bot.storage.tables.states import (
    CheckInState,
    ClosenessAnswer,
    DeliveryKind,
    DeliveryState,
    Happening,
    InboundState,
    Outcome,
    PersonKind,
    PlanState,
    PostingState,
    Relation,
    RoundState,
    Side,
)
from bot.storage.tables.surveys import FiledAnswer, SurveyRound

__all__ = [
    "Activity",
    "Address",
    "Audit",
    "Base",
    "Broadcast",
    "BroadcastAnswer",
    "Budget",
    "CheckIn",
    "CheckInState",
    "Closeness",
    "ClosenessAnswer",
    "Cohort",
    "Consent",
    "Counterpart",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Erasure",
    "FiledAnswer",
    "Forum",
    "ForumMember",
    "Guess",
    "Happening",
    "Identity",
    "Inbound",
    "InboundState",
    "InstallState",
    "Installation",
    "JoinCode",
    "Lease",
    "Message",
    "Moment",
    "Outcome",
    "Person",
    "PersonKind",
    "Plan",
    "PlanState",
    "Posting",
    "PostingState",
    "Programme",
    "Receipt",
    "Reflection",
    "Relation",
    "Released",
    "ReturnLink",
    "RoleGrant",
    "RosterDraft",
    "RoundState",
    "Schedule",
    "Setting",
    "Side",
    "SignInAttempt",
    "SurveyRound",
    "ToldGroup",
    "Trust",
    "WebSession",
    "WrongCode",
]
