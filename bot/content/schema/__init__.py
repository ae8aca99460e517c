"""What each kind of content file may hold, one module a noun; the files themselves are under toolkit_content/."""

from __future__ import annotations

from bot.content.schema.broadcasts import BroadcastTemplate
from bot.content.schema.coaching import Lesson, Option, Prompt, Scenario, Structure, StructureStep, Technique, Theme, View
from bot.content.schema.parts import BUTTON, Line, Part, Reviewed, Slug, Source, ThemeId
from bot.content.schema.safety import (
    Expression,
    Identifier,
    IdentifierPattern,
    OpeningHours,
    SafetyPattern,
    SafetyRule,
    Signpost,
    Tier,
    Weekday,
)
from bot.content.schema.surveys import Instrument, Point, ReportNote, Scale, SurveyItem
from bot.content.schema.wording import Command, ProgrammeFile, SentenceGroup

Kind = (
    Theme
    | Scenario
    | Technique
    | Structure
    | Prompt
    | Lesson
    | Scale
    | SurveyItem
    | Instrument
    | ReportNote
    | BroadcastTemplate
    | Signpost
    | SafetyRule
    | Identifier
    | Command
    | SentenceGroup
)
KINDS: dict[str, type[Kind]] = {
    "theme": Theme,
    "scenario": Scenario,
    "technique": Technique,
    "structure": Structure,
    "prompt": Prompt,
    "lesson": Lesson,
    "scale": Scale,
    "survey_item": SurveyItem,
    "instrument": Instrument,
    "report_note": ReportNote,
    "broadcast_template": BroadcastTemplate,
    "signpost": Signpost,
    "safety_rule": SafetyRule,
    "identifier": Identifier,
    "command": Command,
    "sentences": SentenceGroup,
}

__all__ = [
    "BUTTON",
    "KINDS",
    "BroadcastTemplate",
    "Command",
    "Expression",
    "Identifier",
    "IdentifierPattern",
    "Instrument",
    "Kind",
    "Lesson",
    "Line",
    "OpeningHours",
    "Option",
    "Part",
    "Point",
    "ProgrammeFile",
    "Prompt",
    "ReportNote",
    "Reviewed",
    "SafetyPattern",
    "SafetyRule",
    "Scale",
    "Scenario",
    "SentenceGroup",
    "Signpost",
    "Slug",
    "Source",
    "Structure",
    "StructureStep",
    "SurveyItem",
    "Technique",
    "Theme",
    "ThemeId",
    "Tier",
    "View",
    "Weekday",
]
